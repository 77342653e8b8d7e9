"""The levels of a param: its distinct values, or bins of them where a number has too many.

Each run is at one level. A missing value is a level of its own, and so is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import pandas as pd

from nbtrack.frames.frame_columns import Codes, Floats, Numbers, column_codes, read_numbers

MISSING: Final = "missing"
_FEWEST_BINS: Final = 3
_MOST_BINS: Final = 8
_RUNS_A_BIN: Final = 5


@dataclass(frozen=True, slots=True)
class Levels:
    """At which level each run is, how levels are called, and the numbers if they are some."""

    codes: Codes
    names: tuple[str, ...]
    kind: Literal["number", "truth", "category"]
    is_binned: bool = False
    numbers: Floats = field(default_factory=lambda: np.empty(0))
    """NaN where there is no number; empty for a category."""
    missing: int = 0
    """How many runs have no value."""

    @property
    def count(self) -> int:
        """How many levels there are."""
        return len(self.names)

    @property
    def is_sparse(self) -> bool:
        """Whether most values stand in one run only, so that levels cannot be judged."""
        return 2 * self.count > len(self.codes) and self.kind == "category"

    @property
    def sizes(self) -> Codes:
        """How many runs are at each level."""
        return np.bincount(self.codes, minlength=self.count).astype(np.intp)


def most_bins(runs: int) -> int:
    """Return into how many bins a number is put: one for five runs, at least 3 and at most 8."""
    return max(_FEWEST_BINS, min(_MOST_BINS, runs // _RUNS_A_BIN))


def levels_of(column: pd.Series) -> Levels:
    """Return the levels of a param, of runs that are all counted."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return _categories(column)
    read = read_numbers(column)
    kind: Literal["number", "truth"] = (
        "truth" if pd.api.types.is_bool_dtype(column.dtype) else "number"
    )
    distinct = len(np.unique(read.floats[~np.isnan(read.floats)]))
    is_binned = distinct > most_bins(len(column))
    codes, names = _bins(read) if is_binned else _each(read, column)
    missing = int(column.isna().sum())
    return Levels(codes, names, kind, is_binned, read.floats, missing)


def _categories(column: pd.Series) -> Levels:
    codes, values = column_codes(column)
    names = [*map(str, values)]
    if (codes < 0).any():
        codes = np.where(codes < 0, len(names), codes)
        names.append(MISSING)
    missing = int(column.isna().sum())
    return Levels(codes.astype(np.intp), tuple(names), "category", missing=missing)


def _each(read: Numbers, column: pd.Series) -> tuple[Codes, tuple[str, ...]]:
    """Make a level of each distinct value."""
    codes, values = column_codes(column)
    has_missing = bool((codes < 0).any())
    names = [*map(str, values), *([MISSING] if has_missing else [])]
    if read.missing.any() != has_missing:  # NaN of a plain column is a value here
        names = ["nan" if name == MISSING else name for name in names]
    return np.where(codes < 0, len(names) - 1, codes).astype(np.intp), tuple(names)


def _bins(read: Numbers) -> tuple[Codes, tuple[str, ...]]:
    """Cut numbers at their quantiles, so that bins hold about equally many runs."""
    known = ~np.isnan(read.floats)
    numbers = read.floats[known]
    shares = np.linspace(0, 1, most_bins(len(read.floats)) + 1)[1:-1]
    edges = np.unique(np.quantile(numbers, shares, method="inverted_cdf"))
    raw = np.full(len(read.floats), -1)
    raw[known] = np.searchsorted(edges, numbers, side="left")
    raw[~known & read.missing] = -2
    distinct, codes = np.unique(raw, return_inverse=True)
    names = [_bin_name(read.floats[raw == place], int(place)) for place in distinct]
    return codes.astype(np.intp), tuple(names)


def _bin_name(numbers: Floats, place: int) -> str:
    if place < 0:
        return MISSING if place < -1 else "nan"
    low, high = float(numbers.min()), float(numbers.max())
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"
