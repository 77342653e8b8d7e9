from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbtrack.charts import curves
from nbtrack.charts.ways import Wanted
from nbtrack.errors import InvalidParameterValue
from tests.charts.chart_data import NASTY, history_of, named, subtitle, traces


@pytest.fixture
def history() -> pd.DataFrame:
    return history_of(
        {("a", "loss"): [1.0, 0.5, 0.7], ("a", "acc"): [0.1, 0.2], ("b", "loss"): [2.0, 0.9]}
    )


def test_each_run_is_a_line(history: pd.DataFrame) -> None:
    figure = curves(history, "loss", names={"a": "Alpha"})
    first, second = traces(figure)[:2]
    assert (first["name"], second["name"]) == ("Alpha", "b")
    assert list(first["x"]) == [0, 1, 2]
    assert list(first["y"]) == [1.0, 0.5, 0.7]
    assert first["meta"] == {"run_id": "a", "key": "loss"}


def test_each_metric_has_a_panel_and_runs_keep_their_colour(history: pd.DataFrame) -> None:
    figure = curves(history)
    loss, acc = (t for t in traces(figure) if t["legendgroup"] == "a")
    assert (loss["yaxis"], acc["yaxis"]) == (None, "y2")
    assert loss["line"]["color"] == acc["line"]["color"]
    assert (loss["showlegend"], acc["showlegend"]) == (True, False)
    assert figure.layout.xaxis2.matches == "x"


def test_metrics_come_in_the_order_asked_for(history: pd.DataFrame) -> None:
    figure = curves(history, ["acc", "loss"])
    assert figure.layout.yaxis.title.text == "acc"
    assert figure.layout.yaxis2.title.text == "loss"


def test_overlaid_metrics_share_a_panel_and_differ_in_dash(history: pd.DataFrame) -> None:
    figure = curves(history, overlay=True)
    loss, acc = (t for t in traces(figure) if t["legendgroup"] == "a")
    assert (loss["name"], acc["name"]) == ("a, loss", "a, acc")
    assert loss["line"]["dash"] != acc["line"]["dash"]
    assert "yaxis2" not in figure.layout.to_plotly_json()


def test_points_out_of_order_are_drawn_from_left_to_right() -> None:
    history = history_of({("a", "loss"): [1.0, 2.0, 3.0]}).iloc[[2, 0, 1]]
    line = traces(curves(history))[0]
    assert list(line["x"]) == [0, 1, 2]
    assert list(line["y"]) == [1.0, 2.0, 3.0]


def test_rows_of_runs_may_be_mixed() -> None:
    whole = history_of({("a", "loss"): [1.0, 2.0], ("b", "loss"): [3.0, 4.0]})
    figure = curves(whole.iloc[[0, 2, 1, 3]].astype({"run_id": "str", "key": "str"}))
    assert [list(t["y"]) for t in traces(figure)[:2]] == [[1.0, 2.0], [3.0, 4.0]]


def test_time_axis_is_in_milliseconds_of_the_clock() -> None:
    figure = curves(history_of({("a", "loss"): [1.0, 2.0]}, start=5000), x="time")
    assert figure.layout.xaxis.type == "date"
    assert list(traces(figure)[0]["x"]) == [5000.0, 6000.0]


@pytest.mark.parametrize(
    ("second", "unit", "last"), [(1000, "s", 4.0), (60_000, "min", 4.0), (3_600_000, "h", 4.0)]
)
def test_relative_time_is_in_a_unit_that_fits(second: int, unit: str, last: float) -> None:
    history = history_of({("a", "loss"): [1.0] * 5}, start=99, second=second)
    figure = curves(history, x="relative")
    assert figure.layout.xaxis.title.text == f"time since the start ({unit})"
    assert list(traces(figure)[0]["x"])[-1] == last


def test_best_point_goes_by_the_name_of_the_metric(history: pd.DataFrame) -> None:
    figure = curves(history)
    lowest, highest = named(figure, "lowest loss"), named(figure, "highest acc")
    assert (list(lowest["x"]), list(lowest["y"])) == ([1], [0.5])
    assert list(highest["y"]) == [0.2]


