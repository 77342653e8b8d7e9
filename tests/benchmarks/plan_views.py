"""Workloads of grids and charts, in Python alone and in a browser."""

from __future__ import annotations

from typing import Final

from tests.benchmarks import painting, reading, views
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

_PAINT: Final = {"seconds": "s to first rows", "kb": "kB received"}
_BROWSER: Final = {
    **_PAINT,
    "sort_ms": "sort ms",
    "filter_ms": "filter ms",
    "select_ms": "select, details ms",
}
_COMPARISON: Final = {
    **_PAINT,
    "sort_ms": "sort ms",
    "select_ms": "select ms",
    "scatter_ms": "scatter, first chart ms",
}
_CHART: Final = {
    "seconds": "s to the first chart",
    "kb": "kB received",
    "again": "s to the second",
    "again_kb": "kB received for it",
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
    *(
        Workload(
            f"lab-browse-{name}",
            f"A run browser of {size:,} runs of 45 values, in JupyterLab and Chromium",
            painting.browser,
            ("nbtrack",),
            (size, 200),
            _BROWSER,
            trials=3,
            fill=reading.fill_runs,
        )
        for name, size in (("1k", 1_000), ("10k", 10_000), ("50k", 50_000))
    ),
    *(
        Workload(
            f"lab-compare-{size}",
            f"A comparison of {size} runs of 45 values, in JupyterLab and Chromium",
            painting.comparison,
            ("nbtrack",),
            (size, 20),
            _COMPARISON,
            trials=3,
            fill=reading.fill_runs,
        )
        for size in (20, painting.MOST_COMPARED)
    ),
    Workload(
        "lab-chart-100",
        "Charts of 100 runs x 10,000 points in JupyterLab and Chromium",
        painting.chart,
        ("nbtrack",),
        (1_000_000, 20_000),
        _CHART,
        trials=3,
    ),
)
