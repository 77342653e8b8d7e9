from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbtrack import frames
from nbtrack.charts import GroupColumns, curves, group_curves
from nbtrack.errors import InvalidParameterValue
from tests.charts.chart_data import history_of, named, subtitle, traces

GROUPS = {"a": "x", "b": "x", "c": "y"}


@pytest.fixture
def history() -> pd.DataFrame:
    return history_of(
        {("a", "loss"): [1.0, 2.0], ("b", "loss"): [3.0, 6.0], ("c", "loss"): [5.0, 5.0]}
    )


def test_a_group_is_a_mean_on_a_band(history: pd.DataFrame) -> None:
    low, high, mean = traces(curves(history, groups=GROUPS))[:3]
    spread = np.sqrt([2.0, 8.0])
    assert list(mean["y"]) == [2.0, 4.0]
    np.testing.assert_allclose(low["y"], mean["y"] - spread)
    np.testing.assert_allclose(high["y"], mean["y"] + spread)
    assert high["fill"] == "tonexty"


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [("range", [1.0, 2.0], [3.0, 6.0]), ("sem", [1.0, 2.0], [3.0, 6.0])],
)
def test_bands_are_of_a_kind(
    history: pd.DataFrame, band: str, low: list[float], high: list[float]
) -> None:
    first, second = traces(curves(history, groups=GROUPS, band=band))[:2]  # type: ignore[arg-type]
    np.testing.assert_allclose(first["y"], low)
    np.testing.assert_allclose(second["y"], high)


def test_a_group_of_one_run_has_no_width(history: pd.DataFrame) -> None:
    low, high, mean = traces(curves(history, groups=GROUPS))[3:6]
    assert list(low["y"]) == list(high["y"]) == list(mean["y"]) == [5.0, 5.0]


def test_runs_are_interpolated_between_their_points_and_not_beyond() -> None:
    history = history_of({("a", "loss"): [0.0, 0.0, 4.0], ("b", "loss"): [2.0, 2.0]})
    history = history.drop(index=1)  # step 1 of a
    figure = curves(history, groups={"a": "x", "b": "x"})
    assert list(named(figure, "x")["y"]) == [1.0, 2.0, 4.0]
    assert "of 1 to 2 runs, interpolated" in subtitle(figure)


def test_runs_without_a_group_are_left_out_and_said(history: pd.DataFrame) -> None:
    figure = curves(history, groups={"a": "x"})
    assert "2 runs without a group left out" in subtitle(figure)
    assert list(named(figure, "x")["y"]) == [1.0, 2.0]


def test_nan_of_a_run_is_marked_and_not_averaged() -> None:
    history = history_of({("a", "loss"): [1.0, float("nan")], ("b", "loss"): [3.0, 3.0]})
    figure = curves(history, groups={"a": "x", "b": "x"})
    assert list(named(figure, "x")["y"]) == [2.0, 3.0]
    assert list(named(figure, "NaN")["y"]) == [1.0]


def test_table_has_means_and_bands(history: pd.DataFrame) -> None:
    table = curves(history, groups=GROUPS, band="range").table()
    assert list(table.columns) == ["group", "metric", "step", "mean", "low", "high"]
    assert table["high"].tolist() == [3.0, 6.0, 5.0, 5.0]


def test_no_group_at_all_is_refused(history: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterValue, match="No run of the history has a group"):
        curves(history, groups={"z": "x"})


def test_unknown_band_is_refused(history: pd.DataFrame) -> None:
    with pytest.raises(InvalidParameterValue, match="band is 'wide'"):
        curves(history, groups=GROUPS, band="wide")  # type: ignore[arg-type]  # wrong on purpose


def test_frame_of_group_history_is_drawn_with_its_interval(history: pd.DataFrame) -> None:
    runs = pd.DataFrame(
        {"run_id": ["a", "b", "c"], "params.lr": [1, 1, 2], "metrics.loss": [2.0, 6.0, 5.0]}
    )
    found = frames.group_history(history, frames.groups(runs, by="lr"))
    figure = group_curves(found)
    mean = named(figure, "lr=1")
    assert list(mean["y"]) == [2.0, 4.0]
    assert "mean with 95% interval" in subtitle(figure)


def test_columns_of_a_frame_of_groups_may_be_named(history: pd.DataFrame) -> None:
    frame = pd.DataFrame(
        {"g": ["x", "x"], "key": "loss", "step": [1, 0], "m": [2.0, 1.0], "lo": 0.0, "hi": 3.0}
    )
    figure = group_curves(frame, GroupColumns(group="g", mean="m", low="lo", high="hi"))
    low, _, mean = traces(figure)[:3]
    assert (list(mean["x"]), list(mean["y"]), list(low["y"])) == ([0, 1], [1.0, 2.0], [0.0, 0.0])
    assert "m, and from lo to hi" in subtitle(figure)
