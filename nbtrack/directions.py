"""Which way a metric gets better: the words for it, and a guess by the metric's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final, Literal

Direction = Literal["min", "max"]

DIRECTION_WORDS: Final[Mapping[str, Direction]] = {
    "min": "min",
    "minimize": "min",
    "minimise": "min",
    "max": "max",
    "maximize": "max",
    "maximise": "max",
}
"""How a direction may be written in tags and settings, in lower or upper case."""

_WORD: Final = re.compile(r"[a-z]+")
_LOWER_IS_BETTER: Final = frozenset(
    _WORD.findall(
        "bpc brier cer cost divergence duration eer err error errors fid fnr fpr kl latency "
        "logloss loss losses mae mape memory mse msle nll perplexity ppl regret rmse rmsle "
        "seconds smape time wer"
    )
)


class Directions(dict[str, Direction]):
    """Directions by the name of a metric or a pattern such as `val_*`; as text `loss=min`."""

    def __str__(self) -> str:
        return ", ".join(f"{name}={way}" for name, way in self.items())


def direction(metric: str) -> Direction:
    """Return `min` if the name speaks of a loss, an error, a time or a cost, else `max`.

    >>> direction("val/log_loss"), direction("valLoss"), direction("acc")
    ('min', 'min', 'max')
    """
    words = _WORD.findall(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", metric).lower())
    return "min" if _LOWER_IS_BETTER.intersection(words) else "max"


def read_direction(text: object) -> Direction | None:
    """Return the direction that a word means; None if it means none.

    >>> read_direction("Minimize"), read_direction("down")
    ('min', None)
    """
    return DIRECTION_WORDS.get(str(text).strip().lower())


def matching_direction(metric: str, known: Mapping[str, str]) -> Direction | None:
    """Return the direction of a metric by its name, else by the first pattern that fits it.

    >>> matching_direction("val_score", {"*_score": "min", "val_*": "max"})
    'min'
    """
    if metric in known:
        return read_direction(known[metric])
    fitting = (way for pattern, way in known.items() if fnmatchcase(metric, pattern))
    return read_direction(next(fitting, ""))


def best_of(metric: str, values: Iterable[float], way: Direction | None = None) -> float | None:
    """Return the best value by the metric's direction, NaN left aside; None if there is none."""
    numbers = (value for value in values if value == value)  # noqa: PLR0124 - NaN differs
    choose = min if (way or direction(metric)) == "min" else max
    return choose(numbers, default=None)


def is_better(metric: str, new: float, old: float, way: Direction | None = None) -> bool:
    """Say whether a value of a metric beats another one."""
    return new < old if (way or direction(metric)) == "min" else new > old
