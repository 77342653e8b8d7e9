"""Statistics of numbers by group, for all groups at once, without a warning for small ones.

Numbers come with the code of their group. Those that are not finite are left out here; who calls
counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from nbtrack.frames.frame_columns import Codes, Floats
from nbtrack.frames.student import t_quantile

STATISTICS: Final = ("n", "mean", "median", "std", "sem", "ci_low", "ci_high", "min", "max")
"""What is told of each group, in this order."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Finite numbers in the order of group and value; `starts` is where each group begins."""

    values: Floats
    starts: Codes
    counts: Codes

    @property
    def ends(self) -> Codes:
        """Where each group ends."""
        return self.starts + self.counts


def sorted_by_group(values: Floats, codes: Codes, groups: int) -> Sorted:
    """Sort the finite numbers by group and value."""
    usable = np.isfinite(values)
    values, codes = values[usable], codes[usable]
    order = np.lexsort((values, codes))
    counts = np.bincount(codes, minlength=groups).astype(np.intp)
    return Sorted(values[order], np.cumsum(counts) - counts, counts)


def grouped_statistics(
    values: Floats, codes: Codes, groups: int, confidence: float
) -> dict[str, Floats | Codes]:
    """Return each of `STATISTICS` as an array with a place for each group.

    What a group is too small for is NaN: the mean of none, the spread and interval of one.
    """
    data = sorted_by_group(values, codes, groups)
    with np.errstate(all="ignore"):  # what is too small or too large for an answer is NaN or inf
        low, high = _at(data, data.starts), _at(data, data.ends - 1)
        mean = _sums(data.values, data) / _or_nan(data.counts, 1)
        mean = np.where(low == high, low, mean)  # else 0.1 three times has a spread of 1e-17
        apart = data.values - np.repeat(mean, data.counts)
        std = np.sqrt(_sums(apart * apart, data) / _or_nan(data.counts - 1, 1))
        sem = std / np.sqrt(_or_nan(data.counts, 1))
        half = sem * _t_values(data.counts, confidence)
    return {
        "n": data.counts,
        "mean": mean,
        "median": _medians(data),
        "std": std,
        "sem": sem,
        "ci_low": mean - half,
        "ci_high": mean + half,
        "min": low,
        "max": high,
    }


def _or_nan(counts: Codes, least: int) -> Floats:
    return np.where(counts >= least, counts, np.nan)


def _sums(values: Floats, data: Sorted) -> Floats:
    """Add up each group."""
    sums = np.zeros(len(data.counts))
    filled = np.flatnonzero(data.counts)
    if len(filled):
        sums[filled] = np.add.reduceat(values, data.starts[filled])
    return sums


def _at(data: Sorted, places: Codes) -> Floats:
    """Return the value at a place of each group; NaN for a group without values."""
    found = np.full(len(places), np.nan)
    filled = data.counts > 0
    found[filled] = data.values[places[filled]]
    return found


def _medians(data: Sorted) -> Floats:
    low = _at(data, data.starts + (data.counts - 1) // 2)
    high = _at(data, data.starts + data.counts // 2)
    return low / 2 + high / 2


def _t_values(counts: Codes, confidence: float) -> Floats:
    distinct, places = np.unique(counts, return_inverse=True)
    upper = (1 + confidence) / 2
    found = [t_quantile(upper, int(n) - 1) if n > 1 else np.nan for n in distinct]
    return np.asarray(found, dtype=np.float64)[places]
