"""Live views in notebooks: charts and grids that answer the person, without a server or a CDN."""

from __future__ import annotations

from nbtrack.widgets.browser import RunBrowser, browse
from nbtrack.widgets.chart import Chart, Finer, Tail
from nbtrack.widgets.comparison import RunComparison, compare_view
from nbtrack.widgets.events import Brush, Click
from nbtrack.widgets.grid import Grid
from nbtrack.widgets.live import LiveChart, show_live

__all__ = [
    "Brush",
    "Chart",
    "Click",
    "Finer",
    "Grid",
    "LiveChart",
    "RunBrowser",
    "RunComparison",
    "Tail",
    "browse",
    "compare_view",
    "show_live",
]
