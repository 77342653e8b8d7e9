"""What ran in this kernel: which cell, in which order, with which source, and what it logged.

A `Ledger` lives as long as a kernel session. Whoever hooks into the kernel tells it when a cell
begins and ends, when a run begins and ends, and which metrics are logged; it answers where a metric
came from, and whether what a run saw is what the notebook would give from top to bottom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from nbtrack.context.cells import cell_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One time that a cell ran.

    Attributes
    ----------
    number
        The how manieth execution of the session it is, from 0.
    cell
        The cell's id, or the hash of its source where the front end gives no id.
    source_hash
        Of the source that ran.
    execution_count
        The number in brackets beside the cell.
    time
        When it began, in milliseconds.
    """

    number: int
    cell: str
    source_hash: str
    execution_count: int | None
    time: int


@dataclass(slots=True)
class _RunRecord:
    """From which execution to which a run went; `end` is None while it goes on."""

    begin: int
    end: int | None = None
    logged: dict[str, Execution] = field(default_factory=dict[str, Execution])


class Ledger:
    """The executions of one kernel session, and the runs and metrics that belong to them."""

    def __init__(self) -> None:
        """Begin a session in which nothing ran yet."""
        self._executions: list[Execution] = []
        self._current: Execution | None = None
        self._runs: dict[str, _RunRecord] = {}
        self._lock = Lock()

    @property
    def current(self) -> Execution | None:
        """The execution in progress, or None between cells."""
        return self._current

    @property
    def executions(self) -> tuple[Execution, ...]:
        """All executions, in their order."""
        return tuple(self._executions)

    def begin_cell(
        self,
        source: str,
        *,
        time: int,
        cell_id: str | None = None,
        execution_count: int | None = None,
    ) -> Execution:
        """Record that a cell begins to run."""
        source_hash = cell_hash(source)
        with self._lock:
            execution = Execution(
                number=len(self._executions),
                cell=cell_id or source_hash,
                source_hash=source_hash,
                execution_count=execution_count,
                time=time,
            )
            self._executions.append(execution)
            self._current = execution
        return execution

    def end_cell(self) -> None:
        """Record that the cell in progress has ended."""
        self._current = None

    def begin_run(self, run_id: str) -> None:
        """Record that a run begins in the cell in progress, or goes on in it."""
        with self._lock:
            begin = self._place()
            record = self._runs.setdefault(run_id, _RunRecord(begin))
            record.end = None

    def end_run(self, run_id: str) -> None:
        """Record that a run has ended; later cells are not its own."""
        with self._lock:
            record = self._runs.get(run_id)
            if record is not None and record.end is None:
                record.end = max(len(self._executions) - 1, 0)

    def logged(self, run_id: str, keys: Iterable[str]) -> None:
        """Record that the cell in progress, or the last one, logs metrics to a run."""
        execution = self._current or (self._executions[-1] if self._executions else None)
        if execution is None:
            return
        record = self._runs.get(run_id)
        if record is None:
            record = self._runs.setdefault(run_id, _RunRecord(self._place()))
        for key in keys:
            record.logged[key] = execution

    def why(self, run_id: str, key: str) -> Execution | None:
        """Return the execution that logged a metric of a run last, None if none here did."""
        record = self._runs.get(run_id)
        return None if record is None else record.logged.get(key)

    def cells_of(self, run_id: str) -> tuple[Execution, ...]:
        """Return the executions from the beginning of a run to its end."""
        record = self._runs.get(run_id)
        if record is None:
            return ()
        end = len(self._executions) if record.end is None else record.end + 1
        return tuple(self._executions[record.begin : end])

    def out_of_order(self, run_id: str, order: Sequence[str] = ()) -> tuple[Execution, ...]:
        """Return the executions a run saw that no run from top to bottom would give.

        An execution is one of them if, when the run ended, a cell further down had last run before
        it: the lower cell's results come from an older state.

        Parameters
        ----------
        order
            Cell ids from top to bottom, if they are known; else, and for cells not among them, the
            order in which cells ran for the first time.
        """
        seen = self._seen(run_id)
        last = {execution.cell: execution for execution in seen}
        places = {cell: place for place, cell in enumerate(_order(seen, order))}
        found: list[Execution] = []
        earliest_below: int | None = None
        for cell in sorted(last, key=lambda cell: places[cell], reverse=True):
            execution = last[cell]
            if earliest_below is not None and execution.number > earliest_below:
                found.append(execution)
            else:
                earliest_below = execution.number
        return tuple(sorted(found, key=lambda execution: execution.number))

    def edited_since(
        self, run_id: str, sources: Mapping[str, str] | None = None
    ) -> tuple[Execution, ...]:
        """Return the executions a run saw whose cell has another source by now.

        Parameters
        ----------
        sources
            The sources as they stand in the notebook, by cell id. Cells that are not among them are
            compared with what ran later.
        """
        now = {execution.cell: execution.source_hash for execution in self._executions}
        now |= {cell: cell_hash(source) for cell, source in (sources or {}).items()}
        last = {execution.cell: execution for execution in self._seen(run_id)}
        return tuple(found for found in last.values() if now[found.cell] != found.source_hash)

    def _place(self) -> int:
        """Return the number of the execution in progress, or of the next one."""
        return len(self._executions) if self._current is None else self._current.number

    def _seen(self, run_id: str) -> list[Execution]:
        """Return everything that had run when a run ended."""
        record = self._runs.get(run_id)
        if record is None:
            return []
        return self._executions[: None if record.end is None else record.end + 1]


def _order(seen: Iterable[Execution], order: Sequence[str]) -> list[str]:
    """Return the cells from top to bottom; one of unknown place follows its forerunner."""
    cells = list(dict.fromkeys(execution.cell for execution in seen))
    if not order:
        return cells
    places = list(dict.fromkeys(order))
    for before, cell in zip(["", *cells], cells, strict=False):
        if cell not in places:
            places.insert(places.index(before) + 1 if before in places else 0, cell)
    return places
