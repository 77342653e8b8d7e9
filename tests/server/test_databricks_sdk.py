"""The Databricks SDK, unmodified, against a live server: every method of its experiments API."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue as SdkInvalidParameterValue
from databricks.sdk.errors import NotFound, ResourceConflict, Unauthenticated
from databricks.sdk.service import ml

from nbtrack.api import METHODS, Operation
from nbtrack.api.operation import Q, R
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.limits import MLFLOW
from nbtrack.server import create_app, running


class Ids(NamedTuple):
    """An experiment with a run and a model in it, made for one test."""

    experiment: str
    run: str
    model: str


class Recording:
    """An engine that keeps the names of the operations it was asked for."""

    def __init__(self, engine: SqliteBackend) -> None:
        self.engine = engine
        self.name = engine.name
        self.artifacts = engine.artifacts
        self.columns = engine.columns
        self.can_answer = engine.can_answer
        self.version = engine.version
        self.close = engine.close
        self.asked: list[str] = []

    def call(self, op: Operation[Q, R], request: Q) -> R:
        self.asked.append(op.name)
        return self.engine.call(op, request)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Generator[Recording]:
    folder = tmp_path_factory.mktemp("store")
    recording = Recording(SqliteBackend(folder, limits=MLFLOW, proxied_artifacts=True))
    yield recording
    recording.close()


@pytest.fixture(scope="module")
def url(backend: Recording) -> Generator[str]:
    """Start one server with a token for all tests of this file."""
    with running(create_app(backend, token="s3cret")) as address:
        yield address


@pytest.fixture(scope="module")
def api(url: str) -> ml.ExperimentsAPI:
    """Log in with a personal token, as to a workspace."""
    return WorkspaceClient(host=url, token="s3cret").experiments


@pytest.fixture
def ids(api: ml.ExperimentsAPI, request: pytest.FixtureRequest) -> Ids:
    made = api.create_experiment(f"/Users/ana/{request.node.name}").as_dict()
    experiment = made["experiment_id"]
    run = api.create_run(experiment_id=experiment, start_time=1_000).as_dict()["run"]
    model = api.create_logged_model(experiment, name="m").as_dict()["model"]
    return Ids(experiment, run["info"]["run_id"], model["info"]["model_id"])


def point(key: str, value: float, step: int) -> ml.Metric:
    return ml.Metric(key=key, value=value, timestamp=step, step=step)


def dataset() -> ml.DatasetInput:
    return ml.DatasetInput(ml.Dataset(name="d", digest="1a", source_type="local", source="{}"))


GRANTS = [
    ml.ExperimentAccessControlRequest(
        user_name="bo@example.com", permission_level=ml.ExperimentPermissionLevel.CAN_EDIT
    )
]
MODEL_JSON = {"run_id": "", "artifact_path": "m", "utc_time_created": "2026", "flavors": {}}

ARGUMENTS: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "create_experiment": lambda ids: {"name": f"another {ids.run}"},
    "get_by_name": lambda ids: {"experiment_name": "Default"},
    "get_experiment": lambda ids: {"experiment_id": ids.experiment},
    "delete_experiment": lambda ids: {"experiment_id": ids.experiment},
    "restore_experiment": lambda ids: {"experiment_id": ids.experiment},
    "update_experiment": lambda ids: {"experiment_id": ids.experiment, "new_name": ids.run},
    "set_experiment_tag": lambda ids: {"experiment_id": ids.experiment, "key": "k", "value": "v"},
    "list_experiments": lambda ids: {},
    "search_experiments": lambda ids: {"filter": "name LIKE '/Users/%'"},
    "create_run": lambda ids: {"experiment_id": ids.experiment},
    "get_run": lambda ids: {"run_id": ids.run},
    "update_run": lambda ids: {"run_id": ids.run, "status": ml.UpdateRunStatus.FINISHED},
    "delete_run": lambda ids: {"run_id": ids.run},
    "restore_run": lambda ids: {"run_id": ids.run},
    "delete_runs": lambda ids: {"experiment_id": ids.experiment, "max_timestamp_millis": 1_000},
    "restore_runs": lambda ids: {"experiment_id": ids.experiment, "min_timestamp_millis": 0},
    "search_runs": lambda ids: {"experiment_ids": [ids.experiment]},
    "log_param": lambda ids: {"run_id": ids.run, "key": "k", "value": "v"},
    "set_tag": lambda ids: {"run_id": ids.run, "key": "k", "value": "v"},
    "delete_tag": lambda ids: {"run_id": ids.run, "key": "mlflow.runName"},
    "log_batch": lambda ids: {"run_id": ids.run, "metrics": [point("m", 1, step=2)]},
    "log_inputs": lambda ids: {"run_id": ids.run, "datasets": [dataset()]},
    "log_outputs": lambda ids: {"run_id": ids.run, "models": [ml.ModelOutput(ids.model, 1)]},
    "log_model": lambda ids: {
        "run_id": ids.run,
        "model_json": json.dumps({**MODEL_JSON, "run_id": ids.run}),
    },
    "log_metric": lambda ids: {"run_id": ids.run, "key": "m", "value": 0.5, "timestamp": 1},
    "get_history": lambda ids: {"run_id": ids.run, "metric_key": "m"},
    "list_artifacts": lambda ids: {"run_id": ids.run},
    "create_logged_model": lambda ids: {"experiment_id": ids.experiment},
    "get_logged_model": lambda ids: {"model_id": ids.model},
    "delete_logged_model": lambda ids: {"model_id": ids.model},
    "finalize_logged_model": lambda ids: {
        "model_id": ids.model,
        "status": ml.LoggedModelStatus.LOGGED_MODEL_READY,
    },
    "log_logged_model_params": lambda ids: {
        "model_id": ids.model,
        "params": [ml.LoggedModelParameter("k", "v")],
    },
    "set_logged_model_tags": lambda ids: {
        "model_id": ids.model,
        "tags": [ml.LoggedModelTag("k", "v")],
    },
    "delete_logged_model_tag": lambda ids: {"model_id": ids.model, "tag_key": "a/b"},
    "search_logged_models": lambda ids: {"experiment_ids": [ids.experiment]},
    "get_permissions": lambda ids: {"experiment_id": ids.experiment},
    "get_permission_levels": lambda ids: {"experiment_id": ids.experiment},
    "set_permissions": lambda ids: {"experiment_id": ids.experiment, "access_control_list": GRANTS},
    "update_permissions": lambda ids: {
        "experiment_id": ids.experiment,
        "access_control_list": GRANTS,
    },
}
FIRST: dict[str, Callable[[ml.ExperimentsAPI, Ids], object]] = {
    "restore_experiment": lambda api, ids: api.delete_experiment(ids.experiment),
    "delete_logged_model_tag": lambda api, ids: api.set_logged_model_tags(
        ids.model, tags=[ml.LoggedModelTag("a/b", "1")]
    ),
}


@pytest.mark.parametrize("name", [op.name for op in METHODS])
def test_every_method_answers(
    api: ml.ExperimentsAPI, backend: Recording, ids: Ids, name: str
) -> None:
    if name in FIRST:
        FIRST[name](api, ids)
    backend.asked.clear()
    answer = getattr(api, name)(**ARGUMENTS[name](ids))
    if isinstance(answer, Iterator):
        list(answer)
    assert backend.asked[0] == name


def test_experiments_come_back_as_they_were_made(api: ml.ExperimentsAPI, ids: Ids) -> None:
    made = api.create_experiment(f"tagged {ids.run}", tags=[ml.ExperimentTag("team", "x")])
    experiment_id = made.as_dict()["experiment_id"]
    found = api.get_experiment(experiment_id).as_dict()["experiment"]
    assert found["tags"] == [{"key": "team", "value": "x"}]
    api.update_experiment(experiment_id, new_name=f"renamed {ids.run}")
    renamed = api.get_by_name(f"renamed {ids.run}").as_dict()["experiment"]
    assert renamed["experiment_id"] == experiment_id
    api.delete_experiment(experiment_id)
    deleted = api.search_experiments(view_type=ml.ViewType.DELETED_ONLY)
    assert experiment_id in {experiment.experiment_id for experiment in deleted}


def test_a_taken_name_is_an_error_of_the_sdk(api: ml.ExperimentsAPI, ids: Ids) -> None:
    with pytest.raises(ResourceConflict) as caught:
        api.create_experiment("Default")
    assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_a_missing_run_is_not_found(api: ml.ExperimentsAPI) -> None:
    with pytest.raises(NotFound):
        api.get_run("0" * 32)


def test_a_wrong_id_of_permissions_is_invalid(api: ml.ExperimentsAPI) -> None:
    with pytest.raises(SdkInvalidParameterValue):
        api.get_permissions("abc")


def test_a_wrong_token_is_unauthenticated(url: str) -> None:
    with pytest.raises(Unauthenticated):
        WorkspaceClient(host=url, token="wrong").experiments.get_experiment("0")


def test_what_a_run_logs_is_there(api: ml.ExperimentsAPI, ids: Ids) -> None:
    api.log_batch(
        run_id=ids.run,
        metrics=[point("loss", 1.0, step=0), point("loss", 0.5, step=1)],
        params=[ml.Param("lr", "0.1")],
        tags=[ml.RunTag("team", "x")],
    )
    api.log_metric("acc", 0.25, 7, run_id=ids.run, step=3)
    data = api.get_run(ids.run).as_dict()["run"]["data"]
    latest = {metric["key"]: metric["value"] for metric in data["metrics"]}
    assert latest == {"loss": 0.5, "acc": 0.25}
    assert data["params"] == [{"key": "lr", "value": "0.1"}]
    history = [(point.step, point.value) for point in api.get_history("loss", run_id=ids.run)]
    assert history == [(0, 1.0), (1, 0.5)]


def test_runs_are_searched_over_pages(api: ml.ExperimentsAPI, ids: Ids) -> None:
    for number in range(5):
        api.create_run(experiment_id=ids.experiment, start_time=2_000 + number)
    found = api.search_runs(
        experiment_ids=[ids.experiment],
        filter="attributes.start_time > 1500",
        order_by=["attributes.start_time DESC"],
        max_results=2,
    )
    times = [run.info.start_time for run in found if run.info]
    assert times == [2_004, 2_003, 2_002, 2_001, 2_000]


def test_runs_are_deleted_and_restored_in_bulk(api: ml.ExperimentsAPI, ids: Ids) -> None:
    for number in range(3):
        api.create_run(experiment_id=ids.experiment, start_time=number)
    assert api.delete_runs(ids.experiment, 500, max_runs=2).runs_deleted == 2
    assert api.delete_runs(ids.experiment, 500).runs_deleted == 1
    assert api.restore_runs(ids.experiment, 0).runs_restored == 3


def test_a_model_is_finished_with_params_and_tags(api: ml.ExperimentsAPI, ids: Ids) -> None:
    api.log_logged_model_params(ids.model, params=[ml.LoggedModelParameter("depth", "3")])
    api.set_logged_model_tags(ids.model, tags=[ml.LoggedModelTag("a", "1")])
    api.finalize_logged_model(ids.model, ml.LoggedModelStatus.LOGGED_MODEL_READY)
    model = api.get_logged_model(ids.model).as_dict()["model"]
    assert model["info"]["status"] == "LOGGED_MODEL_READY"
    assert model["info"]["tags"] == [{"key": "a", "value": "1"}]
    assert model["data"]["params"] == [{"key": "depth", "value": "3"}]


def test_permissions_are_kept(api: ml.ExperimentsAPI, ids: Ids) -> None:
    api.set_permissions(ids.experiment, access_control_list=GRANTS)
    entries = api.get_permissions(ids.experiment).as_dict()["access_control_list"]
    grants = {entry.get("user_name") or entry.get("group_name"): entry for entry in entries}
    assert grants["bo@example.com"]["all_permissions"][0]["permission_level"] == "CAN_EDIT"
    assert grants["admins"]["all_permissions"][0]["inherited"]
