"""What every chapter of `ActiveRun` needs: the run, and the way to the backend."""

from __future__ import annotations

from nbtrack.client.channel import Channel
from nbtrack.client.run_files import RunFiles
from nbtrack.entities import RunInfo
from nbtrack.errors import InvalidState


class RunChapter:
    """Base of the chapters of `ActiveRun`, which sets what they need.

    Attributes
    ----------
    info
        What the backend answered when the run was made.
    channel
        The way to the backend.
    files
        Logs texts, figures, tables and files as artifacts.
    """

    info: RunInfo
    channel: Channel
    files: RunFiles
    _number: int
    _status: str | None

    def _refuse_ended(self) -> None:
        if self._status is not None:
            raise InvalidState(
                f"Run {self.info.run_name!r} has ended as {self._status}. "
                f"Go on with it: nbtrack.start_run(run_id={self.info.run_id!r})."
            )
