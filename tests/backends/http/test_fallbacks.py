from __future__ import annotations

import pytest

from nbtrack.api.experiments import (
    DELETE_EXPERIMENT_TAG,
    LIST_EXPERIMENTS,
    SEARCH_EXPERIMENTS,
    DeleteExperimentTag,
    ExperimentsPage,
    ListExperiments,
    SearchExperiments,
)
from nbtrack.api.logged_models import FINALIZE_LOGGED_MODEL, FinalizeLoggedModel
from nbtrack.api.permissions import GET_PERMISSIONS, GetPermissions
from nbtrack.api.runs import (
    DELETE_RUNS,
    RESTORE_RUNS,
    DeletedRuns,
    DeleteRuns,
    RestoreRuns,
)
from nbtrack.entities import LoggedModelStatus, ViewType
from nbtrack.errors import EndpointNotFound
from tests.backends.http.scripted import Script, api, http_backend, ok, outcome, page, run


def found(*ids: str, token: str | None = None) -> dict[str, object]:
    body: dict[str, object] = {"experiments": [{"experiment_id": name} for name in ids]}
    return body | ({"next_page_token": token} if token else {})


def ids(page_: ExperimentsPage) -> list[str]:
    return [experiment.experiment_id for experiment in page_.experiments]


def test_list_experiments_uses_the_method_where_it_exists() -> None:
    script = Script(ok(found("1")))
    reply = http_backend(script).call(LIST_EXPERIMENTS, ListExperiments(max_results=5))
    assert ids(reply) == ["1"]
    assert script.paths == ["experiments/list"]


def test_list_experiments_falls_back_to_a_search() -> None:
    script = Script(page(404), ok(found("1", "2", token="next")))
    request = ListExperiments(max_results=2, page_token="here", view_type=ViewType.ALL)
    reply = http_backend(script).call(LIST_EXPERIMENTS, request)
    assert (ids(reply), reply.next_page_token) == (["1", "2"], "next")
    assert script.body(1) == {
        "max_results": 2,
        "page_token": "here",
        "view_type": "ALL",
        "order_by": ["experiment_id ASC"],
    }


def test_list_experiments_without_a_size_gathers_all_pages() -> None:
    script = Script(page(404), ok(found("1", token="a")), ok(found("2")))
    reply = http_backend(script).call(LIST_EXPERIMENTS, ListExperiments())
    assert (ids(reply), reply.next_page_token) == (["1", "2"], None)
    assert script.body(2)["page_token"] == "a"


def test_missing_method_is_asked_for_once() -> None:
    script = Script(page(404), ok(found("1")))
    backend = http_backend(script)
    for _ in range(2):
        backend.call(LIST_EXPERIMENTS, ListExperiments(max_results=5))
    assert script.paths == ["experiments/list", "experiments/search", "experiments/search"]


def test_delete_runs_is_emulated_oldest_first() -> None:
    script = Script(page(404), ok({"runs": [run("old"), run("new")]}), ok())
    request = DeleteRuns(experiment_id="1", max_timestamp_millis=99, max_runs=2)
    reply = http_backend(script).call(DELETE_RUNS, request)
    assert reply == DeletedRuns(runs_deleted=2)
    assert script.body(1) == {
        "experiment_ids": ["1"],
        "filter": "attributes.start_time <= 99",
        "run_view_type": "ACTIVE_ONLY",
        "max_results": 2,
        "order_by": ["attributes.start_time ASC"],
    }
    assert [script.body(number) for number in (2, 3)] == [{"run_id": "old"}, {"run_id": "new"}]


def test_restore_runs_says_that_it_cannot_be_emulated() -> None:
    request = RestoreRuns(experiment_id="1", min_timestamp_millis=0)
    result = outcome(http_backend(Script(page(404))), RESTORE_RUNS, request)
    assert type(result) is EndpointNotFound
    assert "a Databricks workspace has it. It cannot be emulated" in str(result)


def test_method_of_databricks_is_named_as_such() -> None:
    backend = http_backend(Script(page(404)))
    result = outcome(backend, GET_PERMISSIONS, GetPermissions(experiment_id="1"))
    assert str(result) == (
        "http://127.0.0.1:5000 has no method get_permissions: a Databricks workspace has it."
    )


def test_method_of_mlflow_is_named_as_such() -> None:
    backend = http_backend(Script(api(404, "ENDPOINT_NOT_FOUND")), flavour="databricks")
    request = DeleteExperimentTag(experiment_id="1", key="k")
    result = outcome(backend, DELETE_EXPERIMENT_TAG, request)
    assert type(result) is EndpointNotFound
    assert str(result).endswith("has no method delete_experiment_tag: an MLflow server has it.")


@pytest.mark.parametrize(("asked", "sent"), [(None, 1000), (7, 7)])
def test_search_experiments_always_names_a_size(asked: int | None, sent: int) -> None:
    script = Script(ok())
    http_backend(script).call(SEARCH_EXPERIMENTS, SearchExperiments(max_results=asked))
    assert script.body(0) == {"max_results": sent}


def test_finalize_sends_the_model_id_in_path_and_body() -> None:
    info = {"model_id": "m/1", "experiment_id": "1", "status": "LOGGED_MODEL_READY"}
    script = Script(ok({"model": {"info": info}}))
    ready = FinalizeLoggedModel(model_id="m/1", status=LoggedModelStatus.LOGGED_MODEL_READY)
    http_backend(script).call(FINALIZE_LOGGED_MODEL, ready)
    assert script.requests[0].url.raw_path == b"/api/2.0/mlflow/logged-models/m%2F1"
    assert script.body(0) == {"model_id": "m/1", "status": "LOGGED_MODEL_READY"}
