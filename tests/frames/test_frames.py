from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbtrack import Client, FilterError, ResourceDoesNotExist
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.entities import Metric
from nbtrack.frames import history, runs


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(backend=SqliteBackend(tmp_path / ".nbtrack")) as client:
        yield client


@pytest.fixture
def run_ids(client: Client) -> list[str]:
    ids: list[str] = []
    for number, name in enumerate(("Alpha", "beta")):
        run = client.create_run("0", run_name=name, start_time=1000 * (number + 1))
        ids.append(run.info.run_id)
    points = [
        Metric(key="loss", value=1 / (step + 1), timestamp=step, step=step) for step in range(3)
    ]
    client.log_batch(ids[0], metrics=points, params={"lr": "0.1"})
    client.update_run(ids[0], status="FINISHED", end_time=5000)
    return ids


def test_runs_has_the_columns_that_mlflow_has(client: Client, run_ids: list[str]) -> None:
    frame = runs(client=client)
    assert frame["run_id"].tolist() == run_ids[::-1]
    assert {"metrics.loss", "params.lr", "tags.mlflow.runName", "artifact_uri"} <= set(frame)


def test_runs_has_utc_times_and_nat_for_a_run_that_goes_on(
    client: Client, run_ids: list[str]
) -> None:
    frame = runs(client=client, order_by=["start_time ASC"])
    assert frame["end_time"].tolist()[0] == pd.Timestamp(5000, unit="ms", tz="UTC")
    assert frame["end_time"].isna().tolist() == [False, True]


def test_runs_leaves_what_is_not_there_empty(client: Client, run_ids: list[str]) -> None:
    frame = runs(client=client, order_by=["start_time ASC"]).set_index("run_name")
    assert frame.loc["Alpha", "metrics.loss"] == pytest.approx(1 / 3)
    assert frame.loc[["beta"], ["metrics.loss", "params.lr"]].isna().all(axis=None)


def test_runs_tells_nan_from_missing_whether_params_are_typed_or_not(
    client: Client, run_ids: list[str]
) -> None:
    client.log_metric(run_ids[1], "odd", float("nan"), timestamp=1)
    for typed in (True, False):
        frame = runs(client=client, order_by=["start_time ASC"], typed=typed)
        assert frame["metrics.odd"].isna().tolist() == [True, False]


def test_runs_takes_only_the_columns_asked_for(client: Client, run_ids: list[str]) -> None:
    frame = runs(client=client, columns=["run_id", "metrics.*"])
    assert frame.columns.tolist() == ["run_id", "metrics.loss"]


def test_runs_filters_orders_and_limits(client: Client, run_ids: list[str]) -> None:
    frame = runs(client=client, filter="metrics.loss < 0.5", limit=1)
    assert frame["run_id"].tolist() == [run_ids[0]]


def test_runs_of_an_unknown_experiment_is_refused(client: Client) -> None:
    with pytest.raises(ResourceDoesNotExist, match="no active experiment '77'"):
        runs(experiments="77", client=client)


def test_runs_can_be_changed(client: Client, run_ids: list[str]) -> None:
    frame = runs(client=client)
    frame.loc[0, "metrics.loss"] = 7.0
    assert frame.loc[0, "metrics.loss"] == 7.0


def test_runs_passes_on_a_mistake_in_the_filter(client: Client) -> None:
    with pytest.raises(FilterError, match="accuracy"):
        runs(client=client, filter="accuracy > 1")


def test_history_frame_holds_every_point_in_order(client: Client, run_ids: list[str]) -> None:
    frame = history(run_ids, client=client)
    assert frame["step"].tolist() == [0, 1, 2]
    assert frame["value"].tolist() == [1.0, 0.5, 1 / 3]
    assert frame["run_id"].astype(str).unique().tolist() == [run_ids[0]]


def test_history_frame_keeps_nan_and_infinities(client: Client, run_ids: list[str]) -> None:
    values = [float("nan"), float("inf"), float("-inf")]
    points = [Metric(key="odd", value=v, timestamp=i, step=i) for i, v in enumerate(values)]
    client.log_batch(run_ids[1], metrics=points)
    frame = history(run_ids, ["odd"], client=client)
    np.testing.assert_array_equal(frame["value"].to_numpy(), values)


def test_history_of_no_metrics_is_empty(client: Client, run_ids: list[str]) -> None:
    assert history(run_ids, [], client=client).empty


def test_history_has_a_metric_once_that_is_asked_for_twice(
    client: Client, run_ids: list[str]
) -> None:
    frame = history(run_ids, ["loss", "loss"], client=client)
    assert frame["value"].tolist() == [1.0, 0.5, 1 / 3]
