"""Runs as dots: a column against another, coloured and sized by further ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np

from nbtrack.charts.colouring import Shade, on_a_scale, shades
from nbtrack.charts.columns import Column, Flags, read_column
from nbtrack.charts.figure import ChartFigure, Drawing, Look, LookOptions
from nbtrack.charts.labels import literal, plural, with_unit
from nbtrack.charts.reduction import Floats
from nbtrack.charts.run_rows import drawn_rows, missing_note, row_ids, row_names, rows_note
from nbtrack.charts.theme import Properties, pale, theme_of
from nbtrack.frames.tables import table_frame
from nbtrack.signatures import filled, spelled_out

if TYPE_CHECKING:
    import pandas as pd

_SMALL, _LARGE = 6.0, 34.0  # widths of the dots of the lowest and highest size
_USUAL: Final = 10
_EDGE: Final = 0.08
_MANY: Final = 300


class ScatterOptions(LookOptions, total=False):
    """The keywords of `scatter`."""

    colour: str | None
    size: str | None
    log_x: bool | None
    log_y: bool | None
    units: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterChoice(Look):
    """The same with their defaults."""

    colour: str | None = None
    size: str | None = None
    log_x: bool | None = None
    log_y: bool | None = None
    units: Mapping[str, str] | None = None


@spelled_out(ScatterChoice)
def scatter(runs: pd.DataFrame, x: str, y: str, **options: Unpack[ScatterOptions]) -> ChartFigure:
    """Draw one dot a run, a column against another.

    Parameters
    ----------
    runs
        One row a run, as of `nbtrack.runs`.
    x, y
        Columns such as `params.lr` and `metrics.accuracy`: numbers, times or categories.
    **options
        `colour`: a column whose values get a colour each, or a scale if they are many numbers.
        `size`: a column of numbers that the areas of the dots go with. `log_x`, `log_y`: whether
        an axis is logarithmic; by default where the values of a param spread better on it.
        `units`: units by column. `title`; `theme`: `light` or `dark`.

    Returns
    -------
    ChartFigure
        With a trace for each value of `colour`. A run with NaN, infinity or nothing in `x` or `y`
        stands as a cross at the edge of the chart, and is spoken of.

    Raises
    ------
    InvalidParameterValue
        If there are no runs, or a column is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.scatter(runs, "params.lr", "metrics.loss")
    <Chart: Scatter chart of 3 runs: params.lr from 0.01 to 0.1, metrics.loss from 0.2 to 0.5.>
    """
    chosen = filled(ScatterChoice, options, of="scatter")
    across = read_column(runs, x, log=_log(chosen.log_x, x))
    up = read_column(runs, y, log=_log(chosen.log_y, y))
    colour = None if chosen.colour is None else read_column(runs, chosen.colour, log=None)
    size = None if chosen.size is None else read_column(runs, chosen.size)
    title = chosen.title or f"{y} by {x}"
    drawing = Drawing(title, theme_of(chosen.theme), layout={"height": 460})
    dots = _Dots(runs, across, up, size, drawn_rows([across, up]))
    for shade in shades(colour, drawing.theme, len(runs)):
        trace = dots.trace(shade, drawing)
        if len(trace["x"]):
            drawing.add(trace)
    lost = dots.edge_trace(drawing)
    if lost is not None:
        has_bar = colour is not None and on_a_scale(colour)  # it stands where the legend would
        drawing.add({**lost, "showlegend": not has_bar})
    drawing.layout |= {
        "xaxis": across.axis(drawing.theme, _title(across, chosen.units)),
        "yaxis": up.axis(drawing.theme, _title(up, chosen.units)),
        "legend": {"title": {"text": literal(chosen.colour or ""), "font": {"size": 12}}},
    }
    present = [column for column in (across, up, colour, size) if column is not None]
    drawing.note(f"size: {size.name}, {size.range_text()}" if size is not None else "")
    drawing.note(rows_note(len(dots.rows), len(runs)))
    drawing.note(f"{missing_note(present)}: crosses at the edge" if lost else missing_note(present))
    ranges = ", ".join(f"{column.name} {column.range_text()}" for column in present)
    alt = f"Scatter chart of {plural(len(runs), 'run')}: {ranges}"
    return drawing.figure(alt, lambda: _table(runs, present))


def _log(wanted: bool | None, column: str) -> bool | None:  # noqa: FBT001 - private
    """Leave it open for params only: what a metric looks like is not to change by itself."""
    return wanted if wanted is not None or column.startswith("params.") else False


def _title(column: Column, units: Mapping[str, str] | None) -> str:
    return with_unit(column.name, (units or {}).get(column.name))


class _Dots:
    """The dots of some runs, and how they are placed and named."""

    def __init__(
        self, runs: pd.DataFrame, x: Column, y: Column, size: Column | None, rows: np.ndarray
    ) -> None:
        self.rows = rows
        self._x, self._y, self._size = x, y, size
        self._ids, self._names = row_ids(runs), row_names(runs)
        self._chosen = np.zeros(len(runs), dtype=bool)
        self._chosen[rows] = True
        self._placed: Flags = x.usable & y.usable & self._chosen

    def trace(self, shade: Shade, drawing: Drawing) -> Properties:
        """Return the dots of a look."""
        rows = np.flatnonzero(shade.rows & self._placed)
        marker = {**shade.marker, "opacity": 0.85 if len(self.rows) <= _MANY else 0.5}
        marker["size"] = _USUAL
        marker["line"] = {"color": drawing.theme.ground, "width": 1}
        if self._size is not None:
            widths = _widths(self._size)
            rows = rows[np.argsort(-widths[rows], kind="stable")]  # small ones on top
            marker["size"] = widths[rows]
        if isinstance(marker["color"], np.ndarray):
            colours = np.empty(len(shade.rows))
            colours[shade.rows] = marker["color"]
            marker["color"] = colours[rows]
        return {
            "type": "scatter",
            "mode": "markers",
            "x": self._x.numbers[rows],
            "y": self._y.numbers[rows],
            "name": literal(shade.name),
            "showlegend": bool(shade.name),
            "marker": marker,
            **self._words(rows),
        }

    def edge_trace(self, drawing: Drawing) -> Properties | None:
        """Return crosses at the edge for runs that have no place; None if all have one."""
        rows = np.flatnonzero(self._chosen & ~(self._x.usable & self._y.usable))
        if not len(rows):
            return None
        theme = drawing.theme
        line = {"color": theme.ink, "width": 1.5}
        return {
            "type": "scatter",
            "mode": "markers",
            "x": _at_edge(self._x, rows),
            "y": _at_edge(self._y, rows),
            "name": "NaN, infinite or missing",
            "marker": {"symbol": "x-thin", "size": 9, "color": pale(theme.ink, 0.6), "line": line},
            **self._words(rows),
        }

    def _words(self, rows: np.ndarray) -> Properties:
        """Return what the dots say, and the ids of their runs."""
        columns = [column for column in (self._x, self._y, self._size) if column is not None]
        texts = [column.texts() for column in columns]
        said = [
            "<br>".join(
                [
                    f"<b>{literal(self._names[row])}</b>",
                    *(
                        f"{literal(column.name)} {literal(words[row])}"
                        for column, words in zip(columns, texts, strict=True)
                    ),
                ]
            )
            for row in rows.tolist()
        ]
        ids = [self._ids[row] for row in rows.tolist()]
        return {"text": said, "customdata": ids, "hovertemplate": "%{text}<extra></extra>"}


def _widths(column: Column) -> Floats:
    """Return widths of dots whose areas go with the numbers."""
    lengths = column.scaled()
    low, span = column.edge(0.0), column.edge(1.0) - column.edge(0.0)
    shares = np.nan_to_num((lengths - low) / span, nan=0.0)
    return np.sqrt(_SMALL**2 + shares * (_LARGE**2 - _SMALL**2))


def _at_edge(column: Column, rows: np.ndarray) -> Floats:
    """Return the values of rows, and places beyond the ends for those that have none."""
    values = column.numbers[rows]
    low, high = column.edge(-_EDGE), column.edge(1 + _EDGE)
    if column.kind == "category":
        low, high = -0.5, len(column.words) - 0.5
    found = np.where(column.usable[rows], values, low)
    return np.where(np.isposinf(values), high, found)


def _table(runs: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    data: dict[str, Any] = {"run_id": row_ids(runs), "run": row_names(runs)}
    return table_frame({**data, **{column.name: runs[column.name].array for column in columns}})
