"""Carry the logged models of a run from one backend to another, with their files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from nbtrack.client.artifact_root import ArtifactRoot
from nbtrack.client.client import Client
from nbtrack.entities import LoggedModel, LoggedModelStatus, ModelInput, ModelOutput, Run

SOURCE_TAG: Final = "nbtrack.sync.source"
Place = tuple[str, str]
"""Ids of experiment and run in the target."""


@dataclass(slots=True)
class CarriedModels:
    """The models that a run read and made, as the target knows them."""

    inputs: list[ModelInput] = field(default_factory=list[ModelInput])
    outputs: list[ModelOutput] = field(default_factory=list[ModelOutput])


def carry_models(source: Client, run: Run, target: Client, place: Place) -> CarriedModels:
    """Make the models that a run made, unless they are there, and name them as the target does."""
    found = CarriedModels()
    for output in () if run.outputs is None else run.outputs.model_outputs:
        new = _carried(source, output.model_id, target, place)
        found.outputs.append(ModelOutput(model_id=new, step=output.step))
    for read in run.inputs.model_inputs:
        known = _found(target, place[0], read.model_id)
        if known is not None:
            found.inputs.append(ModelInput(model_id=known.info.model_id))
    return found


def _carried(source: Client, model_id: str, target: Client, place: Place) -> str:
    experiment_id, run_id = place
    model = source.get_logged_model(model_id)
    new = _found(target, experiment_id, model_id)
    if new is None:
        new = target.create_logged_model(
            experiment_id,
            name=model.info.name,
            model_type=model.info.model_type or None,
            source_run_id=run_id,
            params={param.key: param.value for param in model.data.params},
            tags={tag.key: tag.value for tag in model.info.tags} | {SOURCE_TAG: model_id},
        )
    if new.info.status is LoggedModelStatus.LOGGED_MODEL_PENDING:
        root = target.logged_model_artifacts(new.info.model_id)
        copy_files(source.logged_model_artifacts(model_id), root)
        if model.info.status is not LoggedModelStatus.LOGGED_MODEL_PENDING:
            target.finalize_logged_model(new.info.model_id, status=model.info.status)
    return new.info.model_id


def _found(target: Client, experiment_id: str, source_id: str) -> LoggedModel | None:
    text = f"tags.`{SOURCE_TAG}` = '{source_id}'"
    return next(iter(target.iter_logged_models([experiment_id], filter=text, limit=1)), None)


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of an artifact; unlike a generator it can be read again for a second try."""

    root: ArtifactRoot
    path: str

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.root.artifacts.read(f"{self.root.uri}/{self.path}"))


def copy_files(source: ArtifactRoot, target: ArtifactRoot, folder: str = "") -> None:
    """Copy every file below a folder of one artifact root to the same path of another."""
    start = f"{folder}/" if folder else ""
    for entry in source.artifacts.entries(f"{source.uri}/{folder}".rstrip("/")):
        path = f"{start}{entry.path}"
        if entry.is_dir:
            copy_files(source, target, path)
        else:
            target.artifacts.write(f"{target.uri}/{path}", _Content(source, path))
