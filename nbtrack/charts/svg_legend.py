"""What stands beside the plot of a static picture: the legend, or the bar of a colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nbtrack.charts.labels import middle
from nbtrack.charts.svg_axes import Box
from nbtrack.charts.svg_canvas import DASH_LENGTHS, Canvas, paint, plain, width_of
from nbtrack.charts.svg_lines import Pen, marker_colours, marker_style, shades, symbol_path
from nbtrack.charts.theme import Properties, colour_scale
from nbtrack.charts.ticks import linear_ticks, tick_texts

_MOST: Final = 24
_ROW: Final = 19
_KEY: Final = 30
_BAR: Final = 14
_STEPS: Final = 32


def legend_entries(traces: Sequence[Properties], layout: Properties) -> list[Properties]:
    """Return the traces that stand in the legend."""
    if layout.get("showlegend") is False:
        return []
    named = [t for t in traces if t.get("name") and t.get("type", "scatter") in {"scatter", "bar"}]
    shown = [trace for trace in named if trace.get("showlegend") is not False]
    return shown if len(named) > 1 or layout.get("showlegend") else []


def legend_width(entries: Sequence[Properties]) -> float:
    """Return the room that a legend takes."""
    return max((width_of(_name(trace)) for trace in entries), default=-_KEY - 20) + _KEY + 20


def _name(trace: Properties) -> str:
    return middle(plain(trace.get("name")), 32)


def draw_legend(
    canvas: Canvas, entries: Sequence[Properties], place: tuple[float, float], pen: Pen
) -> None:
    """Draw a legend from a place downwards."""
    left, top = place
    for row, trace in enumerate(entries[:_MOST]):
        y = top + row * _ROW
        _draw_key(canvas, trace, left, y, pen)
        canvas.text((left + _KEY, y + 4), _name(trace), fill=pen.ink)
    if len(entries) > _MOST:
        words = f"and {len(entries) - _MOST:,} more"
        canvas.text((left + _KEY, top + _MOST * _ROW + 4), words, fill=pen.ink)


def _draw_key(canvas: Canvas, trace: Properties, left: float, y: float, pen: Pen) -> None:
    line: Properties = trace.get("line") or {}
    mode = str(trace.get("mode", "lines"))
    if "lines" in mode:
        dash = DASH_LENGTHS.get(str(line.get("dash")))
        colour = paint(line.get("color"), pen.ink, "stroke")
        canvas.line((left, y), (left + 24, y), stroke_width=2, stroke_dasharray=dash, **colour)
    if "markers" in mode:
        marker: Properties = trace.get("marker") or {}
        symbol = marker.get("symbol", "circle")
        first = symbol if isinstance(symbol, str) else str(symbol[0])
        colours = marker_colours(marker, len(trace.get("x", ())), str(line.get("color", pen.ink)))
        style = marker_style(colours[0] if colours else pen.ink, first, pen)
        canvas.path(symbol_path(first, left + 12, y, 4.5), **style)


def colour_bar_of(traces: Sequence[Properties]) -> Properties | None:
    """Return what carries a colour scale that is shown: a marker, a line or a contour."""
    for trace in traces:
        for part in (trace, trace.get("marker") or {}, trace.get("line") or {}):
            if part.get("colorbar") and (part.get("showscale") or part is trace):
                return part
    return None


def draw_colour_bar(canvas: Canvas, part: Properties, box: Box, pen: Pen) -> None:
    """Draw the colours of a scale from low to high, with ticks and title."""
    values = np.asarray(part.get("z", part.get("color")), np.float64)
    low = float(part.get("cmin", np.nanmin(values)))
    high = float(part.get("cmax", np.nanmax(values)))
    steps = np.linspace(low, high, _STEPS)
    colours = shades(steps, low, high, part.get("colorscale") or colour_scale())
    height = (box.bottom - box.top) / _STEPS
    for step, colour in enumerate(colours):
        y = box.bottom - (step + 1) * height
        canvas.put("rect", x=box.left, y=y, width=_BAR, height=height + 0.6, fill=colour)
    bar: Properties = part["colorbar"]
    ticks = bar.get("tickvals")
    found = linear_ticks(low, high) if ticks is None else [float(tick) for tick in ticks]
    texts = bar.get("ticktext")
    words = tick_texts(found, "") if texts is None else [plain(text) for text in texts]
    for tick, word in zip(found, words, strict=True):
        y = box.bottom - (tick - low) / ((high - low) or 1.0) * (box.bottom - box.top)
        canvas.text((box.left + _BAR + 5, y + 4), word, fill=pen.ink, font_size=11)
    title = plain((bar.get("title") or {}).get("text"))
    canvas.text((box.left + _BAR, box.top - 10), title, fill=pen.ink, text_anchor="middle")
