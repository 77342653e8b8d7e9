"""How many runs there are, which keys they have, and which experiments hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from nbtrack.backends.columns import Attempts
from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.frames.frame_columns import read_numbers
from nbtrack.frames.listing_columns import (
    columns_of,
    list_frame,
    listed,
    stamp,
    text_columns,
    view_type,
)
from nbtrack.frames.runs import View, runs
from nbtrack.frames.scope import Experiments

_KINDS: Final = {"metrics": "metric", "params": "param", "tags": "tag"}
_TYPES: Final = {"i": "int", "f": "float", "b": "bool"}
_TIMES: Final = ("creation_time", "last_update_time")


def count(
    filter: str | None = None,
    *,
    experiments: Experiments = None,
    view: View = "active",
    attempts: Attempts = "latest",
    client: Client | None = None,
) -> int:
    """Return how many runs `runs` would find, without fetching what they hold. API: searchRuns.

    Parameters
    ----------
    filter, experiments, view, attempts, client
        As in `nbtrack.runs`.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> for loss in (0.5, 0.2, 0.1):
    ...     with nbtrack.run():
    ...         nbtrack.log(loss=loss)
    >>> count(), count("metrics.loss < 0.3")
    (3, 2)
    """
    return len(
        runs(
            filter,
            experiments=experiments,
            columns=("run_id",),
            view=view,
            attempts=attempts,
            client=client,
        )
    )


def keys(
    filter: str | None = None,
    *,
    experiments: Experiments = None,
    view: View = "active",
    attempts: Attempts = "latest",
    client: Client | None = None,
) -> pd.DataFrame:
    """Return the metrics, params and tags that runs have, and how many have each.

    Parameters
    ----------
    filter, experiments, view, attempts, client
        As in `nbtrack.runs`.

    Returns
    -------
    pandas.DataFrame
        `kind` (`metric`, `param` or `tag`), `key`, `runs` (how many have it) and `type`: `int`,
        `float`, `bool` or `text`, that of the column that `nbtrack.runs` gives. Sorted by kind and
        key.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> for depth in (1, 2):
    ...     with nbtrack.run(params={"depth": depth}):
    ...         pass
    >>> frame = keys()
    >>> frame[frame["kind"] == "param"].values.tolist()
    [['param', 'depth', 2, 'int']]
    """
    found = runs(
        filter,
        experiments=experiments,
        columns=[f"{prefix}.*" for prefix in _KINDS],
        view=view,
        attempts=attempts,
        client=client,
    )
    rows = [_key_row(str(name), column) for name, column in found.items()]
    made = pd.DataFrame(rows, columns=["kind", "key", "runs", "type"])
    made = made.sort_values(["kind", "key"], ignore_index=True)
    made = made.astype({"kind": "category", "key": "str", "runs": "int64", "type": "category"})
    made.attrs.update(found.attrs)
    return made


def _key_row(name: str, column: pd.Series) -> tuple[str, str, int, str]:
    prefix, _, key = name.partition(".")
    kind = _TYPES.get(column.dtype.kind, "text")
    if kind == "text":
        return _KINDS[prefix], key, int(column.count()), kind
    return _KINDS[prefix], key, int(np.count_nonzero(~read_numbers(column).missing)), kind


def experiments(
    filter: str | None = None,
    *,
    view: View = "active",
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    client: Client | None = None,
) -> pd.DataFrame:
    """Return experiments, the newest first. API: searchExperiments.

    Parameters
    ----------
    filter
        In the API's language: `name LIKE 'vision%' AND tags.team = 'a'`.
    view
        `active`, `deleted` or `all` experiments.
    order_by
        Sort keys such as `name` or `last_update_time DESC`.
    limit
        At most so many.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    pandas.DataFrame
        `experiment_id`, `name`, `lifecycle_stage`, `creation_time` and `last_update_time` (UTC),
        `artifact_location` and `tags.<key>`.

    Raises
    ------
    FilterError
        If the filter or a sort key is wrong.

    Examples
    --------
    >>> import nbtrack
    >>> with nbtrack.Client("nbtrack::memory:") as client:
    ...     made = client.create_experiment("digits", tags={"team": "vision"})
    ...     frame = experiments("tags.team = 'vision'", client=client)
    >>> frame[["name", "lifecycle_stage", "tags.team"]].values.tolist()
    [['digits', 'active', 'vision']]
    """
    asked = client or current_client()
    found = list(
        asked.iter_experiments(
            filter=filter, view_type=view_type(view), order_by=listed(order_by), limit=limit
        )
    )
    columns = columns_of(
        {
            "experiment_id": [e.experiment_id for e in found],
            "name": [e.name for e in found],
            "artifact_location": [e.artifact_location for e in found],
        },
        {"lifecycle_stage": [e.lifecycle_stage for e in found]},
        {
            "creation_time": [e.creation_time for e in found],
            "last_update_time": [e.last_update_time for e in found],
        },
    )
    order = ("experiment_id", "name", "lifecycle_stage", *_TIMES, "artifact_location")
    tags = text_columns("tags.", [{tag.key: tag.value for tag in e.tags} for e in found])
    frame = list_frame([*(columns[name] for name in order), *tags], len(found), _TIMES)
    left_out = [*_without(view), *_beyond(limit, len(found))]
    return stamp(frame, asked, left_out=left_out, filter=filter)


def _without(view: View) -> list[str]:
    return ["deleted experiments"] if view == "active" else []


def _beyond(limit: int | None, rows: int) -> list[str]:
    return [f"what comes after the first {limit}"] if limit is not None and rows >= limit else []
