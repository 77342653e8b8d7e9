"""Messages and operations about artifacts: listings. Bytes move through `Artifacts` instead."""

from __future__ import annotations

from typing import Final

from nbtrack import entities
from nbtrack.api.operation import (
    GET,
    MLFLOW,
    Operation,
    Page,
    PageRequest,
    RunPageRequest,
)
from nbtrack.entities import FileInfo


class ListArtifacts(RunPageRequest, frozen=True, kw_only=True):
    """Ask for the entries of one directory below a run's artifact root."""

    path: str | None = None


class ArtifactsPage(Page, frozen=True, kw_only=True):
    """Answer with entries of one directory, their paths relative to `root_uri`."""

    root_uri: str = entities.always_text()
    files: tuple[FileInfo, ...] = ()


class ListLoggedModelArtifacts(PageRequest, frozen=True, kw_only=True):
    """Ask for the entries of one directory below a logged model's artifact root."""

    model_id: str
    artifact_directory_path: str | None = None


LIST_ARTIFACTS: Final = Operation(
    "list_artifacts",
    (GET("/api/2.0/mlflow/artifacts/list"),),
    ListArtifacts,
    ArtifactsPage,
    "listArtifacts",
)
LIST_LOGGED_MODEL_ARTIFACTS: Final = Operation(
    "list_logged_model_artifacts",
    (GET("/api/2.0/mlflow/logged-models/{model_id}/artifacts/directories"),),
    ListLoggedModelArtifacts,
    ArtifactsPage,
    servers=MLFLOW,
)
