"""Scatter of runs: one column against another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from nbtrack.charts.theme import PALETTE, themed
from nbtrack.frames import as_numbers

if TYPE_CHECKING:
    import pandas as pd


def run_scatter(
    runs: pd.DataFrame, x: str, y: str, *, colour: str | None = None, log_x: bool = False
) -> go.Figure:
    """Draw one dot a run, a column against another.

    Parameters
    ----------
    runs
        A frame of `nbtrack.frames.runs_frame`.
    x, y
        Columns such as `params.lr` and `metrics.accuracy`; text is read as numbers.
    colour
        A column whose values get a colour and a legend entry each.
    log_x
        Whether the x axis is logarithmic.

    Returns
    -------
    plotly.graph_objects.Figure
        With a trace for each value of `colour`.
    """
    figure = go.Figure()
    groups = runs.groupby(colour, sort=True) if colour else [("runs", runs)]
    for number, (value, group) in enumerate(groups):
        figure.add_scatter(
            x=as_numbers(group[x]),
            y=as_numbers(group[y]),
            name=str(value),
            mode="markers",
            text=group["run_name"].tolist(),
            marker={
                "color": PALETTE[number % len(PALETTE)],
                "symbol": number % 7,
                "size": 10,
                "opacity": 0.8,  # what lies on the same spot shows through
                "line": {"color": "white", "width": 1},
            },
            hovertemplate=f"%{{text}}<br>{x} %{{x}}<br>{y} %{{y:.5g}}<extra></extra>",
        )
    figure.update_layout(legend_title_text=colour or "")
    if log_x:
        figure.update_xaxes(type="log", tickformat="~g")  # or 0.02 is marked with a bare 2
    else:
        figure.update_xaxes(type="linear")
    return themed(figure, title=f"{y} by {x}", x=x, y=y)
