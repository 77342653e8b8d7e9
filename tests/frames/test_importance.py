from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import importance
from nbtrack.frames.importance import cramers_v
from nbtrack.frames.param_levels import levels_of, most_bins
from nbtrack.frames.param_types import masked


def sweep(runs: int = 120, seed: int = 0) -> pd.DataFrame:
    """Make runs in which `lr` matters much, `act` a little and `noise` not at all."""
    rng = np.random.default_rng(seed)
    lr, act = 10 ** rng.uniform(-4, 0, runs), rng.choice(["relu", "tänh"], runs)
    loss = (np.log10(lr) + 2) ** 2 + 0.4 * (act == "relu") + rng.normal(0, 0.2, runs)
    columns = {"lr": lr, "act": act, "noise": rng.normal(size=runs), "fixed": 3}
    made = pd.DataFrame({f"params.{name}": values for name, values in columns.items()})
    return made.astype({"params.act": "str"}).assign(**{"metrics.loss": loss})


def only(column: Sequence[object], metric: Sequence[float]) -> pd.Series:
    data = pd.DataFrame({"params.a": column, "metrics.loss": metric})
    return importance(data, "loss").iloc[0]


def test_what_matters_comes_first() -> None:
    found = importance(sweep(), "loss")
    assert found["param"].tolist()[0] == "params.lr"
    assert found["importance"].is_monotonic_decreasing
    shares = dict(zip(found["param"], found["importance"], strict=True))
    assert shares["params.lr"] > 0.5 > shares["params.act"]
    assert shares["params.noise"] < 0.1
    assert found.attrs["left_out"] == ["params that are the same in all runs: params.fixed"]


def test_the_share_is_that_of_kruskal_and_wallis() -> None:
    data = sweep(seed=4)
    data.loc[data["params.act"] == "relu", "metrics.loss"] += 1.5
    parts = [part["metrics.loss"] for _, part in data.groupby("params.act")]
    h = float(stats.kruskal(*parts)[0])
    row = importance(data, "loss", params="act").iloc[0]
    assert row["eta2"] == pytest.approx(h / (len(data) - 1))
    assert row["importance"] == pytest.approx(max(0.0, (h - 1) / (len(data) - 2)))


def test_a_hand_worked_share() -> None:
    # ranks 1 2 3 | 4 5 6: 13.5 of 17.5 lie between; corrected 1 - (4 / 17.5) * (5 / 4)
    row = only(["a"] * 3 + ["b"] * 3, [10, 20, 30, 40, 50, 60])
    assert row["eta2"] == pytest.approx(13.5 / 17.5)
    assert row["importance"] == pytest.approx(1 - (4 / 17.5) * (5 / 4))


def test_the_rank_correlation_is_that_of_scipy() -> None:
    data = sweep().assign(**{"params.lr": lambda d: d["params.lr"].round(2)})
    row = importance(data, "loss").set_index("param").loc["params.lr"]
    wanted: Any = stats.spearmanr(data["params.lr"], data["metrics.loss"])
    assert [row["spearman"]] == pytest.approx([wanted.statistic])


def test_p_is_small_for_what_matters_and_not_for_noise() -> None:
    found = importance(sweep(), "loss").set_index("param")
    assert found.loc["params.lr", "p"] == pytest.approx(0.001)
    noise = [importance(sweep(seed=n), "loss", params="noise")["p"].iloc[0] for n in range(20)]
    assert 0.2 < float(np.mean(noise)) < 0.8


def test_p_is_near_that_of_all_permutations() -> None:
    # of the 20 ways to choose three of six only two part the ranks so far
    assert only(["a"] * 3 + ["b"] * 3, range(6))["p"] == pytest.approx(2 / 20, abs=0.03)


def test_the_sign_follows_the_direction() -> None:
    data = pd.DataFrame({"params.lr": [1, 2, 3], "metrics.loss": [3.0, 2.0, 1.0]})
    row = importance(data, "loss").iloc[0]
    assert (row["spearman"], row["better"], row["best"]) == (pytest.approx(-1), "higher", "3")
    row = importance(data, "loss", directions="max").iloc[0]
    assert (row["better"], row["best"]) == ("lower", "1")


def test_params_of_every_type_are_judged() -> None:
    rng = np.random.default_rng(1)
    metric = np.arange(40.0)
    data = pd.DataFrame(
        {
            "params.whole": np.arange(40) // 10,
            "params.number": metric / 7,
            "params.truth": metric > 19,
            "params.text": pd.Series(["a", "b"] * 20, dtype="str"),
            "params.object": pd.Series([1, "1", None, 2.5] * 10, dtype=object),
            "params.missing": masked(metric, metric < 10),
            "params.inf": rng.choice([1.0, np.inf, -np.inf, np.nan], 40),
            "metrics.loss": metric,
        }
    )
    found = importance(data, "loss").set_index("param")
    kinds = {
        "whole": "number",
        "number": "number",
        "truth": "truth",
        "text": "category",
        "object": "category",
        "missing": "number",
        "inf": "number",
    }
    assert found["kind"].to_dict() == {f"params.{name}": kind for name, kind in kinds.items()}
    assert found["importance"].notna().all()
    assert found.loc["params.missing", "n"] == 30
    assert found.loc["params.missing", "note"] == "in 9 bins; 10 runs have none, which is a level"


