from __future__ import annotations

import numpy as np
import pytest

from nbtrack.charts import brushed, curves, parallel
from nbtrack.errors import InvalidParameterValue
from tests.charts.chart_data import history_of, runs_frame, subtitle, traces


def test_axes_are_the_params_and_metrics_that_differ() -> None:
    runs = runs_frame()
    runs["params.same"] = 1
    labels = [d["label"] for d in traces(parallel(runs))[0]["dimensions"]]
    assert labels == ["lr", "depth", "opt", "loss", "acc"]


def test_axes_are_typed() -> None:
    lr, opt, start = traces(parallel(runs_frame(), ["params.lr", "params.opt", "start_time"]))[0][
        "dimensions"
    ]
    np.testing.assert_allclose(lr["values"], [0, -1, -2, -3, -4, 0])  # logarithms
    assert list(lr["ticktext"]) == ["0.0001", "0.001", "0.01", "0.1", "1"]
    assert list(opt["ticktext"]) == ["adam", "sgd"]
    assert start["ticktext"][0].startswith("01-01")


def test_missing_nan_and_infinite_values_have_places_of_their_own() -> None:
    runs = runs_frame(6)
    runs["params.opt"] = ["a", "b", None, "a", "b", "a"]
    runs["metrics.loss"] = [0.0, 1.0, float("nan"), float("inf"), 0.5, 0.5]
    figure = parallel(runs, ["params.opt", "metrics.loss"])
    opt, loss = traces(figure)[0]["dimensions"]
    assert opt["ticktext"][0] == "missing"
    assert opt["values"][2] == -1
    assert list(loss["ticktext"])[-2:] == ["NaN", "infinity"]
    assert loss["values"][2] == pytest.approx(-0.12)
    assert loss["values"][3] == pytest.approx(1.12)
    assert "missing: params.opt in 1 run" in subtitle(figure)


def test_long_words_stay_distinct() -> None:
    runs = runs_frame(2)
    runs["params.opt"] = ["x" * 60 + "a" + "x" * 60, "x" * 60 + "b" + "x" * 60]
    texts = traces(parallel(runs, ["params.opt", "metrics.loss"]))[0]["dimensions"][0]["ticktext"]
    assert len(set(texts)) == 2


def test_brushing_names_the_runs_within_all_ranges() -> None:
    figure = parallel(runs_frame(6), ["params.lr", "params.opt", "metrics.loss"])
    assert brushed(figure, {"params.lr": (-2.5, -0.5)}) == [f"{n:032x}" for n in (1, 2)]
    assert brushed(figure, {"params.lr": (-2.5, -0.5), "params.opt": (0.5, 1.5)}) == [f"{2:032x}"]
    assert brushed(figure, {"params.lr": [(-4.1, -3.9), (-0.1, 0.1)]}) == [
        f"{n:032x}" for n in (0, 4, 5)
    ]
    assert len(brushed(figure, {})) == 6


def test_brushing_an_unknown_axis_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"no axis 'loss'\. It has params.lr and"):
        brushed(parallel(runs_frame(), ["params.lr", "metrics.loss"]), {"loss": (0, 1)})


def test_brushing_another_chart_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="It has none"):
        brushed(curves(history_of({("a", "loss"): [1.0]})), {"loss": (0, 1)})


def test_more_axes_than_have_room_are_said() -> None:
    runs = runs_frame()
    for number in range(30):
        runs[f"metrics.m{number}"] = np.arange(6) + number
    figure = parallel(runs)
    assert len(traces(figure)[0]["dimensions"]) == 16
    assert "16 of 35 columns that differ" in subtitle(figure)


def test_runs_without_the_value_of_the_colour_are_grey() -> None:
    runs = runs_frame(6)
    runs.loc[0, "metrics.loss"] = float("nan")
    line = traces(parallel(runs, ["params.lr", "metrics.loss"]))[0]["line"]
    assert line["colorscale"][0][1] == "#9AA2AC"
    assert line["color"][0] == line["cmin"]
