"""Follows which cell logs what to which run, and leaves a record of it with the run."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from nbtrack.client.active_run import ActiveRun
from nbtrack.context import Execution, Ledger, capped, redact_source
from nbtrack.context.recording import CELLS_FILE, RecordedCell, Recording
from nbtrack.display import OUT_OF_ORDER_TAG
from nbtrack.entities import RunStatus

MOST_CELLS: Final = 100
MOST_CHARACTERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class RunningCell:
    """A cell that runs."""

    source: str
    cell_id: str | None = None
    execution_count: int | None = None


@dataclass(slots=True)
class _Followed:
    """A run, how far its keys had got, and whether its cells may be recorded."""

    run: ActiveRun
    keeps_cells: bool
    progress: dict[str, int] = field(default_factory=dict[str, int])


class CellLedger:
    """The cells of this notebook and the runs that saw them."""

    def __init__(self) -> None:
        """Begin a session."""
        self.ledger = Ledger()
        self._sources: dict[str, str] = {}
        self._followed: dict[str, _Followed] = {}
        self._keys: dict[str, set[str]] = {}

    def begin_cell(self, cell: RunningCell) -> None:
        """Hear that a cell begins."""
        execution = self.ledger.begin_cell(
            cell.source,
            time=time.time_ns() // 1_000_000,
            cell_id=cell.cell_id,
            execution_count=cell.execution_count,
        )
        redacted = redact_source(cell.source).text
        self._sources[execution.source_hash] = capped(redacted, MOST_CHARACTERS).text

    def follow(self, run: ActiveRun, *, keeps_cells: bool) -> None:
        """Hear that a run begins; `keeps_cells` is false if nothing is to be recorded of it."""
        self.ledger.begin_run(run.run_id)
        self._followed[run.run_id] = _Followed(run, keeps_cells, run.progress())

    def end_cell(self) -> None:
        """Hear that the cell has ended: note what it logged, and finish runs that have ended."""
        for followed in list(self._followed.values()):
            if followed.run.status != RunStatus.RUNNING.value:
                self.finish(followed.run)
            else:
                self._note_logged(followed)
        self.ledger.end_cell()

    def finish(self, run: ActiveRun) -> None:
        """Leave the record of a run with it; once, at its end."""
        followed = self._followed.pop(run.run_id, None)
        if followed is None:
            return
        self._note_logged(followed)
        self.ledger.end_run(run.run_id)
        if followed.keeps_cells:
            self._record(run)

    def _record(self, run: ActiveRun) -> None:
        recording = self.recording(run.run_id)
        run.files.text(recording.encoded(), CELLS_FILE)
        if recording.out_of_order:
            labels = [c.label for c in recording.cells if c.number in recording.out_of_order]
            self._tag(run, OUT_OF_ORDER_TAG, " ".join(labels) or "earlier cells")

    def _note_logged(self, followed: _Followed) -> None:
        now = followed.run.progress()
        changed = [key for key, step in now.items() if followed.progress.get(key) != step]
        followed.progress = now
        self.ledger.logged(followed.run.run_id, changed)
        self._keys.setdefault(followed.run.run_id, set()).update(changed)

    def _tag(self, run: ActiveRun, key: str, value: str) -> None:
        if run.status == RunStatus.RUNNING.value:
            run.set_tag(key, value)
        else:
            run.channel.client.set_tag(run.run_id, key, value)

    def recording(self, run_id: str) -> Recording:
        """Return what is known here of the cells of a run."""
        cells = self.ledger.cells_of(run_id)[-MOST_CELLS:]
        found = {key: self.ledger.why(run_id, key) for key in self._keys.get(run_id, ())}
        return Recording(
            cells=tuple(self._recorded(execution) for execution in cells),
            logged={key: cell.number for key, cell in found.items() if cell is not None},
            out_of_order=tuple(sorted(self._out_of_order(run_id))),
        )

    def _out_of_order(self, run_id: str) -> set[int]:
        """Return the executions that make a run hard to repeat, by number.

        Of the run's own cells they are those that ran after a lower one of them. That the cells of
        a run as a whole are run again after others below is how one works in a notebook.
        """
        own = self.ledger.cells_of(run_id)
        mine = {cell.number for cell in own}
        first: dict[str, int] = {}
        for execution in self.ledger.executions:
            first.setdefault(execution.cell, execution.number)
        lowest = -1
        found = {cell.number for cell in self.ledger.out_of_order(run_id)} - mine
        for cell in own:
            if first[cell.cell] < lowest:
                found.add(cell.number)
            lowest = max(lowest, first[cell.cell])
        return found

    def _recorded(self, execution: Execution) -> RecordedCell:
        return RecordedCell(
            cell=execution.cell,
            number=execution.number,
            execution_count=execution.execution_count,
            source=self._sources.get(execution.source_hash, ""),
        )
