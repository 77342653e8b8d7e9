from __future__ import annotations

import httpx
import pytest

from nbtrack.api.experiments import (
    CREATE_EXPERIMENT,
    DELETE_EXPERIMENT,
    DELETE_EXPERIMENT_TAG,
    RESTORE_EXPERIMENT,
    CreatedExperiment,
    CreateExperiment,
    DeleteExperiment,
    DeleteExperimentTag,
    RestoreExperiment,
)
from nbtrack.api.logged_models import (
    CREATE_LOGGED_MODEL,
    DELETE_LOGGED_MODEL_TAG,
    LOG_LOGGED_MODEL_PARAMS,
    CreateLoggedModel,
    DeleteLoggedModelTag,
    LogLoggedModelParams,
)
from nbtrack.api.operation import AnyOperation, Message, Nothing
from nbtrack.api.runs import (
    CREATE_RUN,
    DELETE_TAG,
    LOG_MODEL,
    LOG_OUTPUTS,
    CreateRun,
    DeleteTag,
    LogModel,
    LogOutputs,
    RunReply,
)
from nbtrack.backends.http.lost_replies import REQUEST_TAG
from nbtrack.entities import ExperimentTag, LoggedModelParameter, ModelOutput, RunTag
from nbtrack.errors import (
    BadRequest,
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    TransportError,
)
from tests.backends.http.scripted import FakeClock, Script, api, http_backend, ok, outcome, run

LOST = httpx.ReadTimeout("timed out")
GONE = api(404, "RESOURCE_DOES_NOT_EXIST")
TAKEN = api(400, "RESOURCE_ALREADY_EXISTS")
BAD = api(400, "BAD_REQUEST")
MODEL = {"info": {"model_id": "m-1", "experiment_id": "1", "status": "LOGGED_MODEL_PENDING"}}


def experiment(**fields: object) -> httpx.Response:
    return ok({"experiment": {"experiment_id": "7", **fields}})


def test_create_run_carries_a_random_tag() -> None:
    script = Script(ok({"run": run()}))
    backend = http_backend(script)
    for _ in range(2):
        backend.call(CREATE_RUN, CreateRun(experiment_id="1", tags=(RunTag(key="a", value="b"),)))
    first, second = (script.body(number)["tags"] for number in (0, 1))
    assert [tag["key"] for tag in first] == ["a", REQUEST_TAG]
    assert first[1]["value"] != second[1]["value"]


def test_create_run_keeps_a_tag_that_the_caller_made() -> None:
    script = Script(ok({"run": run()}))
    tag = RunTag(key=REQUEST_TAG, value="mine")
    http_backend(script).call(CREATE_RUN, CreateRun(experiment_id="1", tags=(tag,)))
    assert script.body(0)["tags"] == [{"key": REQUEST_TAG, "value": "mine"}]


def test_lost_create_run_finds_the_run_that_was_made() -> None:
    script = Script(LOST, ok({"runs": [run("made")]}))
    reply = http_backend(script).call(CREATE_RUN, CreateRun(experiment_id="1"))
    assert reply.run.info.run_id == "made"
    assert script.paths == ["runs/create", "runs/search"]
    mark = script.body(0)["tags"][0]["value"]
    assert script.body(1) == {
        "experiment_ids": ["1"],
        "filter": f"tags.`{REQUEST_TAG}` = '{mark}'",
        "run_view_type": "ALL",
        "max_results": 1,
    }


def test_lost_create_run_makes_the_run_if_it_is_not_there() -> None:
    script = Script(LOST, ok(), ok({"run": run("new")}))
    reply = http_backend(script).call(CREATE_RUN, CreateRun(experiment_id="1"))
    assert reply.run.info.run_id == "new"
    assert script.paths == ["runs/create", "runs/search", "runs/create"]
    assert script.body(0) == script.body(2)


