"""Lines and markers of a static picture, and the colours of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nbtrack.charts.reduction import Floats, Places, envelope
from nbtrack.charts.svg_axes import Plot
from nbtrack.charts.svg_canvas import DASH_LENGTHS, Canvas, area, paint, polyline, short
from nbtrack.charts.theme import LIGHT, Properties, colour_scale

_SHADES: Final = 24
_ENOUGH: Final = 60
_STROKED: Final = frozenset({"x", "x-thin", "cross", "cross-thin"})


@dataclass(frozen=True, slots=True)
class Pen:
    """How much may be drawn, and the colours that are meant where a trace says nothing.

    points, few
        Points of a line that stands in the legend, and of one among many.
    """

    points: int
    few: int
    dots: int
    ground: str = LIGHT.ground
    ink: str = LIGHT.ink


def draw_scatter(canvas: Canvas, trace: Properties, plot: Plot, pen: Pen, below: str) -> str:
    """Draw lines and markers, and return the path of the line."""
    x, y = _pixels(trace, plot)
    mode = str(trace.get("mode", "lines"))
    d = ""
    if "lines" in mode:
        places = _places(y, pen.few if trace.get("showlegend") is False else pen.points)
        d = polyline(x[places], y[places])
        _line(canvas, trace, d, pen, below)
    if "markers" in mode:
        _markers(canvas, trace, x, y, pen)
    return d


def _places(y: Floats, limit: int) -> Places:
    """Return the points of a line that are drawn; very few keep its course, not its extremes."""
    if limit >= _ENOUGH or len(y) <= limit:
        return envelope(y, limit)
    return np.linspace(0, len(y) - 1, limit).astype(np.intp)


def _pixels(trace: Properties, plot: Plot) -> tuple[Floats, Floats]:
    y = plot.y.at(trace.get("y", ()))
    x = plot.x.at(trace["x"]) if trace.get("x") is not None else plot.x.at(np.arange(len(y)))
    return x, y


def _line(canvas: Canvas, trace: Properties, d: str, pen: Pen, below: str) -> None:
    line: Properties = trace.get("line") or {}
    if trace.get("fill") == "tonexty" and below and d:
        canvas.path(area(d, below), stroke="none", **paint(trace.get("fillcolor"), LIGHT.ghost))
    width = float(line.get("width", 2))
    if width:
        colour = paint(line.get("color"), pen.ink, "stroke")
        canvas.path(
            d,
            fill="none",
            stroke_width=width,
            stroke_linejoin="round",
            stroke_dasharray=DASH_LENGTHS.get(str(line.get("dash"))),
            **colour,
        )


def _markers(canvas: Canvas, trace: Properties, x: Floats, y: Floats, pen: Pen) -> None:
    marker: Properties = trace.get("marker") or {}
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(rows) > pen.dots:
        canvas.left_out.append(f"{len(rows) - pen.dots:,} dots")
        rows = rows[np.linspace(0, len(rows) - 1, pen.dots).astype(np.intp)]
    colours = marker_colours(marker, len(x), _own_colour(trace, pen))
    symbols = each(marker.get("symbol", "circle"), len(x))
    sizes = each(marker.get("size", 6), len(x))
    looks: dict[tuple[str, str], list[str]] = {}
    for row in rows.tolist():
        shape = symbol_path(str(symbols[row]), float(x[row]), float(y[row]), float(sizes[row]) / 2)
        looks.setdefault((colours[row], str(symbols[row])), []).append(shape)
    opacity = marker.get("opacity")
    for (colour, symbol), shapes in looks.items():
        is_open = is_stroked(symbol)
        canvas.path(
            "".join(shapes),
            opacity=None if opacity is None or is_open else f"{float(opacity):.2f}",
            **marker_style(colour, symbol, pen),
        )


def is_stroked(symbol: str) -> bool:
    """Tell whether a marker consists of strokes, not of an area."""
    return symbol in _STROKED or symbol.endswith("-open")


def marker_style(colour: str, symbol: str, pen: Pen) -> dict[str, str | int | float]:
    """Return how a marker is painted."""
    if is_stroked(symbol):
        width = "1.5" if symbol.endswith(("-open", "-thin")) else "2.6"
        return {"fill": "none", "stroke_width": width, **paint(colour, pen.ink, "stroke")}
    edge = paint(pen.ground, pen.ground, "stroke")
    return {**paint(colour, pen.ink), "stroke_width": "0.8", **edge}


def _own_colour(trace: Properties, pen: Pen) -> str:
    line: Properties = trace.get("line") or {}
    return str(line.get("color") or pen.ink)


def each(value: Any, count: int) -> Sequence[Any]:  # noqa: ANN401 - JSON enters here
    """Return a value for each of some marks, of which there may be one for all."""
    if isinstance(value, list | tuple | np.ndarray):
        return list(value)
    return [value] * count


def marker_colours(marker: Properties, count: int, fallback: str) -> list[str]:
    """Return the colour of each marker; numbers become colours of the marker's scale."""
    colour = marker.get("color")
    if colour is None or isinstance(colour, str):
        return [colour or fallback] * count
    values = np.asarray(colour)
    if values.dtype.kind in "OUS":
        return [str(value) for value in values.tolist()]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    ends = marker.get("cmin"), marker.get("cmax")
    low, high = (low, high) if None in ends else (float(ends[0] or 0), float(ends[1] or 0))
    return shades(values, low, high, marker.get("colorscale") or colour_scale())


