"""Whole tables from pages of calls, for backends that cannot give columns at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from typing import Final, Generic, Protocol, TypeVar

from nbtrack import limits
from nbtrack.api.runs import SEARCH_RUNS, SearchRuns
from nbtrack.backends.base import Backend, pages
from nbtrack.backends.column_builders import (
    coded_column,
    number_column,
    selector,
    text_column,
)
from nbtrack.backends.columns import Column, Columns, ColumnsQuery, HistoryQuery, RunsQuery
from nbtrack.backends.paged_history import history_columns
from nbtrack.entities import Run, RunInfo

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
InfoColumn = Callable[[str, list[RunInfo]], Column]


def columns_from_pages(backend: Backend, query: ColumnsQuery) -> Columns:
    """Build the columns of a query from pages of a backend's calls."""
    if isinstance(query, HistoryQuery):
        return history_columns(backend, query)
    return _runs_columns(backend, query)


def _text_of(name: str, infos: list[RunInfo]) -> Column:
    values: list[str] = [getattr(info, name) for info in infos]
    return text_column(name, values)


def _code_of(name: str, infos: list[RunInfo]) -> Column:
    values: list[str] = [getattr(info, name) for info in infos]
    return coded_column(name, values)


def _status_of(name: str, infos: list[RunInfo]) -> Column:
    return coded_column(name, [info.status.value for info in infos])


def _time_of(name: str, infos: list[RunInfo]) -> Column:
    values: list[int | None] = [getattr(info, name) for info in infos]
    return number_column(name, values, "int64")


RUN_COLUMNS: Final[dict[str, InfoColumn]] = {
    "run_id": _text_of,
    "experiment_id": _code_of,
    "run_name": _text_of,
    "status": _status_of,
    "start_time": _time_of,
    "end_time": _time_of,
    "artifact_uri": _text_of,
    "lifecycle_stage": _code_of,
    "user_id": _text_of,
}
"""The columns that every run fills, in their order."""


class _Keyed(Protocol[V_co]):
    """A metric, param or tag."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> V_co: ...


class _Family(Generic[V]):
    """The columns of one family, `metrics` for example: by key, as long as their last value."""

    def __init__(self, prefix: str, is_wanted: Callable[[str], bool]) -> None:
        self._prefix = prefix
        self._is_wanted = is_wanted
        self._columns: dict[str, list[V | None]] = {}
        self._unwanted: set[str] = set()

    def add(self, row: int, items: Iterable[_Keyed[V]]) -> None:
        known = self._columns.get
        for item in items:
            key = item.key
            column = known(key)
            if column is None:
                if not self._is_new(key):
                    continue
                column = self._columns[key] = []
            if len(column) < row:  # the runs in between do not have it
                column.extend(repeat(None, row - len(column)))
            column.append(item.value)

    def _is_new(self, key: str) -> bool:
        """Tell whether a key that has no column is to get one."""
        if key in self._unwanted:
            return False
        if self._is_wanted(f"{self._prefix}.{key}"):
            return True
        self._unwanted.add(key)
        return False

    def columns(self, rows: int) -> Iterator[tuple[str, list[V | None]]]:
        """Yield name and values of each column, sorted by key."""
        for key, column in sorted(self._columns.items()):
            column.extend(repeat(None, rows - len(column)))
            yield f"{self._prefix}.{key}", column


def _runs_columns(backend: Backend, query: RunsQuery) -> Columns:
    is_wanted = selector(query.select)
    infos: list[RunInfo] = []
    metrics = _Family[float]("metrics", is_wanted)
    params = _Family[str]("params", is_wanted)
    tags = _Family[str]("tags", is_wanted)
    for row, run in enumerate(_runs(backend, query)):
        infos.append(run.info)
        metrics.add(row, run.data.metrics)
        params.add(row, run.data.params)
        tags.add(row, run.data.tags)
    columns = [build(name, infos) for name, build in RUN_COLUMNS.items() if is_wanted(name)]
    rows = len(infos)
    columns += [number_column(name, found, "float64") for name, found in metrics.columns(rows)]
    columns += [text_column(name, found) for name, found in params.columns(rows)]
    columns += [text_column(name, found) for name, found in tags.columns(rows)]
    return Columns(rows=rows, columns=tuple(columns))


def _runs(backend: Backend, query: RunsQuery) -> Iterator[Run]:
    size = limits.RUNS_PAGE if query.limit is None else min(query.limit, limits.RUNS_PAGE)
    if size <= 0:
        return iter(())
    request = SearchRuns(
        experiment_ids=query.experiment_ids,
        filter=query.filter,
        order_by=query.order_by,
        run_view_type=query.view_type,
        max_results=size,
    )
    found = (run for page in pages(backend, SEARCH_RUNS, request) for run in page.runs)
    return islice(found, query.limit)
