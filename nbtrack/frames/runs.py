"""Runs as a DataFrame, with the column names that MLflow's search_runs gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from nbtrack.backends import RunsQuery
from nbtrack.client import Client
from nbtrack.entities import ViewType
from nbtrack.frames.typed import columns_frame

_TIMES: Final = frozenset({"start_time", "end_time"})
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


def runs_frame(
    client: Client,
    experiment_ids: Sequence[str],
    *,
    filter: str | None = None,
    order_by: Sequence[str] = (),
    limit: int | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the active runs that a filter finds, one row each. API: searchRuns.

    Parameters
    ----------
    client
        Where to look.
    experiment_ids
        Experiments to search.
    filter
        A filter of the API, such as `metrics.loss < 0.1 and params.lr = '0.01'`.
    order_by
        Sort keys such as `metrics.loss ASC`; by default the newest run comes first.
    limit
        At most so many rows; None means all of them.
    columns
        Names or patterns such as `metrics.*`; None means every column.

    Returns
    -------
    pandas.DataFrame
        `run_id`, `experiment_id`, `run_name`, `status`, `start_time`, ... then `metrics.<key>`,
        `params.<key>` and `tags.<key>`. Times are UTC timestamps, params and tags text, metrics
        float64.

    Raises
    ------
    FilterError
        If the filter or a sort key is wrong.
    """
    query = RunsQuery(
        experiment_ids=tuple(experiment_ids),
        filter=filter,
        order_by=tuple(order_by),
        view_type=ViewType.ACTIVE_ONLY,
        limit=limit,
        select=None if columns is None else tuple(columns),
    )
    return columns_frame(client.columns(query), _TIMES)


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
        The columns of `runs_frame` without artifact places and tags other than `nbtrack.attempt`;
        `lifecycle_stage` tells hidden runs.
    """
    query = RunsQuery(
        experiment_ids=tuple(experiment_ids),
        filter=filter,
        order_by=("attributes.start_time ASC",),
        view_type=ViewType.ALL,
        select=_OF_ATTEMPTS,
    )
    return columns_frame(client.columns(query), _TIMES)
