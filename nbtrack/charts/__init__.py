"""Charts: pure functions from a DataFrame to a plotly figure."""

from __future__ import annotations

from nbtrack.charts.bars import bars, importance
from nbtrack.charts.boxes import boxes, strip
from nbtrack.charts.contour import contour
from nbtrack.charts.curves import curves, group_curves
from nbtrack.charts.figure import CONFIG, ChartFigure, chart_table, picture_html
from nbtrack.charts.grouping import GroupColumns
from nbtrack.charts.parallel import brushed, parallel
from nbtrack.charts.reduction import Line, Refined, envelope, refined
from nbtrack.charts.scatter import scatter
from nbtrack.charts.theme import THEMES, Theme

__all__ = [
    "CONFIG",
    "THEMES",
    "ChartFigure",
    "GroupColumns",
    "Line",
    "Refined",
    "Theme",
    "bars",
    "boxes",
    "brushed",
    "chart_table",
    "contour",
    "curves",
    "envelope",
    "group_curves",
    "importance",
    "parallel",
    "picture_html",
    "refined",
    "scatter",
    "strip",
]
