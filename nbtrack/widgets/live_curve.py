"""A curve that grows for as long as a run logs, in bounded memory.

Points are kept one by one until there are too many; from then on the lowest and highest of each
bucket are, and buckets double their width whenever the room is full again. All parts of the curve
keep the same detail.
"""

from __future__ import annotations

from math import isfinite, isnan, nan
from typing import Final, NamedTuple

MOST_POINTS: Final = 1000
_GROUP: Final = 4


class Point(NamedTuple):
    """One point."""

    x: int
    y: float


class Growth(NamedTuple):
    """What a curve has become since it was last asked: points behind the first `keep`."""

    keep: int
    x: list[int]
    y: list[float]


class LiveCurve:
    """The points of one metric of a run.

    Attributes
    ----------
    last
        The last point.
    first_bad
        The first point that was NaN or infinite.
    bad
        How many were.
    """

    def __init__(self, most: int = MOST_POINTS) -> None:
        """Keep about so many points at most."""
        self.last: Point | None = None
        self.first_bad: Point | None = None
        self.bad = 0
        self._most = most
        self._settled: list[Point] = []
        self._low: Point | None = None  # of the bucket that fills now
        self._high: Point | None = None
        self._pended = 0
        self._width = 1
        self._sent = 0

    def add(self, step: int, value: float) -> None:
        """Add a point."""
        point = self.last = Point(step, value)
        if not isfinite(value):
            self.bad += 1
            self.first_bad = self.first_bad or point
            point = Point(step, nan)
        if self._width > 1:
            self._add_to_bucket(point)
        else:
            self._settled.append(point)
        if len(self._settled) >= self._most:
            self._widen()

    def _add_to_bucket(self, point: Point) -> None:
        low, high = self._low, self._high
        if low is None or high is None or isnan(low.y):
            self._low = self._high = point
        elif point.y < low.y:
            self._low = point
        elif point.y >= high.y:  # of equal ones the first and the last
            self._high = point
        self._pended += 1
        if self._pended == self._width:
            self._settled += self._pending()
            self._low = self._high = None
            self._pended = 0

    def _pending(self) -> list[Point]:
        """Return the lowest and the highest point of the bucket that fills now."""
        found = [point for point in (self._low, self._high) if point is not None]
        return _extremes(sorted(found, key=lambda point: point.x))

    def _widen(self) -> None:
        """Put buckets together in twos; single points in fours."""
        points = self._settled
        groups = (points[start : start + _GROUP] for start in range(0, len(points), _GROUP))
        self._settled = [point for group in groups for point in _extremes(group)]
        self._width = _GROUP if self._width == 1 else self._width * 2
        self._sent = 0

    def points(self) -> tuple[list[int], list[float]]:
        """Return all points, in the order they came."""
        drawn = self._drawn(0)
        return [point.x for point in drawn], [point.y for point in drawn]

    def growth(self) -> Growth:
        """Return what is new since the last call."""
        keep = self._sent
        drawn = self._drawn(keep)
        self._sent = len(self._settled)
        return Growth(keep, [point.x for point in drawn], [point.y for point in drawn])

    def _drawn(self, start: int) -> list[Point]:
        """Return points from a place on, with those that are not settled, up to the last one."""
        pending = self._pending()
        last = self.last
        if pending and last is not None and pending[-1] != last and isfinite(last.y):
            pending.append(last)
        return self._settled[start:] + pending


def _extremes(points: list[Point]) -> list[Point]:
    """Return the lowest and the highest point in the order they came; a gap if all are gaps."""
    finite = [point for point in points if point.y == point.y]
    if not finite:
        return points[:1]
    low = min(finite, key=lambda point: point.y)
    high = max(reversed(finite), key=lambda point: point.y)
    if low is high:
        return [low]
    return [low, high] if finite.index(low) < finite.index(high) else [high, low]