@pytest.mark.parametrize(
    ("best", "value"), [("max", 2.0), ("min", 0.5), ({"lo*": "max"}, 2.0), (True, 0.5)]
)
def test_best_point_goes_by_what_is_said(history: pd.DataFrame, best: Wanted, value: float) -> None:
    figure = curves(history, "loss", best=best)
    assert list(traces(figure)[-1]["y"]) == [value]


def test_best_point_may_be_left_out(history: pd.DataFrame) -> None:
    assert len(traces(curves(history, "loss", best=False))) == 2


def test_smoothing_leaves_the_raw_curve_behind_it(history: pd.DataFrame) -> None:
    figure = curves(history, "loss", smooth=0.5)
    raw, smooth = traces(figure)[:2]
    assert list(raw["y"]) == [1.0, 0.5, 0.7]
    assert (raw["showlegend"], raw["hoverinfo"], len(raw["line"]["color"])) == (False, "skip", 9)
    assert list(smooth["y"]) == pytest.approx([1.0, 2 / 3, 0.6857142857])
    assert "smoothed by an exponential mean 0.5, raw values pale" in subtitle(figure)


def test_units_stand_on_the_axis_and_in_the_hover(history: pd.DataFrame) -> None:
    figure = curves(history, "loss", units={"loss": "nats"})
    assert figure.layout.yaxis.title.text == "loss (nats)"
    assert "loss (nats) %{y" in traces(figure)[0]["hovertemplate"]


def test_a_million_points_become_a_thousand_and_the_figure_says_so() -> None:
    y = np.zeros(1_000_000)
    y[123_456], y[654_321] = 9.0, -9.0
    figure = curves(history_of({("a", "loss"): y.tolist()}))
    shown = np.asarray(traces(figure)[0]["y"])
    assert len(shown) <= 1000
    assert {9.0, -9.0} <= set(shown.tolist())
    assert "showing 1,000 of 1,000,000 points" in subtitle(figure)


def test_five_hundred_runs_stay_small_and_the_best_stand_out() -> None:
    rng = np.random.default_rng(0)
    history = history_of({(f"{n:03}", "loss"): (rng.random(600) + n).tolist() for n in range(500)})
    figure = curves(history)
    in_legend = [t["name"] for t in traces(figure) if t["showlegend"] is not False]
    assert in_legend[:10] == [f"{n:03}" for n in range(10)]
    assert len(in_legend) == 11  # and the best point
    assert len({t["line"]["color"] for t in traces(figure) if t["showlegend"] is False}) == 1
    assert "in colour the 10 best by loss of 500 runs" in subtitle(figure)
    assert len(figure.to_json()) < 2_500_000


def test_highlighted_runs_are_drawn_last_in_the_colours_they_had() -> None:
    history = history_of({(name, "loss"): [2.0, 1.0] for name in "abcd"})
    before = {trace["name"]: trace["line"] for trace in traces(curves(history))[:4]}
    figure = curves(history, highlight=["c", "b", "nobody"])
    *others, one, other = traces(figure)[:4]
    assert [one["name"], other["name"]] == ["b", "c"]
    assert [one["line"], other["line"]] == [before["b"], before["c"]]
    assert not any(trace["showlegend"] for trace in others)
    assert len({trace["line"]["color"] for trace in others}) == 1
    assert subtitle(figure).startswith("highlighted 2 of 4 runs")


def test_a_highlight_of_all_is_none_and_one_of_nobody_is_said() -> None:
    history = history_of({(name, "loss"): [2.0, 1.0] for name in "abcd"})
    assert curves(history, highlight="abcd") == curves(history)
    assert "no highlighted run has loss" in subtitle(curves(history, highlight=["nobody"]))


