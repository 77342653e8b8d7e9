from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import groups
from nbtrack.frames.param_types import masked
from nbtrack.frames.replicates import is_replicate_param
from nbtrack.frames.student import t_quantile

RUN_IDS: Any = [1]
REPLICATES = [
    "seed",
    "params.random_state",
    "rng",
    "fold",
    "cv",
    "split",
    "replicate",
    "trial",
    "cvFold",
    "data/seed",
    "torch.seed",
    "random_seed",
    "fold_index",
    "np_random_state",
    "repeat",
]
OTHERS = [
    "n_folds",
    "num_seeds",
    "test_split",
    "n_splits",
    "cv_splits",
    "split_ratio",
    "lr",
    "seeds",
    "max_trials",
    "scaffold",
    "random",
    "state",
    "seed/lr",
    "trial_count",
    "größe",
]


def frame(**columns: object) -> pd.DataFrame:
    """Make a frame of runs; `lr` is a param, `m_loss` a metric."""
    made = {
        f"metrics.{name[2:]}" if name.startswith("m_") else f"params.{name}": values
        for name, values in columns.items()
    }
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return pd.DataFrame({"run_id": [f"r{n}" for n in range(rows)], **made})


def logged(values: list[float | None]) -> pd.api.extensions.ExtensionArray:
    """Make a column of metrics in which None is a missing value, unlike NaN."""
    data = np.array([0.0 if value is None else value for value in values])
    return masked(data, np.array([value is None for value in values]))


def test_replicates_are_found_by_themselves() -> None:
    found = groups(frame(lr=[0.1, 0.2, 0.1], seed=[1, 1, 2], m_loss=[1.0, 5.0, 3.0]))
    assert found["group"].tolist() == ["lr=0.1", "lr=0.2"]
    assert found["run_ids"].tolist() == [("r0", "r2"), ("r1",)]
    assert found["mean(metrics.loss)"].tolist() == [2.0, 5.0]
    assert found.attrs["method"] == "runs alike in all params but params.seed"
    assert found.attrs["replicates"] == ["params.seed"]


@pytest.mark.parametrize("name", REPLICATES)
def test_names_of_replicates(name: str) -> None:
    assert is_replicate_param(name)


@pytest.mark.parametrize("name", OTHERS)
def test_names_of_other_params(name: str) -> None:
    assert not is_replicate_param(name)


def test_statistics_of_a_hand_worked_group() -> None:
    row = groups(frame(lr=[1] * 4, m_loss=[2.0, 4.0, 4.0, 6.0])).iloc[0]
    assert row["n(metrics.loss)"] == 4
    assert row["mean(metrics.loss)"] == row["median(metrics.loss)"] == 4.0
    assert row["std(metrics.loss)"] == pytest.approx(math.sqrt(8 / 3))
    assert row["sem(metrics.loss)"] == pytest.approx(math.sqrt(2 / 3))
    half = 3.182446305 * math.sqrt(2 / 3)  # the quantile of t with 3 degrees, from a printed table
    assert row["ci_low(metrics.loss)"] == pytest.approx(4 - half)
    assert row["ci_high(metrics.loss)"] == pytest.approx(4 + half)
    assert (row["min(metrics.loss)"], row["max(metrics.loss)"]) == (2.0, 6.0)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("count", [2, 3, 4, 10, 200])
def test_the_interval_is_that_of_scipy(confidence: float, count: int) -> None:
    values = np.random.default_rng(count).normal(3, 2, count)
    row = groups(frame(lr=[1] * count, m_x=values), confidence=confidence).iloc[0]
    wanted = stats.t.interval(confidence, count - 1, values.mean(), stats.sem(values))
    assert (row["ci_low(metrics.x)"], row["ci_high(metrics.x)"]) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 30, 1000, 100_000])
@pytest.mark.parametrize("probability", [0.5, 0.75, 0.975, 0.9995, 0.999999])
def test_quantiles_of_t_are_those_of_scipy(probability: float, freedom: int) -> None:
    wanted = stats.t.ppf(probability, freedom)
    assert t_quantile(probability, freedom) == pytest.approx(wanted, rel=1e-8, abs=1e-12)


def test_a_group_of_one_has_no_spread() -> None:
    row = groups(frame(lr=[1], m_loss=[0.5])).iloc[0]
    spread = ["std", "sem", "ci_low", "ci_high"]
    assert row[[f"{name}(metrics.loss)" for name in spread]].isna().all()
    assert row["mean(metrics.loss)"] == row["median(metrics.loss)"] == 0.5
    assert row["group"] == "all"


def test_what_is_no_number_is_counted_and_named() -> None:
    values = logged([1.0, math.nan, None, math.inf, 3.0])
    found = groups(frame(lr=[1] * 5, m_loss=values))
    counts = [f"{name}(metrics.loss)" for name in ("n", "nonfinite", "missing", "mean", "max")]
    assert found[counts].iloc[0].tolist() == [2, 2, 1, 2.0, 3.0]
    assert found.attrs["left_out"] == [
        "metrics.loss is NaN in 1 run: r1",
        "metrics.loss is infinite in 1 run: r3",
        "metrics.loss is missing in 1 run: r2",
    ]


