"""Whether a metric changed for the better."""

from __future__ import annotations

from nbtrack.directions import Direction, is_better


def change_of(metric: str, new: float, old: float, way: Direction) -> str:
    """Say whether a value is `better` or `worse` than another, `same`, or nothing for NaN.

    >>> change_of("loss", 0.2, 0.3, "min"), change_of("loss", float("nan"), 0.3, "min")
    ('better', '')
    """
    if new == old:
        return "same"
    if new != new or old != old:  # noqa: PLR0124 - NaN differs
        return ""
    return "better" if is_better(metric, new, old, way) else "worse"
