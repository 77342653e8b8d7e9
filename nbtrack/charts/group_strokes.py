"""Draw groups of runs: the mean as a line on its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from nbtrack.charts.curve_sheet import CurveSheet, Stroke
from nbtrack.charts.grouping import GroupCurve
from nbtrack.charts.labels import distinct
from nbtrack.charts.reduction import Floats, Line, drawn, limit_for
from nbtrack.charts.series import Series
from nbtrack.charts.theme import Properties, line_style, pale
from nbtrack.frames.tables import table_frame

if TYPE_CHECKING:
    import pandas as pd

_BAND: Final = 0.18


def draw_groups(sheet: CurveSheet, found: Sequence[GroupCurve]) -> Mapping[str, Properties]:
    """Draw curves of groups, and return the line of each group."""
    groups = list(dict.fromkeys(curve.group for curve in found))
    labels = dict(zip(groups, distinct(groups), strict=True))
    lines = {group: line_style(number, sheet.theme) for number, group in enumerate(groups)}
    sheet.limit = limit_for(3 * len(found), 16)
    means: list[tuple[Series, str]] = []
    for curve in sorted(found, key=lambda c: sheet.metrics.index(c.key)):
        colour = str(lines[curve.group]["color"])
        _draw_edge(sheet, curve, curve.low, {})
        _draw_edge(sheet, curve, curve.high, {"fill": "tonexty", "fillcolor": pale(colour, _BAND)})
        mean = Series(curve.group, curve.key, curve.x, curve.mean)
        stroke = Stroke(
            owner=curve.group,
            label=labels[curve.group],
            line={**lines[curve.group], "width": 2.2},
            number=groups.index(curve.group),
        )
        sheet.draw(mean, stroke)
        means.append((mean, labels[curve.group]))
    sheet.mark_best(means)
    return lines


def _draw_edge(sheet: CurveSheet, curve: GroupCurve, y: Floats, fill: Properties) -> None:
    line = Line(len(sheet.drawing.traces), curve.x, y, sheet.limit, counts=False)
    x, shown = drawn(line)
    sheet.drawing.lines.append(line)
    sheet.drawing.add(
        {
            "type": "scatter",
            "x": x,
            "y": shown,
            "mode": "lines",
            "line": {"width": 0},
            "legendgroup": curve.group,
            "showlegend": False,
            "hoverinfo": "skip",
            **fill,
            **sheet.panels[curve.key].axes,
        }
    )


def groups_table(found: Sequence[GroupCurve], x: str) -> pd.DataFrame:
    """Return the curves as a table."""
    counts = [len(curve.x) for curve in found]
    numbers = {"mean": "mean", "low": "low", "high": "high", x: "x"}
    columns = {
        name: np.concatenate([getattr(curve, field) for curve in found])
        for name, field in numbers.items()
    }
    texts = {
        "group": np.repeat([curve.group for curve in found], counts),
        "metric": np.repeat([curve.key for curve in found], counts),
    }
    return table_frame({**texts, x: columns.pop(x), **columns})
