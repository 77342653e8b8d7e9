"""Axes of a static picture: scales from values to pixels, ticks, grid and titles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from nbtrack.charts.labels import middle
from nbtrack.charts.reduction import Floats
from nbtrack.charts.svg_canvas import Canvas, paint, plain, width_of
from nbtrack.charts.theme import LIGHT, Properties
from nbtrack.charts.ticks import linear_ticks, log_ticks, tick_texts, time_ticks

_PAD: Final = 0.05
_TICK: Final = 4
_TICK_SIZE: Final = 11
_PER_X_TICK: Final = 64
_PER_Y_TICK: Final = 32
_MOST_WORDS: Final = 12


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A way from values to pixels, with ticks."""

    kind: str
    low: float
    high: float
    start: float
    end: float
    words: tuple[str, ...] = ()

    def at(self, values: object) -> Floats:
        """Return pixels for values; NaN for what has no place."""
        lengths = lengths_of(values, self.kind, self.words)
        share = (lengths - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def placed(self, start: float, end: float) -> Scale:
        """Return the same scale between other pixels."""
        return Scale(self.kind, self.low, self.high, start, end, self.words)

    def ticks(self, axis: Properties, most: int) -> list[tuple[float, str]]:
        """Return values and texts of the ticks."""
        if axis.get("tickvals") is not None:
            texts = [plain(text) for text in axis.get("ticktext") or axis["tickvals"]]
            return list(zip(map(float, axis["tickvals"]), texts, strict=True))
        if self.kind == "category":
            return list(enumerate(self.words))
        makers = {"log": log_ticks, "date": time_ticks}
        found = makers.get(self.kind, linear_ticks)(
            min(self.low, self.high), max(self.low, self.high), most
        )
        return list(
            zip(found, tick_texts(found, "time" if self.kind == "date" else ""), strict=True)
        )


def lengths_of(values: object, kind: str, words: Sequence[str] = ()) -> Floats:
    """Return values as lengths on an axis."""
    array = np.asarray(values)
    if array.dtype.kind == "M":
        array = array.astype("M8[ms]").astype(np.float64)
    elif array.dtype.kind in "OUS":
        array = _texts(array, kind, words)
    numbers = array.astype(np.float64)
    if kind == "log":
        return np.log10(np.where(numbers > 0, numbers, np.nan))
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _texts(array: np.ndarray, kind: str, words: Sequence[str]) -> np.ndarray:
    if kind == "category":
        places = {word: float(place) for place, word in enumerate(words)}
        return np.array([places.get(str(value), np.nan) for value in array.ravel()])
    if kind == "date":
        return array.astype("M8[ms]").astype(np.float64)
    return np.array([np.nan if value is None else float(value) for value in array.ravel()])


def scale_for(axis: Properties, found: Iterable[object], *, pad: float = _PAD) -> Scale:
    """Return the scale of an axis that some values are drawn on."""
    arrays = [np.asarray(values) for values in found]
    kind = str(axis.get("type") or _kind_of(arrays))
    words = _words(arrays) if kind == "category" else ()
    reach = axis.get("range")
    if reach is not None and None not in reach:
        ends = lengths_of(list(reach), "date" if kind == "date" else "linear")
        return Scale(kind, float(ends[0]), float(ends[1]), 0, 1, words)
    lengths = [lengths_of(values, kind, words) for values in arrays if values.size]
    finite = np.concatenate([part[np.isfinite(part)] for part in lengths] or [np.array([])])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    margin = (high - low) * pad if high > low else (abs(high) * 0.1 or 1.0)
    return Scale(kind, low - margin, high + margin, 0, 1, words)


def _kind_of(arrays: Sequence[np.ndarray]) -> str:
    kinds = {array.dtype.kind for array in arrays if array.size}
    if "M" in kinds:
        return "date"
    texts = [value for array in arrays if array.dtype.kind in "OUS" for value in array.ravel()]
    return "category" if any(isinstance(value, str) for value in texts) else "linear"


def _words(arrays: Sequence[np.ndarray]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for array in arrays for value in array.ravel()))


