"""Which runs an export is about, however the caller names them: their frame and their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from nbtrack.backends import Columns, RunsQuery
from nbtrack.backends.column_builders import selector
from nbtrack.client import Client
from nbtrack.entities import ViewType
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist
from nbtrack.frames.answering import run_columns
from nbtrack.frames.arrow import flat_frame
from nbtrack.frames.column_joining import joined
from nbtrack.frames.listing_columns import stamp
from nbtrack.frames.runs import TIMES
from nbtrack.frames.scope import Runs, run_ids
from nbtrack.frames.typed import columns_frame

IDS: Final = ("run_id", "experiment_id")
_ID: Final = re.compile(r"[\w-]+")
_AT_ONCE: Final = 1_000
"""How many ids a filter lists; a longer one is refused."""


def as_filter(runs: Runs | None) -> str | None:
    """Return a text that is a filter; a single word is a run id, for no filter is one word."""
    return runs if isinstance(runs, str) and not _ID.fullmatch(runs) else None


def named_runs_frame(client: Client, runs: Runs, columns: Sequence[str] | None) -> pd.DataFrame:
    """Return the frame of a frame, of runs or of ids.

    Raises
    ------
    ResourceDoesNotExist
        If there is no run of an id.
    InvalidParameterValue
        If something is no run.
    """
    if isinstance(runs, pd.DataFrame):
        frame = flat_frame(runs)
        frame.attrs.update(runs.attrs)
        return frame
    ids = run_ids(runs)
    if not all(map(_ID.fullmatch, ids)):
        wrong = next(run_id for run_id in ids if not _ID.fullmatch(run_id))
        raise InvalidParameterValue(f"{wrong!r} is no run id. Give ids such as nbtrack.runs() has.")
    return _of_ids(client, ids, columns)


def _of_ids(client: Client, ids: Sequence[str], columns: Sequence[str] | None) -> pd.DataFrame:
    experiments = tuple(e.experiment_id for e in client.iter_experiments(view_type=ViewType.ALL))
    parts = [
        _some_of_ids(client, experiments, ids[start : start + _AT_ONCE], columns)
        for start in range(0, max(1, len(ids)), _AT_ONCE)
    ]
    frame = columns_frame(joined(parts), TIMES, typed=True)
    places = {run_id: place for place, run_id in enumerate(frame["run_id"])}
    missing = [run_id for run_id in ids if run_id not in places]
    if missing:
        message = f"Run {missing[0]!r} does not exist in {client.tracking_uri}."
        raise ResourceDoesNotExist(f"{message} List runs with nbtrack.runs().")
    frame = frame.iloc[[places[run_id] for run_id in ids]].reset_index(drop=True)
    return stamp(frame, client, run_ids=list(ids))


def _some_of_ids(
    client: Client, experiments: tuple[str, ...], ids: Sequence[str], columns: Sequence[str] | None
) -> Columns:
    listed = ", ".join(f"'{run_id}'" for run_id in ids) or "''"
    query = RunsQuery(
        experiment_ids=experiments,
        where=f"run_id IN ({listed})",
        view_type=ViewType.ALL,
        select=None if columns is None else tuple(columns),
    )
    return run_columns(client, query)


def chosen_columns(frame: pd.DataFrame, columns: Sequence[str] | None) -> pd.DataFrame:
    """Return the columns that are named or fit a pattern.

    Raises
    ------
    InvalidParameterValue
        If there is none.
    """
    if columns is None:
        return frame
    wanted = selector(columns)
    found = frame[[name for name in frame.columns if wanted(name)]]
    if found.columns.empty and len(frame):
        message = f"The runs have no column {' or '.join(map(repr, columns))}."
        raise InvalidParameterValue(f"{message} See the columns of nbtrack.runs().")
    return found


def ids_by_experiment(frame: pd.DataFrame, *, apart: bool) -> Mapping[str, list[str]]:
    """Return the ids of the runs of a frame, each once, by experiment or all under one name.

    Raises
    ------
    InvalidParameterValue
        If the frame lacks a column for that.
    """
    _require(frame, "run_id")
    if not apart:
        return {"": run_ids(frame)}
    found: dict[str, dict[str, None]] = {}
    for run_id, experiment_id in zip(frame["run_id"], experiments_of(frame), strict=True):
        found.setdefault(experiment_id, {})[str(run_id)] = None
    return {experiment_id: list(ids) for experiment_id, ids in found.items()}


def experiments_of(frame: pd.DataFrame) -> list[str]:
    """Return the experiment of each row. Raises InvalidParameterValue if some are not known."""
    _require(frame, "experiment_id")
    return [str(experiment_id) for experiment_id in frame["experiment_id"]]


def _require(frame: pd.DataFrame, name: str) -> None:
    if name not in frame.columns:
        message = f"The frame has no column {name!r}; it has {list(frame.columns)[:8]!r}."
        raise InvalidParameterValue(f"{message} Take it with columns=['run_id', ...].")
    if frame[name].isna().any():
        raise InvalidParameterValue(f"A row of the frame has no {name!r}. Leave such rows out.")
