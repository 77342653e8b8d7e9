"""From what `start_run` was given, the settings and the process to what a run is to be."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypedDict

from nbtrack.client.listening import is_in_kernel
from nbtrack.client.start import RunOptions
from nbtrack.config import EXPERIMENT, EXPERIMENT_ID, RUN_ID, setting

USER_TAG: Final = "mlflow.user"
SOURCE_NAME_TAG: Final = "mlflow.source.name"
SOURCE_TYPE_TAG: Final = "mlflow.source.type"


class Options(TypedDict, total=False):
    """What `start_run` takes, named as MLflow names it."""

    run_id: str | None
    run_name: str | None
    experiment_id: str | None
    experiment_name: str | None
    parent_run_id: str | None
    tags: Mapping[str, object] | None
    params: Mapping[str, object] | None
    description: str | None
    nested: bool
    start_time: int | None


class _Once:
    """What is done once in a process."""

    resumed: str | None = None


_once: Final = _Once()


def plan_run(options: Options) -> RunOptions:
    """Return what a run is to be; raises TypeError for an option that does not exist."""
    unknown = sorted(options.keys() - Options.__annotations__.keys())
    if unknown:
        known = ", ".join(Options.__annotations__)
        raise TypeError(f"start_run() has no option {unknown[0]!r}. The options are {known}.")
    run_id = options.get("run_id") or _run_id_of_settings(options)
    name = setting(EXPERIMENT)
    is_open = options.get("experiment_name") is None and name is None
    return RunOptions(
        run_id=run_id,
        run_name=options.get("run_name"),
        experiment_id=options.get("experiment_id") or (setting(EXPERIMENT_ID) if is_open else None),
        experiment_name=options.get("experiment_name"),
        default_experiment=name,
        parent_run_id=options.get("parent_run_id"),
        tags={**source_tags(), **(options.get("tags") or {})},
        description=options.get("description"),
        start_time=options.get("start_time"),
    )


def _run_id_of_settings(options: Options) -> str | None:
    """Return the run that the environment says to go on with; a process does so once."""
    run_id = setting(RUN_ID)
    if run_id is None or options.get("nested") or run_id == _once.resumed:
        return None
    _once.resumed = run_id
    return run_id


def source_tags() -> dict[str, str]:
    """Return the tags by which MLflow shows who ran what."""
    found: dict[str, str] = {}
    with contextlib.suppress(KeyError, OSError, ImportError):  # a user without an entry
        found[USER_TAG] = getpass.getuser()
    if is_in_kernel():
        notebook = os.environ.get("JPY_SESSION_NAME", "")
        return {**found, SOURCE_TYPE_TAG: "NOTEBOOK", SOURCE_NAME_TAG: notebook or "notebook"}
    script = Path(sys.argv[0] if sys.argv else "")
    name = str(script.absolute()) if script.is_file() else Path(sys.executable).name
    return {**found, SOURCE_TYPE_TAG: "LOCAL", SOURCE_NAME_TAG: name}
