"""The table behind a grid: its columns, the order of its rows, and cells as a page shows them.

Rows are known by their ids. A cell is a text, a number of milliseconds (times), or None where the
value is missing; a NaN that was logged is the text `NaN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from nbtrack.display import duration_text, number_text, shorten
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "number", "time", "duration", "status"]
Cell = str | float | None
Places = npt.NDArray[np.intp]
NAN: Final = "NaN"
DURATION: Final = "duration"
MOST_TEXT: Final = 200
_FIRST: Final = ("run_name", "status", "start_time", DURATION)
_DEFAULT_COLUMNS: Final = 12
_LOOKED_AT: Final = 60
_SEARCHED: Final = 200
_BETWEEN: Final = "\x1f"


class GridTable:
    """A data frame as a grid sees it. `order` holds the places of the rows that are shown."""

    def __init__(self, frame: pd.DataFrame, key: str) -> None:
        """Take a frame whose column `key` names the rows.

        Raises
        ------
        InvalidParameterValue
            If there is no such column, or two columns have the same name.
        """
        names = [str(name) for name in frame.columns]
        if key not in names:
            message = f"The frame has no column {key!r}. Its columns are {_some(names)}."
            raise InvalidParameterValue(message)
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidParameterValue(f"The frame has two columns {twice!r}. Rename one.")
        self._series = {name: frame.iloc[:, place] for place, name in enumerate(names)}
        self.key = key
        self.ids: list[str] = [str(value) for value in self._series[key].tolist()]
        self._add_duration(frame.attrs.get("time"))
        self.kinds: dict[str, Kind] = {n: _kind(n, s) for n, s in self._series.items()}
        self._searched: list[str] | None = None
        self.order: Places = np.arange(len(self.ids))

    def _add_duration(self, now: object) -> None:
        """Reckon how long runs took; one without an end goes on until the frame was made."""
        start, end = (self._series.get(name) for name in ("start_time", "end_time"))
        if start is None or end is None or DURATION in self._series:
            return
        if not start.dtype.kind == end.dtype.kind == "M":
            return
        until = _milliseconds(end)
        if isinstance(now, float):
            until = np.where(np.isnan(until), now * 1000, until)
        taken = start.to_frame().assign(**{DURATION: until - _milliseconds(start)})
        self._series[DURATION] = taken[DURATION]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def names(self) -> list[str]:
        """The names of all columns."""
        return list(self._series)

    def default_columns(self) -> list[str]:
        """Return some columns to begin with: what runs are known by, then metrics and params."""
        chosen = [name for name in _FIRST if name in self._series]
        room = _DEFAULT_COLUMNS - len(chosen)
        metrics = self._varied("metrics.", room)
        params = self._varied("params.", room)
        half = max(room // 2, room - len(params))
        found = [*chosen, *metrics[:half], *params[: room - len(metrics[:half])]]
        return found or self.names[:_DEFAULT_COLUMNS]

    def _varied(self, prefix: str, most: int) -> list[str]:
        """Return some columns that begin so and are not the same in all rows."""
        names = [name for name in self._series if name.startswith(prefix)][:_LOOKED_AT]
        is_single = len(self) == 1
        return list(islice((n for n in names if is_single or not self.is_constant(n)), most))

    def is_constant(self, name: str) -> bool:
        """Say whether a column has the same value, or none, in all rows."""
        try:
            return int(self._series[name].nunique(dropna=False)) <= 1
        except TypeError:  # lists and the like
            return False

    def check(self, names: Iterable[str]) -> None:
        """Raise InvalidParameterValue for a column that is not there."""
        for name in names:
            if name not in self._series:
                known = _some(self.names)
                raise InvalidParameterValue(f"There is no column {name!r}. Use one of {known}.")

    def arrange(self, sort: Sequence[Any], query: str) -> None:
        """Choose and order the rows: those that hold all words of `query`, sorted by a column."""
        places = np.arange(len(self)) if not query.strip() else self._found(query)
        if sort:
            name, ascending = str(sort[0]), bool(sort[1])
            places = places[_sorted(self._series[name].iloc[places], self.kinds[name], ascending)]
        self.order = places

    def _found(self, query: str) -> Places:
        if self._searched is None:
            self._searched = self._texts()
        words = query.lower().split()
        found = [all(word in text for word in words) for text in self._searched]
        return np.flatnonzero(found)

    def _texts(self) -> list[str]:
        names = [n for n, kind in self.kinds.items() if kind in ("text", "status")][:_SEARCHED]
        columns = [self._series[name].astype("str").tolist() for name in names]
        return [_BETWEEN.join(map(str, row)).lower() for row in zip(*columns, strict=True)]

    def rows(self, start: int, stop: int, names: Sequence[str]) -> list[list[Cell]]:
        """Return rows of the order: the id, then the cells of some columns."""
        places = self.order[max(start, 0) : max(stop, 0)]
        columns = [cells(self._series[n].iloc[places], self.kinds[n]) for n in names]
        return [
            [self.ids[place], *(column[row] for column in columns)]
            for row, place in enumerate(places.tolist())
        ]

    def ids_between(self, start: int, stop: int) -> list[str]:
        """Return the ids of rows of the order."""
        return [self.ids[place] for place in self.order[max(start, 0) : max(stop, 0)].tolist()]


def cells(series: pd.Series, kind: Kind) -> list[Cell]:
    """Return the values of a column as a page shows them."""
    missing = series.isna().tolist()
    if kind == "time":
        return [None if np.isnan(value) else value for value in _milliseconds(series).tolist()]
    if kind in ("number", "duration"):
        return _number_cells(series, kind)
    values = zip(series.tolist(), missing, strict=True)
    return [None if gone else shorten(str(value), MOST_TEXT) for value, gone in values]


def _number_cells(series: pd.Series, kind: Kind) -> list[Cell]:
    is_plain = series.dtype.kind == "f" and isinstance(series.dtype, np.dtype)
    gone = [False] * len(series) if is_plain and kind == "number" else series.isna().tolist()
    if series.dtype.kind in "iu":
        pairs = zip(series.tolist(), gone, strict=True)
        write = _duration if kind == "duration" else str
        return [None if missing else write(value) for value, missing in pairs]
    numbers = series.to_numpy(dtype=np.float64, na_value=np.nan).tolist()
    write_float = _duration if kind == "duration" else _number
    pairs = zip(numbers, gone, strict=True)
    return [None if missing else write_float(value) for value, missing in pairs]


def _number(value: float) -> str:
    return NAN if value != value else number_text(value)  # noqa: PLR0124 - NaN differs


def _duration(value: float) -> str:
    return "" if value != value else duration_text(round(value))  # noqa: PLR0124 - NaN differs


def _kind(name: str, series: pd.Series) -> Kind:
    if name == "status":
        return "status"
    if name == DURATION and series.dtype.kind in "iuf":
        return "duration"
    if series.dtype.kind == "M":
        return "time"
    return "number" if series.dtype.kind in "iuf" else "text"


def _milliseconds(series: pd.Series) -> npt.NDArray[np.float64]:
    whole = series.dt.as_unit("ms").astype("int64")
    stamps: npt.NDArray[np.float64] = whole.to_numpy(np.float64, copy=True)
    stamps[series.isna().to_numpy()] = np.nan
    return stamps


def _sorted(series: pd.Series, kind: Kind, ascending: bool) -> Places:  # noqa: FBT001 - private
    """Return the places of a column's values in order; what is missing comes last."""
    if kind in ("text", "status"):
        plain = series.reset_index(drop=True)
        try:
            ordered = plain.sort_values(ascending=ascending, kind="stable", na_position="last")
        except TypeError:  # values of several types
            ordered = plain.astype("str").sort_values(ascending=ascending, kind="stable")
        return np.asarray(ordered.index, dtype=np.intp)
    values = _milliseconds(series) if kind == "time" else _floats(series)
    return np.argsort(values if ascending else -values, kind="stable")


def _floats(series: pd.Series) -> npt.NDArray[np.float64]:
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _some(names: Sequence[str]) -> str:
    most = 8
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
