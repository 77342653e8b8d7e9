"""Lists, on every place that runs may be in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbtrack.client import Client
from nbtrack.entities import Dataset, DatasetInput, InputTag, Metric
from nbtrack.errors import (
    EndpointNotFound,
    FilterError,
    InvalidParameterValue,
    ResourceDoesNotExist,
)
from nbtrack.frames import runs
from nbtrack.frames.listing import count, experiments, keys
from nbtrack.frames.listing_data import artifacts, datasets, permissions
from nbtrack.frames.listing_models import logged_models
from tests.conformance.service import MLFLOW, Service, unique


@pytest.fixture
def client(place: Service) -> Client:
    return place.client


@pytest.fixture
def experiment(client: Client) -> str:
    return client.create_experiment(unique("listed"), tags={"team": "a"})


@pytest.fixture
def run_id(client: Client, experiment: str) -> str:
    run_id = client.create_run(experiment, run_name="one", start_time=1).info.run_id
    points = [
        Metric(key="loss", value=0.5, timestamp=1),
        Metric(key="odd", value=float("nan"), timestamp=1),
    ]
    client.log_batch(run_id, metrics=points, params={"lr": "0.1", "depth": "3", "net": "cnn"})
    return run_id


def test_count_counts_what_a_filter_finds(client: Client, experiment: str, run_id: str) -> None:
    client.create_run(experiment, start_time=2)
    assert count(experiments=experiment, client=client) == 2
    assert count("metrics.loss < 1", experiments=experiment, client=client) == 1


def test_count_of_deleted_runs(client: Client, experiment: str, run_id: str) -> None:
    client.delete_run(run_id)
    found = [count(experiments=experiment, view=v, client=client) for v in ("active", "deleted")]
    assert found == [0, 1]


def test_count_says_where_a_filter_is_wrong(client: Client, experiment: str) -> None:
    with pytest.raises((FilterError, InvalidParameterValue)):
        count("metrics.loss <", experiments=experiment, client=client)


def test_count_of_an_unknown_experiment_is_refused(client: Client) -> None:
    with pytest.raises(ResourceDoesNotExist, match="no active experiment 'nowhere'"):
        count(experiments="nowhere", client=client)


def test_keys_tells_who_has_what_and_of_which_type(
    client: Client, experiment: str, run_id: str
) -> None:
    second = client.create_run(experiment, start_time=2).info.run_id
    client.log_batch(second, params={"lr": "1", "net": "mlp"})
    frame = keys(experiments=experiment, client=client)
    found = frame[frame["kind"] != "tag"].to_numpy().tolist()
    assert found == [
        ["metric", "loss", 1, "float"],
        ["metric", "odd", 1, "float"],  # a NaN that was logged counts
        ["param", "depth", 1, "int"],
        ["param", "lr", 2, "float"],
        ["param", "net", 2, "text"],
    ]
    assert frame["runs"].dtype == "int64"


def test_keys_of_an_empty_experiment_has_its_columns(client: Client, experiment: str) -> None:
    frame = keys(experiments=experiment, client=client)
    assert frame.columns.tolist() == ["kind", "key", "runs", "type"]
    assert len(frame) == 0


def test_experiments_finds_by_name_and_types_its_columns(client: Client, experiment: str) -> None:
    name = client.get_experiment(experiment).name
    frame = experiments(f"name = '{name}'", client=client)
    assert frame[["experiment_id", "name", "tags.team"]].to_numpy().tolist() == [
        [experiment, name, "a"]
    ]
    assert isinstance(frame["creation_time"].dtype, pd.DatetimeTZDtype)
    assert frame.attrs["source"] == client.tracking_uri
    assert frame.attrs["left_out"] == ["deleted experiments"]


def test_experiments_shows_deleted_ones_on_demand(client: Client, experiment: str) -> None:
    client.delete_experiment(experiment)
    assert experiment not in experiments(client=client)["experiment_id"].tolist()
    assert experiment in experiments(view="deleted", client=client)["experiment_id"].tolist()


def test_experiments_says_that_a_limit_was_reached(client: Client, experiment: str) -> None:
    frame = experiments(limit=1, order_by="name DESC", client=client)
    assert len(frame) == 1
    assert "what comes after the first 1" in frame.attrs["left_out"]


def test_experiments_refuses_an_unknown_view(client: Client) -> None:
    with pytest.raises(InvalidParameterValue, match="view is 'gone'"):
        experiments(view="gone", client=client)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_logged_models_shows_last_metrics_and_typed_params(
    client: Client, experiment: str, run_id: str
) -> None:
    made = client.create_logged_model(
        experiment, name="net", source_run_id=run_id, params={"depth": "3"}, tags={"stage": "dev"}
    )
    points = [
        Metric(key="acc", value=value, timestamp=step, step=step, model_id=made.info.model_id)
        for step, value in enumerate((0.5, 0.75))
    ]
    client.log_batch(run_id, metrics=points)
    frame = logged_models(experiments=experiment, client=client)
    columns = ["name", "source_run_id", "metrics.acc", "params.depth", "tags.stage"]
    assert frame[columns].to_numpy().tolist() == [["net", run_id, 0.75, 3, "dev"]]
    assert isinstance(frame["creation_time"].dtype, pd.DatetimeTZDtype)


def test_logged_models_filters_and_sorts(client: Client, experiment: str) -> None:
    for name in ("b", "c", "a"):
        client.create_logged_model(experiment, name=name)
    frame = logged_models("name != 'c'", experiments=experiment, order_by="name", client=client)
    assert frame["name"].tolist() == ["a", "b"]
    backwards = logged_models(experiments=experiment, order_by=["name DESC"], client=client)
    assert backwards["name"].tolist() == ["c", "b", "a"]


def test_logged_models_of_nobody_has_its_columns(client: Client, experiment: str) -> None:
    frame = logged_models(experiments=experiment, client=client)
    assert len(frame) == 0
    assert {"model_id", "status", "creation_time"} <= set(frame.columns)


def test_artifacts_lists_folders_and_sizes(client: Client, run_id: str) -> None:
    client.upload_text(run_id, "notes/a.txt", "hello")
    client.upload_text(run_id, "b.txt", "b")
    frame = artifacts(run_id, client=client).sort_values("path", ignore_index=True)
    assert frame["path"].tolist() == ["b.txt", "notes", "notes/a.txt"]
    assert frame["is_dir"].tolist() == [False, True, False]
    assert frame["file_size"].tolist() == [1, pd.NA, 5]


def test_artifacts_of_a_folder_only(client: Client, run_id: str) -> None:
    client.upload_text(run_id, "x/y/a.txt", "hello")
    frame = artifacts(run_id, "x", recursive=False, client=client)
    assert frame["path"].tolist() == ["x/y"]
    assert frame.attrs["left_out"] == ["what is in the folders"]


def test_artifacts_of_no_run_is_an_error(client: Client) -> None:
    with pytest.raises(ResourceDoesNotExist):
        artifacts("0" * 32, client=client)


def test_artifacts_of_two_runs_is_refused(client: Client) -> None:
    with pytest.raises(InvalidParameterValue, match="2 runs are meant: 'a', 'b'"):
        artifacts(pd.Series(["a", "b"]), client=client)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_datasets_of_experiments_and_of_runs(client: Client, experiment: str, run_id: str) -> None:
    data = Dataset(name="digits", digest="d1", source_type="local", source="{}")
    tags = (InputTag(key="mlflow.data.context", value="train"),)
    client.log_inputs(run_id, datasets=[DatasetInput(dataset=data, tags=tags)])
    known = datasets(experiment, client=client)
    assert known.to_numpy().tolist() == [[experiment, "digits", "d1", "train"]]
    used = datasets(runs=runs(experiments=experiment, client=client), client=client)
    assert used[["run_id", "name", "context", "source_type"]].to_numpy().tolist() == [
        [run_id, "digits", "train", "local"]
    ]


def test_datasets_of_nobody_has_its_columns(client: Client, experiment: str) -> None:
    frame = datasets(experiment, client=client)
    assert frame.columns.tolist() == ["experiment_id", "name", "digest", "context"]
    assert len(frame) == 0


def test_permissions_of_an_experiment(place: Service, experiment: str) -> None:
    if place.kind == MLFLOW:
        with pytest.raises(EndpointNotFound):
            permissions(experiment, client=place.client)
        return
    frame = permissions(experiment, client=place.client)
    assert frame[frame["kind"] == "group"].to_numpy().tolist() == [
        ["admins", "group", "CAN_MANAGE", True, "/directories/"]
    ]
    assert frame[frame["kind"] == "user"]["inherited_from"].isna().all()
    assert frame["inherited"].dtype == np.dtype("bool")
