"""A metric over two params, as lines of equal height between the runs that were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np

from nbtrack.charts.colouring import colour_bar
from nbtrack.charts.columns import Column, read_column
from nbtrack.charts.figure import ChartFigure, Drawing, Look, LookOptions
from nbtrack.charts.labels import literal, number, plural
from nbtrack.charts.reduction import Floats
from nbtrack.charts.run_rows import missing_note, row_ids, row_names, rows_note
from nbtrack.charts.theme import Properties, Theme, colour_scale, theme_of
from nbtrack.charts.ways import Wanted, way_of
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.tables import table_frame
from nbtrack.signatures import filled, spelled_out

if TYPE_CHECKING:
    import pandas as pd

_CELLS: Final = 48
_FEWEST: Final = 4
_MOST_RUNS: Final = 2000
_NEAR: Final = 1e-4  # squared distance below which a run alone counts
_AROUND: Final = 0.04


class ContourOptions(LookOptions, total=False):
    """The keywords of `contour`."""

    log_x: bool | None
    log_y: bool | None
    best: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ContourChoice(Look):
    """The same with their defaults."""

    log_x: bool | None = None
    log_y: bool | None = None
    best: Wanted = True


@spelled_out(ContourChoice)
def contour(
    runs: pd.DataFrame, x: str, y: str, value: str, **options: Unpack[ContourOptions]
) -> ChartFigure:
    """Draw how a metric goes with two params.

    Between the runs the metric is estimated: a mean of all runs, the nearer the heavier (inverse
    squares of distances, each axis counting alike). What lies far from every run is a guess.

    Parameters
    ----------
    runs
        One row a run, as of `nbtrack.runs`.
    x, y
        Columns of the params: numbers, times or categories.
    value
        Column of the metric.
    **options
        `log_x`, `log_y`: whether an axis is logarithmic; by default where values spread better on
        it. `best`: whether to mark the best run, or which way is better, `min` or `max`. `title`;
        `theme`: `light` or `dark`.

    Raises
    ------
    InvalidParameterValue
        If a column is not there, or fewer than four runs have a value in all three.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"params.lr": [0.1, 0.1, 0.01, 0.01], "params.depth": [2, 4, 2, 4]})
    >>> runs["run_id"], runs["metrics.loss"] = list("abcd"), [0.5, 0.4, 0.2, 0.3]
    >>> charts.contour(runs, "params.lr", "params.depth", "metrics.loss")
    <Chart: Contour chart of params.lr from 0.01 to 0.1, params.depth from 2 to 4, metrics.loss from
    0.2 to 0.5. The best metrics.loss, 0.2, is at params.lr 0.01 and params.depth 2. Remarks:
    estimated between 4 runs by inverse distance.>
    """
    chosen = filled(ContourChoice, options, of="contour")
    columns = [
        read_column(runs, x, log=chosen.log_x),
        read_column(runs, y, log=chosen.log_y),
        read_column(runs, value),
    ]
    rows = _rows(columns)
    theme = theme_of(chosen.theme)
    drawing = Drawing(chosen.title or f"{value} by {x} and {y}", theme, layout={"height": 480})
    drawing.add(_surface(columns, rows, theme))
    drawing.add(_dots(runs, columns, rows, theme))
    best = _best(columns[2], rows, chosen.best)
    if chosen.best is not False:
        drawing.add(_star(columns, best, theme))
    drawing.layout |= {
        "xaxis": _axis(columns[0], rows, theme),
        "yaxis": _axis(columns[1], rows, theme),
        "showlegend": False,
    }
    drawing.note(f"estimated between {plural(len(rows), 'run')} by inverse distance")
    drawing.note(rows_note(len(rows), int(_usable(columns).sum())))
    drawing.note(missing_note(columns))
    ranges = ", ".join(f"{column.name} {column.range_text()}" for column in columns)
    where = " and ".join(f"{c.name} {c.text(float(c.numbers[best]))}" for c in columns[:2])
    alt = f"Contour chart of {ranges}. The best {value}, {number(float(columns[2].numbers[best]))}"
    return drawing.figure(f"{alt}, is at {where}", lambda: _table(runs, columns))


def _usable(columns: list[Column]) -> np.ndarray:
    return columns[0].usable & columns[1].usable & columns[2].usable


def _rows(columns: list[Column]) -> np.ndarray:
    if columns[2].kind == "category":
        raise InvalidParameterValue(f"{columns[2].name!r} is text. Name a column of numbers.")
    usable = np.flatnonzero(_usable(columns))
    if len(usable) < _FEWEST:
        names = ", ".join(repr(column.name) for column in columns)
        raise InvalidParameterValue(
            f"{plural(len(usable), 'run')} with a value in {names}. A contour takes four at least."
        )
    if len(usable) <= _MOST_RUNS:
        return usable
    spread = np.linspace(0, len(usable) - 1, _MOST_RUNS).astype(np.intp)
    return usable[spread]


def _surface(columns: list[Column], rows: np.ndarray, theme: Theme) -> Properties:
    x, y = (_places(column, rows) for column in columns[:2])
    z = columns[2].numbers[rows]
    return {
        "type": "contour",
        "x": _values(columns[0], x),
        "y": _values(columns[1], y),
        "z": _estimate(columns, rows, (x, y), z),
        "colorscale": colour_scale(),
        "colorbar": colour_bar(columns[2], theme),
        "line": {"width": 0.6, "color": theme.ground},
        "ncontours": 14,
        "hovertemplate": f"about %{{z:.5g}}<extra>{literal(columns[2].name)}</extra>",
    }


def _places(column: Column, rows: np.ndarray) -> Floats:
    """Return the lengths on an axis at which the metric is estimated."""
    lengths = column.scaled()[rows]
    low, high = float(lengths.min()), float(lengths.max())
    margin = (high - low or 1.0) * _AROUND
    return np.linspace(low - margin, high + margin, _CELLS)


def _values(column: Column, lengths: Floats) -> Floats:
    return 10**lengths if column.kind == "log" else lengths


def _estimate(
    columns: list[Column], rows: np.ndarray, places: tuple[Floats, Floats], z: Floats
) -> Floats:
    """Return the means of all runs at each place, by the inverse squares of their distances."""
    squares: Floats = np.zeros((_CELLS, _CELLS, len(rows)))
    for axis, (column, at) in enumerate(zip(columns, places, strict=False)):
        span = float(at[-1] - at[0])
        away = ((at[:, None] - column.scaled()[rows]) / span) ** 2
        squares += away[None, :, :] if axis == 0 else away[:, None, :]
    weights = 1 / np.maximum(squares, _NEAR)
    found: Floats = weights @ z / weights.sum(axis=2)
    return found


def _dots(runs: pd.DataFrame, columns: list[Column], rows: np.ndarray, theme: Theme) -> Properties:
    names, ids = row_names(runs), row_ids(runs)
    values = columns[2].texts()
    return {
        "type": "scatter",
        "mode": "markers",
        "x": columns[0].numbers[rows],
        "y": columns[1].numbers[rows],
        "name": "runs",
        "text": [f"<b>{literal(names[row])}</b><br>{values[row]}" for row in rows.tolist()],
        "customdata": [ids[row] for row in rows.tolist()],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "size": 7,
            "color": theme.ink,
            "line": {"color": theme.ground, "width": 1},
        },
    }


def _best(column: Column, rows: np.ndarray, best: Wanted) -> int:
    way = way_of(column.name, best)
    values = column.numbers[rows]
    return int(rows[int(values.argmin() if way == "min" else values.argmax())])


def _star(columns: list[Column], best: int, theme: Theme) -> Properties:
    x, y, z = (float(column.numbers[best]) for column in columns)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "name": f"best: {number(z)}",
        "hovertemplate": f"best: {number(z)}<extra></extra>",
        "marker": {
            "symbol": "star",
            "size": 16,
            "color": theme.palette[1],
            "line": {"color": theme.ground, "width": 1},
        },
    }


def _axis(column: Column, rows: np.ndarray, theme: Theme) -> Properties:
    lengths = _places(column, rows)
    axis = column.axis(theme, column.name)
    return {**axis, "range": [float(lengths[0]), float(lengths[-1])], "showgrid": False}


def _table(runs: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    data: dict[str, Any] = {"run_id": row_ids(runs), "run": row_names(runs)}
    return table_frame({**data, **{column.name: runs[column.name].array for column in columns}})
