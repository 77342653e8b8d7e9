"""Runs as a DataFrame, with the column names that MLflow's search_runs gives."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypedDict, Unpack, get_args

import pandas as pd

from nbtrack.backends import RunsQuery
from nbtrack.backends.columns import Attempts, Summary
from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.entities import ViewType
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.answering import run_columns
from nbtrack.frames.remembering import remembered
from nbtrack.frames.scope import Experiments, experiment_ids
from nbtrack.frames.typed import columns_frame
from nbtrack.search.wide import parse_where
from nbtrack.signatures import filled, spelled_out

View = Literal["active", "deleted", "all"]
TIMES: Final = frozenset({"start_time", "end_time"})
_OF_NOW: Final = re.compile(r"\b(ago|duration)\b", re.IGNORECASE)
"""What makes the answer to a filter another one while time goes by."""
_VIEWS: Final[Mapping[str, ViewType]] = {
    "active": ViewType.ACTIVE_ONLY,
    "deleted": ViewType.DELETED_ONLY,
    "all": ViewType.ALL,
}


class RunsOptions(TypedDict, total=False):
    """The keywords of `runs`."""

    experiments: Experiments
    columns: str | Sequence[str] | None
    order_by: str | Sequence[str] | None
    limit: int | None
    view: View
    attempts: Attempts
    summary: Summary | Sequence[Summary]
    typed: bool
    client: Client | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsChoice:
    """The same keywords with the values they have where nothing is said."""

    experiments: Experiments = None
    columns: str | Sequence[str] | None = None
    order_by: str | Sequence[str] | None = None
    limit: int | None = None
    view: View = "active"
    attempts: Attempts = "latest"
    summary: Summary | Sequence[Summary] = ()
    typed: bool = True
    client: Client | None = None


@spelled_out(RunsChoice)
def runs(filter: str | None = None, **options: Unpack[RunsOptions]) -> pd.DataFrame:
    """Return runs as a DataFrame, one row each, the newest first. API: searchRuns.

    Parameters
    ----------
    filter
        What the runs must be like: `metrics.loss < 0.1 and params.model = 'cnn'`, with OR, NOT,
        parentheses, numbers for params, `min(metrics.loss)` and more; see the guide to filters.
    **options
        `experiments`: names, ids or patterns; without them the experiment in use, or all if none
        is. `columns`: names or patterns such as `metrics.*`. `order_by`: sort keys such as
        `metrics.loss ASC`. `limit`: at most so many rows. `view`: `active`, `deleted` or `all`
        runs. `attempts`: `all`, or only the `latest` of a cell that ran again. `summary`: what to
        tell of each metric beside its last value: `first`, `min`, `max`, `mean`, `std`, `count`,
        `min_step`, `max_step`; the columns are named `min(metrics.loss)`. `typed`: whether a param
        column becomes int64, float64 or boolean when every value reads as one. `client`: where to
        look, if not where runs go to now.

    Returns
    -------
    pandas.DataFrame
        `run_id`, `experiment_id`, `run_name`, `status`, `start_time`, ... then `metrics.<key>`,
        `params.<key>` and `tags.<key>`. Times are UTC timestamps, metrics float64: NaN where NaN
        was logged, NA where nothing was. `attrs` tells the source, the filter, and what was left
        out.

    Raises
    ------
    FilterError
        If the filter or a sort key is wrong; it shows the place.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run(run_name="first") as run:
    ...     run.log_params(lr=0.1)
    ...     run.log_series("loss", [0.5, 0.2, 0.3])
    >>> frame = nbtrack.runs("metrics.loss < 0.35")
    >>> frame[["run_name", "params.lr", "metrics.loss"]].values.tolist()
    [['first', 0.1, 0.3]]
    """
    chosen = filled(RunsChoice, options, of="runs")
    client = chosen.client or current_client()
    parse_where(filter)  # a mistake in it is told first
    query = _query(client, filter, chosen)
    frame = _read(client, query, typed=chosen.typed)
    frame.attrs.update(_attributes(client, query))
    return frame


def _read(client: Client, query: RunsQuery, *, typed: bool) -> pd.DataFrame:
    def read() -> pd.DataFrame:
        return columns_frame(run_columns(client, query), TIMES, typed=typed)

    if _OF_NOW.search(query.where or ""):
        return read()
    return remembered(client, (query, typed), read)


def _query(client: Client, filter: str | None, chosen: RunsChoice) -> RunsQuery:
    view = chosen.view
    if view not in _VIEWS:
        raise InvalidParameterValue(f"view is {view!r}. Use one of {', '.join(_VIEWS)}.")
    if chosen.attempts not in get_args(Attempts):
        choices = ", ".join(get_args(Attempts))
        raise InvalidParameterValue(f"attempts is {chosen.attempts!r}. Use one of {choices}.")
    columns = chosen.columns
    return RunsQuery(
        experiment_ids=experiment_ids(client, chosen.experiments),
        where=filter or "",
        order_by=_listed(chosen.order_by),
        view_type=_VIEWS[view],
        limit=chosen.limit,
        select=None if columns is None else _listed(columns),
        summaries=_summaries(chosen.summary),
        attempts=chosen.attempts,
    )


def _listed(texts: str | Iterable[str] | None) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts or ())


def _summaries(wanted: Summary | Sequence[Summary]) -> tuple[Summary, ...]:
    known = get_args(Summary)
    names: tuple[Summary, ...] = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        if name not in known:
            raise InvalidParameterValue(f"summary is {name!r}. Use one of {', '.join(known)}.")
    return names


def _attributes(client: Client, query: RunsQuery) -> dict[str, object]:
    left_out: list[str] = []
    if query.attempts == "latest":
        left_out.append("attempts that a later run of their cell names as the one before")
    if query.view_type is ViewType.ACTIVE_ONLY:
        left_out.append("deleted runs")
    return {
        "source": client.tracking_uri,
        "experiment_ids": list(query.experiment_ids),
        "filter": query.where or None,
        "time": time.time(),
        "left_out": left_out,
    }


_OF_ATTEMPTS: Final = (
    "run_id",
    "run_name",
    "status",
    "start_time",
    "end_time",
    "lifecycle_stage",
    "metrics.*",
    "params.*",
    "tags.nbtrack.attempt",
)


def attempts_frame(
    client: Client, experiment_ids: Sequence[str], filter: str | None = None
) -> pd.DataFrame:
    """Return runs that a filter finds, hidden ones too, the oldest first.

    Parameters
    ----------
    client
        Where to look.
    experiment_ids
        Experiments to search.
    filter
        For example one that names the cell that made the runs.

    Returns
    -------
    pandas.DataFrame
        The columns of `runs` without artifact places and tags other than `nbtrack.attempt`;
        `lifecycle_stage` tells hidden runs.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> for name in ("first", "second"):
    ...     with nbtrack.run(run_name=name) as run:
    ...         run.log(loss=0.5)
    >>> attempts_frame(current_client(), ["0"])["run_name"].tolist()
    ['first', 'second']
    """
    query = RunsQuery(
        experiment_ids=tuple(experiment_ids),
        filter=filter,
        order_by=("attributes.start_time ASC",),
        view_type=ViewType.ALL,
        select=_OF_ATTEMPTS,
    )
    return columns_frame(client.columns(query), TIMES)