def test_lost_create_run_waits_before_it_looks() -> None:
    clock = FakeClock(chance=0.0)
    script = Script(LOST, ok({"runs": [run()]}))
    http_backend(script, clock).call(CREATE_RUN, CreateRun(experiment_id="1"))
    assert clock.sleeps == [1.0]


def test_lost_create_run_looks_again_when_the_search_fails() -> None:
    script = Script(LOST, LOST, httpx.Response(503), ok({"runs": [run("made")]}))
    reply = http_backend(script).call(CREATE_RUN, CreateRun(experiment_id="1"))
    assert reply.run.info.run_id == "made"
    assert script.paths == ["runs/create", *["runs/search"] * 3]


def test_refused_create_run_needs_no_search() -> None:
    script = Script(httpx.Response(429), ok({"run": run()}))
    assert isinstance(outcome(http_backend(script), CREATE_RUN, CreateRun()), RunReply)
    assert script.paths == ["runs/create", "runs/create"]


def test_lost_create_run_that_cannot_be_looked_up_stays_lost() -> None:
    script = Script(LOST, GONE)
    result = outcome(http_backend(script), CREATE_RUN, CreateRun())
    assert type(result) is TransportError
    assert script.paths == ["runs/create", "runs/search"]


def test_lost_create_logged_model_finds_the_model_that_was_made() -> None:
    script = Script(LOST, ok({"models": [MODEL]}))
    reply = http_backend(script).call(CREATE_LOGGED_MODEL, CreateLoggedModel(experiment_id="1"))
    assert reply.model.info.model_id == "m-1"
    mark = script.body(0)["tags"][0]["value"]
    assert script.body(1)["filter"] == f"tags.`{REQUEST_TAG}` = '{mark}'"


def test_lost_create_logged_model_makes_it_if_it_is_not_there() -> None:
    script = Script(LOST, ok(), ok({"model": MODEL}))
    http_backend(script).call(CREATE_LOGGED_MODEL, CreateLoggedModel(experiment_id="1"))
    assert script.paths == ["logged-models", "logged-models/search", "logged-models"]


def test_lost_log_model_reads_the_history_first() -> None:
    entry = '{"artifact_path": "m", "utc_time_created": "today", "run_id": "r1", "flavors": {}}'
    tags = [{"key": "mlflow.log-model.history", "value": f"[{entry}]"}]
    script = Script(LOST, ok({"run": run(tags=tags)}))
    request = LogModel(run_id="r1", model_json=entry)
    assert http_backend(script).call(LOG_MODEL, request) == Nothing()
    assert script.paths == ["runs/log-model", "runs/get"]


def test_lost_log_model_is_repeated_if_history_lacks_it() -> None:
    tags = [{"key": "mlflow.log-model.history", "value": '[{"model_uuid": "other"}]'}]
    script = Script(LOST, ok({"run": run(tags=tags)}), ok())
    request = LogModel(run_id="r1", model_json='{"model_uuid": "mine"}')
    http_backend(script).call(LOG_MODEL, request)
    assert script.paths == ["runs/log-model", "runs/get", "runs/log-model"]


@pytest.mark.parametrize(
    ("op", "request_"),
    [
        (DELETE_TAG, DeleteTag(run_id="r1", key="k")),
        (DELETE_EXPERIMENT_TAG, DeleteExperimentTag(experiment_id="1", key="k")),
        (DELETE_LOGGED_MODEL_TAG, DeleteLoggedModelTag(model_id="m-1", tag_key="k")),
    ],
    ids=["run", "experiment", "model"],
)
def test_tag_that_is_gone_after_a_lost_reply_was_deleted(
    op: AnyOperation, request_: Message
) -> None:
    assert outcome(http_backend(Script(LOST, GONE)), op, request_) == Nothing()
    first_answer = outcome(http_backend(Script(GONE)), op, request_)
    assert type(first_answer) is ResourceDoesNotExist


def test_not_found_after_a_mere_refusal_is_an_error() -> None:
    script = Script(httpx.Response(503), GONE)
    result = outcome(http_backend(script), DELETE_TAG, DeleteTag(run_id="r1", key="k"))
    assert type(result) is ResourceDoesNotExist


