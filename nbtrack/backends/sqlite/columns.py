"""Tables of runs and metric histories as typed columns, without an object per cell of a series."""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from nbtrack.api.runs import SearchRuns
from nbtrack.backends.column_builders import (
    coded_column,
    number_column,
    packed,
    run_length_column,
    selector,
    text_column,
)
from nbtrack.backends.columns import Column, Columns, HistoryQuery, RunsQuery, Summary
from nbtrack.backends.sqlite import experiments, history, search
from nbtrack.backends.sqlite.attempts import not_replaced
from nbtrack.backends.sqlite.session import Row, Session, ids_json
from nbtrack.backends.sqlite.sql import all_of
from nbtrack.backends.sqlite.summaries import SUMMARY_SQL, summary_columns
from nbtrack.backends.sqlite.wide_search import wide_query

_INFO: Final = (
    "r.id, r.run_id, r.experiment, r.run_name, r.status, r.start_time, nullif(r.end_time, 0), "
    "r.stage, r.user_id"
)
_SELECT_ALL: Final = "json_each(?) j cross join {table} x on x.run = j.value"
_FEW: Final = 2_000


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
    plan = _without_replaced(tx, _plan(tx, query), query)
    with _collector_paused():
        rows = plan.page(tx, query.limit, None)[0] if query.experiment_ids else []
        found = _info_columns(tx, rows, wants)
        places = {row[0]: place for place, row in enumerate(rows)}
        found += _number_columns(tx, places, wants)
        found += _summary_columns(tx, places, wants, query.summaries)
        found += _text_columns(tx, "param", "params.", places, wants)
        found += _text_columns(tx, "tag", "tags.", places, wants)
    return Columns(rows=len(rows), columns=tuple(found))


def _plan(tx: Session, query: RunsQuery) -> search.Query:
    if query.where is not None:
        return wide_query(tx, query, _INFO)
    request = SearchRuns(
        experiment_ids=query.experiment_ids,
        filter=query.filter,
        order_by=query.order_by,
        run_view_type=query.view_type,
    )
    return search.runs_query(tx, request, _INFO)


def _without_replaced(tx: Session, plan: search.Query, query: RunsQuery) -> search.Query:
    latest = None if query.attempts == "all" else not_replaced(tx, query.experiment_ids)
    return plan if latest is None else replace(plan, where=all_of([plan.where, latest]))


def _info_columns(tx: Session, rows: Sequence[Row], wants: Callable[[str], bool]) -> list[Column]:
    makers: dict[str, Callable[[str], Column]] = {
        "run_id": lambda name: text_column(name, [row[1] for row in rows]),
        "experiment_id": lambda name: coded_column(name, [str(row[2]) for row in rows]),
        "run_name": lambda name: text_column(name, [row[3] for row in rows]),
        "status": lambda name: coded_column(name, [row[4] for row in rows]),
        "start_time": lambda name: number_column(name, [row[5] for row in rows], "int64"),
        "end_time": lambda name: number_column(name, [row[6] for row in rows], "int64"),
        "artifact_uri": lambda name: text_column(name, _artifact_uris(tx, rows)),
        "lifecycle_stage": lambda name: coded_column(
            name, [experiments.STAGES[row[7]] for row in rows]
        ),
        "user_id": lambda name: text_column(name, [row[8] for row in rows]),
    }
    return [make(name) for name, make in makers.items() if wants(name)]


def _artifact_uris(tx: Session, rows: Sequence[Row]) -> list[str]:
    locations: dict[int, str | None] = dict(tx.all("select id, artifact_location from experiment"))
    root = tx.settings.artifacts.experiment_root
    roots = {row[2]: locations[row[2]] or root(row[2]) for row in rows}
    return [f"{roots[row[2]]}/{row[1]}/artifacts" for row in rows]


def _cells(
    tx: Session, table: str, values: str, places: dict[int, int], keys: Iterable[int]
) -> Iterable[Row]:
    """Return (run, key, values) of some runs: by seeking each if they are few, else by one scan."""
    if not places:
        return []
    source = f"select x.run, x.key, {values} from"
    if len(places) <= _FEW:
        where = "where x.key in (select value from json_each(?))"
        table_sql = _SELECT_ALL.format(table=table)
        return tx.db.execute(f"{source} {table_sql} {where}", (ids_json(places), ids_json(keys)))
    return tx.db.execute(
        f"{source} {table} x where x.run between ? and ? "
        "and x.key in (select value from json_each(?))",
        (min(places), max(places), ids_json(keys)),
    )


def _wanted_keys(tx: Session, prefix: str, wants: Callable[[str], bool]) -> dict[int, str]:
    return {
        row[0]: prefix + row[1]
        for row in tx.all("select id, name from key")
        if wants(prefix + row[1])
    }


def _number_columns(
    tx: Session, places: dict[int, int], wants: Callable[[str], bool]
) -> list[Column]:
    names = _wanted_keys(tx, "metrics.", wants)
    if not names:
        return []
    size = len(places)
    blank, absent = array("d", [float("nan")]) * size, b"\1" * size
    numbers: dict[int, array[float]] = {}
    missing: dict[int, bytearray] = {}
    for run, key, value in _cells(tx, "metric", "x.last_value", places, names):
        place = places.get(run)
        if place is None:
            continue
        if key not in numbers:
            numbers[key], missing[key] = blank[:], bytearray(absent)
        missing[key][place] = 0
        if value is not None:
            numbers[key][place] = value
    return [
        Column(
            name=names[key],
            kind="float64",
            data=packed(numbers[key]),
            missing=bytes(missing[key]) if any(missing[key]) else b"",
        )
        for key in sorted(numbers, key=names.__getitem__)
    ]


def _summary_columns(
    tx: Session,
    places: dict[int, int],
    wants: Callable[[str], bool],
    summaries: Sequence[Summary],
) -> list[Column]:
    names = _wanted_keys(tx, "metrics.", wants)
    if not names or not summaries:
        return []
    values = ", ".join(SUMMARY_SQL[summary] for summary in summaries)
    return summary_columns(_cells(tx, "metric", values, places, names), summaries, names, places)


def _text_columns(
    tx: Session, table: str, prefix: str, places: dict[int, int], wants: Callable[[str], bool]
) -> list[Column]:
    names = _wanted_keys(tx, prefix, wants)
    if not names:
        return []
    blank: list[str | None] = [None] * len(places)
    texts: dict[int, list[str | None]] = {}
    for run, key, value in _cells(tx, table, "x.value", places, names):
        place = places.get(run)
        if place is None:
            continue
        if key not in texts:
            texts[key] = blank[:]
        texts[key][place] = value
    return [text_column(names[key], texts[key]) for key in sorted(texts, key=names.__getitem__)]


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
