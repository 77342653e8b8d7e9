from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nbtrack import MissingDependencyError
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import compare_groups
from nbtrack.frames.compare_groups import Baseline
from nbtrack.frames.group_tests import bootstrap_interval, hedges_g, holm, mann_whitney, welch

RNG = np.random.default_rng(7)
OLD, NEW, THIRD = RNG.normal(1.0, 0.2, 6), RNG.normal(1.3, 0.5, 9), RNG.normal(1.0, 0.1, 5)


def frame(*samples: Iterable[float], metric: str = "metrics.loss") -> pd.DataFrame:
    """Make a frame with a group for each sample, by the param `lr`."""
    rows = [(lr, value) for lr, sample in enumerate(samples) for value in sample]
    made = pd.DataFrame(rows, columns=["params.lr", metric])
    return made.assign(**{"params.seed": range(len(rows))})


def test_tests_are_those_of_scipy() -> None:
    row = compare_groups(frame(OLD, NEW), "loss").iloc[0]
    t: Any = stats.ttest_ind(NEW, OLD, equal_var=False)
    interval = t.confidence_interval(0.95)
    assert (row["t"], row["df"], row["p_welch"]) == pytest.approx((t.statistic, t.df, t.pvalue))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((interval.low, interval.high))
    u = stats.mannwhitneyu(NEW, OLD)
    assert (row["u"], row["p_mann_whitney"]) == pytest.approx((u.statistic, u.pvalue))
    assert row["difference"] == pytest.approx(NEW.mean() - OLD.mean())


def test_effect_sizes_of_a_hand_worked_case() -> None:
    new, old = np.array([2.0, 4.0, 6.0]), np.array([1.0, 3.0, 5.0])
    # both variances are 4, the means 1 apart: d = 0.5; J(4) = gamma(2) / (sqrt(2) gamma(1.5))
    assert hedges_g(new, old) == pytest.approx(0.5 * 0.7978845608)
    # of the nine pairs 6 are greater and 3 less
    assert mann_whitney(new, old).delta == pytest.approx(3 / 9)
    assert welch(new, old, 0.95).t == pytest.approx(1 / np.sqrt(8 / 3))


def test_the_bootstrap_is_near_that_of_scipy_and_repeats_itself() -> None:
    wanted = stats.bootstrap(
        (NEW, OLD),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        n_resamples=10_000,
        method="percentile",
        rng=np.random.default_rng(1),
        vectorized=True,
    ).confidence_interval
    row = compare_groups(frame(OLD, NEW), "loss").iloc[0]
    assert (row["boot_low"], row["boot_high"]) == pytest.approx((wanted.low, wanted.high), abs=0.02)
    again = compare_groups(frame(OLD, NEW), "loss").iloc[0]
    assert again["boot_low"] == row["boot_low"]
    assert compare_groups(frame(OLD, NEW), "loss", seed=1)["boot_low"].iloc[0] != row["boot_low"]


def test_large_samples_are_resampled_in_blocks() -> None:
    values = np.random.default_rng(0).normal(size=50_000)
    low, high = bootstrap_interval(values, values, 0.95, 200, np.random.default_rng(0))
    assert low < 0 < high
    assert high - low == pytest.approx(4 * np.sqrt(2 / 50_000), rel=0.4)


def test_p_values_are_adjusted_for_several_groups() -> None:
    found = compare_groups(frame(OLD, NEW, THIRD), "loss")
    assert found["p_welch_holm"].tolist() == holm(found["p_welch"].to_numpy()).tolist()
    assert holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert found.attrs["multiple_comparisons"].startswith("2 groups were compared")
    one = compare_groups(frame(OLD, NEW), "loss").attrs
    assert one["multiple_comparisons"].startswith("One comparison")


@pytest.mark.parametrize("baseline", ["lr=1", 1, {"lr": 1}, {"params.lr": 1}])
def test_the_baseline_is_chosen_by_name_number_or_params(baseline: Baseline) -> None:
    found = compare_groups(frame(OLD, NEW, THIRD), "loss", baseline=baseline)
    assert found["group"].tolist() == ["lr=0", "lr=2"]
    assert found["mean_baseline"].tolist() == [NEW.mean()] * 2
    assert found.attrs["baseline"] == "lr=1"


def test_a_baseline_may_be_the_group_without_a_param() -> None:
    data = pd.DataFrame({"params.a": ["x", None, "x", None], "metrics.loss": [1.0, 2.0, 3.0, 5.0]})
    data = data.astype({"params.a": "str"})
    assert compare_groups(data, "loss", baseline={"a": None})["group"].tolist() == ["a=x"]


