"""Parallel coordinates: each run a line over an axis for each param and metric.

A run without a value has a place of its own below the axis, called `missing` or `NaN`, so that it
is seen and can be chosen. `brushed` tells which runs lie in ranges that were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
import plotly.graph_objects as go

from nbtrack.charts.colouring import colour_bar
from nbtrack.charts.columns import Column, Flags, read_column
from nbtrack.charts.figure import ChartFigure, Drawing, Look, LookOptions
from nbtrack.charts.figure_parts import meta_of, traces_of
from nbtrack.charts.labels import distinct, listed, literal, plural
from nbtrack.charts.reduction import Places
from nbtrack.charts.run_rows import drawn_rows, missing_note, row_ids, row_names, rows_note
from nbtrack.charts.theme import Properties, Theme, colour_scale, pale, theme_of
from nbtrack.charts.ticks import linear_ticks, log_ticks, tick_texts, time_ticks
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.tables import table_frame
from nbtrack.signatures import filled, spelled_out

if TYPE_CHECKING:
    import pandas as pd

Range = tuple[float, float] | Sequence[tuple[float, float]]
_FEWEST: Final = 2
_MOST: Final = 16
_MOST_RUNS: Final = 5000
_OUTSIDE: Final = 0.12
_MOST_WORDS: Final = 24
_LABEL: Final = 22


class ParallelOptions(LookOptions, total=False):
    """The keywords of `parallel`."""

    colour: str | None
    log: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelChoice(Look):
    """The same with their defaults."""

    colour: str | None = None
    log: Sequence[str] | None = None


@spelled_out(ParallelChoice)
def parallel(
    runs: pd.DataFrame, columns: Sequence[str] | None = None, **options: Unpack[ParallelOptions]
) -> ChartFigure:
    """Draw each run as a line over parallel axes, on which ranges can be chosen.

    Parameters
    ----------
    runs
        One row a run, as of `nbtrack.runs`.
    columns
        The axes from left to right; by default the params and metrics that differ, at most 16.
    **options
        `colour`: the column whose values colour the lines, by default the last axis. `log`: the
        columns with a logarithmic axis; by default those that spread better on it. `title`;
        `theme`: `light` or `dark`.

    Raises
    ------
    InvalidParameterValue
        If there are no runs, a column is not there, or fewer than two are left to draw.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.parallel(runs)
    <Chart: Parallel coordinates of 3 runs: params.lr from 0.01 to 0.1, metrics.loss from
    0.2 to 0.5.>
    """
    chosen = filled(ParallelChoice, options, of="parallel")
    names, left_out = _axes(runs, columns)
    logs = chosen.log
    found = [read_column(runs, name, log=None if logs is None else name in logs) for name in names]
    colour = found[-1] if chosen.colour is None else read_column(runs, chosen.colour, log=None)
    rows = drawn_rows(found, _MOST_RUNS)
    theme = theme_of(chosen.theme)
    drawing = Drawing(chosen.title or f"{plural(len(runs), 'run')} side by side", theme)
    labels = distinct([_short(column.name) for column in found], _LABEL)
    ids = row_ids(runs)
    drawing.add(
        {
            "type": "parcoords",
            "line": _line(colour, rows, theme),
            "dimensions": [
                _dimension(column, rows, label) for column, label in zip(found, labels, strict=True)
            ],
            "customdata": [ids[row] for row in rows.tolist()],
            "labelfont": {"size": 12, "color": theme.ink},
            "tickfont": {"size": 11, "color": theme.ink},
            "rangefont": {"size": 1, "color": pale(theme.ground, 0)},  # the ticks say as much
            "unselected": {"line": {"color": theme.ghost, "opacity": 0.15}},
        }
    )
    drawing.layout = {"height": 460, "margin": {"l": 96, "r": 96, "t": 64, "b": 36}}
    drawing.layout["meta"] = {"columns": names}
    drawing.room = 36
    for remark in (left_out, rows_note(len(rows), len(runs)), missing_note(found)):
        drawing.note(remark)
    ranges = ", ".join(f"{column.name} {column.range_text()}" for column in found)
    alt = f"Parallel coordinates of {plural(len(runs), 'run')}: {ranges}"
    return drawing.figure(alt, lambda: _table(runs, names))


def brushed(figure: go.Figure, ranges: Mapping[str, Range]) -> list[str]:
    """Return the ids of the runs that lie in ranges of a figure of `parallel`.

    Parameters
    ----------
    figure
        A figure of `parallel`.
    ranges
        By column one range or several of places on its axis, as plotly reports them in
        `constraintrange`: logarithms on a logarithmic axis, places of categories.

    Raises
    ------
    InvalidParameterValue
        If the figure has no axis for a column.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.brushed(charts.parallel(runs), {"metrics.loss": [0.3, 0.6]})
    ['a', 'b']
    """
    names: list[str] = list(meta_of(figure).get("columns", ()))
    trace = traces_of(figure)[0]
    ids = [str(run_id) for run_id in trace.get("customdata", ())]
    inside: Flags = np.ones(len(ids), dtype=np.bool_)
    for name, chosen in ranges.items():
        if name not in names:
            known = listed(names, 16) or "none"
            raise InvalidParameterValue(f"The figure has no axis {name!r}. It has {known}.")
        values = np.asarray(trace["dimensions"][names.index(name)]["values"])
        parts = np.atleast_2d(np.asarray(chosen, dtype=np.float64))
        inside &= np.any([(low <= values) & (values <= high) for low, high in parts], axis=0)
    return [ids[row] for row in np.flatnonzero(inside).tolist()]


def _axes(runs: pd.DataFrame, columns: Sequence[str] | None) -> tuple[list[str], str]:
    if columns is not None:
        names, left_out = list(columns), ""
    else:
        starts = ("params.", "metrics.")
        known = [str(name) for start in starts for name in runs.columns if name.startswith(start)]
        differing = [name for name in known if _differs(runs[name])]
        names = differing[:_MOST]
        left_out = "" if names == differing else f"{_MOST} of {len(differing)} columns that differ"
    if len(names) < _FEWEST:
        raise InvalidParameterValue(
            f"{plural(len(names), 'column')} to draw: at least two must differ. Name columns=[...]."
        )
    return names, left_out


def _differs(column: pd.Series) -> bool:
    return len(column) > 0 and int(column.astype("object").map(str).nunique()) > 1


def _short(name: str) -> str:
    """Leave the prefix out, for the place is narrow."""
    return name.removeprefix("params.").removeprefix("metrics.")


def _dimension(column: Column, rows: Places, label: str) -> Properties:
    """Return an axis; its tick texts are drawn literally, unlike its label."""
    if column.kind == "category":
        return _category_dimension(column, rows, label)
    low, high = (_length(column, place) for place in (0.0, 1.0))
    lengths = column.scaled()
    ends = {"log": log_ticks, "time": time_ticks}
    ticks = ends.get(column.kind, linear_ticks)(low, high)
    places = [float(np.log10(tick)) for tick in ticks] if column.kind == "log" else list(ticks)
    texts = tick_texts(ticks, column.kind)
    for place, word, flags in _outside(column):
        if flags.any():
            lengths[flags] = _length(column, place)
            places.append(_length(column, place))
            texts.append(word)
    reach = [min([low, *places]), max([high, *places])]
    if reach[0] == reach[1]:
        reach = [reach[0] - 0.5, reach[1] + 0.5]
    return {
        "label": literal(label),
        "values": lengths[rows].astype(np.float32) if column.kind != "time" else lengths[rows],
        "range": reach,
        "tickvals": places,
        "ticktext": texts,
    }


def _outside(column: Column) -> list[tuple[float, str, Flags]]:
    """Return the places beyond the axis for what has none on it."""
    high, missing = np.isposinf(column.numbers), column.missing
    below = ~column.usable & ~high
    kinds = {
        "missing": missing,
        "NaN": np.isnan(column.numbers) & ~missing,
        "-infinity": np.isneginf(column.numbers),
        "0 or less": below & np.isfinite(column.numbers),
    }
    word = ", ".join(kind for kind, flags in kinds.items() if flags.any())
    return [(-_OUTSIDE, word, below), (1 + _OUTSIDE, "infinity", high)]


def _length(column: Column, place: float) -> float:
    value = column.edge(place)
    return float(np.log10(value)) if column.kind == "log" else value


def _category_dimension(column: Column, rows: Places, label: str) -> Properties:
    values = np.where(column.missing, -1.0, column.numbers)
    words = distinct(column.words, _LABEL)
    step = max(1, -(-len(words) // _MOST_WORDS))
    places = [float(place) for place in range(0, len(words), step)]
    texts = words[::step]
    if column.missing.any():
        places, texts = [-1.0, *places], ["missing", *texts]
    return {
        "label": literal(label),
        "values": values[rows].astype(np.float32),
        "range": [min(places) - 0.2, max(len(words) - 1, 0) + 0.2],
        "tickvals": places,
        "ticktext": texts,
    }


def _line(colour: Column, rows: Places, theme: Theme) -> Properties:
    """Return the colours of lines; those without a value are grey."""
    if colour.kind == "category":
        values = np.where(colour.missing, len(colour.words), colour.numbers)[rows]
        count = len(colour.words) + 1
        shades = [theme.palette[place % len(theme.palette)] for place in range(count - 1)]
        return {
            "color": values,
            "colorscale": _steps([*shades, theme.ghost]),
            "cmin": -0.5,
            "cmax": count - 0.5,
        }
    lengths = colour.scaled()
    low, high = _length(colour, 0.0), _length(colour, 1.0)
    line: Properties = {
        "colorscale": colour_scale(),
        "cmin": low,
        "cmax": high,
        "showscale": True,
        "colorbar": colour_bar(colour, theme),
    }
    lost = np.isnan(lengths)
    if lost.any():
        span = high - low or 1.0
        lengths[lost] = low - 0.1 * span
        scale = [[0.0, theme.ghost], [0.08, theme.ghost]]
        scale += [[0.09 + 0.91 * float(place), shade] for place, shade in colour_scale()]
        line |= {"cmin": low - 0.1 * span, "colorscale": scale}
    return {**line, "color": lengths[rows]}


def _steps(colours: Sequence[str]) -> list[list[float | str]]:
    """Return a colour scale of as many steps as there are colours."""
    count = len(colours)
    return [
        [(place + end) / count, colour] for place, colour in enumerate(colours) for end in (0, 1)
    ]


def _table(runs: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    data: dict[str, Any] = {"run_id": row_ids(runs), "run": row_names(runs)}
    return table_frame({**data, **{name: runs[name].array for name in names}})
