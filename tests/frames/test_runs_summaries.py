"""What `runs` tells of a metric beside its last value, against the same reckoned by pandas."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.backends.columns import Summary
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import runs

ALL: tuple[Summary, ...] = (
    "first",
    "min",
    "max",
    "mean",
    "std",
    "count",
    "min_step",
    "max_step",
)


def log(client: Client, values: Sequence[float], key: str = "loss") -> str:
    run = client.create_run("0", run_name=key)
    points = [Metric(key=key, value=v, timestamp=1, step=s) for s, v in enumerate(values)]
    client.log_many(run.info.run_id, metrics=points)
    return run.info.run_id


def summary_of(client: Client, **options: object) -> pd.Series:
    frame = runs(client=client, summary=ALL, **options)  # type: ignore[arg-type]
    return frame.iloc[0]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(backend=SqliteBackend(tmp_path / "store"))


def test_summaries_are_named_as_in_filters(client: Client) -> None:
    log(client, [3.0, 1.0, 2.0])
    found = summary_of(client)
    assert [found[f"{name}(metrics.loss)"] for name in ALL] == [3.0, 1.0, 3.0, 2.0, 1.0, 3, 1, 0]


def test_summaries_of_one_point(client: Client) -> None:
    log(client, [0.5])
    found = summary_of(client)
    assert [found[f"{name}(metrics.loss)"] for name in ("first", "min", "max", "mean")] == [0.5] * 4
    assert found["count(metrics.loss)"] == 1
    assert np.isnan(found["std(metrics.loss)"])


def test_nan_counts_and_is_left_aside_otherwise(client: Client) -> None:
    log(client, [nan, 2.0, 4.0])
    found = summary_of(client)
    assert np.isnan(found["first(metrics.loss)"])
    assert found["mean(metrics.loss)"] == 3.0
    assert found["count(metrics.loss)"] == 3


@pytest.mark.parametrize("values", [[nan], [nan, nan]])
def test_a_metric_of_nan_alone_has_no_best_step(client: Client, values: list[float]) -> None:
    log(client, values)
    found = summary_of(client)
    assert np.isnan(found["min(metrics.loss)"])
    assert np.isnan(found["mean(metrics.loss)"])
    assert found["min_step(metrics.loss)"] is pd.NA


def test_what_a_run_did_not_log_is_missing(client: Client) -> None:
    log(client, [1.0])
    client.create_run("0", run_name="empty", start_time=0)
    frame = runs(client=client, summary=["min", "count"], order_by="start_time ASC")
    assert frame["min(metrics.loss)"].isna().tolist() == [True, False]
    assert frame["count(metrics.loss)"].tolist() == [pd.NA, 1]


def test_summaries_are_of_the_chosen_metrics_alone(client: Client) -> None:
    log(client, [1.0])
    log(client, [1.0], key="acc")
    frame = runs(client=client, columns=["metrics.acc"], summary="max")
    assert list(frame) == ["metrics.acc", "max(metrics.acc)"]


def test_an_unknown_summary_is_refused(client: Client) -> None:
    with pytest.raises(InvalidParameterValue, match=r"summary is 'median'\. Use one of first"):
        runs(client=client, summary="median")  # type: ignore[arg-type]


@given(st.lists(st.floats(-1e9, 1e9) | st.sampled_from([nan, inf, -inf]), min_size=1, max_size=30))
def test_summaries_are_those_that_pandas_reckons(values: list[float]) -> None:
    with Client(backend=SqliteBackend.in_memory()) as client:
        log(client, values)
        found = summary_of(client)
    numbers = pd.Series(values)
    with np.errstate(invalid="ignore"):
        assert found["mean(metrics.loss)"] == pytest.approx(
            numbers.mean(), rel=1e-6, abs=1e-4, nan_ok=True
        )
        if np.isfinite(numbers.dropna()).all():
            assert found["std(metrics.loss)"] == pytest.approx(
                numbers.std(), rel=1e-6, abs=1e-4, nan_ok=True
            )
    assert found["min(metrics.loss)"] == pytest.approx(numbers.min(), nan_ok=True)
    assert found["max(metrics.loss)"] == pytest.approx(numbers.max(), nan_ok=True)
    if numbers.notna().any():
        assert found["max_step(metrics.loss)"] == numbers.idxmax()
        assert found["min_step(metrics.loss)"] == numbers.idxmin()
