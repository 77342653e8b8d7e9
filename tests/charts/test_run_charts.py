from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from nbtrack.charts import ChartFigure, bars, boxes, contour, importance, parallel, scatter, strip
from nbtrack.errors import InvalidParameterValue
from tests.charts.chart_data import NASTY, named, runs_frame, subtitle, traces

NAN, INF = float("nan"), float("inf")
CHARTS: dict[str, Callable[..., ChartFigure]] = {
    "scatter": lambda runs, **more: scatter(runs, "params.lr", "metrics.loss", **more),
    "parallel": parallel,
    "contour": lambda runs, **more: contour(
        runs, "params.lr", "params.depth", "metrics.loss", **more
    ),
    "boxes": lambda runs, **more: boxes(runs, "metrics.loss", "params.opt", **more),
    "strip": lambda runs, **more: strip(runs, "metrics.loss", "params.opt", **more),
    "bars": lambda runs, **more: bars(runs, "metrics.loss", **more),
}
charts = pytest.mark.parametrize("chart", CHARTS.values(), ids=list(CHARTS))


@charts
def test_every_chart_has_alt_title_table_and_theme(chart: Callable[..., ChartFigure]) -> None:
    figure = chart(runs_frame(), theme="dark", title="A title")
    assert figure.alt.endswith(".")
    assert figure.layout.title.text == "A title"
    assert len(figure.table()) == 6
    assert figure.layout.paper_bgcolor == "#111111"


@charts
def test_no_runs_are_refused(chart: Callable[..., ChartFigure]) -> None:
    with pytest.raises(InvalidParameterValue):
        chart(runs_frame(0))


@charts
def test_a_missing_column_is_refused(chart: Callable[..., ChartFigure]) -> None:
    if chart is parallel:
        pytest.skip("takes the columns that are there")
    runs = runs_frame().rename(columns={"metrics.loss": "metrics.los"})
    with pytest.raises(InvalidParameterValue, match=r"Did you mean 'metrics\.los'"):
        chart(runs)


@charts
def test_names_are_shown_literally(chart: Callable[..., ChartFigure]) -> None:
    runs = runs_frame()
    runs["run_name"], runs["params.opt"] = NASTY, NASTY
    runs.loc[0, "params.opt"] = "other"
    figure = chart(runs)
    if chart is parallel:  # its tick texts are drawn as they are
        assert any("<img" in text for text in traces(figure)[0]["dimensions"][2]["ticktext"])
    else:
        assert "\\u003cimg" not in figure.to_json().split('"meta"')[0]


@charts
def test_a_single_value_in_every_column_is_drawn(chart: Callable[..., ChartFigure]) -> None:
    runs = runs_frame()
    for column in ("params.lr", "params.depth", "metrics.loss"):
        runs[column] = 1.0
    assert chart(runs).svg()


@charts
def test_nan_and_infinities_are_drawn_and_said(chart: Callable[..., ChartFigure]) -> None:
    runs = runs_frame(12)
    runs.loc[[0, 1, 2], "metrics.loss"] = [NAN, INF, -INF]
    figure = chart(runs)
    assert "NaN or infinite: metrics.loss in 3 runs" in subtitle(figure) or "3 bars" in subtitle(
        figure
    )


@charts
def test_very_many_runs_stay_small(chart: Callable[..., ChartFigure]) -> None:
    figure = chart(runs_frame(20_000))
    assert len(figure.to_json()) < 2_500_000
    assert len(figure.svg().encode()) <= 140_000


def test_scatter_groups_by_colour() -> None:
    figure = scatter(runs_frame(), "params.depth", "metrics.loss", colour="params.opt")
    assert [t["name"] for t in traces(figure)] == ["adam", "sgd"]
    assert len({t["marker"]["symbol"] for t in traces(figure)}) == 2
    assert list(traces(figure)[1]["customdata"]) == [f"{n:032x}" for n in (0, 2, 4)]


def test_scatter_takes_a_scale_for_many_numbers() -> None:
    runs = runs_frame(20)
    figure = scatter(runs, "params.depth", "metrics.acc", colour="metrics.loss")
    (trace,) = traces(figure)
    assert trace["marker"]["showscale"]
    np.testing.assert_array_equal(trace["marker"]["color"], runs["metrics.loss"])


def test_scatter_takes_a_logarithmic_axis_where_it_fits_a_param() -> None:
    runs = runs_frame()
    assert scatter(runs, "params.lr", "metrics.loss").layout.xaxis.type == "log"
    assert scatter(runs, "params.lr", "metrics.loss", log_x=False).layout.xaxis.type == "linear"
    assert scatter(runs, "params.depth", "params.lr").layout.xaxis.type == "linear"
    assert scatter(runs, "params.depth", "metrics.loss", log_y=True).layout.yaxis.type == "log"


def test_scatter_reads_numbers_from_text_and_words_as_categories() -> None:
    runs = runs_frame(3).astype({"params.lr": "str"})
    assert list(traces(scatter(runs, "params.lr", "metrics.loss"))[0]["x"]) == [1.0, 0.1, 0.01]
    axis = scatter(runs, "params.opt", "metrics.loss").layout.xaxis
    assert list(axis.ticktext) == ["adam", "sgd"]


def test_scatter_marks_runs_without_a_place_at_the_edge() -> None:
    runs = runs_frame(4)
    runs["metrics.loss"] = [1.0, 2.0, NAN, INF]
    figure = scatter(runs, "params.depth", "metrics.loss")
    lost = named(figure, "NaN, infinite or missing")
    assert list(lost["y"]) == pytest.approx([0.92, 2.08])
    assert list(lost["customdata"]) == [f"{n:032x}" for n in (2, 3)]


