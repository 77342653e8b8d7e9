"""What stands out on curves: the best point, and values that are no numbers to draw.

A NaN, an infinity, or on a logarithmic axis a value of 0 or below, has no place of its own. Each
stretch of them is marked once, at the last value that has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nbtrack.charts.labels import literal, number, plural
from nbtrack.charts.panels import Panel
from nbtrack.charts.reduction import Floats
from nbtrack.charts.series import Series
from nbtrack.charts.theme import Properties, Theme
from nbtrack.directions import Direction

MOST_MARKS: Final = 500
_NAN, _HIGH, _LOW, _BELOW = "NaN", "infinity", "-infinity", "0 or less"
_SYMBOLS: Final = {_NAN: "x", _HIGH: "triangle-up", _LOW: "triangle-down", _BELOW: "triangle-down"}

Place = Callable[[float], str]
"""Writes a place on the x axis."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of values that cannot be drawn: what they are, from where to where."""

    what: str
    x: float
    y: float
    start: float
    end: float
    count: int
    label: str
    colour: str

    def words(self, place: Place) -> str:
        """Return what the mark says."""
        if self.count == 1:
            return f"{self.what} at {place(self.start)}"
        return f"{self.what} from {place(self.start)} to {place(self.end)} ({self.count:,} points)"


def marks(series: Series, label: str, colour: str, *, log: bool) -> list[Mark]:
    """Return the marks of a series."""
    kinds = _kinds(series.y, log=log)
    if not kinds.any():
        return []
    starts = np.concatenate(([0], np.flatnonzero(np.diff(kinds)) + 1))
    ends = np.append(starts[1:], len(kinds))
    shown = np.flatnonzero(kinds == 0)
    names = ("", *_SYMBOLS)
    found: list[Mark] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if kinds[start]:
            after = int(np.searchsorted(shown, start))
            near = shown[min(max(after - 1, 0), len(shown) - 1)] if len(shown) else start
            y = float(series.y[near]) if len(shown) else 1.0
            x, first, last = (float(series.x[at]) for at in (start, start, end - 1))
            what = names[kinds[start]]
            found.append(Mark(what, x, y, first, last, end - start, label, colour))
    return found


def _kinds(y: Floats, *, log: bool) -> np.ndarray:
    """Return 0 for what can be drawn, else the number of the kind."""
    kinds = np.zeros(len(y), dtype=np.int8)
    if log:
        kinds[y <= 0] = 4
    kinds[np.isnan(y)], kinds[np.isposinf(y)], kinds[np.isneginf(y)] = 1, 2, 3
    return kinds


def marks_trace(found: Sequence[Mark], panel: Panel, theme: Theme, place: Place) -> Properties:
    """Return the trace of some marks."""
    shown = found[:MOST_MARKS]
    kinds = dict.fromkeys(mark.what for mark in found)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [mark.x for mark in shown],
        "y": [mark.y for mark in shown],
        "name": " or ".join(kind for kind in _SYMBOLS if kind in kinds),
        "text": [mark.words(place) for mark in shown],
        "customdata": [literal(mark.label) for mark in shown],
        "hovertemplate": "%{text}<extra>%{customdata}</extra>",
        "marker": {
            "symbol": [_SYMBOLS[mark.what] for mark in shown],
            "size": 9,
            "color": [mark.colour for mark in shown],
            "line": {"color": theme.ink, "width": 1},
        },
        **panel.axes,
    }


def marks_note(found: Sequence[Mark]) -> str:
    """Say what the marks stand for; empty without any."""
    if not found:
        return ""
    counts: dict[str, int] = {}
    for mark in found:
        counts[mark.what] = counts.get(mark.what, 0) + mark.count
    said = ", ".join(f"{plural(count, 'point')} {what}" for what, count in counts.items())
    left = f" (the first {MOST_MARKS:,} stretches)" if len(found) > MOST_MARKS else ""
    return f"{said}: marked{left}"


@dataclass(frozen=True, slots=True)
class Best:
    """The best point of a metric."""

    x: float
    y: float
    label: str
    way: Direction

    @property
    def word(self) -> str:
        """What it is among its like."""
        return "lowest" if self.way == "min" else "highest"


def best_point(labelled: Iterable[tuple[Series, str]], way: Direction) -> Best | None:
    """Return the best of all points of some series, the first if there are several."""
    best: Best | None = None
    for series, label in labelled:
        finite = np.isfinite(series.y)
        if finite.any():
            worst = np.inf if way == "min" else -np.inf
            values = np.where(finite, series.y, worst)
            at = int(values.argmin() if way == "min" else values.argmax())
            y = float(values[at])
            if best is None or (y < best.y if way == "min" else y > best.y):
                best = Best(float(series.x[at]), y, label, way)
    return best


def best_trace(best: Best, panel: Panel, theme: Theme, place: Place) -> Properties:
    """Return the trace of the best point."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [best.x],
        "y": [best.y],
        "name": f"{best.word}: {number(best.y)}",
        "hovertemplate": (
            f"{best.word}: {number(best.y)}<br>at {place(best.x)}"
            f"<extra>{literal(best.label)}</extra>"
        ),
        "marker": {
            "symbol": "star",
            "size": 13,
            "color": theme.palette[4],
            "line": {"color": theme.ground, "width": 1},
        },
        **panel.axes,
    }
