"""Bars, boxes and contours of a static picture, and the table of what can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from nbtrack.charts.reduction import Floats
from nbtrack.charts.svg_axes import Plot
from nbtrack.charts.svg_canvas import Canvas, paint, plain, short
from nbtrack.charts.svg_lines import Pen, draw_scatter, each, marker_colours, shades
from nbtrack.charts.theme import Properties, colour_scale

_SMALL: Final = 11
_LEVELS: Final = 14
_FINER: Final = 2


def draw_trace(canvas: Canvas, trace: Properties, plot: Plot, pen: Pen, below: str) -> str:
    """Draw a trace, and return the path of its line, which the next one may fill down to."""
    maker = _MAKERS.get(str(trace.get("type", "scatter")))
    if maker is None:
        canvas.left_out.append(f"a trace of type {trace['type']}")
        return ""
    return maker(canvas, trace, plot, pen, below)


def _bars(canvas: Canvas, trace: Properties, plot: Plot, pen: Pen, _below: str) -> str:
    is_flat = trace.get("orientation") == "h"
    along, across = (plot.x, plot.y) if is_flat else (plot.y, plot.x)
    lengths = along.at(trace["x"] if is_flat else trace["y"])
    places = across.at(trace["y"] if is_flat else trace["x"])
    base = float(along.at([0])[0])
    thick = abs(float(np.diff(across.at([0, 1]))[0])) * 0.75
    colours = marker_colours(trace.get("marker") or {}, len(places), pen.ink)
    texts = each(trace.get("text", ""), len(places))
    shown = trace.get("textposition") != "none"
    for place, end, colour, text in zip(
        places.tolist(), lengths.tolist(), colours, texts, strict=True
    ):
        low, size = min(base, end), abs(end - base)
        top = place - thick / 2
        box = (low, top, size, thick) if is_flat else (top, low, thick, size)
        names = ("x", "y", "width", "height")
        canvas.put("rect", **dict(zip(names, box, strict=True)), **paint(colour, pen.ink))
        if is_flat and shown:
            spot = (end + 4, place + 4)
            canvas.text(spot, plain(text), fill=pen.ink, font_size=_SMALL)
    _errors(canvas, trace, plot, pen)
    return ""


def _errors(canvas: Canvas, trace: Properties, plot: Plot, pen: Pen) -> None:
    error: Properties = trace.get("error_x") or {}
    if error.get("array") is None:
        return
    middle, spread = np.asarray(trace["x"]), np.asarray(error["array"])
    ends = zip(
        plot.x.at(middle - spread).tolist(),
        plot.x.at(middle + spread).tolist(),
        plot.y.at(trace["y"]).tolist(),
        strict=True,
    )
    parts = [
        f"M{short(low)} {short(y)}H{short(high)}M{short(low)} {short(y - 4)}v8"
        f"M{short(high)} {short(y - 4)}v8"
        for low, high, y in ends
    ]
    canvas.path("".join(parts), fill="none", stroke_width=1.2, **paint(pen.ink, pen.ink, "stroke"))


def _box(canvas: Canvas, trace: Properties, plot: Plot, pen: Pen, _below: str) -> str:
    names = ("lowerfence", "q1", "median", "q3", "upperfence")
    if any(trace.get(name) is None for name in names):
        canvas.left_out.append("a box without quartiles")
        return ""
    reach = float(trace.get("width", 0.5)) / 2
    line: Properties = trace.get("line") or {}
    for row, place in enumerate(np.asarray(trace["x"]).tolist()):
        low, first, middle, third, high = (float(plot.y.at([trace[n][row]])[0]) for n in names)
        if not np.isfinite(middle):
            continue
        left, x, right = plot.x.at([place - reach, place, place + reach]).tolist()
        a, b, c = short(left), short(x), short(right)
        canvas.path(
            f"M{a} {short(first)}H{c}V{short(third)}H{a}ZM{a} {short(middle)}H{c}"
            f"M{b} {short(first)}V{short(low)}M{b} {short(third)}V{short(high)}",
            stroke_width=1.6,
            **paint(trace.get("fillcolor"), "none"),
            **paint(line.get("color"), pen.ink, "stroke"),
        )
    return ""


def _contour(canvas: Canvas, trace: Properties, plot: Plot, _pen: Pen, _below: str) -> str:
    z = _finer(_finer(np.asarray(trace["z"], np.float64)).T).T
    edges = [
        _edges(scale.at(trace[name]), count)
        for name, scale, count in (("x", plot.x, z.shape[1]), ("y", plot.y, z.shape[0]))
    ]
    levels = max(int(trace.get("ncontours") or _LEVELS), 2)
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    steps = np.floor((z - low) / ((high - low) or 1.0) * levels).clip(0, levels - 1)
    middle = low + (np.arange(levels) + 0.5) * (high - low) / levels
    colours = shades(middle, low, high, trace.get("colorscale") or colour_scale())
    paths: dict[int, list[str]] = {}
    for row, values in enumerate(steps.astype(int)):
        top, bottom = short(edges[1][row]), short(edges[1][row + 1])
        starts = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1, [len(values)]))
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            left, right = short(edges[0][start]), short(edges[0][end])
            cells = f"M{left} {top}H{right}V{bottom}H{left}z"
            paths.setdefault(int(values[start]), []).append(cells)
    for level, parts in sorted(paths.items()):
        canvas.path("".join(parts), fill=colours[level], shape_rendering="crispEdges")
    return ""


def _finer(z: np.ndarray) -> np.ndarray:
    """Return rows with values between each two, so that borders of levels are smoother."""
    count = z.shape[0]
    places = np.linspace(0, count - 1, (count - 1) * _FINER + 1)
    lower = np.minimum(places.astype(np.intp), max(count - 2, 0))
    share = (places - lower)[:, None]
    upper = np.minimum(lower + 1, count - 1)
    return np.asarray(z[lower] * (1 - share) + z[upper] * share)


def _edges(places: Floats, count: int) -> list[float]:
    """Return the borders of so many cells between the outermost places."""
    found: list[float] = np.linspace(places[0], places[-1], count + 1).tolist()
    return found


_MAKERS: Final[dict[str, Callable[[Canvas, Properties, Plot, Pen, str], str]]] = {
    "scatter": draw_scatter,
    "scattergl": draw_scatter,
    "bar": _bars,
    "box": _box,
    "contour": _contour,
}
