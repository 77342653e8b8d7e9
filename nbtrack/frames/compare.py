"""Runs side by side: a row for each param and metric in which they differ."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nbtrack.client import Client
from nbtrack.entities import Run


def compare_frame(client: Client, run_ids: Sequence[str]) -> pd.DataFrame:
    """Return the params and last metrics that are not the same in all of the runs.

    Parameters
    ----------
    client
        Where to look.
    run_ids
        The runs, in the order of the columns.

    Returns
    -------
    pandas.DataFrame
        A column a run, named by run name and the beginning of its id; a row for each of
        `params.<key>` and `metrics.<key>` that differs. A run without the key has None or NaN.
    """
    runs = [client.get_run(run_id) for run_id in run_ids]
    names = [f"{run.info.run_name} ({run.info.run_id[:8]})" for run in runs]
    values = [_values(run) for run in runs]
    keys = sorted({key for found in values for key in found}, key=_place)
    rows = {key: [found.get(key) for found in values] for key in keys}
    differing = {key: row for key, row in rows.items() if len(set(map(repr, row))) > 1}
    return pd.DataFrame.from_dict(differing, orient="index", columns=names, dtype=object)


def _values(run: Run) -> dict[str, str | float]:
    params = {f"params.{param.key}": param.value for param in run.data.params}
    metrics = {f"metrics.{metric.key}": metric.value for metric in run.data.metrics}
    return {**params, **metrics}


def _place(key: str) -> tuple[bool, str]:
    """Put params before metrics."""
    return key.startswith("metrics."), key
