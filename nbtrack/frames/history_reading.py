"""Read metric histories: as columns where the store gives them, else metric by metric.

A server other than nbtrack's own answers metric by metric (see `backends.paged_history`). Some are
then read at once, with a progress bar after a second, and what ended runs logged is kept on disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np

from nbtrack.backends import Column, Columns, HistoryQuery
from nbtrack.backends.column_builders import run_length_column
from nbtrack.client import Client
from nbtrack.entities import Metric, Run
from nbtrack.frames import history_cache
from nbtrack.frames.history_cache import Points
from nbtrack.frames.progress import progress

AT_ONCE: Final = 8
"""How many runs are looked up at the same time."""
_RUNS_A_QUERY: Final = 100


class _Wanted(NamedTuple):
    """A metric of a run, and the name of the file that may hold its points."""

    run_id: str
    key: str
    cached: str | None


def read_history(
    client: Client,
    run_ids: Sequence[str],
    keys: Sequence[str] | None,
    known: Mapping[str, Run] | None = None,
) -> Columns:
    """Return the points of metrics of runs; `keys` None means every metric of each run.

    Parameters
    ----------
    client
        Where the runs are.
    run_ids
        The runs; rows come in their order.
    keys
        Names of metrics; those that a run does not have are left out.
    known
        Runs that were just read, by id; the others are looked up.
    """
    chosen = None if keys is None else tuple(keys)
    if client.version() is not None or not run_ids:  # it packs columns itself
        return client.columns(HistoryQuery(run_ids=tuple(run_ids), keys=chosen))
    runs = known or {}
    runs = {**runs, **look_up(client, [run_id for run_id in run_ids if run_id not in runs])}
    wanted = [item for run_id in run_ids for item in _wanted(client, runs[run_id], chosen)]
    found = {item: points for item in wanted if (points := _from_disk(item)) is not None}
    missing = [item for item in wanted if item not in found]
    if missing:
        found |= _read(client, missing)
        history_cache.trim()
    return _columns([(item, found[item]) for item in wanted])


def look_up(client: Client, run_ids: Sequence[str]) -> dict[str, Run]:
    """Return runs by id, some asked for at the same time."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nbtrack-runs") as pool:
        return dict(zip(run_ids, pool.map(client.get_run, run_ids), strict=True))


def _wanted(client: Client, run: Run, keys: Sequence[str] | None) -> Iterator[_Wanted]:
    latest: dict[str, Metric] = {metric.key: metric for metric in run.data.metrics}
    for key in latest if keys is None else keys:
        if key in latest:
            cached = history_cache.cached_name(client.tracking_uri, run, latest[key])
            yield _Wanted(run.info.run_id, key, cached)


def _from_disk(item: _Wanted) -> Points | None:
    return None if item.cached is None else history_cache.load(item.cached)


def _read(client: Client, missing: Sequence[_Wanted]) -> Mapping[_Wanted, Points]:
    """Ask for what is missing: runs that lack the same metrics together, some at once."""
    by_run: dict[str, list[_Wanted]] = {}
    for item in missing:
        by_run.setdefault(item.run_id, []).append(item)
    groups: dict[tuple[str, ...], list[str]] = {}
    for run_id, items in by_run.items():
        groups.setdefault(tuple(item.key for item in items), []).append(run_id)
    found: dict[_Wanted, Points] = {}
    with progress(len(missing), "Reading histories", "metrics", shown=True) as advance:
        for keys, run_ids in groups.items():
            for start in range(0, len(run_ids), _RUNS_A_QUERY):
                some = tuple(run_ids[start : start + _RUNS_A_QUERY])
                columns = client.columns(HistoryQuery(run_ids=some, keys=keys))
                series = dict(_series(columns))
                for item in (item for run_id in some for item in by_run[run_id]):
                    found[item] = series.get((item.run_id, item.key), Points(b"", b"", b""))
                    if item.cached is not None:
                        history_cache.keep(item.cached, found[item])
                advance(len(some) * len(keys))
    return found


def _series(columns: Columns) -> Iterator[tuple[tuple[str, str], Points]]:
    """Cut the columns where the run or the metric changes."""
    if not columns.rows:
        return
    runs, keys = columns.column("run_id"), columns.column("key")
    run_codes, key_codes = (np.frombuffer(column.data, "<i4") for column in (runs, keys))
    cuts = np.flatnonzero(np.diff(run_codes) | np.diff(key_codes)) + 1
    steps, times, values = (columns.column(name).data for name in ("step", "timestamp", "value"))
    for start, stop in zip([0, *cuts.tolist()], [*cuts.tolist(), columns.rows], strict=True):
        part = slice(8 * start, 8 * stop)
        name = (str(runs.texts[run_codes[start]]), str(keys.texts[key_codes[start]]))
        yield name, Points(steps[part], times[part], values[part])


def _columns(series: Sequence[tuple[_Wanted, Points]]) -> Columns:
    runs = ((item.run_id, points.count) for item, points in series if points.count)
    keys = ((item.key, points.count) for item, points in series if points.count)
    return Columns(
        rows=sum(points.count for _, points in series),
        columns=(
            run_length_column("run_id", runs),
            run_length_column("key", keys),
            Column(name="step", kind="int64", data=b"".join(p.steps for _, p in series)),
            Column(name="timestamp", kind="int64", data=b"".join(p.times for _, p in series)),
            Column(name="value", kind="float64", data=b"".join(p.values for _, p in series)),
        ),
    )
