"""A chart that is live: a plotly figure in the page, and what the person does there.

The figure goes to the front end once; later points as messages (`extend`). Both are kept in the
`figure` trait, from which a page that is loaded again takes them. Clicks, brushes and zooms come
back as messages. A zoom asks the figure for finer points of that part, if it has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, ClassVar, Final, Protocol

import numpy as np
from traitlets import Dict, Int, Unicode

from nbtrack.charts.theme import DARK, LIGHT, Theme
from nbtrack.display import Card
from nbtrack.widgets.base import LOCK, BaseWidget, Message, static_text
from nbtrack.widgets.events import Brush, Click, brush_of, click_of, zoom_of
from nbtrack.widgets.pictures import picture_card
from nbtrack.widgets.plotly_js import packed_library, plotly_js
from nbtrack.widgets.wire import Figure, Json, is_packed, packed_array, unpacked_array, wire_figure

XRange = tuple[float | str, float | str]
HEIGHT: Final = 380


class Finer(Protocol):
    """Points of a part of the x axis, as `charts` returns them."""

    @property
    def traces(self) -> Sequence[Mapping[str, Any]]:
        """For each curve `{"trace": number, "x": ..., "y": ...}`."""
        ...

    @property
    def note(self) -> str:
        """What to say of points that are left out."""
        ...


Refine = Callable[[XRange | None], Finer]


@dataclass(frozen=True, slots=True)
class Tail:
    """New points of a trace, behind the first `keep` points that it has; None keeps all."""

    trace: int
    x: Iterable[float]
    y: Iterable[float]
    keep: int | None = None


class Chart(BaseWidget):
    """A plotly figure in a notebook, in the page's colours, with its data as a table.

    Attributes
    ----------
    figure
        What is drawn, with its numbers packed; set it with `show`.
    status
        What stands above the chart: `text`, `done` (from 0 to 1), and `notices`.
    """

    _esm = static_text("library.js", "chart.js")
    _css = static_text("theme.css", "buttons.css", "chart.css")
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "click": "_on_click",
        "brush": "_on_brush",
        "zoom": "_on_zoom",
        "library": "_on_library",
    }

    figure = Dict().tag(sync=True)
    status = Dict().tag(sync=True)
    height = Int(HEIGHT).tag(sync=True)
    _colours = Dict().tag(sync=True)
    _plotly = Unicode().tag(sync=True)
    _library = Unicode().tag(sync=True)

    def __init__(
        self, figure: Figure | None = None, *, height: int = HEIGHT, refine: Refine | None = None
    ) -> None:
        """Make a chart.

        Parameters
        ----------
        figure
            A plotly figure, a figure of `nbtrack.charts`, or a dictionary with data and layout.
        height
            In pixels; the width is that of the cell.
        refine
            Called with both ends of the x axis after a zoom, and with None when all is shown again;
            returns finer points. Figures of `nbtrack.charts` bring their own.
        """
        library = plotly_js()
        self._refine = refine
        self._refine_figure: Refine | None = None
        self._clicked: list[Callable[[Click], object]] = []
        self._brushed: list[Callable[[Brush], object]] = []
        self._zoomed: list[Callable[[XRange | None], object]] = []
        super().__init__(
            figure=wire_figure(figure),
            height=height,
            _colours={theme.name: theme_colours(theme) for theme in (LIGHT, DARK)},
            _plotly=library.version,
            _library=str(library.model_id),
        )
        self._take_refinement(figure)

    def show(self, figure: Figure | None) -> None:
        """Draw another figure in place of this one; zoom and hidden traces are kept."""
        wire = wire_figure(figure)
        with LOCK:
            self._take_refinement(figure)
            self.figure = wire

    def _take_refinement(self, figure: Figure | None) -> None:
        zoomed: Refine | None = getattr(figure, "zoomed", None)
        self._refine_figure = self._refine or zoomed

    def extend(self, tails: Iterable[Tail], status: Mapping[str, Any] | None = None) -> None:
        """Add points to traces, in one message.

        Parameters
        ----------
        tails
            New points of the traces.
        status
            What to say above the chart from now on.
        """
        message: Json = {"type": "extend", "tails": []}
        buffers: list[bytes] = []
        with LOCK:
            for tail in tails:
                x, y = (np.asarray(part, np.float64) for part in (tail.x, tail.y))
                keep = self._append(tail, x, y)
                message["tails"].append({"trace": tail.trace, "keep": keep})
                buffers += [x.tobytes(), y.tobytes()]
            if status is not None:
                message["status"] = dict(status)
                _replace(self.status, status)
            self.send(message, buffers=buffers)

    def _append(self, tail: Tail, x: np.ndarray, y: np.ndarray) -> int:
        """Add points to the state, which the front end is not sent again."""
        trace = self.figure["data"][tail.trace]
        length = len(_numbers(trace.get("x", ())))
        keep = length if tail.keep is None else min(tail.keep, length)
        for axis, more in (("x", x), ("y", y)):
            before = _numbers(trace.get(axis, ()))[:keep]
            trace[axis] = packed_array(np.concatenate((before, more)))
        return keep

    # --- what the person does ---------------------------------------------------------------------

    def on_click(self, hear: Callable[[Click], object]) -> None:
        """Have `hear(click)` called when a point is clicked."""
        self._clicked.append(hear)

    def on_brush(self, hear: Callable[[Brush], object]) -> None:
        """Have `hear(brush)` called when points or ranges are selected; an empty one for none."""
        self._brushed.append(hear)

    def on_zoom(self, hear: Callable[[XRange | None], object]) -> None:
        """Have `hear(x_range)` called after a zoom; None when all is shown again."""
        self._zoomed.append(hear)

    def _on_click(self, message: Message) -> None:
        click = click_of(message, self.figure["data"])
        for hear in self._clicked:
            hear(click)

    def _on_brush(self, message: Message) -> None:
        brush = brush_of(message, self.figure["data"])
        for hear in self._brushed:
            hear(brush)

    def _on_zoom(self, message: Message) -> None:
        x_range = zoom_of(message)
        if self._refine_figure is not None:
            self._show_finer(self._refine_figure(x_range))
        for hear in self._zoomed:
            hear(x_range)

    def _show_finer(self, finer: Finer) -> None:
        tails = [Tail(found["trace"], found["x"], found["y"], keep=0) for found in finer.traces]
        self.extend(tails, {"text": finer.note})

    def _on_library(self, message: Message) -> None:
        """Send plotly.js to a front end that did not load its model."""
        answer = {"type": "library", "id": message.get("id")}
        self.send(answer, buffers=[packed_library()])

    def still(self) -> Card:
        """Return the chart as a picture, and its description."""
        return picture_card(self.figure, self.height)


def theme_colours(theme: Theme) -> list[str]:
    """Return the colours of a theme in an order that is the same for all themes."""
    roles = [getattr(theme, field.name) for field in fields(theme)]
    texts = (role if isinstance(role, tuple) else (role,) for role in roles)
    return [text for text in chain.from_iterable(texts) if text.startswith("#")]


def _numbers(part: Any) -> np.ndarray:  # noqa: ANN401 - JSON enters here
    if is_packed(part):
        return unpacked_array(part)
    return np.array([np.nan if value is None else value for value in part], np.float64)


def _replace(old: Json, new: Mapping[str, Any]) -> None:
    """Bring a synced dictionary up to date without sending it."""
    old.clear()
    old.update(new)
