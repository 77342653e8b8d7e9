"""Listings of the artifacts of runs and of logged models."""

from __future__ import annotations

from nbtrack.api import artifacts as api
from nbtrack.backends.sqlite import logged_models, runs
from nbtrack.backends.sqlite.artifacts import safe_parts
from nbtrack.backends.sqlite.session import Session
from nbtrack.entities import FileInfo


def list_run(tx: Session, request: api.ListArtifacts) -> api.ArtifactsPage:
    """Handle listArtifacts: one directory, paths relative to the run's root."""
    root = runs.info(tx, runs.find(tx, request.run_id)).artifact_uri
    return _page(tx, root, request.path)


def list_model(tx: Session, request: api.ListLoggedModelArtifacts) -> api.ArtifactsPage:
    """List one directory of a logged model's artifacts."""
    row = logged_models.find(tx, request.model_id)
    return _page(tx, logged_models.artifact_uri(tx, row), request.artifact_directory_path)


def _page(tx: Session, root: str, path: str | None) -> api.ArtifactsPage:
    folder = "/".join(safe_parts(path or ""))
    prefix = f"{folder}/" if folder else ""
    found = tx.settings.artifacts.entries(f"{root}/{folder}" if folder else root)
    return api.ArtifactsPage(
        root_uri=root,
        files=tuple(
            FileInfo(path=prefix + item.path, is_dir=item.is_dir, file_size=item.file_size)
            for item in found
        ),
    )
