"""Logged models as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.entities import LoggedModel, Metric, SearchLoggedModelsOrderBy
from nbtrack.frames.listing_columns import (
    columns_of,
    float_columns,
    list_frame,
    listed,
    stamp,
    text_columns,
)
from nbtrack.frames.scope import Experiments, experiment_ids

_TIMES: Final = ("creation_time", "last_updated_time")
_ORDER: Final = (
    "model_id",
    "experiment_id",
    "name",
    "status",
    "model_type",
    "source_run_id",
    *_TIMES,
    "artifact_uri",
)
_DIRECTIONS: Final = {"asc": True, "desc": False}


def logged_models(
    filter: str | None = None,
    *,
    experiments: Experiments = None,
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    client: Client | None = None,
) -> pd.DataFrame:
    """Return logged models, the newest first. API: searchLoggedModels.

    Parameters
    ----------
    filter
        In the API's language: `metrics.accuracy > 0.9 AND params.depth = '3'`.
    experiments
        Names, ids or patterns; without them the experiment in use, or all if none is.
    order_by
        Sort keys such as `metrics.accuracy DESC` or `creation_timestamp`.
    limit
        At most so many.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    pandas.DataFrame
        `model_id`, `experiment_id`, `name`, `status`, `model_type`, `source_run_id`,
        `creation_time` and `last_updated_time` (UTC), `artifact_uri`, then `metrics.<key>`: the
        last value measured, on whatever dataset; `params.<key>`, typed as in `nbtrack.runs`; and
        `tags.<key>`.

    Raises
    ------
    FilterError
        If the filter or a sort key is wrong.

    Examples
    --------
    >>> import nbtrack
    >>> with nbtrack.Client("nbtrack::memory:") as client:
    ...     made = client.create_logged_model("0", name="cnn", params={"depth": "3"})
    ...     frame = logged_models(client=client)
    >>> frame[["name", "status", "params.depth"]].values.tolist()
    [['cnn', 'LOGGED_MODEL_PENDING', 3]]
    """
    asked = client or current_client()
    ids = experiment_ids(asked, experiments)
    found: list[LoggedModel] = []
    if ids:
        orders = [_order(text) for text in listed(order_by)]
        found += asked.iter_logged_models(ids, filter=filter, order_by=orders, limit=limit)
    left_out = ["deleted models"]
    if limit is not None and len(found) >= limit:
        left_out.append(f"what comes after the first {limit}")
    return stamp(
        models_frame(found), asked, left_out=left_out, filter=filter, experiment_ids=list(ids)
    )


def _order(text: str) -> SearchLoggedModelsOrderBy:
    """Read `metrics.accuracy DESC`; without a direction the least comes first."""
    name, _, word = text.strip().rpartition(" ")
    if name and word.lower() in _DIRECTIONS:
        return SearchLoggedModelsOrderBy(
            field_name=name.strip(), ascending=_DIRECTIONS[word.lower()]
        )
    return SearchLoggedModelsOrderBy(field_name=text.strip())


def models_frame(found: Sequence[LoggedModel]) -> pd.DataFrame:
    """Return models as a frame, a row each."""
    infos = [model.info for model in found]
    columns = columns_of(
        {
            "model_id": [info.model_id for info in infos],
            "name": [info.name for info in infos],
            "source_run_id": [info.source_run_id or None for info in infos],
            "artifact_uri": [info.artifact_uri for info in infos],
        },
        {
            "experiment_id": [info.experiment_id for info in infos],
            "status": [info.status.value for info in infos],
            "model_type": [info.model_type or None for info in infos],
        },
        {
            "creation_time": [info.creation_timestamp_ms for info in infos],
            "last_updated_time": [info.last_updated_timestamp_ms for info in infos],
        },
    )
    keyed = [
        *float_columns("metrics.", [_last_values(model.data.metrics) for model in found]),
        *text_columns("params.", [{p.key: p.value for p in model.data.params} for model in found]),
        *text_columns("tags.", [{tag.key: tag.value for tag in info.tags} for info in infos]),
    ]
    return list_frame([*(columns[name] for name in _ORDER), *keyed], len(found), _TIMES)


def _last_values(points: Iterable[Metric]) -> dict[str, float]:
    """Return the value of each metric at its last time, then its last step."""
    latest: dict[str, Metric] = {}
    for point in points:
        known = latest.get(point.key)
        if known is None or (known.timestamp, known.step) <= (point.timestamp, point.step):
            latest[point.key] = point
    return {key: point.value for key, point in latest.items()}