def test_metrics_that_are_no_number_are_left_out_and_infinite_ones_rank() -> None:
    metric = masked(
        np.array([1.0, 2.0, np.nan, 0.0, np.inf, 3.0]), np.array([0, 0, 0, 1, 0, 0]) == 1
    )
    data = pd.DataFrame({"params.a": [1, 1, 1, 2, 2, 2], "metrics.loss": metric})
    found = importance(data, "loss")
    assert found.attrs["n"] == 4
    assert found.attrs["left_out"] == ["1 runs in which metrics.loss is NaN", "1 runs without it"]
    assert found["eta2"].tolist() == pytest.approx([0.8])


def test_a_constant_metric_tells_nothing_and_says_so() -> None:
    found = importance(pd.DataFrame({"params.a": [1, 2, 3], "metrics.loss": [0.1] * 3}), "loss")
    assert found[["importance", "eta2", "p", "spearman"]].isna().all(axis=None)
    assert any("same in all runs" in caveat for caveat in found.attrs["caveats"])


def test_a_param_with_a_value_of_its_own_in_every_run_is_not_judged() -> None:
    row = only([f"name {n}" for n in range(10)], range(10))
    assert math.isnan(row["importance"])
    assert row["note"] == "10 values in 10 runs: too few runs for each to be judged"


def test_params_that_went_along_are_named() -> None:
    data = sweep().assign(**{"params.copy": lambda d: d["params.act"].str.upper()})
    found = importance(data, "loss")
    together = found.set_index("param")["confounded_with"]
    assert together["params.copy"] == "params.act"
    assert together["params.lr"] == ""
    assert any("params.act" in c and "told apart" in c for c in found.attrs["caveats"])


def test_association_is_that_of_scipy_without_the_correction() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.integers(0, 3, 5000), rng.integers(0, 2, 5000)
    other[one == 2] = 1
    table = pd.crosstab(one, other).to_numpy()
    wanted = stats.contingency.association(table, method="cramer")
    found = cramers_v(levels_of(pd.Series(one)), levels_of(pd.Series(other)))
    assert found == pytest.approx(wanted, abs=0.01)


def test_few_runs_are_a_caveat() -> None:
    assert any("20 runs" in c or "few" in c for c in importance(sweep(12), "loss").attrs["caveats"])
    assert not any("few" in c for c in importance(sweep(), "loss").attrs["caveats"])


def test_the_method_and_its_seed_are_told() -> None:
    attrs = importance(sweep(), "loss", seed=5).attrs
    assert "999 permutations of the metric, seed 5" in attrs["method"]
    assert (attrs["metric"], attrs["direction"]) == ("metrics.loss", "min")
    pd.testing.assert_frame_equal(importance(sweep(), "loss"), importance(sweep(), "loss"))


@pytest.mark.parametrize(("runs", "bins"), [(4, 3), (20, 4), (40, 8), (1000, 8)])
def test_numbers_are_cut_into_bins_of_equal_size(runs: int, bins: int) -> None:
    found = levels_of(pd.Series(np.arange(runs) * 1.5))
    assert (most_bins(runs), found.count) == (bins, bins)
    assert found.sizes.max() - found.sizes.min() <= 1
    assert found.names[0].startswith("0")


def test_missing_values_and_nan_are_levels_of_their_own() -> None:
    column = pd.Series(masked(np.array([1.0, np.nan, 0.0]), np.array([False, False, True])))
    assert levels_of(column).names == ("1.0", "nan", "missing")
    assert levels_of(pd.Series([1.0, np.nan])).names == ("1.0", "nan")
    assert levels_of(pd.Series(["a", None], dtype="str")).names == ("a", "missing")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            pd.DataFrame({"params.a": [1, 2], "metrics.loss": [1.0, 2.0]}),
            "2 of 2 runs have a number",
        ),
        (
            pd.DataFrame({"params.a": [1] * 4, "metrics.loss": [1.0] * 4}),
            "None of 1 params differs",
        ),
        (pd.DataFrame({"metrics.loss": [1.0] * 4}), "None of 0 params differs"),
        (pd.DataFrame({"params.a": [1] * 4}), "no column 'loss'"),
        (pd.DataFrame({"metrics.loss": [math.nan] * 4}), "0 of 4 runs have a number"),
        (pd.DataFrame({"metrics.loss": []}), "no rows to reckon with"),
    ],
)
def test_bad_input_is_refused(data: pd.DataFrame, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        importance(data, "loss")


def test_the_order_of_runs_does_not_matter() -> None:
    data = sweep()
    shuffled = data.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(importance(data, "loss"), importance(shuffled, "loss"))
