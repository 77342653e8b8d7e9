"""What to do when a reply was lost and a plain repeat could do harm.

`RECOVERIES` has a row for each such operation. `prepare` marks the request before the first
attempt, `look` runs before a repeat and returns the reply if the first attempt was carried out,
`second_answer` reads an error that a repeat got because the first one was.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any, Final, Generic, Protocol

from msgspec import Struct
from msgspec.structs import replace

from nbtrack.api.experiments import (
    CREATE_EXPERIMENT,
    DELETE_EXPERIMENT,
    DELETE_EXPERIMENT_TAG,
    GET_BY_NAME,
    GET_EXPERIMENT,
    RESTORE_EXPERIMENT,
    CreatedExperiment,
    CreateExperiment,
    DeleteExperiment,
    GetByName,
    GetExperiment,
    RestoreExperiment,
)
from nbtrack.api.logged_models import (
    CREATE_LOGGED_MODEL,
    DELETE_LOGGED_MODEL_TAG,
    GET_LOGGED_MODEL,
    LOG_LOGGED_MODEL_PARAMS,
    SEARCH_LOGGED_MODELS,
    CreateLoggedModel,
    GetLoggedModel,
    LoggedModelReply,
    LogLoggedModelParams,
    SearchLoggedModels,
)
from nbtrack.api.operation import Nothing, Operation, Q, R
from nbtrack.api.runs import (
    CREATE_RUN,
    DELETE_TAG,
    GET_RUN,
    LOG_MODEL,
    LOG_OUTPUTS,
    SEARCH_RUNS,
    CreateRun,
    GetRun,
    LogModel,
    LogOutputs,
    RunReply,
    SearchRuns,
)
from nbtrack.entities import ACTIVE, DELETED, LoggedModelTag, Run, RunTag, ViewType
from nbtrack.errors import (
    ApiError,
    BadRequest,
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)

REQUEST_TAG: Final = "nbtrack.requestId"
DEFAULT_EXPERIMENT: Final = "0"
HISTORY_TAG: Final = "mlflow.log-model.history"
_REFUSALS: Final = (BadRequest, InvalidParameterValue)


class Ask(Protocol):
    """Carries out one more call within the same attempt."""

    def __call__(self, op: Operation[Q, R], request: Q, /) -> R:
        """Carry out the call once."""
        ...


class Refusal(Struct, frozen=True):
    """The error that a repeat got, and the time of day of the first attempt."""

    error: ApiError
    first_time: float


class Recovery(Struct, Generic[Q, R], frozen=True):
    """One row: how an operation finds out what became of a lost attempt."""

    prepare: Callable[[Q], Q] | None = None
    look: Callable[[Ask, Q], R | None] | None = None
    second_answer: Callable[[Ask, Q, Refusal], R | None] | None = None


def _with_request_tag(request: CreateRun) -> CreateRun:
    if any(tag.key == REQUEST_TAG for tag in request.tags):
        return request
    tag = RunTag(key=REQUEST_TAG, value=secrets.token_hex(16))
    return replace(request, tags=(*request.tags, tag))


def _find_run(ask: Ask, request: CreateRun) -> RunReply | None:
    mark = next(tag.value for tag in request.tags if tag.key == REQUEST_TAG)
    search = SearchRuns(
        experiment_ids=(request.experiment_id or DEFAULT_EXPERIMENT,),
        filter=f"tags.`{REQUEST_TAG}` = '{mark}'",
        run_view_type=ViewType.ALL,
        max_results=1,
    )
    found = ask(SEARCH_RUNS, search).runs
    return RunReply(run=found[0]) if found else None


def _model_with_request_tag(request: CreateLoggedModel) -> CreateLoggedModel:
    if any(tag.key == REQUEST_TAG for tag in request.tags):
        return request
    tag = LoggedModelTag(key=REQUEST_TAG, value=secrets.token_hex(16))
    return replace(request, tags=(*request.tags, tag))


def _find_model(ask: Ask, request: CreateLoggedModel) -> LoggedModelReply | None:
    mark = next(tag.value for tag in request.tags if tag.key == REQUEST_TAG)
    search = SearchLoggedModels(
        experiment_ids=(request.experiment_id,),
        filter=f"tags.`{REQUEST_TAG}` = '{mark}'",
        max_results=1,
    )
    found = ask(SEARCH_LOGGED_MODELS, search).models
    return LoggedModelReply(model=found[0]) if found else None


def _find_in_history(ask: Ask, request: LogModel) -> Nothing | None:
    models = _objects(f"[{request.model_json}]")
    if not models:  # nothing that a server could have taken
        return None
    run = ask(GET_RUN, GetRun(run_id=request.run_id)).run
    history = next((tag.value for tag in run.data.tags if tag.key == HISTORY_TAG), "[]")
    logged = {_identity(entry) for entry in _objects(history)}
    return Nothing() if _identity(models[0]) in logged else None


def _objects(text: str) -> list[dict[str, Any]]:
    """Return the objects in a JSON list; none if the text is something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _identity(entry: dict[str, Any]) -> tuple[str, ...]:
    keys = ("model_uuid",) if entry.get("model_uuid") else ("artifact_path", "utc_time_created")
    return tuple(str(entry.get(key)) for key in keys)


