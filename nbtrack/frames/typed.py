"""Turn typed columns into a DataFrame, without a Python object per number.

Buffers are copied once: pandas would otherwise hold read-only arrays, which users cannot change.
"""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbtrack.backends import Column, Columns


def columns_frame(columns: Columns, times: Container[str] = ()) -> pd.DataFrame:
    """Return the columns as a frame; those named in `times` become UTC timestamps."""
    data = {column.name: _series(column, column.name in times) for column in columns.columns}
    return pd.DataFrame(data, index=pd.RangeIndex(columns.rows), copy=False)


def _series(column: Column, is_time: bool) -> pd.Series:  # noqa: FBT001 - private
    if column.kind == "text":
        return pd.Series(list(column.texts), dtype="str", copy=False)
    if column.kind == "coded":
        codes = np.frombuffer(column.data, "<i4")
        words = pd.Index([text for text in column.texts if text is not None], dtype="str")
        return pd.Series(pd.Categorical.from_codes(codes, words))
    missing = np.frombuffer(column.missing, "?") if column.missing else None
    if column.kind == "float64":
        return pd.Series(np.frombuffer(column.data, "<f8").copy())
    numbers = np.frombuffer(column.data, "<i8").copy()
    if is_time:
        stamps = numbers.view("M8[ms]")
        if missing is not None:
            stamps = np.where(missing, np.datetime64("NaT", "ms"), stamps)
        return pd.Series(pd.DatetimeIndex(stamps).tz_localize("UTC"))
    if missing is None:
        return pd.Series(numbers)
    return pd.Series(pd.arrays.IntegerArray(numbers, missing.copy()))


def as_numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """Read a column as float64; text that is no number becomes NaN."""
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
