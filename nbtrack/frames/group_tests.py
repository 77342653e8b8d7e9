"""Tests of whether two groups of numbers differ, with sizes of the effect.

Differences are those of the first group to the second, the baseline. What a group is too small for
is NaN. SciPy is loaded at the first test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np

from nbtrack.errors import MissingDependencyError
from nbtrack.frames.frame_columns import Floats

_BLOCK: Final = 4_000_000
_EXACT: Final = 50
"""From so many values on the exact test takes long and differs little."""
_FEATURE: Final = "Comparing groups"


def scipy_stats() -> Any:  # noqa: ANN401 - SciPy has no types
    """Load SciPy's statistics. Raises MissingDependencyError if it is not installed."""
    try:
        return import_module("scipy.stats")
    except ImportError as exc:
        raise MissingDependencyError(_FEATURE, "SciPy", "stats") from exc


@dataclass(frozen=True, slots=True)
class Welch:
    """Welch's t test: statistic, degrees of freedom, two-sided p, interval of the difference."""

    t: float = math.nan
    df: float = math.nan
    p: float = math.nan
    low: float = math.nan
    high: float = math.nan


def welch(new: Floats, old: Floats, confidence: float) -> Welch:
    """Compare two means without assuming equal spreads (Welch 1947)."""
    spreads = [_variance(new) / max(len(new), 1), _variance(old) / max(len(old), 1)]
    error = math.sqrt(sum(spreads))
    if not error > 0:  # NaN too: a group of one, or no spread in either
        return Welch()
    shares = [spread / error / error for spread in spreads]
    freedom = 1 / sum(s * s / (len(g) - 1) for s, g in zip(shares, (new, old), strict=True))
    student = scipy_stats().t
    difference = float(np.mean(new) - np.mean(old))
    half = float(student.ppf((1 + confidence) / 2, freedom)) * error
    p = 2 * float(student.sf(abs(difference / error), freedom))
    return Welch(difference / error, freedom, p, difference - half, difference + half)


@dataclass(frozen=True, slots=True)
class MannWhitney:
    """The rank test: U of the first group, two-sided p, and Cliff's delta."""

    u: float = math.nan
    p: float = math.nan
    delta: float = math.nan


def mann_whitney(new: Floats, old: Floats) -> MannWhitney:
    """Compare two groups by ranks (Mann and Whitney 1947).

    The p value is exact where both groups have fewer than 50 values and no two are equal, else by
    the normal approximation with corrections for ties and continuity.
    """
    if min(len(new), len(old)) < 2:  # noqa: PLR2004 - one value says nothing of a spread
        return MannWhitney()
    every = np.concatenate([new, old])
    is_exact = max(len(new), len(old)) < _EXACT and len(np.unique(every)) == len(every)
    method = "exact" if is_exact else "asymptotic"
    found = scipy_stats().mannwhitneyu(new, old, alternative="two-sided", method=method)
    u = float(found.statistic)
    return MannWhitney(u, float(found.pvalue), 2 * u / (len(new) * len(old)) - 1)


def hedges_g(new: Floats, old: Floats) -> float:
    """Return the difference of means in pooled standard deviations, corrected for small groups.

    The correction is the exact one with gamma functions (Hedges 1981).
    """
    freedom = len(new) + len(old) - 2
    if min(len(new), len(old)) < 2:  # noqa: PLR2004 - as above
        return math.nan
    squares = _variance(new) * (len(new) - 1) + _variance(old) * (len(old) - 1)
    pooled = math.sqrt(squares / freedom)
    if not pooled > 0:
        return math.nan
    logs = math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2) if freedom > 1 else math.nan
    return float(np.mean(new) - np.mean(old)) / pooled * math.exp(logs) / math.sqrt(freedom / 2)


def bootstrap_interval(
    new: Floats, old: Floats, confidence: float, resamples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the percentile interval of the difference of means (Efron and Tibshirani 1993)."""
    if min(len(new), len(old)) < 2:  # noqa: PLR2004 - as above
        return math.nan, math.nan
    differences = _resampled(new, resamples, rng) - _resampled(old, resamples, rng)
    low, high = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _resampled(values: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Return means of samples with replacement, some thousands at a time."""
    width = max(1, _BLOCK // len(values))
    counts = [min(width, resamples - start) for start in range(0, resamples, width)]
    draws = (rng.integers(0, len(values), size=(count, len(values))) for count in counts)
    return np.concatenate([values[draw].mean(axis=1) for draw in draws])


def holm(p_values: Floats) -> Floats:
    """Adjust p values for being several (Holm 1979); those that are NaN are none.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _variance(values: Floats) -> float:
    if len(values) < 2:  # noqa: PLR2004 - as above
        return math.nan
    if values.min() == values.max():  # exactly none, where the rounded mean would leave a trace
        return 0.0
    return float(np.var(values, ddof=1))
