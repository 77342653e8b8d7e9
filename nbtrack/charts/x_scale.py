"""The x axis of curves: steps, times of the clock, or time since the start of each run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from nbtrack.charts.labels import moment, number
from nbtrack.charts.series import Series, XAxis

_UNITS: Final = (("h", 3600.0), ("min", 60.0), ("s", 1.0))
_ENOUGH: Final = 3  # an axis of 3 minutes is in minutes, a shorter one in seconds


@dataclass(frozen=True, slots=True)
class XScale:
    """How places on the x axis are named and written."""

    kind: XAxis
    title: str
    divisor: float = 1.0

    @property
    def word(self) -> str:
        """The word for the axis in a title."""
        return {"step": "step", "time": "time", "relative": "time since the start"}[self.kind]

    @property
    def hover(self) -> str:
        """The part of a hover text that tells the place."""
        if self.kind == "time":
            return "%{x|%Y-%m-%d %H:%M:%S}"
        return f"{self.title} %{{x}}" if self.kind == "step" else f"{self.title} %{{x:.5g}}"

    def place(self, x: float) -> str:
        """Write a place in words."""
        match self.kind:
            case "step":
                return f"step {x:,.0f}"
            case "time":
                return f"{moment(x)} UTC"
            case _:
                return f"{number(x)} {_UNITS_BY_DIVISOR[self.divisor]}"

    def scaled(self, series: Series) -> Series:
        """Return a series in the unit of the axis."""
        return series if self.divisor == 1 else replace(series, x=series.x / self.divisor)


_UNITS_BY_DIVISOR: Final = {divisor: unit for unit, divisor in _UNITS}


def x_scale(kind: XAxis, series: Iterable[Series]) -> XScale:
    """Return the scale that fits some series."""
    if kind == "step":
        return XScale(kind, "step")
    if kind == "time":
        return XScale(kind, "time (UTC)")
    longest = max((float(one.x[-1]) for one in series), default=0.0)
    fitting = (pair for pair in _UNITS if longest >= _ENOUGH * pair[1])
    unit, divisor = next(fitting, _UNITS[-1])
    return XScale(kind, f"time since the start ({unit})", divisor)
