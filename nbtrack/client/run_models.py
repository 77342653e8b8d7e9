"""Log a model of a run: make it in the store, send its files, and say that it is ready."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nbtrack.client.artifact_root import ArtifactRoot
from nbtrack.client.channel import Channel
from nbtrack.client.sending import is_passing
from nbtrack.entities import LoggedModel, LoggedModelStatus, RunInfo
from nbtrack.errors import InvalidParameterValue, NbtrackError

MODEL_FILE: Final = "model.pkl"
About = tuple[str | None, Mapping[str, object] | None, Mapping[str, object] | None]
"""Kind, params and tags of a model."""


def log_model(
    channel: Channel, run: RunInfo, model: object, name: str, about: About
) -> LoggedModel | None:
    """Log a model; None if it could not be, which the person has been told.

    An object that cannot be pickled is an error, before anything is made.
    """
    content = _content(model)
    kind, params, tags = about
    try:
        made = channel.client.create_logged_model(
            run.experiment_id,
            name=name,
            model_type=kind,
            source_run_id=run.run_id,
            params={key: str(value) for key, value in (params or {}).items()},
            tags={key: str(value) for key, value in (tags or {}).items()},
        )
    except NbtrackError as exc:
        if not is_passing(exc):
            raise
        channel.set_aside(run.run_id, f"model {name!r}", str(exc), None)
        return None
    return _sent(channel, run, made, content)


def _sent(channel: Channel, run: RunInfo, made: LoggedModel, content: bytes | Path) -> LoggedModel:
    status = LoggedModelStatus.LOGGED_MODEL_READY
    try:
        _send(ArtifactRoot(channel.artifacts, made.info.artifact_uri), content)
    except (OSError, NbtrackError) as exc:
        status = LoggedModelStatus.LOGGED_MODEL_UPLOAD_FAILED
        channel.set_aside(run.run_id, f"model {made.info.name!r}", str(exc), None)
    try:
        return channel.client.finalize_logged_model(made.info.model_id, status=status)
    except NbtrackError as exc:
        if not is_passing(exc):
            raise
        channel.set_aside(run.run_id, f"status of model {made.info.name!r}", str(exc), str(status))
        return made


def _content(model: object) -> bytes | Path:
    if isinstance(model, (bytes, bytearray)):
        return bytes(model)
    if isinstance(model, (str, os.PathLike)):
        path = Path(model)
        if not path.exists():
            raise InvalidParameterValue(f"{str(path)!r} does not exist, so it cannot be logged.")
        return path
    try:
        import pickle  # only a model needs it, and every start would pay for it

        return pickle.dumps(model)
    except Exception as exc:  # anything may happen in an object's own pickling
        raise InvalidParameterValue(
            f"A {type(model).__name__} cannot be pickled ({exc}). Save it and give the path."
        ) from exc


def _send(root: ArtifactRoot, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        root.write(MODEL_FILE, content)
    elif content.is_dir():
        root.upload_folder(content)
    else:
        root.upload(content)
