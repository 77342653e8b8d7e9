"""One metric of one run in memory: its summary, and how new points change it.

A point is a tuple (step, time, value). NaN is always the object `NAN`, so that equal points are
equal tuples. The order of the API, in which the greatest point is the latest, is step, time,
value; a number beats NaN in a tie. Histories are in the order time, step, value with NaN as 0,
behind a true 0.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from math import isinf, nan
from operator import itemgetter, mul
from typing import Final

from msgspec import Struct

NAN: Final = nan
Point = tuple[int, int, float]
Extreme = tuple[float, int]
"""The lowest or highest value, and the first step at which it is."""
HistoryKey = tuple[int, int, float, bool]

BLOCK_POINTS: Final = 167
"""Points in a full block: 167 x 24 bytes and the longest head of a row fill one page.

SQLite keeps a row of up to 4061 bytes in a page of 4096 bytes; a longer one takes an overflow page,
which costs half as much disk again.
"""
POINT_BYTES: Final = 24


def latest_key(point: Point) -> tuple[int, int, bool, float]:
    """Sort key of the API's order."""
    step, time, value = point
    return (step, time, value == value, value)  # noqa: PLR0124 - NaN


def history_key(point: Point) -> HistoryKey:
    """Sort key of histories; no two points have the same."""
    step, time, value = point
    if value == value:  # noqa: PLR0124 - NaN
        return (time, step, value, False)
    return (time, step, 0.0, True)


_plain_history_key = itemgetter(1, 0, 2)


class Summary(Struct):
    """What is kept of all points of a metric, so that no reader needs them for it."""

    count: int
    last: Point
    first: Point
    high_time: int
    low: Extreme
    high: Extreme
    nans: int
    shift: float
    total: float
    squares: float

    def merged(self, other: Summary) -> Summary:
        """Return the summary of both sets of points; `other` came later and has our shift."""
        return Summary(
            count=self.count + other.count,
            last=max(self.last, other.last, key=latest_key),
            first=min(self.first, other.first, key=latest_key),
            high_time=max(self.high_time, other.high_time),
            low=self._better(self.low, other.low, other.low[0] < self.low[0]),
            high=self._better(self.high, other.high, other.high[0] > self.high[0]),
            nans=self.nans + other.nans,
            shift=self.shift,
            total=self.total + other.total,
            squares=self.squares + other.squares,
        )

    def _better(self, own: Extreme, other: Extreme, is_other: bool) -> Extreme:  # noqa: FBT001
        """Choose between extremes; of equal ones that of the lowest step."""
        if is_other or self.nans == self.count:
            return other
        return min(own, other) if other[0] == own[0] else own


def summarise(points: Sequence[Point], shift: float | None = None) -> Summary:
    """Reckon the summary of some points; sums are of value minus shift, for their precision."""
    steps, times, values = zip(*points, strict=True)
    total = sum(values)
    has_nan = total != total  # noqa: PLR0124 - NaN, or infinities of both signs
    numbers = [value for value in values if value == value] if has_nan else values  # noqa: PLR0124
    base = next((v for v in numbers if not isinf(v)), 0.0) if shift is None else shift
    offsets = [value - base for value in numbers]
    low, high = (min(numbers), max(numbers)) if numbers else (NAN, NAN)
    key = latest_key if has_nan else None
    return Summary(
        count=len(points),
        last=max(points, key=key) if key else max(points),
        first=min(points, key=key) if key else min(points),
        high_time=max(times),
        low=(low, _first_step(low, values, steps)),
        high=(high, _first_step(high, values, steps)),
        nans=len(values) - len(numbers),
        shift=base,
        total=sum(offsets),
        squares=sum(map(mul, offsets, offsets)),
    )


def _first_step(extreme: float, values: Sequence[float], steps: Sequence[int]) -> int:
    """Return the lowest step at which a value is; where all are NaN, the first."""
    if extreme is NAN or values.count(extreme) == 1:
        return steps[values.index(extreme)]
    return min(step for step, value in zip(steps, values, strict=True) if value == extreme)


def in_history_order(points: Iterable[Point]) -> list[Point]:
    """Return distinct points in the order of histories."""
    distinct = list(dict.fromkeys(points))
    if any(point[2] is NAN for point in distinct):
        distinct.sort(key=history_key)
    else:
        distinct.sort(key=_plain_history_key)
    return distinct


def pack(points: Sequence[Point]) -> bytes:
    """Pack points into a block's body: all steps, all times, all values."""
    steps, times, values = zip(*points, strict=True)
    return array("q", steps).tobytes() + array("q", times).tobytes() + array("d", values).tobytes()


def unpack(body: bytes) -> list[Point]:
    """Return the points of a block's body."""
    size = len(body) // 3
    steps, times, values = array("q"), array("q"), array("d")
    steps.frombytes(body[:size])
    times.frombytes(body[size : 2 * size])
    values.frombytes(body[2 * size :])
    return [
        (step, time, value if value == value else NAN)  # noqa: PLR0124 - NaN
        for step, time, value in zip(steps, times, values, strict=True)
    ]
