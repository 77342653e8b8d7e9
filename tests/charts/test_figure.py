from __future__ import annotations

import pickle
from base64 import b64decode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from IPython.core.formatters import DisplayFormatter

from nbtrack.charts import CONFIG, ChartFigure, chart_table, curves
from tests.charts.chart_data import NASTY, history_of

PLOTLY = "application/vnd.plotly.v1+json"


@pytest.fixture
def figure() -> ChartFigure:
    return curves(history_of({("a", "loss"): np.linspace(1, 0, 5000).tolist()}), names={"a": NASTY})


@pytest.fixture
def bundle(figure: ChartFigure) -> Iterator[dict[str, Any]]:
    import plotly.io

    before = plotly.io.renderers.default
    plotly.io.renderers.default = "plotly_mimetype"  # as plotly chooses it in a notebook
    data, _ = DisplayFormatter().format(figure)  # type: ignore[no-untyped-call]
    yield dict(data)
    plotly.io.renderers.default = before


def test_a_notebook_gets_a_figure_a_picture_and_a_text(bundle: dict[str, Any]) -> None:
    assert set(bundle) == {PLOTLY, "text/html", "text/plain"}
    assert bundle[PLOTLY]["config"] == CONFIG
    assert len(bundle[PLOTLY]["data"]) == 2
    assert bundle["text/plain"].startswith("<Chart: Curves of loss by step for 1 run")


def test_the_picture_is_an_image_without_scripts_and_with_a_description(
    bundle: dict[str, Any],
) -> None:
    html = bundle["text/html"]
    head, _, data = html.partition("base64,")
    assert head.startswith('<img alt="Curves of loss by step for 1 run: &lt;img')
    assert html.count("<") == 1
    assert b64decode(data.partition('"')[0]).startswith(b"<svg")


def test_a_shown_chart_is_small(bundle: dict[str, Any]) -> None:
    assert len(bundle["text/html"]) < 200_000
    assert len(str(bundle[PLOTLY])) < 40_000


def test_a_renderer_that_the_user_chose_comes_first(figure: ChartFigure) -> None:
    import plotly.io

    before = plotly.io.renderers.default
    plotly.io.renderers.default = "json"
    try:
        assert "application/json" in figure._repr_mimebundle_()  # pyright: ignore[reportPrivateUsage]
    finally:
        plotly.io.renderers.default = before


def test_the_description_travels_with_the_json(figure: ChartFigure) -> None:
    stored = go.Figure(figure.to_dict())
    meta: Any = stored.layout.meta
    assert meta["alt"] == figure.alt


def test_a_stored_figure_is_drawn_and_read_without_its_source(figure: ChartFigure) -> None:
    stored = pickle.loads(pickle.dumps(figure))
    assert stored.alt == figure.alt
    assert stored.svg() == figure.svg()
    assert stored.table()["y"].tolist()[0] == 1.0
    assert stored.lines == ()
    assert deepcopy(figure).alt == figure.alt


def test_any_figure_of_plotly_has_a_table() -> None:
    table = chart_table(go.Figure([go.Scatter(x=[1, 2], y=[3, 4], name="t")]))
    assert table.to_numpy().tolist() == [["t", 1, 3], ["t", 2, 4]]


def test_the_table_is_complete_though_the_figure_is_reduced(figure: ChartFigure) -> None:
    assert len(chart_table(figure)) == 5000


def test_zooming_gives_new_points_for_the_traces(figure: ChartFigure) -> None:
    fine = figure.zoomed((100, 200))
    (points,) = fine.traces
    assert points["trace"] == 0
    np.testing.assert_array_equal(points["x"], np.arange(99, 202))


def test_a_chart_does_not_change_its_frame() -> None:
    history = history_of({("a", "loss"): [3.0, float("nan"), 1.0]})
    before = history.copy()
    curves(history, smooth=0.9, x="relative", log_y=True)
    pd.testing.assert_frame_equal(history, before)
