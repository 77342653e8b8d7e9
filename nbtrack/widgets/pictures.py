"""Widgets without a kernel: a chart as a picture with its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.charts.figure import ChartFigure, picture_html
from nbtrack.display import Card
from nbtrack.widgets.wire import plain_figure

NAMELESS = "Chart"


def still_figure(wire: Mapping[str, Any], height: int) -> ChartFigure:
    """Return a figure that was packed as one that draws itself."""
    plain = plain_figure(wire)
    return ChartFigure(plain["data"], {"height": height, "template": {}, **plain["layout"]})


def picture_card(wire: Mapping[str, Any], height: int) -> Card:
    """Return a figure that was packed as a static picture, and its description."""
    figure = still_figure(wire, height)
    return Card(figure.alt or NAMELESS, f"<div>{picture_html(figure)}</div>")
