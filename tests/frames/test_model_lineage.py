"""Models of runs and what runs have to do with them, on every place that runs may be in."""

from __future__ import annotations

import pytest

from nbtrack.client import Client
from nbtrack.entities import Metric, ModelInput, ModelOutput
from nbtrack.frames import ModelLineage, model_lineage
from tests.conformance.service import Service, unique


@pytest.fixture
def client(place: Service) -> Client:
    return place.client


@pytest.fixture
def runs(client: Client) -> tuple[str, str]:
    """Give a run that trains and one that evaluates."""
    experiment = client.create_experiment(unique("lineage"))
    made = [client.create_run(experiment, run_name=name) for name in ("train", "test")]
    return made[0].info.run_id, made[1].info.run_id


@pytest.fixture
def model(client: Client, runs: tuple[str, str]) -> str:
    """Give a model that the first run made and the second one used and measured."""
    train, test = runs
    made = client.create_logged_model(
        client.get_run(train).info.experiment_id,
        name="net",
        source_run_id=train,
        params={"depth": "3"},
    ).info.model_id
    client.log_outputs(train, models=[ModelOutput(model_id=made, step=7)])
    client.log_inputs(test, models=[ModelInput(model_id=made)])
    points = [
        Metric(
            key="acc",
            value=value,
            timestamp=10 + step,
            step=step,
            model_id=made,
            dataset_name="digits",
            dataset_digest="9f2c",
        )
        for step, value in enumerate((0.5, 0.75))
    ]
    client.log_batch(test, metrics=points)
    return made


def links(found: ModelLineage) -> set[tuple[str, ...]]:
    rows = found.links[["model_id", "run_id", "role"]].to_numpy().tolist()
    return {tuple(row) for row in rows}


def test_models_are_told_with_the_runs_that_made_used_and_measured_them(
    client: Client, runs: tuple[str, str], model: str
) -> None:
    train, test = runs
    found = model_lineage(runs, client=client)
    assert found.models[["model_id", "name", "params.depth"]].to_numpy().tolist() == [
        [model, "net", 3]
    ]
    assert links(found) == {
        (model, train, "made"),
        (model, test, "used"),
        (model, test, "measured"),
    }
    steps = found.links[found.links["role"] == "made"]["step"]
    assert steps.tolist() == [7]
    assert found.missing == ()


def test_the_last_value_on_each_dataset_is_told(
    client: Client, runs: tuple[str, str], model: str
) -> None:
    found = model_lineage(runs[0], client=client).metrics
    columns = ["model_id", "key", "value", "step", "dataset", "digest", "run_id"]
    assert found[columns].to_numpy().tolist() == [
        [model, "acc", 0.75, 1, "digits", "9f2c", runs[1]]
    ]


def test_a_run_that_only_used_a_model_leads_to_the_one_that_made_it(
    client: Client, runs: tuple[str, str], model: str
) -> None:
    train, test = runs
    found = model_lineage(test, client=client)
    assert (model, train, "made") in links(found)
    assert (model, test, "used") in links(found)


def test_models_that_are_gone_are_named(client: Client, runs: tuple[str, str], model: str) -> None:
    client.delete_logged_model(model)
    found = model_lineage(runs, client=client)
    assert len(found.models) == 0
    assert found.missing == (model,)


def test_runs_without_models_have_frames_with_their_columns(
    client: Client, runs: tuple[str, str]
) -> None:
    found = model_lineage(runs, client=client)
    assert [len(found.models), len(found.links), len(found.metrics)] == [0, 0, 0]
    assert {"model_id", "status"} <= set(found.models.columns)
    assert {"model_id", "run_id", "role", "step"} == set(found.links.columns)
    assert "dataset" in found.metrics.columns
