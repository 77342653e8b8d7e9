"""Turn typed columns into a DataFrame, without a Python object per number.

Buffers are copied once: pandas would otherwise hold read-only arrays, which users cannot change.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbtrack.backends import Column, Columns
from nbtrack.frames.param_types import masked, typed_series

PARAMS: Final = "params."


def columns_frame(
    columns: Columns, times: Container[str] = (), *, typed: bool = False
) -> pd.DataFrame:
    """Return the columns as a frame; those named in `times` become UTC timestamps.

    What is missing from a column of numbers is NA, unlike a NaN that was logged. With `typed`,
    params become numbers or truth values where all of a column read as such.
    """
    data = {
        column.name: _times(column) if column.name in times else _series(column, typed=typed)
        for column in columns.columns
    }
    return pd.DataFrame(data, index=pd.RangeIndex(columns.rows), copy=False)


def _times(column: Column) -> pd.Series:
    stamps = np.frombuffer(column.data, "<i8").copy().view("M8[ms]")
    if column.missing:
        stamps[np.frombuffer(column.missing, "?")] = np.datetime64("NaT", "ms")
    return pd.Series(pd.DatetimeIndex(stamps).tz_localize("UTC"))


def _series(column: Column, *, typed: bool) -> pd.Series:
    if column.kind == "text":
        found = None
        if typed and column.name.startswith(PARAMS):
            found = typed_series(column.texts)
        return pd.Series(list(column.texts), dtype="str", copy=False) if found is None else found
    if column.kind == "coded":
        codes = np.frombuffer(column.data, "<i4")
        words = pd.Index([text for text in column.texts if text is not None], dtype="str")
        return pd.Series(pd.Categorical.from_codes(codes, words))
    return _numbers(column)


def _numbers(column: Column) -> pd.Series:
    numbers = np.frombuffer(column.data, "<f8" if column.kind == "float64" else "<i8").copy()
    if not column.missing:
        return pd.Series(numbers)
    return pd.Series(masked(numbers, np.frombuffer(column.missing, "?").copy()))


def as_numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """Read a column as float64; text that is no number becomes NaN, and so does what is missing.

    Examples
    --------
    >>> as_numbers(pd.Series(["0.5", "none", "1e-3"])).tolist()
    [0.5, nan, 0.001]
    """
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
