"""The sheet that curves are drawn on: panels, strokes, marks, and what the figure says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from nbtrack.charts.curve_marks import (
    Best,
    best_point,
    best_trace,
    marks,
    marks_note,
    marks_trace,
)
from nbtrack.charts.figure import ChartFigure, Drawing
from nbtrack.charts.labels import listed, literal, middle, number, with_unit
from nbtrack.charts.panels import Panel, chosen_panels, panels
from nbtrack.charts.reduction import MOST_POINTS, Line, drawn
from nbtrack.charts.series import Series
from nbtrack.charts.theme import DASHES, LOG_AXIS, Properties, Theme, symbol, theme_of
from nbtrack.charts.ways import Wanted, way_of
from nbtrack.charts.x_scale import XScale
from nbtrack.directions import Direction

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_FEW_POINTS: Final = 30


class SheetChoice(Protocol):
    """The keywords of curves that a sheet looks at."""

    @property
    def title(self) -> str | None:
        """The title, or None for one that fits."""
        ...

    @property
    def theme(self) -> str:
        """The name of the theme."""
        ...

    @property
    def log_y(self) -> bool:
        """Whether y is logarithmic."""
        ...

    @property
    def best(self) -> Wanted:
        """Whether to mark the best point, or which way is better."""
        ...

    @property
    def overlay(self) -> bool:
        """Whether all metrics share a panel."""
        ...

    @property
    def units(self) -> Mapping[str, str] | None:
        """Units by metric."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """How a curve is drawn.

    owner
        The run or group it belongs to; its curves share an entry in the legend.
    is_named
        Whether it may stand in the legend.
    is_raw
        Whether it lies behind its smoothed form.
    """

    owner: str
    label: str
    line: Properties
    number: int = 0
    is_named: bool = True
    is_raw: bool = False


@dataclass(slots=True)
class CurveSheet:
    """A drawing of curves in the making."""

    drawing: Drawing
    metrics: list[str]
    panels: dict[str, Panel]
    scale: XScale
    choice: SheetChoice
    limit: int = MOST_POINTS
    named: set[str] = field(default_factory=set[str])
    bests: dict[str, Best] = field(default_factory=dict[str, Best])

    @classmethod
    def of(cls, keys: Sequence[str], scale: XScale, choice: SheetChoice) -> CurveSheet:
        """Lay out the panels of some metrics."""
        metrics, left_out = (list(keys), "") if choice.overlay else chosen_panels(keys)
        found, height = panels(1 if choice.overlay else len(metrics))
        homes = dict(zip(metrics, found * (len(metrics) if choice.overlay else 1), strict=True))
        title = choice.title or f"{listed(metrics)} by {scale.word}"
        drawing = Drawing(title, theme_of(choice.theme), layout={"height": height})
        drawing.note(left_out)
        sheet = cls(drawing, metrics, homes, scale, choice)
        sheet._lay_out()
        return sheet

    @property
    def theme(self) -> Theme:
        """The colours."""
        return self.drawing.theme

    def way(self, metric: str) -> Direction:
        """Return which way a metric is better."""
        return way_of(metric, self.choice.best)

    def name_of(self, metric: str) -> str:
        """Return a metric with its unit."""
        return with_unit(metric, (self.choice.units or {}).get(metric))

    def draw(self, series: Series, stroke: Stroke) -> None:
        """Add a curve."""
        number = len(self.drawing.traces)
        line = Line(number, series.x, series.y, self.limit, counts=not stroke.is_raw)
        x, y = drawn(line)
        self.drawing.lines.append(line)
        trace: Properties = {
            "type": "scatter",
            "x": x,
            "y": y,
            "name": literal(self._label(series.key, stroke)),
            "line": self._line(series.key, stroke),
            "legendgroup": stroke.owner,
            "showlegend": self._is_first(series.key, stroke),
            "meta": {"run_id": series.run_id, "key": series.key},
            **_mode(y, stroke),
            **self.panels[series.key].axes,
        }
        if stroke.is_raw:
            trace["hoverinfo"] = "skip"
        else:
            trace["hovertemplate"] = self.hover(series.key)
        self.drawing.add(trace)

    def hover(self, metric: str) -> str:
        """Return the hover text of a curve of a metric."""
        value = f"{literal(self.name_of(metric))} %{{y:.5g}}"
        return f"{self.scale.hover}<br>{value}<extra>%{{fullData.name}}</extra>"

    def mark(self, series: Sequence[Series], looks: Mapping[str, tuple[str, str]]) -> None:
        """Mark what cannot be drawn; `looks` are label and colour by run."""
        found = [
            (one.key, mark)
            for one in series
            if one.run_id in looks
            for mark in marks(one, *looks[one.run_id], log=self.choice.log_y)
        ]
        for metric in self.metrics:
            mine = [mark for key, mark in found if key == metric]
            if mine:
                trace = marks_trace(mine, self.panels[metric], self.theme, self.scale.place)
                is_first = "marks" not in self.named
                self.named.add("marks")
                self.drawing.add({**trace, "legendgroup": "marks", "showlegend": is_first})
        self.drawing.note(marks_note([mark for _, mark in found]))

    def mark_best(self, series: Sequence[tuple[Series, str]]) -> None:
        """Mark the best point of each metric among some curves with their labels."""
        for metric in self.metrics:
            mine = [pair for pair in series if pair[0].key == metric]
            best = best_point(mine, self.way(metric))
            if best is not None:
                self.bests[metric] = best
                if self.choice.best is not False:
                    trace = best_trace(best, self.panels[metric], self.theme, self.scale.place)
                    if len(self.metrics) > 1:
                        trace["name"] = literal(f"{best.word} {middle(metric)}: {number(best.y)}")
                    self.drawing.add(trace)

    def figure(self, who: str, table: Callable[[], pd.DataFrame]) -> ChartFigure:
        """Make the figure; `who` says whose curves these are."""
        named = [self.name_of(metric) for metric in self.metrics]
        said = [f"Curves of {listed(named, 12)} by {self.scale.word} for {who}"]
        for metric, best in self.bests.items():
            where = f"at {self.scale.place(best.x)} in {best.label}"
            said.append(f"{self.name_of(metric)} is {best.word}, {number(best.y)}, {where}")
        return self.drawing.figure(". ".join(said), table)

    def _lay_out(self) -> None:
        overlaid = self.choice.overlay and len(self.metrics) > 1
        for metric, panel in self.panels.items():
            y_title = "value" if overlaid else literal(self.name_of(metric))
            axes = panel.layout(self.theme, self.scale.title, y_title)
            if self.choice.log_y:
                axes[f"yaxis{panel.suffix}"] |= LOG_AXIS
            if self.scale.kind == "time":
                axes[f"xaxis{panel.suffix}"]["type"] = "date"
            self.drawing.layout |= axes

    def _label(self, metric: str, stroke: Stroke) -> str:
        return f"{stroke.label}, {metric}" if self._is_overlaid else stroke.label

    @property
    def _is_overlaid(self) -> bool:
        return self.choice.overlay and len(self.metrics) > 1

    def _line(self, metric: str, stroke: Stroke) -> Properties:
        if not self._is_overlaid:
            return stroke.line
        return {**stroke.line, "dash": DASHES[self.metrics.index(metric) % len(DASHES)]}

    def _is_first(self, metric: str, stroke: Stroke) -> bool:
        """Tell whether a curve is the one that stands in the legend for its owner."""
        who = f"{stroke.owner} {metric}" if self._is_overlaid else stroke.owner
        if not stroke.is_named or stroke.is_raw or who in self.named:
            return False
        self.named.add(who)
        return True


def _mode(y: np.ndarray, stroke: Stroke) -> Properties:
    """Return how points are drawn: short curves and lone points need markers to be seen."""
    finite = np.isfinite(y)
    padded = np.concatenate(([False], finite, [False]))
    is_lonely = bool((finite & ~padded[:-2] & ~padded[2:]).any())
    if stroke.is_raw or (len(y) > _FEW_POINTS and not is_lonely):
        return {"mode": "lines"}
    size = 6 if len(y) <= _FEW_POINTS else 4
    return {"mode": "lines+markers", "marker": {"symbol": symbol(stroke.number), "size": size}}
