"""Tables of runs and metric histories as typed columns, without an object per cell of a series."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from nbtrack.api.runs import SearchRuns
from nbtrack.backends.column_builders import (
    coded_column,
    number_column,
    run_length_column,
    selector,
    text_column,
)
from nbtrack.backends.columns import Column, Columns, HistoryQuery, RunsQuery, Summary
from nbtrack.backends.sqlite import experiments, history, search
from nbtrack.backends.sqlite.attempts import not_replaced
from nbtrack.backends.sqlite.cells import Cells, Value, read_cells, read_packed_cells
from nbtrack.backends.sqlite.session import Row, Session
from nbtrack.backends.sqlite.sql import all_of
from nbtrack.backends.sqlite.summaries import summary_column, summary_value
from nbtrack.backends.sqlite.wide_search import wide_query

_INFO: Final[dict[str, tuple[str, ...]]] = {
    "run_id": ("r.run_id",),
    "experiment_id": ("r.experiment",),
    "run_name": ("r.run_name",),
    "status": ("r.status",),
    "start_time": ("r.start_time",),
    "end_time": ("nullif(r.end_time, 0)",),
    "artifact_uri": ("r.experiment", "r.run_id"),
    "lifecycle_stage": ("r.stage",),
    "user_id": ("r.user_id",),
}
"""The columns about a run, and what of its row they are made of."""


@contextmanager
def _collector_paused() -> Generator[None]:
    """Pause the garbage collector: it would walk over every fetched row again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run_columns(tx: Session, query: RunsQuery) -> Columns:
    """Return runs as columns: info, then metrics, params and tags sorted by key."""
    wants = selector(query.select)
    info = [name for name in _INFO if wants(name)]
    sources = list(dict.fromkeys(["r.id", *(sql for name in info for sql in _INFO[name])]))
    with _collector_paused():
        rows = _rows(tx, query, ", ".join(sources))
        content = zip(*rows, strict=True) if rows else [()] * len(sources)
        of_runs = dict(zip(sources, content, strict=True))
        found = [_info_column(tx, name, *(of_runs[sql] for sql in _INFO[name])) for name in info]
        run_ids = of_runs["r.id"]
        found += _number_columns(tx, run_ids, wants)
        found += _summary_columns(tx, run_ids, wants, query.summaries)
        found += _text_columns(tx, "param", "params.", run_ids, wants)
        found += _text_columns(tx, "tag", "tags.", run_ids, wants)
    return Columns(rows=len(rows), columns=tuple(found))


def _rows(tx: Session, query: RunsQuery, select: str) -> list[Row]:
    if not query.experiment_ids:
        return []
    if query.where is not None:
        plan = wide_query(tx, query, select)
    else:
        request = SearchRuns(
            experiment_ids=query.experiment_ids,
            filter=query.filter,
            order_by=query.order_by,
            run_view_type=query.view_type,
        )
        plan = search.runs_query(tx, request, select)
    return _without_replaced(tx, plan, query).rows(tx, query.limit)


def _without_replaced(tx: Session, plan: search.Query, query: RunsQuery) -> search.Query:
    latest = None if query.attempts == "all" else not_replaced(tx, query.experiment_ids)
    return plan if latest is None else replace(plan, where=all_of([plan.where, latest]))


def _info_column(tx: Session, name: str, *values: tuple[Any, ...]) -> Column:
    first = values[0]
    match name:
        case "experiment_id":
            return coded_column(name, map(str, first))
        case "status":
            return coded_column(name, first)
        case "start_time" | "end_time":
            return number_column(name, first, "int64")
        case "lifecycle_stage":
            return coded_column(name, (experiments.STAGES[stage] for stage in first))
        case "artifact_uri":
            return text_column(name, _artifact_uris(tx, *values))
        case _:
            return text_column(name, first)


def _artifact_uris(
    tx: Session, experiment_ids: Sequence[int], run_ids: Sequence[str]
) -> Iterator[str]:
    locations: dict[int, str | None] = dict(tx.all("select id, artifact_location from experiment"))
    root = tx.settings.artifacts.experiment_root
    roots = {number: locations[number] or root(number) for number in set(experiment_ids)}
    for number, run_id in zip(experiment_ids, run_ids, strict=True):
        yield f"{roots[number]}/{run_id}/artifacts"


def _wanted_keys(tx: Session, prefix: str, wants: Callable[[str], bool]) -> dict[int, str]:
    return {
        row[0]: prefix + row[1]
        for row in tx.all("select id, name from key")
        if wants(prefix + row[1])
    }


def _number_columns(
    tx: Session, run_ids: Sequence[int], wants: Callable[[str], bool]
) -> list[Column]:
    names = _wanted_keys(tx, "metrics.", wants)
    cells = read_packed_cells(tx, "metric", Value("x.last_value"), run_ids, list(names))
    return [
        Column(
            name=names[key],
            kind="float64",
            data=cells.values(row)[0].astype("<f8").tobytes(),
            missing=cells.missing(row),
        )
        for row, key in _by_name(cells, names)
    ]


def _summary_columns(
    tx: Session,
    run_ids: Sequence[int],
    wants: Callable[[str], bool],
    summaries: Sequence[Summary],
) -> list[Column]:
    if not summaries:
        return []
    names = _wanted_keys(tx, "metrics.", wants)
    wanted = [summary_value(summary) for summary in summaries]
    cells = read_cells(tx, "metric", wanted, run_ids, list(names))
    return [
        summary_column(f"{summary}({names[key]})", summary, values, cells.missing(row))
        for row, key in _by_name(cells, names)
        for summary, values in zip(summaries, cells.values(row), strict=True)
    ]


def _text_columns(
    tx: Session, table: str, prefix: str, run_ids: Sequence[int], wants: Callable[[str], bool]
) -> list[Column]:
    names = _wanted_keys(tx, prefix, wants)
    value = Value("x.value", is_number=False)
    cells = read_packed_cells(tx, table, value, run_ids, list(names))
    return [
        text_column(names[key], cells.values(row)[0].tolist())
        for row, key in _by_name(cells, names)
    ]


def _by_name(cells: Cells, names: Mapping[int, str]) -> list[tuple[int, int]]:
    """Return the rows of the tables and their keys, by the names of these."""
    return sorted(enumerate(cells.keys), key=lambda found: names[found[1]])


def history_columns(tx: Session, query: HistoryQuery) -> Columns:
    """Return metric points as columns, straight from the blocks."""
    runs: list[tuple[str, int]] = []
    keys: list[tuple[str, int]] = []
    steps: list[bytes] = []
    times: list[bytes] = []
    values: list[bytes] = []
    for run_id, key, bodies in history.series_bodies(tx, query.run_ids, query.keys):
        count = history.point_count(bodies)
        runs.append((run_id, count))
        keys.append((key, count))
        for body in bodies:
            third = len(body) // 3
            steps.append(body[:third])
            times.append(body[third : 2 * third])
            values.append(body[2 * third :])
    return Columns(
        rows=sum(count for _, count in runs),
        columns=(
            run_length_column("run_id", runs),
            run_length_column("key", keys),
            Column(name="step", kind="int64", data=b"".join(steps)),
            Column(name="timestamp", kind="int64", data=b"".join(times)),
            Column(name="value", kind="float64", data=b"".join(values)),
        ),
    )
