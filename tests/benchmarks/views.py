"""What a page is sent at first, and how long a person waits for an answer: grids and charts.

No browser takes part: measured is what Python does until a message is ready for the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import msgspec
import numpy as np
import pandas as pd

from tests.benchmarks.measuring import Figures, measured
from tests.benchmarks.task import Task

FIGURE_WIDGET: Final = "plotly FigureWidget"
"""The system that draws with plotly's own widget."""
COLUMNS: Final = 50
_CURVES: Final = 100
_REPEATS: Final = 5


def grid(task: Task) -> Figures:
    """Show runs in a grid, then sort, search and select as a page asks for it."""
    from nbtrack.widgets import Grid

    frame = runs(task.size)
    Grid(frame.head(10)).close()  # what is loaded once
    with measured() as cost:
        shown = Grid(frame)
        sent = _sent_bytes(shown.get_state())
    sort = _median(lambda n: _ask(shown, sort=["metrics.m0", n % 2 == 0]))
    text = _median(lambda n: _ask(shown, sort=["params.p0", n % 2 == 0]))
    first = _median(lambda _: _ask(shown, query="run 77"), repeats=1)
    query = _median(lambda n: _ask(shown, query=f"run {n}"))
    select = _median(lambda n: _ask(shown, selected=[f"{n:032x}"]))
    code = len(shown.get_state()["_esm"]) + len(shown.get_state()["_css"])
    return {
        "seconds": cost.seconds,
        "kb": sent / 1000,
        "code_kb": code / 1000,
        "sort_ms": 1000 * sort,
        "text_ms": 1000 * text,
        "first_query_ms": 1000 * first,
        "query_ms": 1000 * query,
        "select_ms": 1000 * select,
    }


def chart(task: Task) -> Figures:
    """Make a widget of 100 curves of many points each."""
    history = curves_frame(task.size)
    _figure_of(task.system, history[history["run_id"] == "0"])  # what is loaded once
    with measured() as cost:
        state = _figure_of(task.system, history)
    return {
        "seconds": cost.seconds,
        "cpu": cost.cpu,
        "mb": _sent_bytes(state) / 1e6,
        "peak_mib": cost.peak_mib,
    }


def runs(count: int) -> pd.DataFrame:
    """Return a frame of runs with 50 columns: texts, numbers, times, and some that are missing."""
    rows = np.arange(count)
    random = np.random.default_rng(7)
    start = pd.to_datetime(1_760_000_000_000 + rows * 60_000, unit="ms", utc=True)
    texts = {f"params.p{n}": [f"value {row % (n + 3)}" for row in rows] for n in range(10)}
    values = {f"metrics.m{n}": random.random(count) for n in range(COLUMNS - 14)}
    for column in values.values():
        column[random.random(count) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "run_id": [f"{row:032x}" for row in rows],
            "run_name": [f"run {row}" for row in rows],
            "status": "FINISHED",
            "start_time": start,
            **texts,
            **values,
        }
    )


def curves_frame(points: int) -> pd.DataFrame:
    """Return the history of a metric of 100 runs, with `points` points in all."""
    each = points // _CURVES
    random = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "run_id": np.repeat([str(run) for run in range(_CURVES)], each),
            "key": "loss",
            "step": np.tile(np.arange(each), _CURVES),
            "timestamp": pd.to_datetime(
                1_760_000_000_000 + np.tile(np.arange(each), _CURVES), unit="ms", utc=True
            ),
            "value": random.random(each * _CURVES).cumsum(),
        }
    )


def _figure_of(system: str, history: pd.DataFrame) -> dict[str, Any]:
    if system == FIGURE_WIDGET:
        go: Any = import_module("plotly.graph_objects")  # the class is not in the stubs
        figure = go.FigureWidget(
            [
                go.Scatter(x=part["step"], y=part["value"], name=str(name))
                for name, part in history.groupby("run_id")
            ]
        )
        return dict(figure.get_state())
    from nbtrack.charts import curves
    from nbtrack.widgets import Chart

    return dict(Chart(curves(history, "loss")).get_state())


def _ask(grid: Any, **state: object) -> None:  # noqa: ANN401 - ipywidgets has no types
    grid.set_state(state)


def _median(work: Callable[[int], object], repeats: int = _REPEATS) -> float:
    taken: list[float] = []
    for number in range(repeats):
        start = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]


def _sent_bytes(state: dict[str, Any]) -> int:
    """Count what goes to the page: JSON, and arrays as they are."""
    arrays: list[int] = []

    def plain(value: object) -> object:
        if isinstance(value, memoryview | bytes | bytearray):
            arrays.append(memoryview(value).nbytes)
            return ""
        if isinstance(value, np.ndarray):
            arrays.append(value.nbytes)
            return ""
        return str(value)

    text = msgspec.json.encode(_without_bytes(state, plain), enc_hook=plain)
    return len(text) + sum(arrays)


def _without_bytes(part: object, plain: Callable[[object], object]) -> object:
    # msgspec would write bytes as base64, which is not what a socket carries.
    if isinstance(part, dict):
        return {str(name): _without_bytes(value, plain) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_without_bytes(value, plain) for value in part]
    return plain(part) if isinstance(part, memoryview | bytes | bytearray) else part
