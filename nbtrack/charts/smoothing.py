"""Smoothed curves: an exponential mean without bias at its start, or the mean of a window."""

from __future__ import annotations

from typing import Final

import numpy as np

from nbtrack.charts.reduction import Floats
from nbtrack.errors import InvalidParameterValue

_BLOCK: Final = 64


def smoothed(y: Floats, strength: float) -> Floats:
    """Return a curve smoothed; points that are not finite stay as they are and have no weight.

    Parameters
    ----------
    y
        The values in their order.
    strength
        From 0 to below 1 the weight of the past in an exponential mean; from 2 on the number of
        points of a window that ends at the point.

    Examples
    --------
    >>> smoothed(np.array([1.0, 3.0, 3.0]), 0.5).round(3).tolist()
    [1.0, 2.333, 2.714]
    >>> smoothed(np.array([1.0, 3.0, 5.0]), 2).tolist()
    [1.0, 2.0, 4.0]
    """
    finite = np.isfinite(y)
    result = y.copy()
    values = y[finite]
    result[finite] = _exponential(values, strength) if strength < 1 else _window(values, strength)
    return result


def checked_strength(strength: float | None) -> float:
    """Return how much to smooth, 0 for not at all. Raises InvalidParameterValue."""
    if strength is None or 0 <= strength < 1:
        return strength or 0.0
    if strength >= 2 and float(strength).is_integer():  # noqa: PLR2004 - a window has two points
        return float(strength)
    raise InvalidParameterValue(
        f"smooth is {strength!r}. Give a weight from 0 to below 1, or a whole number of points."
    )


def smoothing_note(strength: float) -> str:
    """Say how a curve is smoothed, in a few words."""
    how = f"exponential mean {strength:g}" if strength < 1 else f"mean of {strength:g} points"
    return f"smoothed by an {how}" if strength < 1 else f"smoothed by a {how}"


def _exponential(values: Floats, weight: float) -> Floats:
    """Reckon block by block, for the recursion alone would be a loop over all points."""
    count = len(values)
    rows = -(-count // _BLOCK)
    padded = np.zeros(rows * _BLOCK)
    padded[:count] = values
    powers = weight ** np.arange(_BLOCK + 1)
    lags = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    kernel = np.where(lags >= 0, powers[np.maximum(lags, 0)], 0.0) * (1 - weight)
    sums = padded.reshape(rows, _BLOCK) @ kernel.T
    carry = 0.0
    carried = np.empty(rows)
    for row in range(rows):
        carried[row] = carry
        carry = float(sums[row, -1]) + carry * float(powers[_BLOCK])
    sums += np.outer(carried, powers[1:])
    share = 1 - weight ** np.arange(1, count + 1)
    return sums.ravel()[:count] / share


def _window(values: Floats, size: float) -> Floats:
    if not len(values):
        return values
    base = values.mean()  # keeps the sums small, and the digits
    total = np.concatenate(([0.0], np.cumsum(values - base)))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - int(size), 0)
    means: Floats = base + (total[ends] - total[starts]) / (ends - starts)
    return means
