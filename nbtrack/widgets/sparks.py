"""Small curves in the cells of a grid: few points between 0 and 100, and their ends as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from nbtrack.charts.reduction import envelope
from nbtrack.display import number_text

Values = Mapping[str, Sequence[float]]
SparkSource = Values | Callable[[Sequence[str]], Values]
"""Values by id, or a function that returns them for some ids."""
MOST_POINTS: Final = 40
_TOP: Final = 100


def spark_source(source: SparkSource) -> Callable[[Sequence[str]], Values]:
    """Return the source as a function."""
    return source if callable(source) else lambda _ids: source


def spark(values: Sequence[float]) -> dict[str, Any] | None:
    """Return a curve in few points, None where it is not finite; None for an empty one.

    >>> spark([0.0, 5.0, 10.0])
    {'points': [0, 50, 100], 'text': 'from 0 to 10'}
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[envelope(numbers, MOST_POINTS)]
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    scale = _TOP / (high - low) if high > low else 0.0
    points = [None if not np.isfinite(v) else round((v - low) * scale) for v in numbers.tolist()]
    text = f"from {number_text(float(finite[0]))} to {number_text(float(finite[-1]))}"
    return {"points": points, "text": text}
