"""Several metrics in one figure: a panel each, above each other or in two columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.charts.theme import Properties, Theme, axis_style

MOST_PANELS: Final = 12
_ONE_COLUMN: Final = 3
_ALONE: Final = 440
_PANEL: Final = 230
_AROUND: Final = 130


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a metric is drawn: the number of its axes, and its part of the figure."""

    number: int
    left: float
    right: float
    bottom: float
    top: float
    is_lowest: bool

    @property
    def suffix(self) -> str:
        """What the names of its axes end in: nothing for the first."""
        return "" if self.number == 0 else str(self.number + 1)

    @property
    def axes(self) -> Properties:
        """The axes that a trace names."""
        return {} if self.number == 0 else {"xaxis": f"x{self.suffix}", "yaxis": f"y{self.suffix}"}

    def layout(self, theme: Theme, x_title: str, y_title: str) -> Properties:
        """Return both axes; panels share the range of x."""
        x = {
            **axis_style(theme, x_title if self.is_lowest else ""),
            "domain": [self.left, self.right],
            "anchor": f"y{self.suffix}",
        }
        if self.number:
            x["matches"] = "x"
        if not self.is_lowest:
            x["showticklabels"] = False
        y = {
            **axis_style(theme, y_title),
            "domain": [self.bottom, self.top],
            "anchor": f"x{self.suffix}",
        }
        return {f"xaxis{self.suffix}": x, f"yaxis{self.suffix}": y}


def panels(count: int) -> tuple[list[Panel], int]:
    """Return the panels of so many metrics, and the height of the figure."""
    columns = 1 if count <= _ONE_COLUMN else 2
    rows = -(-count // columns)
    height = _ALONE if rows == 1 else _AROUND + _PANEL * rows
    return [_panel(number, count, columns, rows) for number in range(count)], height


def _panel(number: int, count: int, columns: int, rows: int) -> Panel:
    row, column = divmod(number, columns)
    gap = 0.0 if rows == 1 else 0.18 / rows
    high = (1 - gap * (rows - 1)) / rows
    wide = 1.0 if columns == 1 else 0.44
    top = 1 - row * (high + gap)
    left = column * (1 - wide)
    return Panel(
        number=number,
        left=round(left, 4),
        right=round(left + wide, 4),
        bottom=round(max(top - high, 0.0), 4),
        top=round(top, 4),
        is_lowest=number + columns >= count,
    )


def chosen_panels(metrics: Sequence[str]) -> tuple[list[str], str]:
    """Return the metrics that get a panel, and what to say of the others."""
    if len(metrics) <= MOST_PANELS:
        return list(metrics), ""
    return list(metrics[:MOST_PANELS]), f"{MOST_PANELS} of {len(metrics):,} metrics"
