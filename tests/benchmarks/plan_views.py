"""Workloads of grids and charts."""

from __future__ import annotations

from typing import Final

from tests.benchmarks import views
from tests.benchmarks.workload import Workload

_GRID: Final = {
    "seconds": "s to the widget",
    "kb": "kB of state",
    "code_kb": "kB of code",
    "sort_ms": "sort by number ms",
    "text_ms": "by text ms",
    "first_query_ms": "first search ms",
    "query_ms": "search ms",
    "select_ms": "select ms",
}

VIEWS: Final = (
    *(
        Workload(
            f"grid-{name}",
            f"{size:,} runs of {views.COLUMNS} columns in a grid: show, sort, search, select",
            views.grid,
            ("nbtrack",),
            (size, 200),
            _GRID,
            trials=3,
        )
        for name, size in (("1k", 1_000), ("10k", 10_000), ("50k", 50_000))
    ),
    Workload(
        "chart-100",
        "A chart of 100 runs x 10,000 points, ready to be sent",
        views.chart,
        (views.FIGURE_WIDGET, "nbtrack"),
        (1_000_000, 20_000),
        {"seconds": "s", "cpu": "CPU s", "mb": "MB sent", "peak_mib": "MiB over base"},
    ),
)
