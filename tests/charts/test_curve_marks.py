from __future__ import annotations

import numpy as np
import pytest

from nbtrack.charts import curves
from tests.charts.chart_data import history_of, named, subtitle, traces

NAN, INF = float("nan"), float("inf")


def test_a_nan_is_a_gap_and_marked_at_the_last_value() -> None:
    figure = curves(history_of({("a", "loss"): [3.0, 2.0, NAN, NAN, 1.0]}))
    np.testing.assert_array_equal(traces(figure)[0]["y"], [3.0, 2.0, NAN, NAN, 1.0])
    mark = named(figure, "NaN")
    assert (list(mark["x"]), list(mark["y"]), list(mark["marker"]["symbol"])) == ([2], [2.0], ["x"])
    assert list(mark["text"]) == ["NaN from step 2 to step 3 (2 points)"]
    assert "2 points NaN: marked" in subtitle(figure)


@pytest.mark.parametrize(
    ("value", "symbol", "word"),
    [(INF, "triangle-up", "infinity"), (-INF, "triangle-down", "-infinity")],
)
def test_infinities_are_marked_by_their_direction(value: float, symbol: str, word: str) -> None:
    figure = curves(history_of({("a", "loss"): [1.0, value, 2.0]}))
    assert np.isnan(traces(figure)[0]["y"][1])
    mark = named(figure, word)
    assert list(mark["marker"]["symbol"]) == [symbol]
    assert list(mark["text"]) == [f"{word} at step 1"]


def test_a_curve_without_any_number_is_still_marked() -> None:
    figure = curves(history_of({("a", "loss"): [NAN, NAN]}))
    assert list(named(figure, "NaN")["y"]) == [1.0]
    assert "NaN" in figure.alt


def test_values_below_a_logarithmic_axis_are_marked_and_said() -> None:
    figure = curves(history_of({("a", "loss"): [1.0, 0.0, -1.0, 0.1]}), log_y=True)
    assert figure.layout.yaxis.type == "log"
    assert list(named(figure, "0 or less")["y"]) == [1.0]
    assert "2 points 0 or less: marked" in subtitle(figure)


def test_marks_of_all_panels_are_one_entry_of_the_legend() -> None:
    figure = curves(history_of({("a", "loss"): [1.0, NAN], ("a", "acc"): [1.0, NAN]}))
    entries = [t["showlegend"] for t in traces(figure) if t["legendgroup"] == "marks"]
    assert entries == [True, False]


def test_very_many_stretches_are_capped_and_said() -> None:
    figure = curves(history_of({("a", "loss"): [1.0, NAN] * 600}))
    assert len(named(figure, "NaN")["x"]) == 500
    assert "600 points NaN: marked (the first 500 stretches)" in subtitle(figure)


def test_best_point_is_finite() -> None:
    figure = curves(history_of({("a", "loss"): [NAN, -INF, 2.0, 1.0]}))
    assert list(named(figure, "lowest")["y"]) == [1.0]
