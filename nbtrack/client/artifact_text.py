"""Artifacts of a run as text, for those who can do without them."""

from __future__ import annotations

from collections.abc import Callable

from nbtrack.client.client import Client
from nbtrack.errors import NbtrackError, ResourceDoesNotExist


def text_reader(
    client: Client, run_id: str, problems: list[str] | None = None
) -> Callable[[str], str | None]:
    """Return a function that reads an artifact of a run as text; None if it cannot be had.

    Why it could not be had is put into `problems`, unless there simply is none.
    """

    def read(path: str) -> str | None:
        try:
            return client.read_artifact(run_id, path).decode("utf-8", "replace")
        except ResourceDoesNotExist:
            return None
        except NbtrackError as exc:
            if problems is not None:
                problems.append(f"{path} of run {run_id!r} could not be read: {exc}")
            return None

    return read