def _created_before(
    ask: Ask, request: CreateExperiment, refusal: Refusal
) -> CreatedExperiment | None:
    if not isinstance(refusal.error, ResourceAlreadyExists):
        return None
    found = ask(GET_BY_NAME, GetByName(experiment_name=request.name)).experiment
    is_new = (found.creation_time or 0) >= int(refusal.first_time * 1000)
    have = {(tag.key, tag.value) for tag in found.tags}
    if is_new and have >= {(tag.key, tag.value) for tag in request.tags}:
        return CreatedExperiment(experiment_id=found.experiment_id)
    return None


def _is_gone(_ask: Ask, _request: Any, refusal: Refusal) -> Nothing | None:  # noqa: ANN401 - any request will do
    return Nothing() if isinstance(refusal.error, ResourceDoesNotExist) else None


def _is_deleted(ask: Ask, request: DeleteExperiment, refusal: Refusal) -> Nothing | None:
    return _is_in_stage(ask, request.experiment_id, refusal, DELETED)


def _is_restored(ask: Ask, request: RestoreExperiment, refusal: Refusal) -> Nothing | None:
    return _is_in_stage(ask, request.experiment_id, refusal, ACTIVE)


def _is_in_stage(ask: Ask, experiment_id: str, refusal: Refusal, stage: str) -> Nothing | None:
    if not isinstance(refusal.error, ResourceDoesNotExist):
        return None
    found = ask(GET_EXPERIMENT, GetExperiment(experiment_id=experiment_id)).experiment
    return Nothing() if found.lifecycle_stage == stage else None


def _add_missing_params(
    ask: Ask, request: LogLoggedModelParams, refusal: Refusal
) -> Nothing | None:
    if not isinstance(refusal.error, _REFUSALS):
        return None
    model = ask(GET_LOGGED_MODEL, GetLoggedModel(model_id=request.model_id)).model
    have = {param.key: param.value for param in model.data.params}
    if any(have.get(param.key, param.value) != param.value for param in request.params):
        return None
    missing = tuple(param for param in request.params if param.key not in have)
    if len(missing) == len(request.params):
        return None
    if missing:
        ask(LOG_LOGGED_MODEL_PARAMS, replace(request, params=missing))
    return Nothing()


def _has_outputs(ask: Ask, request: LogOutputs, refusal: Refusal) -> Nothing | None:
    if not isinstance(refusal.error, _REFUSALS):
        return None
    run = ask(GET_RUN, GetRun(run_id=request.run_id)).run
    wanted = {output.model_id for output in request.models}
    return Nothing() if wanted <= _output_ids(run) else None


def _output_ids(run: Run) -> set[str]:
    outputs = run.outputs.model_outputs if run.outputs else ()
    return {output.model_id for output in outputs}


AnyRecovery = Recovery[Any, Any]


def _row(op: Operation[Q, R], recovery: Recovery[Q, R]) -> tuple[str, AnyRecovery]:
    return op.name, recovery


RECOVERIES: Final[dict[str, AnyRecovery]] = dict(
    (
        _row(CREATE_RUN, Recovery(prepare=_with_request_tag, look=_find_run)),
        _row(CREATE_LOGGED_MODEL, Recovery(prepare=_model_with_request_tag, look=_find_model)),
        _row(LOG_MODEL, Recovery(look=_find_in_history)),
        _row(CREATE_EXPERIMENT, Recovery(second_answer=_created_before)),
        _row(DELETE_EXPERIMENT, Recovery(second_answer=_is_deleted)),
        _row(RESTORE_EXPERIMENT, Recovery(second_answer=_is_restored)),
        _row(DELETE_TAG, Recovery(second_answer=_is_gone)),
        _row(DELETE_EXPERIMENT_TAG, Recovery(second_answer=_is_gone)),
        _row(DELETE_LOGGED_MODEL_TAG, Recovery(second_answer=_is_gone)),
        _row(LOG_LOGGED_MODEL_PARAMS, Recovery(second_answer=_add_missing_params)),
        _row(LOG_OUTPUTS, Recovery(second_answer=_has_outputs)),
    )
)
"""The operations that need more than a repeat, by name."""
