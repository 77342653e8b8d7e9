"""What the lists of `nbtrack.frames` have in common: columns by key, types, and what made them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import pandas as pd

from nbtrack.backends import Column, Columns
from nbtrack.backends.column_builders import coded_column, number_column, text_column
from nbtrack.client import Client
from nbtrack.entities import ViewType
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.runs import View
from nbtrack.frames.typed import columns_frame

VIEWS: Final[Mapping[View, ViewType]] = {
    "active": ViewType.ACTIVE_ONLY,
    "deleted": ViewType.DELETED_ONLY,
    "all": ViewType.ALL,
}


def view_type(view: View) -> ViewType:
    """Return what the API calls a view. Raises InvalidParameterValue for another word."""
    if view not in VIEWS:
        raise InvalidParameterValue(f"view is {view!r}. Use one of {', '.join(VIEWS)}.")
    return VIEWS[view]


def listed(texts: str | Iterable[str] | None) -> tuple[str, ...]:
    """Make a tuple of one text, several or none."""
    return (texts,) if isinstance(texts, str) else tuple(texts or ())


def list_frame(columns: Sequence[Column], rows: int, times: Iterable[str] = ()) -> pd.DataFrame:
    """Return columns as a frame, params typed and missing metrics NA."""
    made = Columns(rows=rows, columns=tuple(columns))
    return columns_frame(made, frozenset(times), typed=True)


def stamp(
    frame: pd.DataFrame, client: Client, *, left_out: Sequence[str] = (), **known: object
) -> pd.DataFrame:
    """Say in the frame's `attrs` where it is from, when it was made and what it leaves out."""
    frame.attrs.update(source=client.tracking_uri, **known, time=time.time())
    frame.attrs["left_out"] = list(left_out)
    return frame


def text_columns(prefix: str, rows: Sequence[Mapping[str, str]]) -> Iterator[Column]:
    """Make a column of each key, sorted; a row without it has none."""
    for key in _keys(rows):
        yield text_column(prefix + key, [row.get(key) for row in rows])


def float_columns(prefix: str, rows: Sequence[Mapping[str, float]]) -> Iterator[Column]:
    """Make a column of each key, sorted; a row without it has none, which is not NaN."""
    for key in _keys(rows):
        yield number_column(prefix + key, [row.get(key) for row in rows], "float64")


def columns_of(
    texts: Mapping[str, Iterable[str | None]],
    codes: Mapping[str, Iterable[str | None]],
    numbers: Mapping[str, Sequence[int | None]],
) -> dict[str, Column]:
    """Make columns of texts, of repeated texts and of integers, by name."""
    made = [text_column(name, values) for name, values in texts.items()]
    made += [coded_column(name, values) for name, values in codes.items()]
    made += [number_column(name, values, "int64") for name, values in numbers.items()]
    return {column.name: column for column in made}


def _keys(rows: Iterable[Mapping[str, object]]) -> list[str]:
    return sorted({key for row in rows for key in row})
