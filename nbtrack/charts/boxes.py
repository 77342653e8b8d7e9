"""A metric by group: a box of quartiles, and each run as a dot beside its like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np

from nbtrack.charts.columns import Column, read_column
from nbtrack.charts.figure import ChartFigure, Drawing, Look, LookOptions
from nbtrack.charts.labels import distinct, listed, literal, number, plural, with_unit
from nbtrack.charts.reduction import Floats
from nbtrack.charts.run_rows import missing_note, row_ids, row_names
from nbtrack.charts.theme import Properties, Theme, axis_style, pale, theme_of
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.tables import table_frame
from nbtrack.signatures import filled, spelled_out

if TYPE_CHECKING:
    import pandas as pd

_MOST_GROUPS: Final = 30
_MOST_DOTS: Final = 300
_WIDTH: Final = 0.5
_GOLDEN: Final = 0.6180339887498949  # spreads dots evenly without chance
_EDGE: Final = 0.08
_FENCE: Final = 1.5


class BoxesOptions(LookOptions, total=False):
    """The keywords of `boxes` and `strip`."""

    log_y: bool
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxesChoice(Look):
    """The same with their defaults."""

    log_y: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """Runs of one value: its place among the groups, and the rows."""

    place: int
    label: str
    rows: np.ndarray


@spelled_out(BoxesChoice)
def boxes(runs: pd.DataFrame, y: str, by: str, **options: Unpack[BoxesOptions]) -> ChartFigure:
    """Draw the quartiles of a metric for each value of a column, with the runs as dots.

    Parameters
    ----------
    runs
        One row a run, as of `nbtrack.runs`.
    y
        Column of the metric.
    by
        Column whose values make the groups, at most 30.
    **options
        `log_y`: a logarithmic axis; `unit`: of the metric; `title`; `theme`: `light` or `dark`.

    Returns
    -------
    ChartFigure
        Boxes from the first to the third quartile with the median; whiskers reach to the farthest
        value within 1.5 times the box. NaN and infinities are marked at the edge.

    Raises
    ------
    InvalidParameterValue
        If there are no runs, a column is not there, or the metric is no number.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.boxes(runs, "metrics.loss", by="params.lr")
    <Chart: Box chart of metrics.loss by params.lr. Medians, and counts of runs: 0.01 0.2 (1) and
    0.1 0.45 (2).>
    """
    return _drawn(runs, y, by, filled(BoxesChoice, options, of="boxes"), has_boxes=True)


@spelled_out(BoxesChoice)
def strip(runs: pd.DataFrame, y: str, by: str, **options: Unpack[BoxesOptions]) -> ChartFigure:
    """Draw each run as a dot above the value of a column, with the median of each group.

    Parameters
    ----------
    runs
        One row a run, as of `nbtrack.runs`.
    y, by
        Columns of the metric and of the groups.
    **options
        As of `boxes`.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.strip(runs, "metrics.loss", by="params.lr")
    <Chart: Strip chart of metrics.loss by params.lr. Medians, and counts of runs: 0.01 0.2 (1) and
    0.1 0.45 (2).>
    """
    return _drawn(runs, y, by, filled(BoxesChoice, options, of="strip"), has_boxes=False)


def _drawn(
    runs: pd.DataFrame, y: str, by: str, chosen: BoxesChoice, *, has_boxes: bool
) -> ChartFigure:
    column = read_column(runs, y, log=chosen.log_y)
    if column.kind == "category":
        raise InvalidParameterValue(f"{y!r} is text. Name a column of numbers.")
    groups, left_out = _groups(read_column(runs, by))
    theme = theme_of(chosen.theme)
    drawing = Drawing(chosen.title or f"{y} by {by}", theme, layout={"height": 440})
    dots = _Dots(column, row_ids(runs), row_names(runs), theme)
    for group in groups:
        if has_boxes:
            drawing.add(_box(column, group, theme))
        else:
            drawing.add(_median(column, group, theme))
        drawing.add(
            dots.trace(group, 0.0 if not has_boxes else -0.34, 0.5 if not has_boxes else 0.2)
        )
    drawing.layout |= {
        "xaxis": _group_axis(groups, by, theme),
        "yaxis": column.axis(theme, with_unit(y, chosen.unit)),
        "showlegend": False,
    }
    drawing.note(left_out)
    hidden = sum(max(len(group.rows) - _MOST_DOTS, 0) for group in groups)
    drawing.note(f"{plural(hidden, 'dot')} left out" if hidden else "")
    drawing.note(missing_note([column]))
    medians = [f"{g.label} {number(_middle(column, g))} ({len(g.rows):,})" for g in groups]
    kind = "Box" if has_boxes else "Strip"
    alt = f"{kind} chart of {y} by {by}. Medians, and counts of runs: {listed(medians, 12)}"
    return drawing.figure(alt, lambda: _table(runs, y, by))


def _groups(by: Column) -> tuple[list[_Group], str]:
    values = np.unique(by.numbers[np.isfinite(by.numbers)])
    words = distinct([by.text(value) for value in values.tolist()])
    groups = [
        _Group(place, words[place], np.flatnonzero(by.numbers == value))
        for place, value in enumerate(values[:_MOST_GROUPS].tolist())
    ]
    lost = np.flatnonzero(~np.isfinite(by.numbers))
    if len(lost):
        groups.append(_Group(len(groups), f"no {by.name}", lost))
    left_out = len(values) - _MOST_GROUPS
    return groups, f"{_MOST_GROUPS} of {len(values):,} groups" if left_out > 0 else ""


def _group_axis(groups: Sequence[_Group], by: str, theme: Theme) -> Properties:
    return {
        **axis_style(theme, literal(by)),
        "type": "linear",
        "showgrid": False,
        "tickvals": [group.place for group in groups],
        "ticktext": [literal(group.label) for group in groups],
        "range": [-0.6, len(groups) - 0.4],
    }


def _usable(column: Column, group: _Group) -> Floats:
    found: Floats = column.numbers[group.rows][column.usable[group.rows]]
    return found


def _middle(column: Column, group: _Group) -> float:
    values = _usable(column, group)
    return float(np.median(values)) if len(values) else float("nan")


def _box(column: Column, group: _Group, theme: Theme) -> Properties:
    values = _usable(column, group)
    if not len(values):
        values = np.array([np.nan])
    first, middle, third = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
    reach = _FENCE * (third - first)
    inside = values[(values >= first - reach) & (values <= third + reach)]
    low, high = (float(inside.min()), float(inside.max())) if len(inside) else (first, third)
    colour = theme.palette[group.place % len(theme.palette)]
    return {
        "type": "box",
        "x": [group.place],
        "q1": [first],
        "median": [middle],
        "q3": [third],
        "lowerfence": [low],
        "upperfence": [high],
        "name": literal(group.label),
        "width": _WIDTH * 0.7,
        "line": {"color": colour, "width": 1.6},
        "fillcolor": pale(colour, 0.2),
        "hoverinfo": "y",
    }


def _median(column: Column, group: _Group, theme: Theme) -> Properties:
    middle = _middle(column, group)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [group.place - _WIDTH / 2, group.place + _WIDTH / 2],
        "y": [middle, middle],
        "line": {"color": theme.ink, "width": 2},
        "name": literal(f"median of {group.label}"),
        "hovertemplate": "median %{y:.5g}<extra></extra>",
    }


@dataclass(frozen=True, slots=True)
class _Dots:
    """What the dots of runs need: their values, ids and names."""

    column: Column
    ids: Sequence[str]
    names: Sequence[str]
    theme: Theme

    def trace(self, group: _Group, shift: float, width: float) -> Properties:
        """Return the dots of a group, spread over a width beside its middle."""
        rows = group.rows
        if len(rows) > _MOST_DOTS:
            rows = rows[np.linspace(0, len(rows) - 1, _MOST_DOTS).astype(np.intp)]
        usable = self.column.usable[rows]
        values = self.column.numbers[rows]
        low, high = self.column.edge(-_EDGE), self.column.edge(1 + _EDGE)
        spread = np.modf(np.arange(len(rows)) * _GOLDEN + 0.5)[0] - 0.5
        texts = self.column.texts()
        colour = self.theme.palette[group.place % len(self.theme.palette)]
        return {
            "type": "scatter",
            "mode": "markers",
            "x": group.place + shift + width * spread,
            "y": np.where(usable, values, np.where(np.isposinf(values), high, low)),
            "name": literal(group.label),
            "text": [
                f"<b>{literal(self.names[row])}</b><br>{literal(texts[row])}"
                for row in rows.tolist()
            ],
            "customdata": [self.ids[row] for row in rows.tolist()],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "color": colour,
                "opacity": 0.75,
                "size": 6,
                "symbol": np.where(usable, "circle", "x-thin").tolist(),
                "line": {"color": colour, "width": np.where(usable, 0.0, 1.5).tolist()},
            },
        }


def _table(runs: pd.DataFrame, y: str, by: str) -> pd.DataFrame:
    data: dict[str, Any] = {"run_id": row_ids(runs), "run": row_names(runs)}
    return table_frame({**data, by: runs[by].array, y: runs[y].array})