def test_of_many_runs_the_highlighted_ones_stand_out_though_they_are_not_the_best() -> None:
    history = history_of({(f"run{n:02}", "loss"): [float(n)] * 2 for n in range(40)})
    figure = curves(history, highlight=["run38", "run39"])
    named = [trace["name"] for trace in traces(figure) if trace["showlegend"]]
    assert named[:2] == ["run38", "run39"]
    assert len(traces(figure)) >= 40


def test_a_single_point_is_seen() -> None:
    assert traces(curves(history_of({("a", "loss"): [1.0]})))[0]["mode"] == "lines+markers"


def test_points_between_gaps_are_seen() -> None:
    alternating = [1.0, float("nan")] * 100
    assert traces(curves(history_of({("a", "loss"): alternating})))[0]["mode"] == "lines+markers"


def test_names_are_shown_literally() -> None:
    history = history_of({("a", NASTY): [1.0, 2.0]})
    figure = curves(history, names={"a": NASTY}, title=NASTY)
    shown = [str(figure.layout.title.text), str(figure.layout.yaxis.title.text)]
    shown += [str(t[part]) for t in traces(figure) for part in ("name", "hovertemplate")]
    assert not [text for text in shown if "<img" in text or "<b>" in text or "%{y}<" in text]
    assert named(figure, "&lt;img").name.endswith("…&#123;y}&lt;/b&gt; &amp; &#36;x&#36;")


def test_equal_names_are_told_apart() -> None:
    history = history_of({("a" * 32, "loss"): [1.0], ("b" * 32, "loss"): [2.0]})
    figure = curves(history, names={"a" * 32: "run", "b" * 32: "run"})
    assert [t["name"] for t in traces(figure)[:2]] == ["run aaaaaaaa", "run bbbbbbbb"]


def test_table_has_every_point(history: pd.DataFrame) -> None:
    table = curves(history, "loss", smooth=0.9).table()
    assert list(table.columns) == ["run_id", "run", "metric", "step", "value"]
    assert table["value"].tolist() == [1.0, 0.5, 0.7, 2.0, 0.9]


def test_alt_text_tells_what_of_whom_and_the_best(history: pd.DataFrame) -> None:
    alt = curves(history, "loss", names={"a": "Alpha"}).alt
    assert alt.startswith("Curves of loss by step for 2 runs: Alpha and b.")
    assert "loss is lowest, 0.5, at step 1 in Alpha" in alt


def test_many_metrics_get_twelve_panels_and_the_figure_says_so() -> None:
    figure = curves(history_of({("a", f"m{n}"): [1.0] for n in range(20)}))
    assert figure.layout.yaxis12.title.text == "m11"
    assert "12 of 20 metrics" in subtitle(figure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": "los"}, "There is no metric 'los' in the history. Did you mean 'loss'?"),
        ({"x": "epoch"}, "x is 'epoch'. Use one of step, time, relative."),
        ({"theme": "blue"}, "theme is 'blue'. Use one of light, dark."),
        ({"smooth": 1}, "smooth is 1."),
        ({"best": "up"}, "best is 'up'."),
    ],
    ids=["metric", "x", "theme", "smooth", "best"],
)
def test_wrong_arguments_are_refused(
    history: pd.DataFrame, change: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidParameterValue, match=message.replace("?", r"\?")):
        curves(history, **change)  # type: ignore[arg-type]  # wrong on purpose


def test_unknown_keyword_is_refused(history: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="no keyword 'colour'"):
        curves(history, colour="red")  # type: ignore[call-arg]  # wrong on purpose


def test_empty_history_is_refused(history: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterValue, match="The history is empty"):
        curves(history.iloc[:0])


def test_history_without_a_column_is_refused(history: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterValue, match="no column 'value' in the history"):
        curves(history.drop(columns="value"))


def test_points_without_a_time_are_refused(history: pd.DataFrame) -> None:
    history.loc[0, "timestamp"] = pd.NaT
    with pytest.raises(InvalidParameterValue, match="1 points have no timestamp"):
        curves(history, x="time")
