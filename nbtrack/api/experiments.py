"""Messages and operations about experiments."""

from __future__ import annotations

from typing import Final

from nbtrack import entities, limits
from nbtrack.api.operation import (
    DATABRICKS,
    GET,
    MLFLOW,
    POST,
    Message,
    Nothing,
    Operation,
    Page,
    PageRequest,
    Repeat,
)
from nbtrack.entities import (
    DatasetSummary,
    Experiment,
    ExperimentTag,
    Int64,
    RunInfo,
    ViewType,
)


class CreateExperiment(Message, frozen=True, kw_only=True):
    """Ask for a new experiment."""

    name: str
    artifact_location: str | None = None
    tags: tuple[ExperimentTag, ...] = ()


class CreatedExperiment(Message, frozen=True, kw_only=True):
    """Answer with the id of the new experiment."""

    experiment_id: str


class GetByName(Message, frozen=True, kw_only=True):
    """Ask for an experiment by its exact name."""

    experiment_name: str


class GetExperiment(Message, frozen=True, kw_only=True):
    """Ask for an experiment by id."""

    experiment_id: str


class ExperimentReply(Message, frozen=True, kw_only=True):
    """Answer with an experiment; `runs` is deprecated and rarely there."""

    experiment: Experiment
    runs: tuple[RunInfo, ...] = ()


class DeleteExperiment(Message, frozen=True, kw_only=True):
    """Ask to delete an experiment with its runs."""

    experiment_id: str


class RestoreExperiment(Message, frozen=True, kw_only=True):
    """Ask to restore a deleted experiment with all its runs."""

    experiment_id: str


class UpdateExperiment(Message, frozen=True, kw_only=True):
    """Ask to rename an experiment."""

    experiment_id: str
    new_name: str | None = None


class SetExperimentTag(Message, frozen=True, kw_only=True):
    """Ask to set a tag of an experiment."""

    experiment_id: str
    key: str
    value: str = entities.always_text()


class DeleteExperimentTag(Message, frozen=True, kw_only=True):
    """Ask to remove a tag of an experiment."""

    experiment_id: str
    key: str


class ListExperiments(PageRequest, frozen=True, kw_only=True):
    """Ask for a page of experiments without a filter."""

    max_results: Int64 | None = None
    view_type: ViewType | None = None


class SearchExperiments(PageRequest, frozen=True, kw_only=True):
    """Ask for a page of the experiments that a filter finds."""

    filter: str | None = None
    max_results: Int64 | None = None
    order_by: tuple[str, ...] = ()
    view_type: ViewType | None = None


class ExperimentsPage(Page, frozen=True, kw_only=True):
    """Answer with a page of experiments."""

    experiments: tuple[Experiment, ...] = ()


class SearchDatasets(Message, frozen=True, kw_only=True):
    """Ask which datasets the runs of some experiments read."""

    experiment_ids: tuple[str, ...] = ()


class DatasetSummaries(Message, frozen=True, kw_only=True):
    """Answer with distinct datasets."""

    dataset_summaries: tuple[DatasetSummary, ...] = ()


_PATH: Final = "/api/2.0/mlflow/experiments"

CREATE_EXPERIMENT: Final = Operation(
    "create_experiment",
    (POST(f"{_PATH}/create"),),
    CreateExperiment,
    CreatedExperiment,
    "createExperiment",
    repeat=Repeat.READ_SECOND_ANSWER,
)
GET_BY_NAME: Final = Operation(
    "get_by_name", (GET(f"{_PATH}/get-by-name"),), GetByName, ExperimentReply, "getByName"
)
GET_EXPERIMENT: Final = Operation(
    "get_experiment", (GET(f"{_PATH}/get"),), GetExperiment, ExperimentReply, "getExperiment"
)
DELETE_EXPERIMENT: Final = Operation(
    "delete_experiment",
    (POST(f"{_PATH}/delete"),),
    DeleteExperiment,
    Nothing,
    "deleteExperiment",
    repeat=Repeat.READ_SECOND_ANSWER,
)
RESTORE_EXPERIMENT: Final = Operation(
    "restore_experiment",
    (POST(f"{_PATH}/restore"),),
    RestoreExperiment,
    Nothing,
    "restoreExperiment",
    repeat=Repeat.READ_SECOND_ANSWER,
)
UPDATE_EXPERIMENT: Final = Operation(
    "update_experiment",
    (POST(f"{_PATH}/update"),),
    UpdateExperiment,
    Nothing,
    "updateExperiment",
)
SET_EXPERIMENT_TAG: Final = Operation(
    "set_experiment_tag",
    (POST(f"{_PATH}/set-experiment-tag"),),
    SetExperimentTag,
    Nothing,
    "setExperimentTag",
)
LIST_EXPERIMENTS: Final = Operation(
    "list_experiments",
    (GET(f"{_PATH}/list"),),
    ListExperiments,
    ExperimentsPage,
    "listExperiments",
    servers=DATABRICKS,
    largest_page=limits.LIST_PAGE,
)
SEARCH_EXPERIMENTS: Final = Operation(
    "search_experiments",
    (POST(f"{_PATH}/search"), GET(f"{_PATH}/search")),
    SearchExperiments,
    ExperimentsPage,
    "searchExperiments",
    largest_page=limits.DEFAULT_EXPERIMENTS_PAGE,
)
DELETE_EXPERIMENT_TAG: Final = Operation(
    "delete_experiment_tag",
    (POST(f"{_PATH}/delete-experiment-tag"),),
    DeleteExperimentTag,
    Nothing,
    repeat=Repeat.READ_SECOND_ANSWER,
    servers=MLFLOW,
)
SEARCH_DATASETS: Final = Operation(
    "search_datasets",
    (POST("/ajax-api/2.0/mlflow/experiments/search-datasets"),),
    SearchDatasets,
    DatasetSummaries,
    servers=MLFLOW,
)
