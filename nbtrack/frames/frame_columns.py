"""Columns of a frame of runs: found by short names and patterns, read as numbers or as codes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.typed import PARAMS

METRICS: Final = "metrics."
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

MISSING_CODE: Final = -1


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as float64; where a value is missing it is NaN and marked, unlike a logged NaN."""

    floats: Floats
    missing: Flags

    @property
    def usable(self) -> Flags:
        """Where a finite number is."""
        return np.isfinite(self.floats)


def read_numbers(column: pd.Series) -> Numbers:
    """Read a column as numbers; text that is no number becomes NaN.

    In a plain float64 column NaN counts as logged: only a masked column (as `runs` makes it) or
    one of objects can tell that nothing was logged.
    """
    is_plain = isinstance(column.dtype, np.dtype) and column.dtype.kind == "f"
    missing = np.zeros(len(column), dtype=bool) if is_plain else column.isna().to_numpy(dtype=bool)
    read = column if pd.api.types.is_numeric_dtype(column.dtype) else _parsed(column)
    values = read.to_numpy(dtype=np.float64, na_value=np.nan)
    if column.dtype == object:
        missing = np.fromiter((_is_missing(value) for value in column), bool, len(column))
    return Numbers(values, missing)


def _parsed(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce")


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT


def column_codes(column: pd.Series) -> tuple[Codes, list[object]]:
    """Give each distinct value of a column a number, in the order they come; -1 is missing.

    NaN equals NaN and is a value of its own where the column can tell it from a missing one. In a
    column of objects `1` equals `1.0`, and neither equals `True` or `'1'`.
    """
    if column.dtype == object:
        codes, _ = pd.factorize(_keys(column))
        first = np.unique(codes, return_index=True)[1]
        listed = [column.iloc[int(place)] for place in first if codes[place] != MISSING_CODE]
        return codes, listed
    is_masked = isinstance(column.dtype, pd.api.extensions.ExtensionDtype)
    codes, distinct = pd.factorize(column, use_na_sentinel=is_masked)
    return codes, distinct.tolist()


def _keys(column: pd.Series) -> npt.NDArray[np.object_]:
    keys = np.empty(len(column), dtype=object)
    for place, value in enumerate(column):
        keys[place] = _key(value)
    return keys


def _key(value: object) -> Hashable:
    if _is_missing(value):
        return None
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return "nan" if value != value else value  # noqa: PLR0124 - NaN differs
    return type(value).__name__, repr(value)


def joint_codes(columns: Iterable[Codes], rows: int) -> tuple[Codes, int]:
    """Give each distinct row of several columns of codes a number, in the order they come."""
    joint, count = np.zeros(rows, dtype=np.intp), min(rows, 1)
    for codes in columns:
        width = int(codes.max(initial=MISSING_CODE)) + 2
        joint, distinct = pd.factorize(joint * width + codes + 1)
        count = len(distinct)
    return joint, count


def named_columns(frame: pd.DataFrame, names: str | Iterable[str], prefix: str) -> list[str]:
    """Return the columns that are meant: by full name, without the prefix, or by a pattern.

    Raises
    ------
    InvalidParameterValue
        If a name fits no column; it lists the nearest ones.
    """
    found: dict[str, None] = {}
    columns = [str(name) for name in frame.columns]
    for name in [names] if isinstance(names, str) else names:
        found |= dict.fromkeys(_named(columns, str(name), prefix))
    return list(found)


def one_column(frame: pd.DataFrame, name: object, prefix: str) -> str:
    """Return the one column that is meant. Raises InvalidParameterValue if it is none or many."""
    if not isinstance(name, str):
        what = type(name).__name__
        raise InvalidParameterValue(f"A {what} was given for the name of a column. Give a text.")
    columns = named_columns(frame, name, prefix)
    if len(columns) > 1:
        raise InvalidParameterValue(f"{name!r} fits {len(columns)} columns. Name one of them.")
    return columns[0]


def _named(columns: list[str], name: str, prefix: str) -> list[str]:
    for full in (name, prefix + name):
        if full in columns:
            return [full]
    if any(sign in name for sign in "*?["):
        fits = [c for c in columns if fnmatchcase(c, prefix + name)]
        fits = fits or [c for c in columns if fnmatchcase(c, name)]
        if fits:
            return fits
    raise InvalidParameterValue(f"The frame has no column {name!r}. {_nearest(columns, name)}")


def _nearest(columns: list[str], name: str) -> str:
    from difflib import get_close_matches

    short = {column.removeprefix(METRICS).removeprefix(PARAMS): column for column in columns}
    close = get_close_matches(name, [*columns, *short], n=1)
    if close:
        return f"Did you mean {short.get(close[0], close[0])!r}?"
    return f"It has {', '.join(map(repr, columns[:8])) or 'none'}."


def require_rows(frame: pd.DataFrame, *, to: str) -> None:
    """Raise InvalidParameterValue for something that is no frame with rows and distinct columns."""
    if not isinstance(frame, pd.DataFrame):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"{frame!r:.80} is no DataFrame to {to}. Give that of nbtrack.runs()."
        raise InvalidParameterValue(message)
    if frame.empty:
        raise InvalidParameterValue(
            f"The frame has no rows to {to}. Take a filter that finds runs."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InvalidParameterValue(f"The frame has two columns {twice!r}. Rename one of them.")
