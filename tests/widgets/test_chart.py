from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nbtrack.charts.reduction import Refined
from nbtrack.widgets import Brush, Chart, Click, Tail
from nbtrack.widgets.plotly_js import plotly_js
from nbtrack.widgets.wire import unpacked_array
from tests.widgets.conftest import Listen, tell


@pytest.fixture
def chart() -> Chart:
    """Give a chart of two curves whose points have keys."""
    return Chart(
        go.Figure(
            [
                go.Scatter(x=[0, 1, 2], y=[3.0, 2.0, 1.0], ids=["a", "b", "c"], name="one"),
                go.Scatter(
                    x=[0, 1], y=[5.0, 6.0], customdata=np.array([["d", 1], ["e", 2]], dtype=object)
                ),
            ],
            layout={"meta": {"alt": "Two curves."}},
        )
    )


def points(chart: Chart, trace: int) -> tuple[list[float], list[float]]:
    """Return the points of a trace as a page finds them when it is loaded again."""
    found: Any = chart.get_state()["figure"]["data"][trace]
    x, y = (unpacked_array(found[axis]).tolist() for axis in ("x", "y"))
    return x, y


def test_library_is_sent_once_for_all_charts() -> None:
    charts = [Chart() for _ in range(3)]
    assert {chart.get_state()["_library"] for chart in charts} == {plotly_js().model_id}
    assert all(len(str(chart.get_state())) < 50_000 for chart in charts)
    assert gzip.decompress(plotly_js().library).count(b"plotly.js v") > 0


def test_library_outlives_the_charts() -> None:
    first = Chart()
    library = first.get_state()["_library"]
    first.close()
    assert Chart().get_state()["_library"] == library


def test_points_are_added_in_one_message(chart: Chart, listen: Listen) -> None:
    chart.extend([Tail(0, [3], [0.5]), Tail(1, [2, 3], [7.0, 8.0])])
    sent = listen(chart)
    chart.extend([Tail(0, [4], [0.25])])
    ((message, buffers),) = sent
    assert message == {"type": "extend", "tails": [{"trace": 0, "keep": 4}]}
    assert [np.frombuffer(buffer).tolist() for buffer in buffers] == [[4.0], [0.25]]


def test_added_points_are_in_the_state(chart: Chart) -> None:
    chart.extend([Tail(0, [3], [0.5])])
    chart.extend([Tail(0, [9], [9.0], keep=1)], {"text": "step 9"})
    assert points(chart, 0) == ([0.0, 9.0], [3.0, 9.0])
    assert chart.get_state()["status"] == {"text": "step 9"}


def test_click_tells_what_the_point_stands_for(chart: Chart) -> None:
    clicks: list[Click] = []
    chart.on_click(clicks.append)
    tell(chart, type="click", id="1", trace=0, point=1, x=1, y=2.0)
    tell(chart, type="click", id="2", trace=1, point=1, x=1, y=6.0)
    assert [(click.trace, click.point, click.key) for click in clicks] == [(0, 1, "b"), (1, 1, "e")]


def test_brush_tells_keys_and_ranges(chart: Chart) -> None:
    brushes: list[Brush] = []
    chart.on_brush(brushes.append)
    tell(chart, type="brush", id="1", points={"0": [0, 2], "1": [0]}, ranges={})
    tell(chart, type="brush", id="2", points={}, ranges={"lr": [[0.1, 0.2]]})
    tell(chart, type="brush", id="3", points={}, ranges={})
    assert [brush.keys for brush in brushes] == [("a", "c", "d"), (), ()]
    assert brushes[1].ranges == {"lr": ((0.1, 0.2),)}
    assert [brush.is_empty for brush in brushes] == [False, False, True]


def test_zoom_asks_for_finer_points(listen: Listen) -> None:
    asked: list[object] = []

    def refine(x_range: object) -> Refined:
        asked.append(x_range)
        return Refined([{"trace": 0, "x": [1.0, 1.5], "y": [2.0, 2.5]}], 2, 1000)

    chart = Chart(go.Figure([go.Scatter(x=[0, 9], y=[0.0, 1.0])]), refine=refine)
    sent = listen(chart)
    tell(chart, type="zoom", id="1", axis="xaxis", range=[1.0, 2.0])
    tell(chart, type="zoom", id="2", axis="xaxis", range=None)
    assert asked == [(1.0, 2.0), None]
    assert sent[0][0]["tails"] == [{"trace": 0, "keep": 0}]
    assert points(chart, 0) == ([1.0, 1.5], [2.0, 2.5])
    assert chart.status["text"] == "showing 2 of 1,000 points"


def test_zoom_is_told(chart: Chart) -> None:
    heard: list[object] = []
    chart.on_zoom(heard.append)
    tell(chart, type="zoom", id="1", axis="xaxis", range=["2026-01-01", "2026-01-02"])
    assert heard == [("2026-01-01", "2026-01-02")]


def test_error_of_a_callback_is_shown_and_goes(chart: Chart) -> None:
    clicks: list[Click] = []

    def hear(click: Click) -> None:
        if click.point:
            message = "no such run"
            raise LookupError(message)
        clicks.append(click)

    chart.on_click(hear)
    tell(chart, type="click", id="1", trace=0, point=1)
    assert chart.error == "LookupError: no such run"
    tell(chart, type="click", id="2", trace=0, point=0)
    assert (chart.error, len(clicks)) == ("", 1)


def test_another_figure_takes_the_place(chart: Chart) -> None:
    chart.show({"data": [{"y": [1, 2]}], "layout": {}})
    assert chart.figure == {"data": [{"y": [1, 2]}], "layout": {}}


def test_front_end_that_lacks_the_library_gets_it(chart: Chart, listen: Listen) -> None:
    sent = listen(chart)
    tell(chart, type="library", id="library")
    assert sent == [({"type": "library", "id": "library"}, [plotly_js().library])]


def test_unknown_message_is_ignored(chart: Chart) -> None:
    tell(chart, type="nonsense")
    assert chart.error == ""


def test_without_a_kernel_the_chart_is_a_picture(chart: Chart) -> None:
    data, _ = chart.bundle()
    assert data["text/plain"] == "Two curves."
    assert 'alt="Two curves."' in data["text/html"]
    assert "<script" not in data["text/html"]
