"""Histories and runs that charts are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

NASTY = "<img src=x onerror=alert(1)> <b>%{y}</b> & $x$"


def history_of(
    curves: Mapping[tuple[str, str], Sequence[float]], *, start: int = 0, second: int = 1000
) -> pd.DataFrame:
    """Return a long history: values by run and metric, a step and a second apart."""
    parts = [
        pd.DataFrame(
            {
                "run_id": run_id,
                "key": key,
                "step": np.arange(len(values)),
                "timestamp": pd.to_datetime(
                    start + np.arange(len(values)) * second, unit="ms", utc=True
                ),
                "value": np.asarray(values, dtype=np.float64),
            }
        )
        for (run_id, key), values in curves.items()
    ]
    history = pd.concat(parts, ignore_index=True)
    return history.astype({"run_id": "category", "key": "category"})


def runs_frame(count: int = 6) -> pd.DataFrame:
    """Return runs with params of several kinds and two metrics."""
    numbers = np.arange(count)
    return pd.DataFrame(
        {
            "run_id": [f"{number:032x}" for number in numbers],
            "run_name": [f"run-{number}" for number in numbers],
            "start_time": pd.to_datetime(numbers * 3_600_000, unit="ms", utc=True),
            "params.lr": 10.0 ** -(numbers % 5),
            "params.depth": 2 + numbers % 3,
            "params.opt": [("sgd", "adam")[number % 2] for number in numbers],
            "metrics.loss": 1.0 / (1 + numbers),
            "metrics.acc": numbers / count,
        }
    )


def traces(figure: go.Figure) -> list[Any]:
    """Return the traces of a figure."""
    return list(figure.data)


def named(figure: go.Figure, text: str) -> Any:  # noqa: ANN401 - a trace of plotly
    """Return the only trace whose name has a text in it."""
    (found,) = [trace for trace in figure.data if text in str(trace["name"])]
    return found


def subtitle(figure: go.Figure) -> str:
    """Return the remarks under the title."""
    return str(figure.layout.title.subtitle.text)