def shades(values: Floats, low: float, high: float, scale: Sequence[Sequence[object]]) -> list[str]:
    """Return colours of a scale for numbers, in a few steps."""
    share = np.clip((np.asarray(values, np.float64) - low) / ((high - low) or 1.0), 0, 1)
    steps = np.round(np.nan_to_num(share) * _SHADES) / _SHADES
    places = [float(str(stop[0])) for stop in scale]
    channels = np.array([_rgb(str(stop[1])) for stop in scale])
    mixed = np.stack([np.interp(steps, places, channels[:, c]) for c in range(3)], axis=-1)
    return ["#{:02X}{:02X}{:02X}".format(*colour) for colour in mixed.round().astype(int).tolist()]


def _rgb(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def symbol_path(symbol: str, x: float, y: float, r: float) -> str:
    """Return the path of a marker around a place."""
    name = symbol.removesuffix("-open")
    if name in _CORNERS:
        corners = [f"{short(x + r * dx)} {short(y + r * dy)}" for dx, dy in _CORNERS[name]]
        return f"M{'L'.join(corners)}Z"
    if name in {"x", "x-thin", "cross", "cross-thin"}:
        arms = (
            ((-1, -1, 2, 2), (-1, 1, 2, -2)) if name[0] == "x" else ((-1, 0, 2, 0), (0, -1, 0, 2))
        )
        return "".join(
            f"M{short(x + r * a)} {short(y + r * b)}l{short(r * c)} {short(r * d)}"
            for a, b, c, d in arms
        )
    arc = f"a{short(r)} {short(r)} 0 1 0"
    return f"M{short(x - r)} {short(y)}{arc} {short(2 * r)} 0{arc} {short(-2 * r)} 0"


def _star() -> list[tuple[float, float]]:
    angles = -np.pi / 2 + np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, 1.2, 0.5)
    pairs = zip((reach * np.cos(angles)).tolist(), (reach * np.sin(angles)).tolist(), strict=True)
    return list(pairs)


_CORNERS: Final[dict[str, Sequence[tuple[float, float]]]] = {
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "triangle-up": ((0, -1.1), (1, 0.8), (-1, 0.8)),
    "triangle-down": ((0, 1.1), (1, -0.8), (-1, -0.8)),
    "hexagon": ((0, -1), (0.87, -0.5), (0.87, 0.5), (0, 1), (-0.87, 0.5), (-0.87, -0.5)),
    "star": _star(),
}
