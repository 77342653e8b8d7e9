"""Parallel coordinates in a static picture."""

from __future__ import annotations

from typing import Final

import numpy as np

from nbtrack.charts.svg_axes import Box
from nbtrack.charts.svg_canvas import Canvas, paint, plain, polyline
from nbtrack.charts.svg_lines import Pen, marker_colours
from nbtrack.charts.theme import LIGHT, Properties
from nbtrack.charts.ticks import linear_ticks, tick_texts

_MOST_LINES: Final = 800
_SMALL: Final = 10
_HALO: Final = 3


def draw_parallel(canvas: Canvas, trace: Properties, box: Box, pen: Pen) -> None:
    """Draw the axes of a trace, and a line a run."""
    dimensions: list[Properties] = list(trace.get("dimensions") or ())
    if not dimensions:
        return
    places = np.linspace(box.left, box.right, len(dimensions))
    heights = np.array([_heights(dimension, box) for dimension in dimensions])
    count = heights.shape[1]
    rows = np.arange(count)
    most = min(_MOST_LINES, max(pen.dots // 2, 50))
    if count > most:
        canvas.left_out.append(f"{count - most:,} runs")
        rows = np.linspace(0, count - 1, most).astype(np.intp)
    colours = marker_colours(trace.get("line") or {}, count, pen.ink)
    for row in rows.tolist():
        d = polyline(places, heights[:, row])
        canvas.path(d, fill="none", stroke=colours[row], stroke_width=1, opacity="0.7")
    for place, dimension in zip(places.tolist(), dimensions, strict=True):
        _draw_axis(canvas, dimension, place, box, pen)


def _reach(dimension: Properties) -> tuple[float, float]:
    if dimension.get("range") is not None:
        low, high = (float(end) for end in dimension["range"])
        return low, high
    values = np.asarray(dimension["values"], np.float64)
    return float(np.nanmin(values)), float(np.nanmax(values))


def _heights(dimension: Properties, box: Box) -> np.ndarray:
    low, high = _reach(dimension)
    share = (np.asarray(dimension["values"], np.float64) - low) / ((high - low) or 1.0)
    return np.asarray(box.bottom - share * (box.bottom - box.top))


def _draw_axis(canvas: Canvas, dimension: Properties, place: float, box: Box, pen: Pen) -> None:
    low, high = _reach(dimension)
    canvas.line((place, box.top), (place, box.bottom), **paint(LIGHT.line, LIGHT.line, "stroke"))
    label = plain(dimension.get("label", ""))
    canvas.text((place, box.top - 14), label, text_anchor="middle", fill=pen.ink, font_size=11)
    values = dimension.get("tickvals")
    ticks = linear_ticks(low, high) if values is None else [float(value) for value in values]
    texts = dimension.get("ticktext")
    words = tick_texts(ticks, "") if texts is None else [str(text) for text in texts]
    for tick, word in zip(ticks, words, strict=True):
        y = box.bottom - (tick - low) / ((high - low) or 1.0) * (box.bottom - box.top)
        canvas.text(
            (place - 5, y + 3.5),
            word,
            text_anchor="end",
            fill=pen.ink,
            font_size=_SMALL,
            stroke=pen.ground,
            stroke_width=_HALO,
            paint_order="stroke",
        )
