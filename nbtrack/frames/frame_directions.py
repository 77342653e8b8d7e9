"""Which way the metrics of a frame of runs get better, by the tags of runs and experiments too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.client.directions import (
    DIRECTION_TAG,
    Given,
    KnownDirection,
    directions_of,
    experiment_tags,
)

_TAGS: Final = "tags."
_COLUMN: Final = f"{_TAGS}{DIRECTION_TAG}"


def frame_directions(
    df: pd.DataFrame,
    metrics: Iterable[str],
    given: Given = None,
    client: Client | None = None,
) -> dict[str, KnownDirection]:
    """Return which way metrics get better, for the runs of a frame.

    Tags of runs are read from the columns `tags.nbtrack.direction.*`. Tags of experiments are
    asked for where the runs came from: of `client`, or of the current one if `attrs["source"]` of
    the frame is its tracking URI.
    """
    listed = list(metrics)
    return directions_of(
        listed,
        given,
        run_tags=_run_tags(df, listed),
        experiment_tags=_experiment_tags(df, client),
    )


def _run_tags(df: pd.DataFrame, metrics: Sequence[str]) -> list[dict[str, str]]:
    columns = [name for name in (f"{_COLUMN}{metric}" for metric in metrics) if name in df.columns]
    return [
        {name.removeprefix(_TAGS): str(value)}
        for name in columns
        for value in df[name].dropna().unique()
    ]


def _experiment_tags(df: pd.DataFrame, client: Client | None) -> list[dict[str, str]]:
    if "experiment_id" in df.columns:
        ids = [str(value) for value in df["experiment_id"].dropna().unique()]
    else:
        ids = [str(value) for value in df.attrs.get("experiment_ids", [])]
    asked = client if client is not None else _source(df)
    return [] if asked is None else experiment_tags(asked, ids)


def _source(df: pd.DataFrame) -> Client | None:
    source = df.attrs.get("source")
    if source is None:
        return None
    here = current_client()
    return here if here.tracking_uri == source else None
