"""Columns of plain values as a DataFrame, for those that may not import pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
import pandas as pd


def table_frame(columns: Mapping[str, Sequence[object] | npt.NDArray[Any]]) -> pd.DataFrame:
    """Return columns of equal length as a frame.

    >>> table_frame({"a": [1, 2]})["a"].tolist()
    [1, 2]
    """
    return pd.DataFrame(dict(columns))
