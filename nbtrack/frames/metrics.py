"""Metric histories as a DataFrame in long form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from nbtrack.backends import HistoryQuery
from nbtrack.client import Client
from nbtrack.frames.typed import columns_frame

_TIMES: Final = frozenset({"timestamp"})


def history_frame(
    client: Client, run_ids: Sequence[str], keys: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return every point of metrics of some runs. API: getHistory.

    Parameters
    ----------
    client
        Where to look.
    run_ids
        Runs to read.
    keys
        Metrics to read; None means all of them.

    Returns
    -------
    pandas.DataFrame
        `run_id` and `key` (categorical), `step` (int64), `timestamp` (UTC), `value` (float64); run
        by run, key by key, in the order of timestamp, step, value.
    """
    query = HistoryQuery(run_ids=tuple(run_ids), keys=None if keys is None else tuple(keys))
    return columns_frame(client.columns(query), _TIMES)
