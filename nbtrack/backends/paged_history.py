"""Metric histories from calls, for backends that cannot give columns at once.

Several metrics are read at a time. Where the server has MLflow's get-history-bulk, a call gives one
metric of many runs; it has no pages, and a server may cut the answer anywhere. Points come run by
run, so the runs before the last one of an answer are whole; what is left is read page by page.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from typing import Final, NamedTuple

from nbtrack import limits
from nbtrack.api.metrics import GET_HISTORY, GET_HISTORY_BULK, GetHistory, GetHistoryBulk
from nbtrack.api.runs import GET_RUN, GetRun
from nbtrack.backends.base import Backend, pages
from nbtrack.backends.column_builders import packed, run_length_column
from nbtrack.backends.columns import Column, Columns, HistoryQuery
from nbtrack.entities import MetricWithRunId
from nbtrack.errors import NbtrackError

AT_ONCE: Final = 8
"""How many metrics are read at the same time."""
_LEAST_RUNS: Final = 3
"""Of how many runs a metric is read by bulk calls: for two they save nothing."""

Name = tuple[str, str]
"""A run's id and a metric's key."""


class _Series(NamedTuple):
    """The points of one metric of one run, packed."""

    steps: array[int]
    times: array[int]
    values: array[float]

    @classmethod
    def of(cls, points: Sequence[MetricWithRunId]) -> _Series:
        """Pack points."""
        return cls(
            array("q", [point.step for point in points]),
            array("q", [point.timestamp for point in points]),
            array("d", [point.value for point in points]),
        )


def history_columns(backend: Backend, query: HistoryQuery) -> Columns:
    """Return the points that a query asks for."""
    names = list(_names(backend, query))
    whole = _read_in_bulk(backend, names)
    rest = _read_paged(backend, [name for name in names if name not in whole])
    steps, times, values = array("q"), array("q"), array("d")
    series: list[tuple[str, str, int]] = []
    for name in names:
        points = whole[name] if name in whole else next(rest)
        series.append((*name, len(points.values)))
        steps.extend(points.steps)
        times.extend(points.times)
        values.extend(points.values)
    columns = (
        run_length_column("run_id", ((run_id, count) for run_id, _, count in series if count)),
        run_length_column("key", ((key, count) for _, key, count in series if count)),
        Column(name="step", kind="int64", data=packed(steps)),
        Column(name="timestamp", kind="int64", data=packed(times)),
        Column(name="value", kind="float64", data=packed(values)),
    )
    return Columns(rows=len(values), columns=columns)


def _names(backend: Backend, query: HistoryQuery) -> Iterator[Name]:
    for run_id in query.run_ids:
        keys = query.keys
        if keys is None:
            run = backend.call(GET_RUN, GetRun(run_id=run_id)).run
            keys = tuple(metric.key for metric in run.data.metrics)
        yield from ((run_id, key) for key in keys)


# --- many runs a call -----------------------------------------------------------------------------


def _read_in_bulk(backend: Backend, names: Iterable[Name]) -> dict[Name, _Series]:
    """Read metrics that several runs have; what a server does not give so is left to pages."""
    runs_of: dict[str, list[str]] = {}
    for run_id, key in names:
        runs_of.setdefault(key, []).append(run_id)
    keys = [key for key, run_ids in runs_of.items() if len(run_ids) >= _LEAST_RUNS]
    found: dict[Name, _Series] = {}
    if not keys or not _take(backend, keys[0], runs_of[keys[0]], found):
        return found
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nbtrack-bulk")
    try:
        for future in [pool.submit(_take, backend, k, runs_of[k], found) for k in keys[1:]]:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _take(backend: Backend, key: str, run_ids: Iterable[str], found: dict[Name, _Series]) -> bool:
    """Put the series that bulk calls give whole into `found`; False if the server refuses one."""
    left = sorted(set(run_ids))
    while len(left) >= _LEAST_RUNS:
        some = left[: limits.BULK_HISTORY_RUNS]
        request = GetHistoryBulk(
            run_id=tuple(some), metric_key=key, max_results=limits.BULK_HISTORY_POINTS
        )
        try:
            points = backend.call(GET_HISTORY_BULK, request).metrics
        except NbtrackError:
            return False
        if not _are_in_order(points):
            break
        last = points[-1].run_id if points else ""
        whole = [run_id for run_id in some if run_id < last]
        of_run = {run_id: list(group) for run_id, group in groupby(points, _run_id)}
        found |= {(run_id, key): _Series.of(of_run.get(run_id, ())) for run_id in whole}
        left = left[len(whole) :]
        if not whole:  # the first run alone fills an answer
            break
    return True


def _run_id(point: MetricWithRunId) -> str:
    return point.run_id


def _are_in_order(points: Sequence[MetricWithRunId]) -> bool:
    places = [(point.run_id, point.timestamp, point.step) for point in points]
    return places == sorted(places)


# --- page by page ---------------------------------------------------------------------------------


def _read_paged(backend: Backend, names: Iterable[Name]) -> Iterator[_Series]:
    """Read several metrics at a time and yield them in order; few wait that are not taken yet."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nbtrack-history")
    waiting: deque[Future[_Series]] = deque()
    try:
        for run_id, key in names:
            waiting.append(pool.submit(_read_series, backend, run_id, key))
            if len(waiting) > 2 * AT_ONCE:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()
    finally:  # after an error or an interrupt nothing more is asked for
        pool.shutdown(cancel_futures=True)


def _read_series(backend: Backend, run_id: str, key: str) -> _Series:
    found = _Series.of(())
    request = GetHistory(run_id=run_id, metric_key=key, max_results=limits.HISTORY_PAGE)
    for page in pages(backend, GET_HISTORY, request):
        found.steps.extend([point.step for point in page.metrics])
        found.times.extend([point.timestamp for point in page.metrics])
        found.values.extend([point.value for point in page.metrics])
    return found
