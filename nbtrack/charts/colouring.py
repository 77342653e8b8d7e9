"""Colour by a column: a scale for numbers, a colour and symbol each for categories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from nbtrack.charts.columns import Column, Flags
from nbtrack.charts.labels import distinct, literal, number
from nbtrack.charts.theme import Properties, Theme, colour_scale, symbol

MOST_SHADES: Final = 8
"""A column with more distinct numbers than these is shown on a scale."""
_MOST_CATEGORIES: Final = 20
_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Shade:
    """Runs of one look: their name, their rows, their marker."""

    name: str
    rows: Flags
    marker: Properties


def shades(column: Column | None, theme: Theme, count: int) -> Iterator[Shade]:
    """Yield the looks of runs by the values of a column, those without a value last."""
    if column is None:
        colour = {"color": theme.palette[0], "symbol": "circle"}
        yield Shade("", np.ones(count, dtype=bool), colour)
        return
    if on_a_scale(column):
        yield Shade("", column.usable, scale_marker(column, column.usable, theme))
    else:
        yield from _categories(column, theme)
    lost = ~column.usable
    if lost.any():
        marker = {"color": theme.ghost, "symbol": "circle-open"}
        yield Shade(f"no {column.name}", lost, marker)


def on_a_scale(column: Column) -> bool:
    """Tell whether a column is shown on a colour scale."""
    return column.is_continuous and len(np.unique(column.numbers[column.usable])) > MOST_SHADES


def scale_marker(column: Column, rows: Flags, theme: Theme) -> Properties:
    """Return a marker whose colour goes with the numbers of a column."""
    return {
        "color": column.scaled()[rows],
        "colorscale": colour_scale(),
        "showscale": True,
        "colorbar": colour_bar(column, theme),
        "symbol": "circle",
    }


def colour_bar(column: Column, theme: Theme) -> Properties:
    """Return the bar that tells what the colours mean."""
    bar: Properties = {
        "title": {"text": literal(column.name), "side": "right", "font": {"size": 12}},
        "tickfont": {"size": 11},
        "outlinecolor": theme.line,
        "thickness": 14,
    }
    if column.kind in {"log", "time"} and column.usable.any():
        lengths = column.scaled()[column.usable]
        places = np.linspace(float(lengths.min()), float(lengths.max()), _STEPS)
        values = 10**places if column.kind == "log" else places
        bar["tickvals"] = places.tolist()
        bar["ticktext"] = [_short(column, value) for value in values.tolist()]
    return bar


def _short(column: Column, value: float) -> str:
    return f"{value:.2g}" if column.kind == "log" else column.text(value)


def _categories(column: Column, theme: Theme) -> Iterator[Shade]:
    values = np.unique(column.numbers[column.usable])
    labels = distinct([_word(column, value) for value in values.tolist()])
    many = len(values) > _MOST_CATEGORIES
    named = values[: _MOST_CATEGORIES - 1] if many else values
    for place, value in enumerate(named.tolist()):
        colour = theme.palette[place % len(theme.palette)]
        shape = symbol(place + place // len(theme.palette))
        rows = column.usable & (column.numbers == value)
        yield Shade(labels[place], rows, {"color": colour, "symbol": shape})
    if many:
        others = column.usable & ~np.isin(column.numbers, named)
        name = f"{len(values) - len(named):,} other values"
        yield Shade(name, others, {"color": theme.ghost, "symbol": "circle"})


def _word(column: Column, value: float) -> str:
    return column.text(value) if column.kind != "number" else number(value)