def test_scatter_tells_missing_from_nan() -> None:
    runs = runs_frame(4)
    runs["metrics.loss"] = pd.arrays.FloatingArray(
        np.array([1.0, 2.0, NAN, 0.0]), np.array([False, False, False, True])
    )
    figure = scatter(runs, "params.depth", "metrics.loss")
    assert "missing: metrics.loss in 1 run; NaN or infinite: metrics.loss in 1 run" in subtitle(
        figure
    )
    assert "missing" in named(figure, "missing")["text"][1]


def test_bubbles_have_areas_by_size_and_small_ones_lie_on_top() -> None:
    runs = runs_frame(3)
    runs["size"] = [0.0, 1.0, 0.5]
    (trace,) = traces(scatter(runs, "params.depth", "metrics.loss", size="size"))
    sizes = np.asarray(trace["marker"]["size"])
    assert list(trace["x"]) == [3, 4, 2]
    assert sizes[0] ** 2 - sizes[1] ** 2 == pytest.approx(sizes[1] ** 2 - sizes[2] ** 2)


def test_boxes_have_the_quartiles_of_numpy() -> None:
    runs = runs_frame(20)
    box = traces(boxes(runs, "metrics.loss", "params.opt"))[0]
    values = runs.loc[runs["params.opt"] == "adam", "metrics.loss"]
    wanted = np.quantile(values, [0.25, 0.5, 0.75])
    assert [box["q1"][0], box["median"][0], box["q3"][0]] == pytest.approx(wanted)
    assert box["lowerfence"][0] == values.min()
    assert box["upperfence"][0] < values.max()  # which lies beyond the whisker


def test_strip_shows_each_run_above_its_group() -> None:
    figure = strip(runs_frame(6), "metrics.loss", "params.opt")
    dots = traces(figure)[1]
    assert list(dots["y"]) == [1 / 2, 1 / 4, 1 / 6]
    assert np.all(np.abs(np.asarray(dots["x"])) <= 0.25)
    assert list(figure.layout.xaxis.ticktext) == ["adam", "sgd"]


def test_runs_without_a_group_are_a_group() -> None:
    runs = runs_frame(4)
    runs.loc[0, "params.opt"] = None
    labels = boxes(runs, "metrics.loss", "params.opt").layout.xaxis.ticktext
    assert list(labels) == ["adam", "sgd", "no params.opt"]


def test_bars_put_the_best_first_and_nan_last() -> None:
    runs = runs_frame(4)
    runs["metrics.loss"] = [0.3, NAN, 0.1, 0.2]
    figure = bars(runs, "metrics.loss", unit="nats")
    (trace,) = traces(figure)
    assert list(figure.layout.yaxis.ticktext) == ["run-2", "run-3", "run-0", "run-1"]
    assert list(trace["text"]) == ["0.1", "0.2", "0.3", "NaN"]
    assert figure.layout.xaxis.title.text == "metrics.loss (nats)"
    assert bars(runs, "metrics.loss", best="max").layout.yaxis.ticktext[0] == "run-0"


def test_bars_of_groups_are_means_with_deviations() -> None:
    runs = runs_frame(4)
    runs["metrics.acc"] = [1.0, 2.0, 3.0, 2.0]
    figure = bars(runs, "metrics.acc", by="params.opt")
    (trace,) = traces(figure)
    assert list(trace["x"]) == [2.0, 2.0]
    assert list(trace["error_x"]["array"]) == pytest.approx([np.sqrt(2), 0.0])


def test_long_labels_stay_distinct() -> None:
    runs = runs_frame(2)
    runs["run_name"] = ["x" * 80 + "1" + "y" * 80, "x" * 80 + "2" + "y" * 80]
    labels = list(bars(runs, "metrics.loss").layout.yaxis.ticktext)
    assert len(set(labels)) == 2
    assert max(map(len, labels)) < 40


def test_importance_orders_params_by_named_columns() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "share": [0.1, 0.9]})
    figure = importance(frame, param="name", importance="share")
    assert list(figure.layout.yaxis.ticktext) == ["b", "a"]
    assert figure.table()["share"].tolist() == [0.9, 0.1]


def test_contour_passes_near_the_runs_and_marks_the_best() -> None:
    runs = pd.DataFrame(
        {"params.a": [0, 0, 1, 1], "params.b": [0, 1, 0, 1], "metrics.loss": [4.0, 3.0, 2.0, 1.0]}
    )
    figure = contour(runs, "params.a", "params.b", "metrics.loss")
    surface, _, best = traces(figure)
    heights = np.asarray(surface["z"])
    assert heights[0, 0] == pytest.approx(4.0, abs=0.1)
    assert heights[-1, -1] == pytest.approx(1.0, abs=0.1)
    assert (list(best["x"]), list(best["y"])) == ([1.0], [1.0])
    assert "The best metrics.loss, 1, is at params.a 1 and params.b 1" in figure.alt


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda runs: contour(runs.head(3), "params.lr", "params.depth", "metrics.loss"),
            "3 runs with",
        ),
        (lambda runs: contour(runs, "params.lr", "params.depth", "params.opt"), "is text"),
        (lambda runs: boxes(runs, "params.opt", "params.lr"), "is text"),
        (lambda runs: bars(runs, "params.opt"), "is text"),
        (lambda runs: parallel(runs.head(1)), "at least two must differ"),
    ],
    ids=["few", "contour", "boxes", "bars", "parallel"],
)
def test_what_cannot_be_drawn_is_refused(
    draw: Callable[[pd.DataFrame], ChartFigure], message: str
) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        draw(runs_frame())
