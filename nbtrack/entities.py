"""The things of the Experiments API, as frozen structs: what replies carry.

Times are Unix milliseconds. A field that the API may leave out is `None` or an empty tuple when it
is absent, and is then left out when encoded; a field that the API always sends is always encoded.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from nbtrack.limits import INT64_MAX, INT64_MIN

Int64 = Annotated[int, Meta(ge=INT64_MIN, le=INT64_MAX)]

ACTIVE: Final = "active"
DELETED: Final = "deleted"


def _active() -> str:
    return ACTIVE


def always_text() -> str:
    """Declare a text field that is sent even when it is empty."""
    text: str = msgspec.field(default_factory=str)
    return text


def always_int() -> int:
    """Declare an integer field that is sent even when it is zero."""
    number: int = msgspec.field(default_factory=int)
    return number


class RunStatus(Enum):
    """State of a run; every state may follow every other."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class ViewType(Enum):
    """Which lifecycle stages a search returns."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"


class LoggedModelStatus(Enum):
    """State of a logged model."""

    LOGGED_MODEL_STATUS_UNSPECIFIED = "LOGGED_MODEL_STATUS_UNSPECIFIED"
    LOGGED_MODEL_PENDING = "LOGGED_MODEL_PENDING"
    LOGGED_MODEL_READY = "LOGGED_MODEL_READY"
    LOGGED_MODEL_UPLOAD_FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class Entity(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of everything that travels: immutable, by keyword, absent fields left out."""


class ExperimentTag(Entity, frozen=True, kw_only=True):
    """A tag of an experiment."""

    key: str
    value: str = always_text()


class Experiment(Entity, frozen=True, kw_only=True):
    """A named group of runs with one artifact root. Ids are opaque text."""

    experiment_id: str
    name: str = always_text()
    artifact_location: str = always_text()
    lifecycle_stage: str = msgspec.field(default_factory=_active)
    last_update_time: Int64 | None = None
    creation_time: Int64 | None = None
    tags: tuple[ExperimentTag, ...] = ()


class RunTag(Entity, frozen=True, kw_only=True):
    """A tag of a run."""

    key: str
    value: str = always_text()


class Param(Entity, frozen=True, kw_only=True):
    """A parameter of a run: text, written once."""

    key: str
    value: str = always_text()


class Metric(Entity, frozen=True, kw_only=True):
    """One point of a metric; the last four fields stand on points linked to a logged model."""

    key: str
    value: float
    timestamp: Int64
    step: Int64 = always_int()
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class MetricWithRunId(Entity, frozen=True, kw_only=True):
    """One point of a metric, with the run it belongs to (bulk histories)."""

    key: str
    value: float
    timestamp: Int64
    step: Int64 = always_int()
    run_id: str


class InputTag(Entity, frozen=True, kw_only=True):
    """A tag of a dataset input; `mlflow.data.context` says what the data was used for."""

    key: str
    value: str = always_text()


class Dataset(Entity, frozen=True, kw_only=True):
    """A dataset, identified within its experiment by name and digest."""

    name: str = always_text()
    digest: str = always_text()
    source_type: str = always_text()
    source: str = always_text()
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Entity, frozen=True, kw_only=True):
    """A dataset that a run read, with the tags of that link."""

    dataset: Dataset
    tags: tuple[InputTag, ...] = ()


class ModelInput(Entity, frozen=True, kw_only=True):
    """A logged model that a run read."""

    model_id: str


class ModelOutput(Entity, frozen=True, kw_only=True):
    """A logged model that a run made, at a step."""

    model_id: str
    step: Int64 = always_int()


class RunInfo(Entity, frozen=True, kw_only=True):
    """Identity, state and times of a run."""

    run_id: str
    run_uuid: str = always_text()
    run_name: str = always_text()
    experiment_id: str
    user_id: str = always_text()
    status: RunStatus
    start_time: Int64 | None = None
    end_time: Int64 | None = None
    artifact_uri: str = always_text()
    lifecycle_stage: str = msgspec.field(default_factory=_active)


class RunData(Entity, frozen=True, kw_only=True):
    """Latest metrics, params and tags of a run."""

    metrics: tuple[Metric, ...] = ()
    params: tuple[Param, ...] = ()
    tags: tuple[RunTag, ...] = ()