def test_a_long_list_of_runs_is_cut_and_says_so() -> None:
    found = groups(frame(lr=[1] * 12, m_loss=[math.nan] * 12))
    assert found.attrs["left_out"][0].endswith(
        "12 runs: r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 2 more"
    )
    assert found["mean(metrics.loss)"].isna().all()


def test_a_constant_metric_has_exactly_no_spread() -> None:
    row = groups(frame(lr=[1] * 3, m_loss=[0.1] * 3)).iloc[0]
    assert row["std(metrics.loss)"] == 0.0
    assert row["ci_low(metrics.loss)"] == row["ci_high(metrics.loss)"] == 0.1


def test_a_missing_param_is_a_value_of_its_own() -> None:
    found = groups(frame(lr=logged([0.1, None, math.nan, None]), m_loss=[1.0, 2.0, 3.0, 4.0]))
    assert found["group"].tolist() == ["lr=0.1", "lr=missing", "lr=nan"]
    assert found["n"].tolist() == [1, 2, 1]


def test_mixed_values_of_objects_are_told_apart() -> None:
    values = [1, 1.0, True, "1", None, [1], [1], float("nan"), float("nan")]
    found = groups(frame(a=pd.Series(values, dtype=object), m_x=[0.0] * 9))
    assert found["n"].tolist() == [2, 1, 1, 1, 2, 2]


def test_groups_of_the_same_name_are_numbered() -> None:
    found = groups(frame(a=pd.Series([1, "1"], dtype=object), m_x=[0.0, 1.0]))
    assert found["group"].tolist() == ["a=1 #0", "a=1 #1"]


def test_by_names_columns_with_and_without_prefix() -> None:
    data = frame(lr=[1, 1, 2], act=["a", "ä", "ä"], seed=[1, 2, 3], m_x=[1.0, 2.0, 3.0])
    data["status"] = ["FINISHED", "FAILED", "FAILED"]
    assert groups(data, by="act")["group"].tolist() == ["act=a", "act=ä"]
    assert groups(data, by=["params.lr", "status"])["n"].tolist() == [1, 1, 1]
    assert groups(data, by=["params.[al]*"]).attrs["by"] == ["params.lr", "params.act"]
    assert groups(data, by=[])["group"].tolist() == ["all"]


def test_params_that_vary_within_groups_are_told() -> None:
    data = frame(lr=[1, 1, 2], act=["a", "b", "b"], seed=[1, 2, 3], m_x=[1.0, 2.0, 3.0])
    attrs = groups(data, by="lr").attrs
    assert (attrs["varying"], attrs["replicates"]) == (["params.act"], ["params.seed"])


def test_metrics_are_chosen_by_name_or_pattern() -> None:
    data = frame(lr=[1, 1], m_loss=[1.0, 2.0], m_acc=[3.0, 4.0]).assign(duration=[5, 6])
    assert groups(data, metrics="loss").attrs["metrics"] == ["metrics.loss"]
    assert groups(data, metrics=["*c*", "loss"]).attrs["metrics"] == ["metrics.acc", "metrics.loss"]
    assert groups(data, metrics="duration")["mean(duration)"].tolist() == [5.5]


def test_the_columns_keep_their_types() -> None:
    data = frame(lr=[1, 1], on=[True, True], act=pd.Series(["a", "a"], dtype="str"), m_x=[1.0, 2.0])
    found = groups(data)
    kept = ["params.lr", "params.on", "params.act"]
    assert found[kept].dtypes.tolist() == data[kept].dtypes.tolist()


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (pd.DataFrame({"params.a": []}), {}, "The frame has no rows to group."),
        (frame(m_x=[1.0]), {}, r"no column 'params\.\*', so replicates cannot be found"),
        (frame(lr=[1]), {}, r"no column 'metrics\.\*'"),
        (frame(lrr=[1], m_x=[1.0]), {"by": "lr"}, "no column 'lr'. Did you mean 'params.lrr'"),
        (frame(lr=[1], m_loss=[1.0]), {"metrics": "los"}, "Did you mean 'metrics.loss'"),
        (frame(lr=[1], m_x=[1.0]), {"confidence": 95}, "confidence is 95. Use a number between"),
        (frame(lr=[1], m_x=[1.0]), {"by": "p*z"}, r"no column 'p\*z'"),
        (RUN_IDS, {}, r"\[1\] is no DataFrame to group"),
    ],
)
def test_bad_input_is_refused(data: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        groups(data, **options)


def test_two_columns_of_a_name_are_refused() -> None:
    data = pd.DataFrame([[1, 2]], columns=["params.a", "params.a"])
    with pytest.raises(
        InvalidParameterValue, match=r"two columns 'params\.a'\. Rename one of them"
    ):
        groups(data)