@dataclass(frozen=True, slots=True)
class Plot:
    """A pair of axes in their place."""

    x: Scale
    y: Scale
    x_axis: Properties
    y_axis: Properties
    box: Box

    def x_ticks(self) -> list[tuple[float, str]]:
        """Return the ticks along x, only as many as have room."""
        width = self.box.right - self.box.left
        ticks = self.x.ticks(self.x_axis, max(3, int(width // _PER_X_TICK)))
        if self.x_axis.get("tickvals") is not None and len(ticks) <= _MOST_WORDS:
            most = int(width / len(ticks) / width_of("0", _TICK_SIZE))
            return [(value, middle(text, max(most, 4))) for value, text in ticks]
        widest = max((width_of(text, _TICK_SIZE) for _, text in ticks), default=0) + 8
        step = max(1, -(-int(widest * len(ticks)) // max(int(width), 1)))
        return ticks[::step]

    def y_ticks(self) -> list[tuple[float, str]]:
        """Return the ticks along y."""
        height = self.box.bottom - self.box.top
        return self.y.ticks(self.y_axis, max(3, int(height // _PER_Y_TICK)))


def title_of(axis: Mapping[str, object]) -> str:
    """Return the title of an axis in plain text."""
    title = axis.get("title")
    return plain(title.get("text")) if isinstance(title, dict) else plain(title)


def draw_axes(canvas: Canvas, plot: Plot, ink: str) -> None:
    """Draw grid, ticks and titles."""
    box = plot.box
    grid = paint(plot.y_axis.get("gridcolor"), LIGHT.grid, "stroke")
    for value, text in plot.y_ticks():
        y = float(plot.y.at([value])[0])
        if box.top - 1 <= y <= box.bottom + 1:
            if plot.y_axis.get("showgrid", True):
                canvas.line((box.left, y), (box.right, y), **grid)
            place = (box.left - _TICK - 3, y + 4)
            canvas.text(place, text, text_anchor="end", fill=ink, font_size=_TICK_SIZE)
    _draw_x_ticks(canvas, plot, ink)
    frame = paint(plot.x_axis.get("linecolor"), LIGHT.line, "stroke")
    canvas.line((box.left, box.bottom), (box.right, box.bottom), **frame)
    canvas.line((box.left, box.top), (box.left, box.bottom), **frame)
    _draw_titles(canvas, plot, ink)


def _draw_x_ticks(canvas: Canvas, plot: Plot, ink: str) -> None:
    box = plot.box
    grid = paint(plot.x_axis.get("gridcolor"), LIGHT.grid, "stroke")
    for value, text in plot.x_ticks():
        x = float(plot.x.at([value])[0])
        if not box.left - 1 <= x <= box.right + 1:
            continue
        if plot.x_axis.get("showgrid", True):
            canvas.line((x, box.top), (x, box.bottom), **grid)
        if plot.x_axis.get("showticklabels", True):
            place = (x, box.bottom + _TICK + _TICK_SIZE)
            canvas.text(place, text, text_anchor="middle", fill=ink, font_size=_TICK_SIZE)


def _draw_titles(canvas: Canvas, plot: Plot, ink: str) -> None:
    box = plot.box
    x_title, y_title = title_of(plot.x_axis), title_of(plot.y_axis)
    if x_title:
        place = ((box.left + box.right) / 2, box.bottom + 36)
        canvas.text(place, x_title, text_anchor="middle", fill=ink)
    if y_title:
        widest = max((width_of(text, _TICK_SIZE) for _, text in plot.y_ticks()), default=0)
        x, y = box.left - widest - 16, (box.top + box.bottom) / 2
        turned = f"rotate(-90 {x:.0f} {y:.0f})"
        canvas.text((x, y), y_title, text_anchor="middle", fill=ink, transform=turned)
