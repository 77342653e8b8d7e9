"""How long a run was at work in cells, beside the time that passed by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from nbtrack.client.active_run import ActiveRun
from nbtrack.display import CELL_TIME_TAG


class CellTime:
    """Adds up the time in cells of each run, and keeps it in a tag of the run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with no run, outside of cells."""
        self._clock = clock
        self._since: float | None = None
        self._spent: dict[str, float] = {}

    def enter_cell(self) -> None:
        """Hear that a cell begins."""
        self._since = self._clock()

    def leave_cell(self) -> None:
        """Hear that the cell has ended."""
        self._since = None

    def count(self, run: ActiveRun) -> None:
        """Add the time in this cell since the run began or was counted last."""
        if self._since is None:
            return
        now = self._clock()
        age = max(time.time() - (run.info.start_time or 0) / 1000, 0.0)
        before = self._spent.get(run.run_id, _spent_before(run))
        spent = before + min(now - self._since, age)
        self._spent[run.run_id] = spent
        self._since = now
        run.set_tag(CELL_TIME_TAG, round(spent * 1000))

    def forget(self, run: ActiveRun) -> None:
        """Let go of a run that has ended."""
        self._spent.pop(run.run_id, None)


def _spent_before(run: ActiveRun) -> float:
    """Return the seconds that a resumed run was at work before it ended."""
    milliseconds = run.tags_before.get(CELL_TIME_TAG, "")
    return int(milliseconds) / 1000 if milliseconds.isascii() and milliseconds.isdecimal() else 0.0
