"""Bars: a metric of each run or group, and the importance of params."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np

from nbtrack.charts.columns import Column, read_column
from nbtrack.charts.figure import ChartFigure, Drawing, Look, LookOptions
from nbtrack.charts.labels import distinct, listed, literal, number, plural, with_unit
from nbtrack.charts.reduction import Floats
from nbtrack.charts.run_rows import row_ids, row_names
from nbtrack.charts.series import require_columns
from nbtrack.charts.theme import Properties, Theme, axis_style, pale, theme_of
from nbtrack.charts.ways import Wanted, way_of
from nbtrack.directions import Direction
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.tables import table_frame
from nbtrack.signatures import filled, spelled_out

if TYPE_CHECKING:
    import pandas as pd

MOST_BARS: Final = 40
_BAR: Final = 24
_AROUND: Final = 120
_SHORTEST: Final = 220


class BarsOptions(LookOptions, total=False):
    """The keywords of `bars`."""

    by: str | None
    best: Wanted
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsChoice(Look):
    """The same with their defaults."""

    by: str | None = None
    best: Wanted = True
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class _Bars:
    """What is drawn: a label, a length and an error each, and what a hover says."""

    labels: list[str]
    lengths: Floats
    errors: Floats
    said: list[str]

    def taken(self, order: np.ndarray) -> _Bars:
        """Return some of them in an order."""
        places = order.tolist()
        return _Bars(
            [self.labels[place] for place in places],
            self.lengths[order],
            self.errors[order],
            [self.said[place] for place in places],
        )


@spelled_out(BarsChoice)
def bars(runs: pd.DataFrame, value: str, **options: Unpack[BarsOptions]) -> ChartFigure:
    """Draw a metric as a bar for each run, or the mean of each group, the best on top.

    Parameters
    ----------
    runs
        One row a run, as of `nbtrack.runs`.
    value
        Column of the metric.
    **options
        `by`: a column whose values make groups; then bars are means, with the standard deviation.
        `best`: whether to set off the best bar, or which way is better, `min` or `max`, if the
        name of the metric does not tell. `unit`: of the metric. `title`; `theme`: `light` or
        `dark`.

    Returns
    -------
    ChartFigure
        With the 40 best bars at most. Bars of NaN or infinity have a word instead of a length.

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
    >>> charts.bars(runs, "metrics.loss")
    <Chart: Bar chart of metrics.loss of 3 runs, best first: c 0.2, b 0.4 and a 0.5.>
    >>> charts.bars(runs, "metrics.loss", by="params.lr")
    <Chart: Bar chart of metrics.loss of 2 groups, best first: 0.01 0.2 and 0.1 0.45. Remarks: mean
    and standard deviation.>
    """
    chosen = filled(BarsChoice, options, of="bars")
    column = read_column(runs, value)
    if column.kind == "category":
        raise InvalidParameterValue(f"{value!r} is text. Name a column of numbers.")
    found = _of_runs(runs, column) if chosen.by is None else _of_groups(runs, column, chosen.by)
    way = way_of(value, chosen.best)
    ranked = found.taken(_ranked(found.lengths, way))
    shown = ranked.taken(np.arange(min(len(ranked.labels), MOST_BARS)))
    title = chosen.title or (f"{value} by {chosen.by}" if chosen.by else value)
    drawing = Drawing(title, theme_of(chosen.theme))
    what = "group" if chosen.by else "run"
    if len(shown.labels) < len(ranked.labels):
        drawing.note(f"the {len(shown.labels)} best of {plural(len(ranked.labels), what)}")
    if chosen.by:
        drawing.note("mean and standard deviation")
    is_set_off = chosen.best is not False
    _draw(drawing, shown, with_unit(value, chosen.unit), is_set_off=is_set_off)
    top = [
        f"{label} {number(length)}"
        for label, length in zip(shown.labels, shown.lengths.tolist(), strict=True)
    ]
    alt = (
        f"Bar chart of {value} of {plural(len(ranked.labels), what)}, best first: {listed(top, 8)}"
    )
    return drawing.figure(alt, lambda: _table(ranked, what, value))


def importance(
    frame: pd.DataFrame,
    *,
    param: str = "param",
    importance: str = "importance",
    title: str | None = None,
    theme: str = "light",
) -> ChartFigure:
    """Draw how much each param matters, the most important on top.

    Parameters
    ----------
    frame
        One row a param, as of `nbtrack.importance`.
    param, importance
        The columns of names and of numbers.
    title, theme
        A title; `light` or `dark`.

    Raises
    ------
    InvalidParameterValue
        If there are no rows, or a column is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> charts.importance(pd.DataFrame({"param": ["lr", "depth"], "importance": [0.7, 0.1]}))
    <Chart: Bar chart of the importance of 2 params: lr 0.7 and depth 0.1.>
    """
    require_columns(frame, [param, importance], "frame of importances")
    values = read_column(frame, importance)
    names = [str(name) for name in frame[param].tolist()]
    found = _Bars(distinct(names), values.numbers, np.full(len(names), np.nan), names)
    ranked = found.taken(_ranked(found.lengths, "max"))
    shown = ranked.taken(np.arange(min(len(names), MOST_BARS)))
    drawing = Drawing(title or "Importance of params", theme_of(theme))
    if len(shown.labels) < len(names):
        drawing.note(f"the first {len(shown.labels)} of {plural(len(names), 'param')}")
    _draw(drawing, shown, importance, is_set_off=False)
    top = [f"{n} {number(v)}" for n, v in zip(shown.labels, shown.lengths.tolist(), strict=True)]
    alt = f"Bar chart of the importance of {plural(len(names), 'param')}: {listed(top, 8)}"
    return drawing.figure(alt, lambda: _table(ranked, param, importance))


def _of_runs(runs: pd.DataFrame, column: Column) -> _Bars:
    names = row_names(runs)
    said = [f"{name} ({run_id[:8]})" for name, run_id in zip(names, row_ids(runs), strict=True)]
    kept = np.flatnonzero(~column.missing)
    whole = _Bars(distinct(names), column.numbers, np.full(len(names), np.nan), said)
    return whole.taken(kept)


def _of_groups(runs: pd.DataFrame, column: Column, by: str) -> _Bars:
    groups = read_column(runs, by)
    words = groups.texts()
    means, errors, said = [], [], []
    names = list(dict.fromkeys(words))
    codes = np.array([names.index(word) for word in words])
    for place, name in enumerate(names):
        values = column.numbers[(codes == place) & np.isfinite(column.numbers)]
        means.append(float(values.mean()) if len(values) else np.nan)
        errors.append(float(values.std(ddof=1)) if len(values) > 1 else np.nan)
        said.append(f"{name}, {plural(len(values), 'run')}")
    return _Bars(distinct(names), np.array(means), np.array(errors), said)


def _ranked(values: Floats, way: Direction) -> np.ndarray:
    """Return the places in the order of values, best first, what is no number last."""
    worst = np.inf
    signed = np.where(np.isfinite(values), values if way == "min" else -values, worst)
    return np.argsort(signed, kind="stable")


def _draw(drawing: Drawing, shown: _Bars, title: str, *, is_set_off: bool) -> None:
    theme = drawing.theme
    count = len(shown.labels)
    finite = np.isfinite(shown.lengths)
    colours = [theme.palette[0]] * count
    if is_set_off and finite.any():
        colours = [theme.palette[0], *[pale(theme.palette[0], 0.55)] * (count - 1)]
    trace: Properties = {
        "type": "bar",
        "orientation": "h",
        "x": np.where(finite, shown.lengths, 0.0),
        "y": np.arange(count),
        "text": [_short(value) for value in shown.lengths.tolist()],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [literal(text) for text in shown.said],
        "hovertemplate": "%{customdata}<br>%{text}<extra></extra>",
        "marker": {"color": colours},
    }
    if np.isfinite(shown.errors).any():
        errors = np.nan_to_num(shown.errors, nan=0.0)
        trace["error_x"] = {"array": errors, "color": theme.ink, "thickness": 1.2}
        trace["textposition"] = "none"
    drawing.add(trace)
    drawing.layout |= {
        "height": max(_SHORTEST, _AROUND + _BAR * count),
        "bargap": 0.25,
        "showlegend": False,
        "xaxis": {**axis_style(theme, literal(title)), "type": "linear"},
        "yaxis": _label_axis(shown.labels, theme),
    }
    lost = int((~finite).sum())
    drawing.note(f"{plural(lost, 'bar')} without a finite number, last" if lost else "")


def _short(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else number(value)


def _label_axis(labels: Sequence[str], theme: Theme) -> Properties:
    return {
        **axis_style(theme, ""),
        "type": "linear",
        "showgrid": False,
        "ticks": "",
        "tickvals": list(range(len(labels))),
        "ticktext": [literal(label) for label in labels],
        "range": [len(labels) - 0.4, -0.6],
    }


def _table(ranked: _Bars, name: str, value: str) -> pd.DataFrame:
    columns: dict[str, Any] = {name: ranked.said, value: ranked.lengths}
    if np.isfinite(ranked.errors).any():
        columns["std"] = ranked.errors
    return table_frame(columns)
