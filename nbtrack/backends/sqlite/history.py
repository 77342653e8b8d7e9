"""Metric histories: the blocks of a metric in the order of timestamp, step, value.

Blocks are ordered inside, nearly always, and follow each other, nearly always. Only neighbours
that overlap are unpacked and sorted; the others leave as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from nbtrack.api import metrics as api
from nbtrack.backends.sqlite import checks
from nbtrack.backends.sqlite.series import (
    POINT_BYTES,
    HistoryKey,
    Point,
    history_key,
    latest_key,
    pack,
    unpack,
)
from nbtrack.backends.sqlite.session import Row, Session, ids_json
from nbtrack.backends.sqlite.sql import read_token, token
from nbtrack.entities import Metric, MetricWithRunId
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import BULK_HISTORY_POINTS, BULK_HISTORY_RUNS, INTERVAL_POINTS

Block = tuple[int, bytes]
_BLOCKS: Final = (
    "select b.is_ordered, b.body from block b where b.run = ? and b.key = ? "
    "and b.high_time >= ? order by b.low_time, b.id"
)


def ordered_bodies(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Yield bodies in the order of histories, from blocks (is_ordered, body) by their low time."""
    group: list[bytes] = []
    is_clean, high = True, (-1, 0, 0.0, False)
    for is_ordered, body in blocks:
        first, last = _edges(body) if is_ordered else _extremes(body)
        if group and history_key(first) < high:
            is_clean = False
        elif group:
            yield from _flushed(group, is_clean=is_clean)
            group, is_clean = [], True
        group.append(body)
        is_clean = is_clean and bool(is_ordered)
        high = max(high, history_key(last))
    yield from _flushed(group, is_clean=is_clean)


def _flushed(group: Sequence[bytes], *, is_clean: bool) -> Iterator[bytes]:
    if is_clean:
        yield from group
    else:
        yield pack(sorted((p for body in group for p in unpack(body)), key=history_key))


def _edges(body: bytes) -> tuple[Point, Point]:
    n = len(body) // 3
    first = unpack(body[:8] + body[n : n + 8] + body[2 * n : 2 * n + 8])[0]
    last = unpack(body[n - 8 : n] + body[2 * n - 8 : 2 * n] + body[-8:])[0]
    return first, last


def _extremes(body: bytes) -> tuple[Point, Point]:
    points = unpack(body)
    return min(points, key=history_key), max(points, key=history_key)


def points_of(tx: Session, run_id: str, key: str, since: int = 0) -> Iterator[Point]:
    """Yield the points of one metric with a time of at least `since`, in order; lazily."""
    row = tx.one(
        "select m.run, m.key, m.count, m.last_step, m.last_time, m.last_value from metric m "
        "where m.run = (select id from run where run_id = ?) "
        "and m.key = (select id from key where name = ?)",
        run_id,
        key,
    )
    if row is None:
        return
    if row[2] == 1:
        yield from unpack(single_body(row[3], row[4], row[5]))
        return
    blocks = tx.db.execute(_BLOCKS, (row[0], row[1], since))
    for body in ordered_bodies(blocks):
        yield from unpack(body)


def single_body(step: int, time: int, value: float | None) -> bytes:
    """Pack the only point of a metric as a block's body would be."""
    return pack([(step, time, float("nan") if value is None else value)])


def get_history(tx: Session, request: api.GetHistory) -> api.HistoryPage:
    """Handle getHistory; an unknown run or key is an empty page. Without a size: everything.

    The token holds the last point, so that points added between two pages do no harm.
    """
    identity = ["history", request.run_id, request.metric_key]
    size = request.max_results
    if size is not None or tx.limits.history_page is not None:
        most = tx.limits.history_page
        size = checks.check_page_size(tx, size, most or 1, most)
    last: HistoryKey | None = None
    if request.page_token:
        last = _last_point(request.page_token, identity)
    points: list[Point] = []
    for point in points_of(tx, request.run_id, request.metric_key, last[0] if last else 0):
        if last is not None and history_key(point) <= last:
            continue
        if size is not None and len(points) == size:
            following = token(identity, history_key(points[-1]))
            return api.HistoryPage(
                metrics=_metrics(request.metric_key, points), next_page_token=following
            )
        points.append(point)
    return api.HistoryPage(metrics=_metrics(request.metric_key, points))


def _last_point(text: str, identity: object) -> HistoryKey:
    try:
        last: HistoryKey = msgspec.convert(read_token(text, identity), HistoryKey)
    except msgspec.ValidationError as exc:
        message = f"The page_token {text[:40]!r} is malformed. Leave it out."
        raise InvalidParameterValue(message) from exc
    return last


