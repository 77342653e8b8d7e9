"""Summaries of metrics as columns, read from what the store keeps of all points of a metric.

No history is read. The numbers are those of all points that are not NaN; `count` counts them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nbtrack.backends.columns import Column, Summary
from nbtrack.backends.sqlite.cells import Value, as_missing

_NUMBERS: Final = "(x.count - x.nans)"
# With one point the columns behind the last one are null.
SUMMARY_SQL: Final[Mapping[Summary, str]] = {
    "first": "case when x.nans is null then x.last_value else x.first_value end",
    "min": "case when x.nans is null then x.last_value else x.min_value end",
    "max": "case when x.nans is null then x.last_value else x.max_value end",
    "mean": (
        "case when x.nans is null then x.last_value "
        f"when {_NUMBERS} > 0 then x.shift + x.total / {_NUMBERS} end"
    ),
    "std": (  # its square
        f"case when {_NUMBERS} > 1 then "
        f"max(0.0, (x.squares - x.total * x.total / {_NUMBERS}) / ({_NUMBERS} - 1)) end"
    ),
    "count": "x.count",
    "min_step": (
        "case when x.nans is null then case when x.last_value is not null then x.last_step end "
        "when x.min_value is not null then x.min_step end"
    ),
    "max_step": (
        "case when x.nans is null then case when x.last_value is not null then x.last_step end "
        "when x.max_value is not null then x.max_step end"
    ),
}
"""Each summary as an expression on `metric x`; null is NaN, for a step that there is none."""

_WHOLE: Final = frozenset({"count", "min_step", "max_step"})


def summary_value(summary: Summary) -> Value:
    """Return what is read of a metric's row for a summary."""
    return Value(SUMMARY_SQL[summary], is_number=summary not in _WHOLE)


def summary_column(name: str, summary: Summary, values: npt.NDArray[Any], missing: bytes) -> Column:
    """Build the column of a summary; `missing` says which runs lack the metric."""
    if summary in _WHOLE:  # as objects, since a double does not hold every step
        is_missing = np.array([value is None for value in values], np.bool_)
        whole = np.where(is_missing, 0, values).astype("<i8")
        return Column(name=name, kind="int64", data=whole.tobytes(), missing=as_missing(is_missing))
    numbers = np.sqrt(values) if summary == "std" else values
    return Column(name=name, kind="float64", data=numbers.astype("<f8").tobytes(), missing=missing)
