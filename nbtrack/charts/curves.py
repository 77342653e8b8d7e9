"""Curves of one metric over its steps, one trace a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from nbtrack.charts.theme import line_style, themed

if TYPE_CHECKING:
    import pandas as pd


def metric_curves(
    history: pd.DataFrame, metric: str, names: Mapping[str, str] | None = None
) -> go.Figure:
    """Draw a metric over its steps, one line a run.

    Parameters
    ----------
    history
        A frame of `nbtrack.frames.history_frame`.
    metric
        The metric to draw.
    names
        Names of runs by run id, for the legend; by default the first eight digits of the id.

    Returns
    -------
    plotly.graph_objects.Figure
        With a trace for each run that has the metric.
    """
    points = history[history["key"] == metric]
    figure = go.Figure()
    for number, (run_id, series) in enumerate(points.groupby("run_id", observed=True, sort=False)):
        name = (names or {}).get(str(run_id), str(run_id)[:8])
        figure.add_scatter(
            x=series["step"].to_numpy(),
            y=series["value"].to_numpy(),
            name=name,
            mode="lines",
            line=line_style(number),
            hovertemplate=f"{name}<br>step %{{x}}<br>{metric} %{{y:.5g}}<extra></extra>",
        )
    return themed(figure, title=f"{metric} by step", x="step", y=metric)
