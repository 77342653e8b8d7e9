"""The figure of a live chart: a panel a metric, each with its own curve and one behind it.

Trace `2 n` is the curve behind the metric of number `n`, trace `2 n + 1` its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from nbtrack.charts.labels import LABEL, literal, middle
from nbtrack.charts.panels import Panel, panels
from nbtrack.charts.reduction import envelope
from nbtrack.charts.theme import DARK, LIGHT, Theme, base_layout
from nbtrack.widgets.live_behind import Behind
from nbtrack.widgets.live_curve import Point
from nbtrack.widgets.wire import plain_figure, wire_figure

STILL_POINTS: Final = 3000
"""Points of all curves together that stay in the notebook."""
_FEWEST: Final = 24
_MOST: Final = 500
_DIGITS: Final = 6
_TITLE: Final = 48
_SUBTITLE_LINE: Final = 18
_GREY: Final = "#767676"
STILL: Final = replace(
    LIGHT,
    palette=DARK.palette,
    ground="#00000000",
    ink=_GREY,
    faint=_GREY,
    line="#888888",
    grid="#80808040",
)
"""Readable on light grounds and on dark ones: what stays in a notebook is read in both."""

Points = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, slots=True)
class LivePanel:
    """What is known of one metric: its name, its points, and where it first was not finite."""

    metric: str
    points: Points
    first_bad: Point | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What a live chart says: its title, the lines below it, and what it shows in a sentence."""

    title: str
    lines: tuple[str, ...] = ()
    alt: str = ""


def live_figure(
    shown: Sequence[LivePanel], words: Words, behind: Behind | None = None, theme: Theme = LIGHT
) -> dict[str, Any]:
    """Return the figure as a dictionary."""
    places, height = panels(len(shown))
    head = _TITLE + _SUBTITLE_LINE * len(words.lines)
    layout: dict[str, Any] = {
        **base_layout(theme),
        "height": height + head - _TITLE,
        "title": _title(words, theme),
        "showlegend": behind is not None,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        "margin": {"l": 64, "r": 16, "t": head, "b": 44},
        "meta": {"alt": words.alt or words.title, "theme": theme.name},
        "shapes": [
            _mark(place, panel.first_bad)
            for place, panel in zip(places, shown, strict=True)
            if panel.first_bad is not None
        ],
    }
    traces: list[dict[str, Any]] = []
    for place, panel in zip(places, shown, strict=True):
        layout |= place.layout(theme, "step", literal(middle(panel.metric, LABEL)))
        traces.append(_behind_trace(place, panel.metric, behind, theme))
        traces.append(_own_trace(place, panel, theme))
    return {"data": traces, "layout": layout}


def _title(words: Words, theme: Theme) -> dict[str, Any]:
    return {
        "text": literal(words.title),
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "pad": {"t": 12},
        "font": {"size": 14},
        "subtitle": {
            "text": "<br>".join(map(literal, words.lines)),
            "font": {"size": 12, "color": theme.faint},
        },
    }


def _own_trace(place: Panel, panel: LivePanel, theme: Theme) -> dict[str, Any]:
    x, y = panel.points
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "this run",
        "legendgroup": "own",
        "showlegend": place.number == 0,
        "x": np.asarray(x, np.int64),
        "y": np.asarray(y, np.float64),
        "line": {"color": theme.palette[0], "width": 1.8},
        "hovertemplate": f"step %{{x}}<br>{literal(panel.metric)} %{{y:.5g}}<extra></extra>",
        **place.axes,
    }


def _behind_trace(place: Panel, metric: str, behind: Behind | None, theme: Theme) -> dict[str, Any]:
    x, y = ((), ()) if behind is None else behind.curves.get(metric, ((), ()))
    name = "" if behind is None else f"{behind.what}: {middle(behind.run_name, LABEL)}"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": literal(name),
        "legendgroup": "behind",
        "showlegend": place.number == 0 and behind is not None,
        "x": np.asarray(x, np.int64),
        "y": np.asarray(y, np.float64),
        "line": {"color": theme.ghost, "width": 1.4},
        "opacity": 0.7,
        "hovertemplate": f"step %{{x}}<br>{literal(metric)} %{{y:.5g}}"
        f"<extra>{literal(name)}</extra>",
        **place.axes,
    }


def _mark(place: Panel, bad: Point) -> dict[str, Any]:
    """Draw a line where a metric first was not finite."""
    return {
        "type": "line",
        "xref": f"x{place.suffix}",
        "yref": f"y{place.suffix} domain",
        "x0": bad.x,
        "x1": bad.x,
        "y0": 0,
        "y1": 1,
        "line": {"color": LIGHT.palette[1], "width": 1.5, "dash": "dot"},
    }


def reduced(points: Points, limit: int) -> Points:
    """Return fewer points of a curve, with as many digits as a picture shows."""
    x, y = np.asarray(points[0], np.int64), np.asarray(points[1], np.float64)
    places = envelope(y, limit)
    short = [float(f"{value:.{_DIGITS}g}") for value in y[places]]
    return x[places].tolist(), short


def still_limit(curves: int) -> int:
    """Return how many points each of some curves may have in what stays in the notebook."""
    return max(_FEWEST, min(_MOST, STILL_POINTS // max(curves, 1)))


def still_live_figure(
    shown: Sequence[LivePanel], words: Words, behind: Behind | None
) -> dict[str, Any]:
    """Return the figure that stays in the notebook, of bounded size."""
    limit = still_limit(len(shown) * (1 if behind is None else 2))
    few = [replace(panel, points=reduced(panel.points, limit)) for panel in shown]
    if behind is not None:
        curves: Mapping[str, Points] = {
            key: reduced(points, limit) for key, points in behind.curves.items()
        }
        behind = replace(behind, curves=curves)
    figure = live_figure(few, words, behind, STILL)
    drawn = [trace for trace in figure["data"] if len(trace["x"])]
    return plain_figure(wire_figure({**figure, "data": drawn}))
