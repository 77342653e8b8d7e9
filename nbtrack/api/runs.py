"""Messages and operations about runs: life, params, tags, batches, inputs and outputs."""

from __future__ import annotations

from typing import Final

from nbtrack import entities, limits
from nbtrack.api.operation import (
    DATABRICKS,
    GET,
    POST,
    Message,
    NamesRun,
    Nothing,
    Operation,
    Page,
    PageRequest,
    Repeat,
)
from nbtrack.entities import (
    DatasetInput,
    Int64,
    Metric,
    ModelInput,
    ModelOutput,
    Param,
    Run,
    RunInfo,
    RunStatus,
    RunTag,
    ViewType,
)


class CreateRun(Message, frozen=True, kw_only=True):
    """Ask for a new run; without an experiment it goes to the default one."""

    experiment_id: str | None = None
    user_id: str | None = None
    run_name: str | None = None
    start_time: Int64 | None = None
    tags: tuple[RunTag, ...] = ()


class GetRun(NamesRun, frozen=True, kw_only=True):
    """Ask for a run."""


class RunReply(Message, frozen=True, kw_only=True):
    """Answer with a run."""

    run: Run


class UpdateRun(NamesRun, frozen=True, kw_only=True):
    """Ask to change a run's status, end time or name."""

    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str | None = None


class RunInfoReply(Message, frozen=True, kw_only=True):
    """Answer with the info of a run."""

    run_info: RunInfo


class DeleteRun(Message, frozen=True, kw_only=True):
    """Ask to delete a run."""

    run_id: str


class RestoreRun(Message, frozen=True, kw_only=True):
    """Ask to restore a deleted run."""

    run_id: str


class DeleteRuns(Message, frozen=True, kw_only=True):
    """Ask to delete the oldest runs of an experiment, started at or before a time."""

    experiment_id: str
    max_timestamp_millis: Int64
    max_runs: Int64 | None = None


class DeletedRuns(Message, frozen=True, kw_only=True):
    """Answer with the number of runs deleted."""

    runs_deleted: Int64 = entities.always_int()


class RestoreRuns(Message, frozen=True, kw_only=True):
    """Ask to restore the runs of an experiment deleted at or after a time."""

    experiment_id: str
    min_timestamp_millis: Int64
    max_runs: Int64 | None = None


class RestoredRuns(Message, frozen=True, kw_only=True):
    """Answer with the number of runs restored."""

    runs_restored: Int64 = entities.always_int()


class SearchRuns(PageRequest, frozen=True, kw_only=True):
    """Ask for a page of the runs that a filter finds in some experiments."""

    experiment_ids: tuple[str, ...] = ()
    filter: str | None = None
    run_view_type: ViewType | None = None
    max_results: Int64 | None = None
    order_by: tuple[str, ...] = ()


class RunsPage(Page, frozen=True, kw_only=True):
    """Answer with a page of runs."""

    runs: tuple[Run, ...] = ()


class LogParam(NamesRun, frozen=True, kw_only=True):
    """Ask to write a param, once."""

    key: str
    value: str = entities.always_text()


class SetTag(NamesRun, frozen=True, kw_only=True):
    """Ask to set a tag of a run."""

    key: str
    value: str = entities.always_text()


class DeleteTag(Message, frozen=True, kw_only=True):
    """Ask to remove a tag of a run."""

    run_id: str
    key: str


class LogBatch(Message, frozen=True, kw_only=True):
    """Ask to write metrics, params and tags of a run, all or nothing."""

    run_id: str
    metrics: tuple[Metric, ...] = ()
    params: tuple[Param, ...] = ()
    tags: tuple[RunTag, ...] = ()


class LogInputs(Message, frozen=True, kw_only=True):
    """Ask to note which datasets and models a run read."""

    run_id: str
    datasets: tuple[DatasetInput, ...] = ()
    models: tuple[ModelInput, ...] = ()


class LogOutputs(Message, frozen=True, kw_only=True, omit_defaults=False):
    """Ask to note which models a run made; MLflow wants the list even when it is empty."""

    run_id: str
    models: tuple[ModelOutput, ...] = ()


class LogModel(Message, frozen=True, kw_only=True):
    """Ask to note a model of the old kind in the run's `mlflow.log-model.history` tag."""

    run_id: str
    model_json: str


_PATH: Final = "/api/2.0/mlflow/runs"
_BULK: Final = "/api/2.0/mlflow/databricks/runs"

CREATE_RUN: Final = Operation(
    "create_run",
    (POST(f"{_PATH}/create"),),
    CreateRun,
    RunReply,
    "createRun",
    repeat=Repeat.NEVER,
)
GET_RUN: Final = Operation("get_run", (GET(f"{_PATH}/get"),), GetRun, RunReply, "getRun")
UPDATE_RUN: Final = Operation(
    "update_run", (POST(f"{_PATH}/update"),), UpdateRun, RunInfoReply, "updateRun"
)
DELETE_RUN: Final = Operation(
    "delete_run", (POST(f"{_PATH}/delete"),), DeleteRun, Nothing, "deleteRun"
)
RESTORE_RUN: Final = Operation(
    "restore_run", (POST(f"{_PATH}/restore"),), RestoreRun, Nothing, "restoreRun"
)
DELETE_RUNS: Final = Operation(
    "delete_runs",
    (POST(f"{_BULK}/delete-runs"),),
    DeleteRuns,
    DeletedRuns,
    "deleteRuns",
    repeat=Repeat.NEVER,
    servers=DATABRICKS,
)
RESTORE_RUNS: Final = Operation(
    "restore_runs",
    (POST(f"{_BULK}/restore-runs"),),
    RestoreRuns,
    RestoredRuns,
    "restoreRuns",
    repeat=Repeat.NEVER,
    servers=DATABRICKS,
)
SEARCH_RUNS: Final = Operation(
    "search_runs",
    (POST(f"{_PATH}/search"),),
    SearchRuns,
    RunsPage,
    "searchRuns",
    largest_page=limits.RUNS_PAGE,
)
LOG_PARAM: Final = Operation(
    "log_param", (POST(f"{_PATH}/log-parameter"),), LogParam, Nothing, "logParam"
)
SET_TAG: Final = Operation("set_tag", (POST(f"{_PATH}/set-tag"),), SetTag, Nothing, "setTag")
DELETE_TAG: Final = Operation(
    "delete_tag",
    (POST(f"{_PATH}/delete-tag"),),
    DeleteTag,
    Nothing,
    "deleteTag",
    repeat=Repeat.READ_SECOND_ANSWER,
)
LOG_BATCH: Final = Operation(
    "log_batch",
    (POST(f"{_PATH}/log-batch"),),
    LogBatch,
    Nothing,
    "logBatch",
    repeat=Repeat.IDENTICAL_BODY,
)
LOG_INPUTS: Final = Operation(
    "log_inputs", (POST(f"{_PATH}/log-inputs"),), LogInputs, Nothing, "logInputs"
)
LOG_OUTPUTS: Final = Operation(
    "log_outputs",
    (POST(f"{_PATH}/outputs"),),
    LogOutputs,
    Nothing,
    "logOutputs",
    repeat=Repeat.READ_SECOND_ANSWER,
)
LOG_MODEL: Final = Operation(
    "log_model",
    (POST(f"{_PATH}/log-model"),),
    LogModel,
    Nothing,
    "logModel",
    repeat=Repeat.NEVER,
)
