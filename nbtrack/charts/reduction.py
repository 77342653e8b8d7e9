"""At most so many points a line: the lowest and highest of each bucket, and finer after a zoom.

A `Line` is a curve in full beside the trace that shows it. `envelope` chooses the points of a line
that are sent; `refined` chooses again for a part of the x axis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nbtrack.charts.theme import Properties

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]
Places = npt.NDArray[np.intp]

MOST_POINTS: Final = 1000
"""Points of a line that are sent at most."""
_MOST_BYTES: Final = 1_400_000  # of all lines together; a third more in base64
_FEWEST: Final = 16
_MOMENT: Final = re.compile(r"\d{4}-\d\d")


@dataclass(frozen=True, slots=True)
class Line:
    """A curve in full: the trace that shows it, all of its points, and how many are sent."""

    trace: int
    x: Numbers
    y: Floats
    limit: int = MOST_POINTS
    counts: bool = True
    """Whether its points count in 'showing 1,000 of 1,000,000'."""

    @property
    def shown(self) -> int:
        """How many of its points are sent."""
        return min(len(self.x), self.limit)


@dataclass(frozen=True, slots=True)
class Refined:
    """The traces of a part of the x axis, as `{"trace": number, "x": ..., "y": ...}`."""

    traces: list[Properties]
    shown: int
    total: int

    @property
    def note(self) -> str:
        """What to say of the points that are left out; empty when none are."""
        return showing(self.shown, self.total)


def showing(shown: int, total: int) -> str:
    """Say how many points stand for how many.

    >>> showing(1000, 1_000_000), showing(5, 5)
    ('showing 1,000 of 1,000,000 points', '')
    """
    return "" if shown >= total else f"showing {shown:,} of {total:,} points"


def limit_for(lines: int, point_bytes: int, most: int = MOST_POINTS) -> int:
    """Return how many points each of some lines may have, so that a figure stays small.

    >>> limit_for(1, 12), limit_for(500, 12)
    (1000, 233)
    """
    return max(_FEWEST, min(most, _MOST_BYTES // (max(lines, 1) * point_bytes)))


def envelope(y: Floats, limit: int) -> Places:
    """Return places of at most `limit` points, with the lowest and highest of each bucket.

    A bucket without a finite number keeps its first point, so that a gap stays a gap.

    Examples
    --------
    >>> envelope(np.array([0.0, 9.0, 1.0, 0.0, 0.0, -9.0, 0.0, 0.0]), 4).tolist()
    [0, 1, 5, 7]
    """
    count = len(y)
    if count <= limit:
        return np.arange(count)
    buckets = max((limit - 2) // 2, 1)
    size = -(-count // buckets)
    rows = -(-count // size)
    starts = np.arange(rows) * size
    finite = np.isfinite(y)
    low = _rows(y, finite, rows * size, np.inf).reshape(rows, size).argmin(axis=1)
    high = _rows(y, finite, rows * size, -np.inf).reshape(rows, size).argmax(axis=1)
    chosen = np.concatenate(([0], starts + low, starts + high, [count - 1]))
    return np.unique(np.minimum(chosen, count - 1))


def _rows(y: Floats, finite: npt.NDArray[np.bool_], length: int, filler: float) -> Floats:
    """Return the numbers, with a filler for those that are not finite and at the end."""
    padded = np.full(length, filler)
    np.copyto(padded[: len(y)], y, where=finite)
    return padded


def drawn(
    line: Line, low: float | None = None, high: float | None = None
) -> tuple[Numbers, Floats]:
    """Return the points of a line that are sent for a part of the x axis; gaps are NaN."""
    x, y = line.x, line.y
    if low is not None and high is not None:
        start = max(int(np.searchsorted(x, low, "left")) - 1, 0)
        stop = int(np.searchsorted(x, high, "right")) + 1
        x, y = x[start:stop], y[start:stop]
    places = envelope(y, line.limit)
    return x[places], with_gaps(y[places])


def with_gaps(y: Floats) -> Floats:
    """Return the numbers with NaN for infinities, which plotly cannot place."""
    finite = np.isfinite(y)
    return y if finite.all() else np.where(finite, y, np.nan)


def refined(source: Iterable[Line], x_range: Sequence[float | str] | None = None) -> Refined:
    """Return the points of all lines for a part of the x axis; None means the whole of it.

    Parameters
    ----------
    source
        The lines of a figure, as in `ChartFigure.lines`.
    x_range
        Both ends as plotly reports them: numbers, or times as text.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> history = pd.DataFrame({"run_id": ["a", "a", "b", "b"], "step": [0, 1, 0, 1]})
    >>> history["key"], history["timestamp"], history["value"] = "loss", 0, [1.0, 0.5, 0.9, 0.4]
    >>> figure = charts.curves(history)
    >>> charts.refined(figure.lines, [0, 1]).shown
    4
    """
    low, high = (None, None) if x_range is None else map(_place, x_range)
    traces: list[Properties] = []
    shown = total = 0
    for line in source:
        x, y = drawn(line, low, high)
        traces.append({"trace": line.trace, "x": x, "y": y})
        if line.counts:
            inside = len(line.x) if low is None or high is None else _inside(line, low, high)
            total += inside
            shown += min(len(x), inside)
    return Refined(traces, shown, total)


def _inside(line: Line, low: float, high: float) -> int:
    ends = np.searchsorted(line.x, low, "left"), np.searchsorted(line.x, high, "right")
    return int(ends[1] - ends[0])


def _place(end: float | str) -> float:
    if isinstance(end, str) and _MOMENT.match(end):
        return float(np.datetime64(end.replace(" ", "T"), "ms").astype(np.int64))
    return float(end)
