"""Messages and operations about logged models."""

from __future__ import annotations

from typing import Final

import msgspec

from nbtrack import limits
from nbtrack.api.operation import (
    DELETE,
    GET,
    PATCH,
    POST,
    Message,
    Nothing,
    Operation,
    Page,
    PageRequest,
    Repeat,
)
from nbtrack.entities import (
    Int64,
    LoggedModel,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    SearchLoggedModelsDataset,
    SearchLoggedModelsOrderBy,
)


class CreateLoggedModel(Message, frozen=True, kw_only=True):
    """Ask for a new logged model, which starts as LOGGED_MODEL_PENDING."""

    experiment_id: str
    name: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    params: tuple[LoggedModelParameter, ...] = ()
    tags: tuple[LoggedModelTag, ...] = ()


class GetLoggedModel(Message, frozen=True, kw_only=True):
    """Ask for a logged model; `allow_deleted` finds deleted ones too (MLflow only)."""

    model_id: str
    allow_deleted: bool | None = None


class LoggedModelReply(Message, frozen=True, kw_only=True):
    """Answer with a logged model."""

    model: LoggedModel


class DeleteLoggedModel(Message, frozen=True, kw_only=True):
    """Ask to delete a logged model, for good."""

    model_id: str


class FinalizeLoggedModel(Message, frozen=True, kw_only=True):
    """Ask to set the final status of a logged model; MLflow wants the id in the body too."""

    model_id: str
    status: LoggedModelStatus


class LogLoggedModelParams(Message, frozen=True, kw_only=True):
    """Ask to add params to a logged model; MLflow wants the id in the body too."""

    model_id: str
    params: tuple[LoggedModelParameter, ...] = ()


class SetLoggedModelTags(Message, frozen=True, kw_only=True):
    """Ask to set tags of a logged model."""

    model_id: str
    tags: tuple[LoggedModelTag, ...] = ()


class DeleteLoggedModelTag(Message, frozen=True, kw_only=True):
    """Ask to remove a tag of a logged model."""

    model_id: str
    tag_key: str


def _no_ids() -> tuple[str, ...]:
    return ()


class SearchLoggedModels(PageRequest, frozen=True, kw_only=True):
    """Ask for a page of the logged models that a filter finds in some experiments.

    MLflow wants the list of experiments even when it is empty.
    """

    experiment_ids: tuple[str, ...] = msgspec.field(default_factory=_no_ids)
    filter: str | None = None
    datasets: tuple[SearchLoggedModelsDataset, ...] = ()
    max_results: Int64 | None = None
    order_by: tuple[SearchLoggedModelsOrderBy, ...] = ()


class LoggedModelsPage(Page, frozen=True, kw_only=True):
    """Answer with a page of logged models."""

    models: tuple[LoggedModel, ...] = ()


_PATH: Final = "/api/2.0/mlflow/logged-models"

CREATE_LOGGED_MODEL: Final = Operation(
    "create_logged_model",
    (POST(_PATH),),
    CreateLoggedModel,
    LoggedModelReply,
    "createLoggedModel",
    repeat=Repeat.NEVER,
)
GET_LOGGED_MODEL: Final = Operation(
    "get_logged_model",
    (GET(f"{_PATH}/{{model_id}}"),),
    GetLoggedModel,
    LoggedModelReply,
    "getLoggedModel",
)
DELETE_LOGGED_MODEL: Final = Operation(
    "delete_logged_model",
    (DELETE(f"{_PATH}/{{model_id}}"),),
    DeleteLoggedModel,
    Nothing,
    "deleteLoggedModel",
)
FINALIZE_LOGGED_MODEL: Final = Operation(
    "finalize_logged_model",
    (PATCH(f"{_PATH}/{{model_id}}"),),
    FinalizeLoggedModel,
    LoggedModelReply,
    "finalizeLoggedModel",
)
LOG_LOGGED_MODEL_PARAMS: Final = Operation(
    "log_logged_model_params",
    (POST(f"{_PATH}/{{model_id}}/params"),),
    LogLoggedModelParams,
    Nothing,
    "logLoggedModelParams",
    repeat=Repeat.READ_SECOND_ANSWER,
)
SET_LOGGED_MODEL_TAGS: Final = Operation(
    "set_logged_model_tags",
    (PATCH(f"{_PATH}/{{model_id}}/tags"),),
    SetLoggedModelTags,
    Nothing,
    "setLoggedModelTags",
)
DELETE_LOGGED_MODEL_TAG: Final = Operation(
    "delete_logged_model_tag",
    (DELETE(f"{_PATH}/{{model_id}}/tags/{{tag_key}}"),),
    DeleteLoggedModelTag,
    Nothing,
    "deleteLoggedModelTag",
    repeat=Repeat.READ_SECOND_ANSWER,
)
SEARCH_LOGGED_MODELS: Final = Operation(
    "search_logged_models",
    (POST(f"{_PATH}/search"),),
    SearchLoggedModels,
    LoggedModelsPage,
    "searchLoggedModels",
    largest_page=limits.DEFAULT_MODELS_PAGE,
)
