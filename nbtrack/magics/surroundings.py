"""What a run records of the notebook around it.

`Surroundings` hears of cells and of runs that begin. Each of its hooks is guarded: it never fails a
cell, and one that is slow is switched off with one warning.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from nbtrack.client import Client
from nbtrack.client.active_run import ActiveRun
from nbtrack.client.activity import Endable, activity
from nbtrack.client.notices import say
from nbtrack.config import CAPTURE, SYSTEM_METRICS, Capture, setting
from nbtrack.context import Captured, CaptureRequest, GuardedHook, capture, redact_text
from nbtrack.context import tags as context_tags
from nbtrack.display import Table, shorten
from nbtrack.entities import Run, RunStatus
from nbtrack.magics.cell_ledger import CellLedger, RunningCell
from nbtrack.magics.machine_load import MachineLoad
from nbtrack.magics.shell import CellInfo, Shell

WHOLE: Final = ".whole.txt"
"""Behind the path of an artifact that was cut: the whole of it."""
CAPTURE_SECONDS: Final = 1.0
_FOLDER: Final = "nbtrack"
_TAGS: Final = frozenset(
    str(value)
    for name, value in vars(context_tags).items()
    if name.isupper() and not name.endswith("_FILE")
)


class Surroundings:
    """Records the surroundings of runs in one shell."""

    def __init__(self, shell: Shell) -> None:
        """Look around in a shell."""
        self.cells = CellLedger()
        self._shell = shell
        self._load = MachineLoad()
        self._cell: RunningCell | None = None
        self._level: Capture | None = None
        self._last: Captured | None = None
        self.hear_run = GuardedHook(self._run_begins, say=say, seconds=CAPTURE_SECONDS)
        self.hear_cell = GuardedHook(self._cell_begins, say=say)
        self.hear_end = GuardedHook(self._cell_ends, say=say, seconds=CAPTURE_SECONDS)
        self.hear_run_end = GuardedHook(self.cells.finish, say=say, seconds=CAPTURE_SECONDS)

    def listen(self) -> None:
        """Hear of runs that become active."""
        activity.watch(self.hear_run)

    def stop(self) -> None:
        """Hear of nothing any more."""
        activity.watch(None)
        self._load.stop()

    @property
    def level(self) -> Capture:
        """What runs that begin now record."""
        chosen: Capture = setting(CAPTURE)
        return self._level or chosen

    @contextmanager
    def at_level(self, level: Capture | None) -> Generator[None]:
        """Record runs that begin meanwhile at this level; None is that of the setting."""
        before, self._level = self._level, level
        try:
            yield
        finally:
            self._level = before

    def _cell_begins(self, info: CellInfo) -> None:
        # IPython has counted on already.
        number = self._shell.execution_count - 1 if info.store_history else None
        self._cell = RunningCell(info.raw_cell, getattr(info, "cell_id", None), number)
        self._last = None
        self.cells.begin_cell(self._cell)
        self._load.enter_cell()

    def _cell_ends(self) -> None:
        self._load.leave_cell()
        self.cells.end_cell()
        self._cell = self._last = None

    def _run_begins(self, run: Endable) -> None:
        if not isinstance(run, ActiveRun):
            return
        level = self.level
        is_inner = activity.stack()[:1] != (run,)
        self.cells.follow(run, keeps_cells=level != "none" and not is_inner)
        if is_inner:  # what is around it stands with the outer run
            return
        if setting(SYSTEM_METRICS):
            self._load.begin(run)
        if run.info.status is RunStatus.RUNNING:  # else somebody goes on with an older run
            self.record(run)

    def record(self, run: ActiveRun) -> None:
        """Capture what the level allows, and put it into a run."""
        found = self._captured(self.level)
        run.set_tags(found.tags)
        for path, text in found.artifacts.items():
            run.files.text(text, path)
        for path, text in found.overflow.items():
            run.files.text(text, path + WHOLE)

    def _captured(self, level: Capture) -> Captured:
        """Capture; runs that begin in one cell have the same surroundings."""
        if self._last is not None and self._last.level == level:
            return self._last
        cell = self._cell
        self._last = capture(
            CaptureRequest(
                level=level,
                cell_source=None if cell is None else cell.source,
                cell_id=None if cell is None else cell.cell_id,
                execution_count=None if cell is None else cell.execution_count,
                is_notebook=hasattr(self._shell, "kernel"),
                user_ns=self._shell.user_ns,
                environ=os.environ,
            )
        )
        return self._last


def redact(text: str) -> str:
    """Remove secrets from a text that is to be stored."""
    return redact_text(text).text


def captured_table(run: Run, client: Client) -> Table:
    """List what a run has recorded of its surroundings."""
    rows = [("tag", t.key, shorten(t.value)) for t in run.data.tags if t.key in _TAGS]
    found = client.iter_artifacts(run.info.run_id, path=_FOLDER, recursive=True)
    files = (file for file in found if not file.is_dir)
    rows += [("artifact", file.path, f"{file.file_size} bytes") for file in files]
    title = f"captured of run {run.info.run_name}"
    return Table(title, ("kind", "name", "value"), tuple(rows))
