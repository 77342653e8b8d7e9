"""Fewer points that show the same curve: the least and the greatest of each stretch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nbtrack.errors import InvalidParameterValue

Indices = npt.NDArray[np.int64]


def envelope(values: npt.NDArray[np.float64], limit: int) -> Indices:
    """Return which points of a curve to keep, in their order.

    The points are cut into stretches of equal length, and of each the least and the greatest are
    kept; so are the first, the last, and points that are NaN or infinite beside numbers.

    Parameters
    ----------
    values
        The curve, shape (n,), in the order in which it is drawn.
    limit
        About how many points to keep, 4 or more; points that are no numbers come on top.

    Returns
    -------
    numpy.ndarray
        Sorted positions, shape (m,).

    Examples
    --------
    >>> envelope(np.array([0.0, 9.0, 1.0, 2.0, -5.0, 3.0]), 4).tolist()
    [0, 1, 4, 5]
    """
    if limit < 4:  # noqa: PLR2004 - first, last, least, greatest
        raise InvalidParameterValue(f"A sample of {limit} points shows no curve. Take 4 or more.")
    size = len(values)
    if size <= limit:
        return np.arange(size)
    finite = np.isfinite(values)
    stretches = max((limit - 2) // 2, 1)
    starts = np.linspace(0, size, stretches, endpoint=False).astype(np.int64)
    kept = [np.array([0, size - 1]), np.flatnonzero(~finite)[:limit]]
    for blank, extreme in ((np.inf, np.minimum), (-np.inf, np.maximum)):
        numbers = np.where(finite, values, blank)
        best = np.repeat(extreme.reduceat(numbers, starts), np.diff(np.append(starts, size)))
        hits = np.flatnonzero((numbers == best) & finite)
        stretch = np.searchsorted(starts, hits, side="right")
        kept.append(hits[np.unique(stretch, return_index=True)[1]])
    return np.unique(np.concatenate(kept))
