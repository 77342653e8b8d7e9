"""Whole tables from pages of calls, for backends that cannot give columns at once."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, repeat
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from nbtrack import limits
from nbtrack.api.metrics import GET_HISTORY, GetHistory
from nbtrack.api.runs import GET_RUN, SEARCH_RUNS, GetRun, SearchRuns
from nbtrack.backends.base import Backend, pages
from nbtrack.backends.column_builders import (
    coded_column,
    number_column,
    packed,
    run_length_column,
    selector,
    text_column,
)
from nbtrack.backends.columns import Column, Columns, ColumnsQuery, HistoryQuery, RunsQuery
from nbtrack.entities import Run, RunInfo

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
InfoColumn = Callable[[str, list[RunInfo]], Column]


def columns_from_pages(backend: Backend, query: ColumnsQuery) -> Columns:
    """Build the columns of a query from pages of a backend's calls."""
    if isinstance(query, HistoryQuery):
        return _history_columns(backend, query)
    return _runs_columns(backend, query)


# --- runs -----------------------------------------------------------------------------------------


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
        self._columns: dict[str, list[V | None] | None] = {}

    def add(self, row: int, items: Iterable[_Keyed[V]]) -> None:
        columns = self._columns
        for item in items:
            key = item.key
            if key not in columns:
                columns[key] = [] if self._is_wanted(f"{self._prefix}.{key}") else None
            column = columns[key]
            if column is not None:
                column.extend(repeat(None, row - len(column)))
                column.append(item.value)

    def columns(self, rows: int) -> Iterator[tuple[str, list[V | None]]]:
        """Yield name and values of each column, sorted by key."""
        for key, column in sorted(self._columns.items()):
            if column is not None:
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


# --- metric history -------------------------------------------------------------------------------


AT_ONCE: Final = 8
"""How many metrics are read at the same time."""


class _Series(NamedTuple):
    """The points of one metric of one run, packed."""

    steps: array[int]
    times: array[int]
    values: array[float]


def _history_columns(backend: Backend, query: HistoryQuery) -> Columns:
    steps, times, values = array("q"), array("q"), array("d")
    series: list[tuple[str, str, int]] = []
    names = _series_of(backend, query)
    for (run_id, key), points in _read_at_once(backend, names):
        steps.extend(points.steps)
        times.extend(points.times)
        values.extend(points.values)
        series.append((run_id, key, len(points.values)))
    columns = (
        run_length_column("run_id", ((run_id, count) for run_id, _, count in series if count)),
        run_length_column("key", ((key, count) for _, key, count in series if count)),
        Column(name="step", kind="int64", data=packed(steps)),
        Column(name="timestamp", kind="int64", data=packed(times)),
        Column(name="value", kind="float64", data=packed(values)),
    )
    return Columns(rows=len(values), columns=columns)


def _read_at_once(
    backend: Backend, names: Iterable[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], _Series]]:
    """Read several metrics at a time and yield them in order; few wait that are not taken yet."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nbtrack-history")
    waiting: deque[tuple[tuple[str, str], Future[_Series]]] = deque()
    try:
        for run_id, key in names:
            waiting.append(((run_id, key), pool.submit(_read_series, backend, run_id, key)))
            if len(waiting) > 2 * AT_ONCE:
                name, future = waiting.popleft()
                yield name, future.result()
        for name, future in waiting:
            yield name, future.result()
    finally:  # after an error or an interrupt nothing more is asked for
        pool.shutdown(cancel_futures=True)


def _read_series(backend: Backend, run_id: str, key: str) -> _Series:
    found = _Series(array("q"), array("q"), array("d"))
    request = GetHistory(run_id=run_id, metric_key=key, max_results=limits.HISTORY_PAGE)
    for page in pages(backend, GET_HISTORY, request):
        found.steps.extend([point.step for point in page.metrics])
        found.times.extend([point.timestamp for point in page.metrics])
        found.values.extend([point.value for point in page.metrics])
    return found


def _series_of(backend: Backend, query: HistoryQuery) -> Iterator[tuple[str, str]]:
    for run_id in query.run_ids:
        keys = query.keys
        if keys is None:
            run = backend.call(GET_RUN, GetRun(run_id=run_id)).run
            keys = tuple(metric.key for metric in run.data.metrics)
        yield from ((run_id, key) for key in keys)
