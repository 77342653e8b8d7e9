"""Metrics of runs: write points as blocks with a summary a metric, and read the latest ones.

New points of a metric go to its tail block until that is full. A metric with a single point has no
block: its summary is the point. A point that is there already is dropped: the blocks whose ranges
of step and time meet those of the new points are looked at, which in the usual order of logging
are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nbtrack.backends.sqlite import checks
from nbtrack.backends.sqlite.series import (
    BLOCK_POINTS,
    NAN,
    POINT_BYTES,
    Point,
    Summary,
    history_key,
    in_history_order,
    pack,
    summarise,
    unpack,
)
from nbtrack.backends.sqlite.session import Row, Session, ids_json
from nbtrack.entities import Metric
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import INT64_MAX, INT64_MIN

_SUMMARY: Final = (
    "position, count, last_value, last_step, last_time, high_time, first_value, first_step, "
    "first_time, min_value, min_step, max_value, max_step, nans, shift, total, squares, tail"
)
_UPSERT: Final = (
    f"insert or replace into metric (run, key, {_SUMMARY}) values ({', '.join('?' * 20)})"
)


def points_by_key(tx: Session, metrics: Sequence[Metric]) -> dict[str, list[Point]]:
    """Check the points of a batch and sort them by key; errors name the item."""
    groups: dict[str, list[Point]] = {}
    for index, metric in enumerate(metrics):
        group = groups.get(metric.key)
        if group is None:
            checks.check_key(tx.limits, "metric", metric.key, f"metrics[{index}].key")
            group = groups[metric.key] = []
        value, time, step = metric.value, metric.timestamp, metric.step
        if value.__class__ is not float:
            value = _number(value, index)
        elif value != value:  # noqa: PLR0124 - NaN
            value = NAN
        elif value == 0.0:
            value = 0.0  # the API has no negative zero
        if time.__class__ is not int or not 0 <= time <= INT64_MAX:
            raise _bad(index, "timestamp", time, "milliseconds since 1970, 0 or more")
        if step.__class__ is not int or not INT64_MIN <= step <= INT64_MAX:
            raise _bad(index, "step", step, "a 64-bit integer")
        group.append((step, time, value))
    return groups


def _number(value: object, index: int) -> float:
    if not isinstance(value, (int, float)):
        raise _bad(index, "value", value, "a number")
    try:
        number = float(value)
    except OverflowError as exc:
        raise _bad(index, "value", value, "a number that fits a double") from exc
    return number + 0.0 if number == number else NAN  # noqa: PLR0124 - NaN


def _bad(index: int, field: str, value: object, wanted: str) -> InvalidParameterValue:
    shown = repr(value)[:60]
    return InvalidParameterValue(f"metrics[{index}].{field} is {shown}. It must be {wanted}.")


def put_points(tx: Session, run: int, groups: Mapping[str, Sequence[Point]]) -> None:
    """Add points to metrics of a run; exact copies of points already there change nothing."""
    series = {tx.key_id(name): points for name, points in groups.items()}
    known = _summaries(tx, run, series)
    position = _metric_count(tx, run) if len(known) < len(series) else 0
    for key, points in series.items():
        ordered = in_history_order(points)
        row = known.get(key)
        if row is None:
            _first_points(tx, run, key, position, ordered)
            position += 1
        else:
            _more_points(tx, run, key, row, ordered)


def _summaries(tx: Session, run: int, keys: Iterable[int]) -> dict[int, Row]:
    """Return the rows of some metrics by key; a run may have thousands of others."""
    sql = (
        f"select key, {_SUMMARY} from metric "
        "where run = ? and key in (select value from json_each(?))"
    )
    return {row[0]: row[1:] for row in tx.all(sql, run, ids_json(keys))}


def _metric_count(tx: Session, run: int) -> int:
    row = tx.one("select count(*) from metric where run = ?", run)
    return row[0] if row else 0


def _first_points(tx: Session, run: int, key: int, position: int, points: Sequence[Point]) -> None:
    tail = _append(tx, run, key, None, points) if len(points) > 1 else None
    _store(tx, (run, key, position), summarise(points), tail)


def _more_points(tx: Session, run: int, key: int, row: Row, points: list[Point]) -> None:
    old = _summary_of(row)
    fresh = _without_copies(tx, (run, key), old, points)
    if not fresh:
        return
    added = fresh if old.count > 1 else in_history_order([old.last, *fresh])
    tail = _append(tx, run, key, row[17], added)
    _store(tx, (run, key, row[0]), old.merged(summarise(fresh, old.shift)), tail)


def _without_copies(
    tx: Session, series: tuple[int, int], old: Summary, points: list[Point]
) -> list[Point]:
    steps = [point[0] for point in points]
    low_step, low_time = min(steps), min(point[1] for point in points)
    if low_step > old.last[0] or low_time > old.high_time:
        return points
    if old.count == 1:
        present = {old.last}
    else:
        present = set()
        for (body,) in tx.all(
            "select body from block where run = ? and key = ? and low_step <= ? "
            "and high_step >= ? and low_time <= ? and high_time >= ?",
            *series,
            max(steps),
            low_step,
            max(point[1] for point in points),
            low_time,
        ):
            present.update(unpack(body))
    return [point for point in points if point not in present]


def _append(tx: Session, run: int, key: int, tail: int | None, points: Sequence[Point]) -> int:
    """Put ordered points behind the tail block, and start new blocks when it is full."""
    if tail is not None:
        row = tx.one("select body, is_ordered from block where id = ?", tail)
        if row is None:
            message = f"block {tail} is missing"
            raise AssertionError(message)
        room = BLOCK_POINTS - len(row[0]) // POINT_BYTES
        if room > 0:
            _extend(tx, tail, row, points[:room])
            points = points[room:]
    for start in range(0, len(points), BLOCK_POINTS):
        chunk = points[start : start + BLOCK_POINTS]
        cursor = tx.db.execute(
            "insert into block (run, key, low_step, high_step, low_time, high_time, is_ordered, "
            "body) values (?, ?, ?, ?, ?, ?, 1, ?)",
            (run, key, *_ranges(chunk), pack(chunk)),
        )
        tail = cursor.lastrowid
    if tail is None:
        message = "no points to append"
        raise AssertionError(message)
    return tail


def _extend(tx: Session, block: int, row: Row, points: Sequence[Point]) -> None:
    old, new = row[0], pack(points)
    o, n = len(old) // 3, len(new) // 3
    body = b"".join((old[:o], new[:n], old[o : 2 * o], new[n : 2 * n], old[2 * o :], new[2 * n :]))
    last = unpack(old[o - 8 : o] + old[2 * o - 8 : 2 * o] + old[-8:])[0]
    is_ordered = row[1] and history_key(last) <= history_key(points[0])
    low_step, high_step, low_time, high_time = _ranges(points)
    tx.run(
        "update block set low_step = min(low_step, ?), high_step = max(high_step, ?), "
        "low_time = min(low_time, ?), high_time = max(high_time, ?), is_ordered = ?, body = ? "
        "where id = ?",
        low_step,
        high_step,
        low_time,
        high_time,
        int(is_ordered),
        body,
        block,
    )


def _ranges(points: Sequence[Point]) -> tuple[int, int, int, int]:
    steps = [point[0] for point in points]
    return (min(steps), max(steps), points[0][1], points[-1][1])


def _summary_of(row: Row) -> Summary:
    count = row[1]
    last = _point(row[3], row[4], row[2])
    if count == 1:
        return summarise([last])
    return Summary(
        count=count,
        last=last,
        first=_point(row[7], row[8], row[6]),
        high_time=row[4] if row[5] is None else row[5],
        low=(NAN if row[9] is None else row[9], row[10]),
        high=(NAN if row[11] is None else row[11], row[12]),
        nans=row[13],
        shift=row[14],
        total=NAN if row[15] is None else row[15],
        squares=NAN if row[16] is None else row[16],
    )


def _point(step: int, time: int, value: float | None) -> Point:
    return (step, time, NAN if value is None else value)


def _store(tx: Session, series: tuple[int, int, int], it: Summary, tail: int | None) -> None:
    step, time, value = it.last
    head = (*series, it.count, value, step, time)
    if it.count == 1:
        tx.db.execute(_UPSERT, (*head, *(None,) * 13))
        return
    high_time = None if it.high_time == time else it.high_time
    first_step, first_time, first_value = it.first
    rest = (high_time, first_value, first_step, first_time, *it.low, *it.high)
    tx.db.execute(_UPSERT, (*head, *rest, it.nans, it.shift, it.total, it.squares, tail))


def latest_of(tx: Session, runs: Iterable[int]) -> dict[int, list[Metric]]:
    """Return the latest point of every metric of runs by row id, in the order of first logs."""
    found: dict[int, list[Metric]] = {}
    for run, key, value, time, step in tx.all(
        "select m.run, k.name, m.last_value, m.last_time, m.last_step from metric m "
        "join key k on k.id = m.key where m.run in (select value from json_each(?)) "
        "order by m.run, m.position",
        ids_json(runs),
    ):
        number = NAN if value is None else value
        found.setdefault(run, []).append(Metric(key=key, value=number, timestamp=time, step=step))
    return found
