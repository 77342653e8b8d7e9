from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nbtrack import runs
from nbtrack.client.current import current_client
from nbtrack.client.fluent import set_tracking_uri, start_run
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import group_history, groups, history

RUNS = pd.DataFrame(
    {
        "run_id": ["a", "b", "c"],
        "params.lr": [0.1, 0.1, 0.2],
        "params.seed": [1, 2, 1],
        "metrics.loss": [1.0, 2.0, 3.0],
    }
)
GROUPS = groups(RUNS)


def points(**curves: dict[float, float]) -> pd.DataFrame:
    rows = [(run, "loss", step, v) for run, found in curves.items() for step, v in found.items()]
    return pd.DataFrame(rows, columns=["run_id", "key", "step", "value"])


def test_runs_are_interpolated_between_neighbours_and_not_beyond() -> None:
    found = group_history(points(a={0: 0.0, 4: 4.0}, b={2: 4.0, 6: 8.0}), GROUPS)
    assert found["step"].tolist() == [0, 2, 4, 6]
    assert found["n"].tolist() == [1, 2, 2, 1]
    assert found["mean"].tolist() == [0.0, 3.0, 5.0, 8.0]
    assert "nothing is extrapolated" in found.attrs["method"]


def test_the_band_is_that_of_scipy() -> None:
    found = group_history(points(a={0: 1.0, 1: 2.0}, b={0: 3.0, 1: 7.0}), GROUPS, confidence=0.9)
    for step, values in ((0, [1.0, 3.0]), (1, [2.0, 7.0])):
        low, high = stats.t.interval(0.9, 1, np.mean(values), stats.sem(values))
        row = found[found["step"] == step].iloc[0]
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high))
        assert row["std"] == pytest.approx(np.std(values, ddof=1))


def test_groups_and_metrics_come_one_after_the_other() -> None:
    one = points(c={0: 1.0}, a={0: 2.0})
    found = group_history(pd.concat([one.assign(key="acc"), one]), GROUPS)
    pairs = list(zip(found["group"], found["key"], found["mean"], strict=True))
    assert pairs == [
        ("lr=0.1", "acc", 2.0),
        ("lr=0.1", "loss", 2.0),
        ("lr=0.2", "acc", 1.0),
        ("lr=0.2", "loss", 1.0),
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_point_that_is_no_number_is_a_gap(value: float) -> None:
    found = group_history(points(a={0: 1.0, 2: value, 4: 5.0, 6: 7.0}, b={1: 9.0, 5: 9.0}), GROUPS)
    assert found["step"].tolist() == [0, 1, 2, 4, 5, 6]
    assert found["n"].tolist() == [1, 1, 1, 2, 2, 1]
    assert found["mean"].tolist() == [1.0, 9.0, 9.0, 7.0, 7.5, 7.0]
    assert found.attrs["with_gaps"] == ["loss of a"]


def test_the_last_point_of_a_step_counts() -> None:
    data = pd.concat([points(a={1: 5.0, 0: 1.0}), points(a={1: 3.0})])
    assert group_history(data, GROUPS)["mean"].tolist() == [1.0, 3.0]


def test_steps_are_given_or_counted() -> None:
    data = points(a={0: 0.0, 10: 10.0}, b={0: 2.0, 10: 12.0})
    found = group_history(data, GROUPS, steps=[5, 20, 5])
    assert (found["step"].tolist(), found["mean"].tolist()) == ([5.0], [6.0])
    found = group_history(data, GROUPS, steps=3)
    assert found["step"].tolist() == [0.0, 5.0, 10.0]
    assert "3 equally distant steps" in found.attrs["method"]


def test_steps_stay_whole_numbers() -> None:
    data = points(a={0: 0.0, 2**40: 1.0})
    assert group_history(data, GROUPS)["step"].dtype == "int64"
    assert group_history(data.astype({"step": float}), GROUPS)["step"].dtype == "float64"


def test_runs_without_points_are_named_and_strangers_left_out() -> None:
    found = group_history(points(a={0: 1.0}, stranger={0: 9.0}), GROUPS)
    assert found["mean"].tolist() == [1.0]
    assert found.attrs["without_points"] == ["b", "c"]


def test_no_points_give_no_rows() -> None:
    found = group_history(points(), GROUPS)
    assert found.empty
    assert list(found.columns[:4]) == ["group", "key", "step", "n"]


def test_many_steps_are_worked_off_in_blocks() -> None:
    steps = np.arange(1_200_000)
    halves = [
        pd.DataFrame({"run_id": run, "key": "loss", "step": steps, "value": steps * f})
        for run, f in (("a", 1.0), ("b", 3.0))
    ]
    found = group_history(pd.concat(halves), GROUPS)
    assert np.array_equal(found["mean"], steps * 2.0)


def test_what_the_store_gives_fits(tmp_path: Path) -> None:
    set_tracking_uri(str(tmp_path / "store"))
    for seed in (1, 2):
        with start_run(params={"lr": 0.1, "seed": seed}) as run:
            run.log_series("loss", [1.0 * seed, 3.0 * seed])
    frame = runs()
    points_ = history(frame["run_id"].tolist(), client=current_client())
    assert group_history(points_, groups(frame))["mean"].tolist() == [1.5, 4.5]


def test_frames_that_lack_columns_are_refused() -> None:
    with pytest.raises(
        InvalidParameterValue, match=r"no column 'step'\. Take it from nbtrack\.his"
    ):
        group_history(points(a={0: 1.0}).drop(columns="step"), GROUPS)
    with pytest.raises(InvalidParameterValue, match="no columns 'group' and 'run_ids'"):
        group_history(points(a={0: 1.0}), RUNS)
    with pytest.raises(InvalidParameterValue, match=r"steps is 0\. Use a count above 0"):
        group_history(points(a={0: 1.0}), GROUPS, steps=0)
