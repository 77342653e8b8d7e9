"""What a person does in a chart, as values: a click, a brush, a zoom.

The front end names points by trace and number; `key` and `keys` say which thing a point stands for:
what the trace has for it in `ids`, else in `customdata`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Click:
    """A point that was clicked; `key` is None if the trace has none for it."""

    trace: int
    point: int
    x: object
    y: object
    key: object


@dataclass(frozen=True, slots=True)
class Brush:
    """What is selected: points by trace with their keys, or ranges by the label of a dimension."""

    points: Mapping[int, tuple[int, ...]]
    keys: tuple[object, ...]
    ranges: Mapping[str, tuple[tuple[float, float], ...]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is selected."""
        return not self.points and not self.ranges


def click_of(message: Mapping[str, Any], traces: Sequence[Mapping[str, Any]]) -> Click:
    """Read a click out of a message."""
    trace, point = int(message["trace"]), int(message["point"])
    return Click(trace, point, message.get("x"), message.get("y"), _key(traces, trace, point))


def brush_of(message: Mapping[str, Any], traces: Sequence[Mapping[str, Any]]) -> Brush:
    """Read a selection out of a message."""
    points = {
        int(trace): tuple(int(point) for point in chosen)
        for trace, chosen in message.get("points", {}).items()
    }
    keys = (_key(traces, trace, point) for trace, chosen in points.items() for point in chosen)
    ranges = {
        str(label): tuple((float(low), float(high)) for low, high in pairs)
        for label, pairs in message.get("ranges", {}).items()
    }
    return Brush(points, tuple(dict.fromkeys(key for key in keys if key is not None)), ranges)


def zoom_of(message: Mapping[str, Any]) -> tuple[float | str, float | str] | None:
    """Read the ends of the x axis out of a message; None means that all is shown."""
    ends = message.get("range")
    if ends is None:
        return None
    low, high = ends
    return (low, high)


def _key(traces: Sequence[Mapping[str, Any]], trace: int, point: int) -> object:
    if not 0 <= trace < len(traces):
        return None
    for name in ("ids", "customdata"):
        values = traces[trace].get(name)
        if isinstance(values, list) and 0 <= point < len(values):
            value = values[point]
            return value[0] if isinstance(value, list) and value else value
    return None