class RunInputs(Entity, frozen=True, kw_only=True):
    """Datasets and models that a run read."""

    dataset_inputs: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[ModelInput, ...] = ()


class RunOutputs(Entity, frozen=True, kw_only=True):
    """Models that a run made."""

    model_outputs: tuple[ModelOutput, ...] = ()


class Run(Entity, frozen=True, kw_only=True):
    """A run: info, data, inputs and outputs. createRun answers without outputs."""

    info: RunInfo
    data: RunData = msgspec.field(default_factory=RunData)
    inputs: RunInputs = msgspec.field(default_factory=RunInputs)
    outputs: RunOutputs | None = None


class LoggedModelTag(Entity, frozen=True, kw_only=True):
    """A tag of a logged model."""

    key: str
    value: str = always_text()


class LoggedModelParameter(Entity, frozen=True, kw_only=True):
    """A parameter of a logged model: text, written once."""

    key: str
    value: str = always_text()


class LoggedModelRegistrationInfo(Entity, frozen=True, kw_only=True):
    """A registered version of a logged model."""

    name: str = always_text()
    version: str = always_text()


class LoggedModelInfo(Entity, frozen=True, kw_only=True):
    """Identity, state and times of a logged model."""

    model_id: str
    experiment_id: str
    name: str = always_text()
    creation_timestamp_ms: Int64 = always_int()
    last_updated_timestamp_ms: Int64 = always_int()
    artifact_uri: str = always_text()
    status: LoggedModelStatus
    creator_id: Int64 | None = None
    model_type: str = always_text()
    source_run_id: str = always_text()
    status_message: str | None = None
    tags: tuple[LoggedModelTag, ...] = ()
    registrations: tuple[LoggedModelRegistrationInfo, ...] = ()


class LoggedModelData(Entity, frozen=True, kw_only=True):
    """Params of a logged model and every metric point linked to it."""

    params: tuple[LoggedModelParameter, ...] = ()
    metrics: tuple[Metric, ...] = ()


class LoggedModel(Entity, frozen=True, kw_only=True):
    """A model that a run made: info and data."""

    info: LoggedModelInfo
    data: LoggedModelData = msgspec.field(default_factory=LoggedModelData)


class FileInfo(Entity, frozen=True, kw_only=True):
    """An artifact: path, whether it is a directory, and its size in bytes if it is a file."""

    path: str
    is_dir: bool = msgspec.field(default_factory=bool)
    file_size: Int64 | None = None


class ExperimentAccessControlRequest(Entity, frozen=True, kw_only=True):
    """A grant to give: one principal and a level (kept as text; servers know more levels)."""

    user_name: str | None = None
    group_name: str | None = None
    service_principal_name: str | None = None
    permission_level: str | None = None


class ExperimentPermission(Entity, frozen=True, kw_only=True):
    """A grant as it stands: its level, and where it is inherited from."""

    permission_level: str | None = None
    inherited: bool | None = None
    inherited_from_object: tuple[str, ...] = ()


class ExperimentAccessControlResponse(Entity, frozen=True, kw_only=True):
    """All grants of one principal, direct and inherited."""

    user_name: str | None = None
    group_name: str | None = None
    service_principal_name: str | None = None
    display_name: str | None = None
    all_permissions: tuple[ExperimentPermission, ...] = ()


class ExperimentPermissions(Entity, frozen=True, kw_only=True):
    """Who may do what with an experiment."""

    object_id: str | None = None
    object_type: str | None = None
    access_control_list: tuple[ExperimentAccessControlResponse, ...] = ()


class ExperimentPermissionsDescription(Entity, frozen=True, kw_only=True):
    """A permission level and a sentence about it."""

    permission_level: str | None = None
    description: str | None = None


class SearchLoggedModelsDataset(Entity, frozen=True, kw_only=True):
    """A dataset that metric conditions of searchLoggedModels are limited to."""

    dataset_name: str = always_text()
    dataset_digest: str | None = None


class SearchLoggedModelsOrderBy(Entity, frozen=True, kw_only=True):
    """A sort key of searchLoggedModels: an attribute or `metrics.<key>`."""

    field_name: str = always_text()
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class DatasetSummary(Entity, frozen=True, kw_only=True):
    """A dataset as the dataset search lists it."""

    experiment_id: str
    name: str
    digest: str
    context: str | None = None
