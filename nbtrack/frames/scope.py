"""Which experiments and which runs a call is about, however the caller names them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import pandas as pd

from nbtrack.client import Client
from nbtrack.client.active_run import ActiveRun
from nbtrack.client.fluent import active_run
from nbtrack.config import EXPERIMENT, EXPERIMENT_ID, setting
from nbtrack.entities import Run
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist

Experiments = str | Iterable[str] | None
"""Names, ids or patterns such as `digits-*`; None: the experiment in use, or all without one."""

Runs = str | Run | ActiveRun | pd.DataFrame | pd.Series | Iterable[str | Run | ActiveRun]
"""A run, an id, several of them, or a frame with a column `run_id`."""


def experiment_ids(client: Client, experiments: Experiments = None) -> tuple[str, ...]:
    """Return the ids of experiments by name, id or pattern, in the order given.

    Raises
    ------
    ResourceDoesNotExist
        If a name is that of no active experiment.
    """
    if experiments is None:
        return _in_use(client)
    named = [experiments] if isinstance(experiments, str) else list(experiments)
    known = {e.experiment_id: e.name for e in client.iter_experiments()}
    found: dict[str, None] = {}
    for text in named:
        found |= dict.fromkeys(_matching(known, str(text)))
    return tuple(found)


def _in_use(client: Client) -> tuple[str, ...]:
    run = active_run()
    if run is not None and run.channel.client.tracking_uri == client.tracking_uri:
        return (run.experiment_id,)
    name, known_id = setting(EXPERIMENT), setting(EXPERIMENT_ID)
    if name is not None:
        return (client.get_by_name(name).experiment_id,)
    if known_id is not None:
        return (known_id,)
    return tuple(e.experiment_id for e in client.iter_experiments())


def _matching(known: dict[str, str], text: str) -> list[str]:
    exact = [id_ for id_, name in known.items() if name == text]
    found = exact or [id_ for id_ in known if id_ == text]
    if not found and any(sign in text for sign in "*?["):
        return [id_ for id_, name in known.items() if fnmatchcase(name, text)]
    if not found:
        listed = ", ".join(repr(name) for name in sorted(known.values())[:10])
        message = f"There is no active experiment {text!r}. Known are {listed or 'none'}."
        raise ResourceDoesNotExist(message)
    return found


def run_ids(runs: Runs) -> list[str]:
    """Return the ids of runs, each once, in their order.

    Raises
    ------
    InvalidParameterValue
        If a frame has no column `run_id`, or something is no run.
    """
    if isinstance(runs, pd.DataFrame):
        if "run_id" not in runs.columns:
            message = f"The frame has no column 'run_id'; it has {list(runs.columns)[:8]!r}."
            raise InvalidParameterValue(f"{message} Take it with columns=['run_id', ...].")
        runs = runs["run_id"]
    if isinstance(runs, pd.Series):
        return list(dict.fromkeys(str(run_id) for run_id in runs))
    if isinstance(runs, (str, Run, ActiveRun)):
        runs = [runs]
    return list(dict.fromkeys(_id_of(run) for run in runs))


def _id_of(run: object) -> str:
    if isinstance(run, Run):
        return run.info.run_id
    if isinstance(run, ActiveRun):
        return run.run_id
    if isinstance(run, str):
        return run
    message = f"{run!r:.80} is no run. Give run ids, runs, or a frame with a column 'run_id'."
    raise InvalidParameterValue(message)