def _metrics(key: str, points: Iterable[Point]) -> tuple[Metric, ...]:
    return tuple(
        Metric(key=key, value=value, timestamp=time, step=step) for step, time, value in points
    )


def get_history_bulk(tx: Session, request: api.GetHistoryBulk) -> api.BulkHistory:
    """Return one metric of up to 100 runs, by run id, then in order; one limit for all."""
    _check_runs(request.run_id)
    limit = BULK_HISTORY_POINTS if request.max_results is None else request.max_results
    if limit < 1:
        message = f"max_results is {limit}. Use 1 to {BULK_HISTORY_POINTS}."
        raise InvalidParameterValue(message)
    found: list[MetricWithRunId] = []
    for run_id in sorted(set(request.run_id)):
        points = points_of(tx, run_id, request.metric_key)
        found += _with_run(request.metric_key, run_id, points)
        if len(found) >= limit:
            break
    return api.BulkHistory(metrics=tuple(found[: min(limit, BULK_HISTORY_POINTS)]))


def _check_runs(run_ids: Sequence[str]) -> None:
    if not 1 <= len(run_ids) <= BULK_HISTORY_RUNS:
        message = f"{len(run_ids)} run ids were given. Give 1 to {BULK_HISTORY_RUNS}."
        raise InvalidParameterValue(message)


def _with_run(key: str, run_id: str, points: Iterable[Point]) -> list[MetricWithRunId]:
    return [
        MetricWithRunId(key=key, value=value, timestamp=time, step=step, run_id=run_id)
        for step, time, value in points
    ]


def get_history_bulk_interval(tx: Session, request: api.GetHistoryBulkInterval) -> api.BulkHistory:
    """Return an even sample of one metric of up to 100 runs, first and last point kept."""
    _check_runs(request.run_ids)
    size = INTERVAL_POINTS if request.max_results is None else request.max_results
    if not 1 <= size <= INTERVAL_POINTS:
        message = f"max_results is {size}. Use 1 to {INTERVAL_POINTS}."
        raise InvalidParameterValue(message)
    start, end = request.start_step, request.end_step
    if (start is None) != (end is None) or (start is not None and end is not None and start > end):
        message = f"start_step is {start} and end_step {end}. Give both, start not above end."
        raise InvalidParameterValue(message)
    found: list[MetricWithRunId] = []
    for run_id in request.run_ids:
        points = sorted(
            (
                point
                for point in points_of(tx, run_id, request.metric_key)
                if start is None or end is None or start <= point[0] <= end
            ),
            key=latest_key,
        )
        found += _with_run(request.metric_key, run_id, sampled(points, size))
    return api.BulkHistory(metrics=tuple(found))


def sampled(points: Sequence[Point], size: int) -> list[Point]:
    """Cut points into `size` equal buckets and keep the first of each; the last point stays."""
    if len(points) <= size:
        return list(points)
    kept = [points[index * len(points) // size] for index in range(size)]
    kept[-1] = points[-1]
    return kept


def series_bodies(
    tx: Session, run_ids: Sequence[str], keys: Sequence[str] | None
) -> Iterator[tuple[str, str, list[bytes]]]:
    """Yield run id, key and ordered bodies of every asked-for metric, run by run, key by key."""
    if keys is None:
        source, order = (
            "cross join metric m on m.run = r.id join key k on k.id = m.key",
            "m.position",
        )
        values: tuple[str, ...] = (ids_json(run_ids),)
    else:
        source = (
            "cross join json_each(?) w cross join key k on k.name = w.value "
            "cross join metric m on m.run = r.id and m.key = k.id"
        )
        order, values = "w.key", (ids_json(run_ids), ids_json(keys))
    for row in tx.all(
        "select r.run_id, k.name, m.run, m.key, m.count, m.last_step, m.last_time, m.last_value "
        f"from json_each(?) j cross join run r on r.run_id = j.value {source} "
        f"order by j.key, {order}",
        *values,
    ):
        yield row[0], row[1], _bodies(tx, row)


def _bodies(tx: Session, row: Row) -> list[bytes]:
    if row[4] == 1:
        return [single_body(row[5], row[6], row[7])]
    return list(ordered_bodies(tx.db.execute(_BLOCKS, (row[2], row[3], 0)).fetchall()))


def point_count(bodies: Iterable[bytes]) -> int:
    """Return how many points some bodies hold."""
    return sum(len(body) for body in bodies) // POINT_BYTES
