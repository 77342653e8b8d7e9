"""The values of a column for formats of text: plain Python values, None for what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

_UTC: Final = "Z"


def is_time(column: pd.Series) -> bool:
    """Tell whether a column holds times."""
    return column.dtype.kind == "M"


def is_text(column: pd.Series) -> bool:
    """Tell whether a column holds neither numbers, truth values nor times."""
    return column.dtype.kind not in "biufM"


def plain_values(column: pd.Series) -> list[object]:
    """Return what a column holds; times as ISO 8601 texts, UTC where they have a zone.

    A NaN stays NaN. In a column of objects None, NA and NaT are missing.

    >>> plain_values(pd.Series(pd.array([1.5, None], dtype="Float64")))
    [1.5, None]
    >>> plain_values(pd.Series(pd.to_datetime(["2026-01-02 03:04:05.678"], utc=True).as_unit("ms")))
    ['2026-01-02T03:04:05.678Z']
    """
    if is_time(column):
        return _time_texts(column)
    values: list[object] = column.astype(object).tolist()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return values
    if is_text(column) and column.dtype != object:  # there a NaN stands for nothing
        return [None if value is pd.NA or value != value else value for value in values]  # noqa: PLR0124
    return [
        None if value is None or value is pd.NA or value is pd.NaT else value for value in values
    ]


def moments(column: pd.Series) -> list[datetime | None]:
    """Return times as UTC without a zone, to the microsecond."""
    found: list[datetime | None] = _utc(column).astype("M8[us]").tolist()
    return found


def _time_texts(column: pd.Series) -> list[object]:
    stamps = _utc(column)
    ending = _UTC if isinstance(column.dtype, pd.DatetimeTZDtype) else ""
    texts = np.datetime_as_string(stamps)
    missing = np.isnat(stamps)
    return [
        None if lacks else text + ending
        for text, lacks in zip(texts.tolist(), missing.tolist(), strict=True)
    ]


def _utc(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(None)
    return column.to_numpy()
