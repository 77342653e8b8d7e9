"""Which way a metric gets better, judged by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

Direction = Literal["min", "max"]

_WORD: Final = re.compile(r"[a-z]+")
_LOWER_IS_BETTER: Final = frozenset(
    _WORD.findall(
        "bpc brier cer cost divergence duration eer err error errors fid fnr fpr kl latency "
        "logloss loss losses mae mape memory mse msle nll perplexity ppl regret rmse rmsle "
        "seconds smape time wer"
    )
)


def direction(metric: str) -> Direction:
    """Return `min` if the name speaks of a loss, an error, a time or a cost, else `max`.

    >>> direction("val/log_loss"), direction("valLoss"), direction("acc")
    ('min', 'min', 'max')
    """
    words = _WORD.findall(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", metric).lower())
    return "min" if _LOWER_IS_BETTER.intersection(words) else "max"


def best_of(metric: str, values: Iterable[float]) -> float | None:
    """Return the best value by the metric's direction, NaN left aside; None if there is none."""
    numbers = (value for value in values if value == value)  # noqa: PLR0124 - NaN differs
    choose = min if direction(metric) == "min" else max
    return choose(numbers, default=None)


def is_better(metric: str, new: float, old: float) -> bool:
    """Say whether a value of a metric beats another one."""
    return new < old if direction(metric) == "min" else new > old