@pytest.mark.parametrize("samples", [([1.0], [2.0, 3.0]), ([1.0, 2.0], [3.0]), ([1.0], [2.0])])
def test_groups_of_one_are_not_tested_and_that_is_said(samples: tuple[list[float], ...]) -> None:
    row = compare_groups(frame(*samples), "loss").iloc[0]
    tested = ["ci_low", "boot_low", "boot_high", "t", "p_welch", "p_welch_holm", "u", "hedges_g"]
    assert row[[*tested, "p_mann_whitney", "cliffs_delta"]].isna().all()
    assert row["difference"] > 0
    assert "n=1, and 2 are needed" in row["note"]


def test_a_group_without_values_has_no_mean() -> None:
    row = compare_groups(frame([1.0, 2.0], [np.nan, np.inf]), "loss").iloc[0]
    assert (row["n"], row["change"]) == (0, "")
    assert np.isnan(row["difference"])
    assert row["note"] == "not tested: the group has n=0, and 2 are needed"


def test_groups_without_spread_are_not_tested_for_means() -> None:
    row = compare_groups(frame([0.1] * 3, [0.3] * 3), "loss").iloc[0]
    assert row[["t", "p_welch", "hedges_g"]].isna().all()
    assert (row["cliffs_delta"], row["boot_low"]) == (1.0, pytest.approx(0.2))
    assert row["note"] == "no t test and no g: neither group has a spread"
    assert compare_groups(frame([0.1] * 3, [0.1] * 3), "loss")["change"].tolist() == ["same"]


def test_the_direction_decides_what_is_better() -> None:
    data = frame([1.0, 2.0], [2.0, 3.0])
    assert compare_groups(data, "loss")["change"].tolist() == ["worse"]
    found = compare_groups(data, "loss", directions="max")
    assert (found["change"].tolist(), found.attrs["direction_source"]) == (["better"], "argument")


def test_another_column_and_other_groups_are_compared() -> None:
    data = frame(OLD, NEW, metric="hours").assign(machine=["a", "b", "b"] * 5)
    found = compare_groups(data, "hours", by="machine")
    assert found["group"].tolist() == ["machine=b"]
    assert found["n"].tolist() == [10]


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        (([1.0],), {}, "There is one group only"),
        (
            ([1.0], [2.0]),
            {"baseline": "lr=7"},
            r"'lr=7' is no group\. The groups are 'lr=0', 'lr=1",
        ),
        (([1.0], [2.0]), {"baseline": 2}, "The baseline 2 is no group"),
        (([1.0], [2.0]), {"baseline": {}}, r"The baseline \{\} is 2 groups"),
        (([1.0], [2.0]), {"resamples": 0}, "resamples is 0"),
        (([1.0], [2.0]), {"confidence": 1}, "confidence is 1"),
        (([1.0], [2.0]), {"metric": "los"}, "Did you mean 'metrics.loss'"),
        (([1.0], [2.0]), {"metric": "*s*", "directions": "min"}, "fits"),
    ],
)
def test_bad_input_is_refused(
    samples: tuple[list[float], ...], options: dict[str, Any], message: str
) -> None:
    data = frame(*samples).assign(**{"metrics.sad": 1.0})
    with pytest.raises(InvalidParameterValue, match=message):
        compare_groups(data, options.pop("metric", "loss"), **options)


def test_an_unknown_keyword_is_refused() -> None:
    with pytest.raises(TypeError, match="compare_groups\\(\\) has no keyword 'alpha'"):
        compare_groups(frame(OLD, NEW), "loss", alpha=0.1)  # type: ignore[call-arg]


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'nbtrack\[stats\]'"):
        compare_groups(frame(OLD, NEW), "loss")


def test_the_rank_test_is_exact_only_for_small_groups_without_ties() -> None:
    rng = np.random.default_rng(2)
    small, large = rng.normal(size=20), rng.normal(size=5_000)
    for new, old, method in (
        (small, small + 0.3, "exact"),
        (small.round(), small, "asymptotic"),
        (small, large, "asymptotic"),
    ):
        wanted = stats.mannwhitneyu(new, old, method=method).pvalue
        assert mann_whitney(new, old).p == pytest.approx(wanted)


def test_the_order_of_runs_does_not_matter() -> None:
    data = frame(OLD, NEW, THIRD)
    one = compare_groups(data, "loss", baseline="lr=0").set_index("group")
    other = compare_groups(data.iloc[::-1], "loss", baseline="lr=0").set_index("group")
    pd.testing.assert_frame_equal(one, other.loc[one.index])


def test_a_frame_in_the_place_of_the_metric_is_told() -> None:
    frame = pd.DataFrame({"params.lr": [1, 2], "metrics.loss": [0.1, 0.2]})
    with pytest.raises(InvalidParameterValue, match="A DataFrame was given for the name"):
        compare_groups(frame, frame)  # type: ignore[arg-type]