@pytest.mark.parametrize(
    ("op", "request_", "stage"),
    [
        (DELETE_EXPERIMENT, DeleteExperiment(experiment_id="7"), "deleted"),
        (RESTORE_EXPERIMENT, RestoreExperiment(experiment_id="7"), "active"),
    ],
    ids=["delete", "restore"],
)
def test_second_answer_not_found_is_checked_by_reading_the_experiment(
    op: AnyOperation, request_: Message, stage: str
) -> None:
    for found in ("active", "deleted"):
        script = Script(LOST, GONE, experiment(lifecycle_stage=found))
        result = outcome(http_backend(script), op, request_)
        assert script.paths[-1] == "experiments/get"
        assert isinstance(result, Nothing if found == stage else ResourceDoesNotExist)


@pytest.mark.parametrize(
    ("created", "tags", "is_ours"),
    [
        (1_000_000, [{"key": "team", "value": "a"}], True),
        (999_999, [{"key": "team", "value": "a"}], False),
        (1_000_001, [{"key": "team", "value": "b"}], False),
    ],
    ids=["ours", "older", "other tags"],
)
def test_name_taken_after_a_lost_reply_may_be_our_own_doing(
    created: int, tags: list[dict[str, str]], *, is_ours: bool
) -> None:
    script = Script(LOST, TAKEN, experiment(creation_time=created, tags=tags))
    request = CreateExperiment(name="n", tags=(ExperimentTag(key="team", value="a"),))
    result = outcome(http_backend(script), CREATE_EXPERIMENT, request)
    if is_ours:
        assert result == CreatedExperiment(experiment_id="7")
    else:
        assert type(result) is ResourceAlreadyExists


def params(**values: str) -> tuple[LoggedModelParameter, ...]:
    return tuple(LoggedModelParameter(key=key, value=value) for key, value in values.items())


def model_with(**values: str) -> httpx.Response:
    found = [{"key": key, "value": value} for key, value in values.items()]
    return ok({"model": {**MODEL, "data": {"params": found}}})


def test_refused_model_params_are_completed() -> None:
    script = Script(LOST, BAD, model_with(a="1"), ok())
    request = LogLoggedModelParams(model_id="m-1", params=params(a="1", b="2"))
    assert http_backend(script).call(LOG_LOGGED_MODEL_PARAMS, request) == Nothing()
    assert script.body(3)["params"] == [{"key": "b", "value": "2"}]


def test_model_params_that_are_all_there_need_no_more() -> None:
    script = Script(LOST, BAD, model_with(a="1"))
    request = LogLoggedModelParams(model_id="m-1", params=params(a="1"))
    assert http_backend(script).call(LOG_LOGGED_MODEL_PARAMS, request) == Nothing()
    assert len(script.requests) == 3


@pytest.mark.parametrize("found", [{"a": "other"}, {}], ids=["other value", "nothing there"])
def test_refused_model_params_of_another_kind_stay_refused(found: dict[str, str]) -> None:
    script = Script(LOST, api(400, "INVALID_PARAMETER_VALUE"), model_with(**found))
    request = LogLoggedModelParams(model_id="m-1", params=params(a="1"))
    result = outcome(http_backend(script), LOG_LOGGED_MODEL_PARAMS, request)
    assert type(result) is InvalidParameterValue


@pytest.mark.parametrize(("model_id", "kind"), [("m-1", Nothing), ("m-2", BadRequest)])
def test_refused_outputs_are_looked_up(model_id: str, kind: type) -> None:
    found = {**run(), "outputs": {"model_outputs": [{"model_id": "m-1"}]}}
    script = Script(LOST, BAD, ok({"run": found}))
    request = LogOutputs(run_id="r1", models=(ModelOutput(model_id=model_id),))
    assert type(outcome(http_backend(script), LOG_OUTPUTS, request)) is kind
