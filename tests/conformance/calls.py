"""One good use of every operation, through the client: what coverage and wire examples are made of.

Each function makes the one call of its operation and asserts that the answer is right. What it
needs beforehand stands in its `Stage`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from nbtrack.client import Client
from nbtrack.entities import (
    Dataset,
    DatasetInput,
    ExperimentAccessControlRequest,
    InputTag,
    LoggedModelStatus,
    ModelInput,
    ModelOutput,
    RunStatus,
)
from tests.conformance.service import Service, point, unique

MODEL_JSON = json.dumps(
    {"artifact_path": "model", "flavors": {}, "utc_time_created": "2026-01-01", "run_id": "r"}
)
INPUT = DatasetInput(
    dataset=Dataset(name="iris", digest="9f2c", source_type="local", source="{}"),
    tags=(InputTag(key="mlflow.data.context", value="training"),),
)
GRANT = ExperimentAccessControlRequest(user_name="ana@example.com", permission_level="CAN_EDIT")


@dataclass(frozen=True)
class Stage:
    """An experiment with a run that has some of everything, and a logged model."""

    client: Client
    name: str
    experiment_id: str
    run_id: str
    model_id: str


def prepare(service: Service, name: str | None = None) -> Stage:
    """Set the stage for one call."""
    client, name = service.client, name or unique("stage")
    experiment_id = client.create_experiment(name, tags={"team": "a"})
    run = client.create_run(experiment_id, run_name="brave-otter-412", start_time=1767225600000)
    run_id = run.info.run_id
    points = [point(0.5, 1767225640000, 8, "loss"), point(0.25, 1767225650000, 9, "loss")]
    client.log_batch(run_id, metrics=points, params={"lr": "0.1"}, tags={"t": "1"})
    client.log_inputs(run_id, datasets=[INPUT], models=[ModelInput(model_id="m-77")])
    client.log_outputs(run_id, models=[ModelOutput(model_id="m-88", step=9)])
    client.upload_bytes(run_id, "plots/loss.png", b"123")
    model = client.create_logged_model(
        experiment_id, name="net", params={"depth": "3"}, tags={"stage": "test"}
    )
    model_id = model.info.model_id
    client.log_metric(run_id, "acc", 0.9, timestamp=1767225655000, step=9, model_id=model_id)
    client.logged_model_artifacts(model_id).write("data/weights", b"1234")
    return Stage(client, name, experiment_id, run_id, model_id)


# --- experiments ----------------------------------------------------------------------------------


def create_experiment(stage: Stage) -> None:
    """Create one."""
    assert stage.client.create_experiment(unique("created"), tags={"team": "b"})


def get_by_name(stage: Stage) -> None:
    """Find one by name."""
    assert stage.client.get_by_name(stage.name).experiment_id == stage.experiment_id


def get_experiment(stage: Stage) -> None:
    """Find one by id."""
    assert stage.client.get_experiment(stage.experiment_id).name == stage.name


def delete_experiment(stage: Stage) -> None:
    """Delete one."""
    stage.client.delete_experiment(stage.experiment_id)


def restore_experiment(stage: Stage) -> None:
    """Restore a deleted one."""
    stage.client.delete_experiment(stage.experiment_id)
    stage.client.restore_experiment(stage.experiment_id)


def update_experiment(stage: Stage) -> None:
    """Rename one."""
    stage.client.update_experiment(stage.experiment_id, new_name=unique("renamed"))


def set_experiment_tag(stage: Stage) -> None:
    """Tag one."""
    stage.client.set_experiment_tag(stage.experiment_id, "team", "c")


def delete_experiment_tag(stage: Stage) -> None:
    """Remove a tag of one."""
    stage.client.delete_experiment_tag(stage.experiment_id, "team")


def list_experiments(stage: Stage) -> None:
    """List the first."""
    assert len(stage.client.list_experiments(max_results=1).experiments) == 1


def search_experiments(stage: Stage) -> None:
    """Search by name."""
    page = stage.client.search_experiments(
        filter=f"name = '{stage.name}'", max_results=5, order_by="name"
    )
    assert [found.experiment_id for found in page.experiments] == [stage.experiment_id]


def search_datasets(stage: Stage) -> None:
    """List the datasets of one."""
    assert [found.name for found in stage.client.search_datasets(stage.experiment_id)] == ["iris"]


# --- runs -----------------------------------------------------------------------------------------


def create_run(stage: Stage) -> None:
    """Create one."""
    run = stage.client.create_run(stage.experiment_id, run_name="new", start_time=1767225600000)
    assert run.info.status is RunStatus.RUNNING


def get_run(stage: Stage) -> None:
    """Read one."""
    run = stage.client.get_run(stage.run_id)
    assert [(metric.key, metric.value) for metric in run.data.metrics] == [
        ("loss", 0.25),
        ("acc", 0.9),
    ]


def update_run(stage: Stage) -> None:
    """End one."""
    info = stage.client.update_run(stage.run_id, status="FINISHED", end_time=1767225660000)
    assert (info.status, info.end_time) == (RunStatus.FINISHED, 1767225660000)


def delete_run(stage: Stage) -> None:
    """Delete one."""
    stage.client.delete_run(stage.run_id)


def restore_run(stage: Stage) -> None:
    """Restore one."""
    stage.client.restore_run(stage.run_id)


def delete_runs(stage: Stage) -> None:
    """Delete old ones."""
    count = stage.client.delete_runs(
        stage.experiment_id, max_timestamp_millis=1767225600000, max_runs=10
    )
    assert count == 1


def restore_runs(stage: Stage) -> None:
    """Restore those that were deleted."""
    stage.client.delete_run(stage.run_id)
    count = stage.client.restore_runs(stage.experiment_id, min_timestamp_millis=0, max_runs=10)
    assert count == 1


def search_runs(stage: Stage) -> None:
    """Search by a metric."""
    page = stage.client.search_runs(
        stage.experiment_id,
        filter="metrics.loss < 1",
        run_view_type="ALL",
        max_results=5,
        order_by="metrics.loss DESC",
    )
    assert [run.info.run_id for run in page.runs] == [stage.run_id]


def log_param(stage: Stage) -> None:
    """Write a param."""
    stage.client.log_param(stage.run_id, "depth", "3")


def set_tag(stage: Stage) -> None:
    """Write a tag."""
    stage.client.set_tag(stage.run_id, "t", "2")


def delete_tag(stage: Stage) -> None:
    """Remove a tag."""
    stage.client.delete_tag(stage.run_id, "t")


def log_batch(stage: Stage) -> None:
    """Write some of everything."""
    points = [point(float("nan"), 1767225670000, 10, "loss"), point(3.0, 1767225670000, -1, "k")]
    stage.client.log_batch(stage.run_id, metrics=points, params={"b": ""}, tags={"t": "3"})


def log_inputs(stage: Stage) -> None:
    """Note a dataset and a model."""
    stage.client.log_inputs(
        stage.run_id, datasets=[INPUT], models=[ModelInput(model_id=stage.model_id)]
    )


def log_outputs(stage: Stage) -> None:
    """Note a model."""
    stage.client.log_outputs(stage.run_id, models=[ModelOutput(model_id=stage.model_id, step=0)])


def log_model(stage: Stage) -> None:
    """Note a model of the old kind."""
    stage.client.log_model(stage.run_id, model_json=MODEL_JSON)


# --- metrics and artifacts ------------------------------------------------------------------------


def log_metric(stage: Stage) -> None:
    """Write a point."""
    stage.client.log_metric(stage.run_id, "loss", 0.125, timestamp=1767225680000, step=10)


def get_history(stage: Stage) -> None:
    """Read the first point of two."""
    page = stage.client.get_history(stage.run_id, "loss", max_results=1)
    assert [metric.value for metric in page.metrics] == [0.5]
    assert page.next_page_token


def get_history_bulk(stage: Stage) -> None:
    """Read the points of several runs."""
    found = stage.client.get_history_bulk([stage.run_id], "loss", max_results=10)
    assert [metric.step for metric in found] == [8, 9]


def get_history_bulk_interval(stage: Stage) -> None:
    """Read a sample."""
    found = stage.client.get_history_bulk_interval(
        [stage.run_id], "loss", start_step=0, end_step=8, max_results=10
    )
    assert [metric.step for metric in found] == [8]


def list_artifacts(stage: Stage) -> None:
    """List a folder of a run."""
    page = stage.client.list_artifacts(stage.run_id, path="plots")
    assert [(file.path, file.file_size) for file in page.files] == [("plots/loss.png", 3)]


def list_logged_model_artifacts(stage: Stage) -> None:
    """List a folder of a model."""
    page = stage.client.list_logged_model_artifacts(stage.model_id, artifact_directory_path="data")
    assert [file.path for file in page.files] == ["data/weights"]


# --- logged models --------------------------------------------------------------------------------


def create_logged_model(stage: Stage) -> None:
    """Create one."""
    model = stage.client.create_logged_model(
        stage.experiment_id, name="new", model_type="Agent", params={"a": "1"}
    )
    assert model.info.status is LoggedModelStatus.LOGGED_MODEL_PENDING


def get_logged_model(stage: Stage) -> None:
    """Read one."""
    model = stage.client.get_logged_model(stage.model_id)
    assert [metric.value for metric in model.data.metrics] == [0.9]


def delete_logged_model(stage: Stage) -> None:
    """Delete one."""
    stage.client.delete_logged_model(stage.model_id)


def finalize_logged_model(stage: Stage) -> None:
    """Say that one is ready."""
    model = stage.client.finalize_logged_model(stage.model_id, status="LOGGED_MODEL_READY")
    assert model.info.status is LoggedModelStatus.LOGGED_MODEL_READY


def log_logged_model_params(stage: Stage) -> None:
    """Add a param."""
    stage.client.log_logged_model_params(stage.model_id, params={"width": "9"})


def set_logged_model_tags(stage: Stage) -> None:
    """Set a tag."""
    stage.client.set_logged_model_tags(stage.model_id, tags={"stage": "done"})


def delete_logged_model_tag(stage: Stage) -> None:
    """Remove a tag."""
    stage.client.delete_logged_model_tag(stage.model_id, "stage")


def search_logged_models(stage: Stage) -> None:
    """Search by a param."""
    page = stage.client.search_logged_models(
        stage.experiment_id, filter="params.depth = '3'", max_results=5
    )
    assert [model.info.model_id for model in page.models] == [stage.model_id]


# --- permissions ----------------------------------------------------------------------------------


def get_permissions(stage: Stage) -> None:
    """Read them."""
    assert stage.client.get_permissions(stage.experiment_id).access_control_list


def get_permission_levels(stage: Stage) -> None:
    """Read the levels."""
    assert len(stage.client.get_permission_levels(stage.experiment_id)) == 3


def set_permissions(stage: Stage) -> None:
    """Replace them."""
    found = stage.client.set_permissions(stage.experiment_id, access_control_list=[GRANT])
    assert "ana@example.com" in {entry.user_name for entry in found.access_control_list}


def update_permissions(stage: Stage) -> None:
    """Change one."""
    found = stage.client.update_permissions(stage.experiment_id, access_control_list=[GRANT])
    assert "ana@example.com" in {entry.user_name for entry in found.access_control_list}


_FUNCTIONS = (
    *(create_experiment, get_by_name, get_experiment, delete_experiment, restore_experiment),
    *(update_experiment, set_experiment_tag, delete_experiment_tag, list_experiments),
    *(search_experiments, search_datasets, create_run, get_run, update_run, delete_run),
    *(restore_run, delete_runs, restore_runs, search_runs, log_param, set_tag, delete_tag),
    *(log_batch, log_inputs, log_outputs, log_model, log_metric, get_history, get_history_bulk),
    *(get_history_bulk_interval, list_artifacts, list_logged_model_artifacts),
    *(create_logged_model, get_logged_model, delete_logged_model, finalize_logged_model),
    *(log_logged_model_params, set_logged_model_tags, delete_logged_model_tag),
    *(search_logged_models, get_permissions, get_permission_levels, set_permissions),
    update_permissions,
)
CALLS: dict[str, Callable[[Stage], None]] = {call.__name__: call for call in _FUNCTIONS}
"""The good use of each operation, by its name."""
