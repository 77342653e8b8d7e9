"""Which way a metric is better: as the caller says, else by its name."""

from __future__ import annotations

from collections.abc import Mapping

from nbtrack.directions import Direction, direction, matching_direction
from nbtrack.errors import InvalidParameterValue

Wanted = bool | Direction | Mapping[str, str]
"""Whether the best is set off, or which way is better, for all metrics or by name or pattern."""


def way_of(metric: str, best: Wanted) -> Direction:
    """Return the direction of a metric, or of a column such as `metrics.loss`.

    >>> way_of("metrics.loss", True), way_of("score", {"sc*": "min"}), way_of("loss", "max")
    ('min', 'min', 'max')
    """
    name = metric.removeprefix("metrics.")
    if isinstance(best, bool):
        return direction(name)
    if isinstance(best, Mapping):
        return matching_direction(name, best) or direction(name)
    if best in {"min", "max"}:
        return best
    raise InvalidParameterValue(f"best is {best!r}. Use True, False, 'min' or 'max'.")
