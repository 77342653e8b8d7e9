"""Static pictures of charts: SVG of bounded size without a browser, and PNG where one is there.

The picture stands for a chart where plotly does not run: in exports, reports and saved notebooks.
It has the title, axes with round ticks, the legend, and a description for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nbtrack.charts.figure_parts import layout_of, traces_of
from nbtrack.charts.reduction import Floats
from nbtrack.charts.svg_axes import Box, Plot, Scale, draw_axes, scale_for, title_of
from nbtrack.charts.svg_canvas import Canvas, document, paint, plain, plain_lines, width_of
from nbtrack.charts.svg_legend import (
    colour_bar_of,
    draw_colour_bar,
    draw_legend,
    legend_entries,
    legend_width,
)
from nbtrack.charts.svg_lines import Pen
from nbtrack.charts.svg_parallel import draw_parallel
from nbtrack.charts.svg_shapes import draw_trace
from nbtrack.charts.theme import LIGHT, Properties
from nbtrack.errors import MissingDependencyError

if TYPE_CHECKING:
    import plotly.graph_objects as go

WIDTH: Final = 760
MOST_BYTES: Final = 140_000
"""A picture is no larger, so that a saved notebook stays small."""
_HEIGHT: Final = 420
_POINTS: Final = 11_000  # of all lines together, at first
_DOTS: Final = 2400
_TOP: Final = 46
_LINE: Final = 16
_BOTTOM: Final = 56
_BAR_ROOM: Final = 92
_NUMBER_ROOM: Final = 1.06


def svg(figure: go.Figure, width: int = WIDTH, *, most_bytes: int = MOST_BYTES) -> str:
    """Return a static picture of a figure.

    Lines, markers, bands, bars, boxes, contours and parallel coordinates are drawn; what is left
    out stands under the title.

    Parameters
    ----------
    figure
        A figure of `nbtrack.charts`, or another one of plotly.
    width
        In pixels; the height is that of the figure.
    most_bytes
        How large the picture may be; a smaller one has fewer points.

    Returns
    -------
    str
        SVG of at most so many bytes, without scripts, links or fonts.
    """
    parts = {"data": traces_of(figure), "layout": layout_of(figure)}
    share = 1.0
    picture = _picture(parts, width, share)
    while (size := len(picture.encode())) > most_bytes and share > 1e-3:  # noqa: PLR2004 - nothing is left
        share *= min(most_bytes / size, 0.5)
        picture = _picture(parts, width, share)
    return picture


def png(figure: go.Figure, width: int = WIDTH) -> bytes:
    """Return a picture in pixels, drawn by plotly in a browser; it needs `kaleido`.

    Raises
    ------
    MissingDependencyError
        If kaleido is not installed.
    """
    if find_spec("kaleido") is None:
        raise MissingDependencyError("A picture in PNG", "kaleido", "images")
    data: bytes = figure.to_image(format="png", width=width, scale=2)
    return data


def _picture(figure: Properties, width: int, share: float) -> str:
    traces: list[Properties] = list(figure["data"])
    layout: Properties = figure["layout"]
    height = int(layout.get("height") or _HEIGHT)
    pen = _pen(traces, layout, share)
    canvas = Canvas()
    canvas.put("rect", width=width, height=height, **paint(layout.get("paper_bgcolor"), pen.ground))
    title, remarks = _titles(layout)
    top = _TOP + _LINE * len(remarks)
    entries, bar = legend_entries(traces, layout), colour_bar_of(traces)
    beside = legend_width(entries) if entries else 20
    beside = max(beside, _BAR_ROOM) if bar else beside
    box = Box(0, top, width - beside, height - _BOTTOM)
    box = _draw_plots(canvas, traces, layout, box, pen)
    draw_legend(canvas, entries, (box.right + 14, box.top + 10), pen)
    if bar:
        place = Box(box.right + 22, box.top + 20, box.right + 36, box.bottom)
        draw_colour_bar(canvas, bar, place, pen)
    _draw_titles(canvas, title, remarks, layout, pen)
    meta: object = layout.get("meta")
    alt = str(meta.get("alt", "")) if isinstance(meta, dict) else ""
    return document((width, height), title or "Chart", alt or title, canvas.parts)


def _pen(traces: Iterable[Properties], layout: Properties, share: float) -> Pen:
    font: Properties = layout.get("font") or {}
    lines = [trace for trace in traces if "lines" in str(trace.get("mode", "lines"))]
    named = sum(trace.get("showlegend") is not False for trace in lines)
    budget = int(_POINTS * share)
    points = max(min(budget // max(len(lines), 1), 800), min(budget // 3 // max(named, 1), 200), 4)
    few = max(min((budget - points * named) // max(len(lines) - named, 1), points), 4)
    ground = str(layout.get("paper_bgcolor") or LIGHT.ground)
    dots = max(int(_DOTS * share), 50)
    return Pen(points, few, dots, ground, str(font.get("color") or LIGHT.ink))


def _titles(layout: Properties) -> tuple[str, list[str]]:
    title: Any = layout.get("title") or {}
    if not isinstance(title, dict):
        return plain(title), []
    words: Any = (title.get("subtitle") or {}).get("text")
    return plain(title.get("text")), plain_lines(words) if words else []


def _draw_titles(
    canvas: Canvas, title: str, remarks: list[str], layout: Properties, pen: Pen
) -> None:
    canvas.text((16, 26), title, fill=pen.ink, font_size=16)
    subtitle: Properties = ((layout.get("title") or {}).get("subtitle") or {}).get("font") or {}
    faint = str(subtitle.get("color") or pen.ink)
    left_out = [f"not in this picture: {', '.join(canvas.left_out)}"] if canvas.left_out else []
    words = " · ".join([*remarks[-1:], *left_out])
    for row, remark in enumerate([*remarks[:-1], words]):
        canvas.text((16, 45 + row * _LINE), remark, fill=faint)


def _draw_plots(
    canvas: Canvas, traces: list[Properties], layout: Properties, box: Box, pen: Pen
) -> Box:
    """Draw all axes with their traces, and return the room that they took."""
    if any(trace.get("type") == "parcoords" for trace in traces):
        place = Box(110, box.top + 36, box.right - 36, box.bottom + 26)
        for trace in traces:
            draw_parallel(canvas, trace, place, pen)
        return place
    plots = _plots(traces, layout, box)
    for names, plot in plots.items():
        draw_axes(canvas, plot, pen.ink)
        below = ""
        for trace in traces:
            if (trace.get("xaxis", "x"), trace.get("yaxis", "y")) == names:
                below = draw_trace(canvas, trace, plot, pen, below)
    left = min((plot.box.left for plot in plots.values()), default=box.left)
    return Box(left, box.top, box.right, box.bottom)


def _plots(traces: list[Properties], layout: Properties, box: Box) -> dict[tuple[str, str], Plot]:
    pairs = dict.fromkeys((str(t.get("xaxis", "x")), str(t.get("yaxis", "y"))) for t in traces)
    plots: dict[tuple[str, str], Plot] = {}
    shared = _shared_x(traces, layout)
    left = 0.0
    for x_name, y_name in pairs:
        x_axis, y_axis = _axis(layout, x_name), _axis(layout, y_name)
        mine = [t for t in traces if str(t.get("yaxis", "y")) == y_name]
        y = scale_for(y_axis, _values(mine, "y"))
        matched = x_axis.get("matches") == "x" or x_name == "x"
        x = shared if matched else scale_for(x_axis, _values(mine, "x"))
        plot = Plot(x, y, x_axis, y_axis, box)
        plots[x_name, y_name] = plot
        widest = max((width_of(text, 11) for _, text in plot.y_ticks()), default=0)
        left = max(left, widest + (42 if title_of(y_axis) else 20))
    inner = Box(min(left, box.right / 2), box.top, box.right, box.bottom)
    return {names: _placed(plot, inner) for names, plot in plots.items()}


def _axis(layout: Properties, name: str) -> Properties:
    return layout.get(f"{name[0]}axis{name[1:]}") or {}


def _shared_x(traces: list[Properties], layout: Properties) -> Scale:
    axis = _axis(layout, "x")
    lines_only = all("markers" not in str(t.get("mode", "lines")) for t in traces)
    return scale_for(axis, _values(traces, "x"), pad=0.0 if lines_only else 0.02)


def _values(traces: Iterable[Properties], name: str) -> list[object]:
    """Return all values along an axis; bars start at zero, and boxes have whiskers."""
    found: list[object] = []
    for trace in traces:
        kind = trace.get("type", "scatter")
        if kind == "box" and name == "y":
            found += [trace.get(key, ()) for key in ("lowerfence", "upperfence")]
        elif trace.get(name) is not None:
            found.append(trace[name])
        if kind == "bar" and (name == "x") == (trace.get("orientation") == "h"):
            found += [[0.0], _bar_ends(trace, name)]
    return found


def _bar_ends(trace: Properties, name: str) -> Floats:
    """Return how far bars reach with their errors, or with the numbers behind them."""
    lengths: Floats = np.asarray(trace[name], np.float64)
    error: Properties = trace.get(f"error_{name}") or {}
    if error.get("array") is not None:
        lengths = lengths + np.asarray(error["array"])
    else:
        lengths = lengths * (_NUMBER_ROOM if name == "x" else 1)
    return lengths


def _placed(plot: Plot, box: Box) -> Plot:
    """Put axes into their part of the picture."""
    across = plot.x_axis.get("domain") or (0, 1)
    up = plot.y_axis.get("domain") or (0, 1)
    width, height = box.right - box.left, box.bottom - box.top
    place = Box(
        box.left + float(across[0]) * width,
        box.bottom - float(up[1]) * height,
        box.left + float(across[1]) * width,
        box.bottom - float(up[0]) * height,
    )
    x = plot.x.placed(place.left, place.right)
    y = plot.y.placed(place.bottom, place.top)
    return Plot(x, y, plot.x_axis, plot.y_axis, place)
