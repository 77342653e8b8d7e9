"""Places and texts of ticks: round numbers, powers of ten, moments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_SECOND: Final = 1000.0
_SPANS: Final = tuple(
    _SECOND * seconds
    for seconds in (
        *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800),
        *(21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000, 157680000),
    )
)
_DAY: Final = 86_400_000.0
_MINUTE: Final = 60_000.0
_FEW: Final = 2
_LONG: Final = 1e7


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers between two ends, both included.

    >>> linear_ticks(0, 1), linear_ticks(-3, 9)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [-2.5, 0.0, 2.5, 5.0, 7.5])
    """
    if not (math.isfinite(high - low) and high > low):
        return [low]
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _ROUND if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [
        round(place * step, 12 - math.floor(math.log10(step))) for place in range(first, last + 1)
    ]


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return powers of ten between two powers of ten, and numbers between if those are few.

    >>> log_ticks(-3, 0), [round(value, 2) for value in log_ticks(-1.2, 0)]
    ([0.001, 0.01, 0.1, 1.0], [0.1, 0.2, 0.5, 1.0])
    """
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    step = max(1, -(-(last - first + 1) // most))
    found = [10.0**power for power in range(first, last + 1, step)]
    if len(found) > _FEW:
        return found
    dense = [f * 10.0**p for p in range(first - 1, last + 1) for f in (1.0, 2.0, 5.0)]
    inside = [tick for tick in dense if low - 1e-9 <= math.log10(tick) <= high + 1e-9]
    return inside if len(inside) > 1 else linear_ticks(10.0**low, 10.0**high, most)


def time_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round moments between two, in milliseconds."""
    rough = (high - low) / max(most - 1, 1)
    step = next((span for span in _SPANS if span >= rough), _SPANS[-1])
    first, last = math.ceil(low / step), math.floor(high / step)
    return [place * step for place in range(first, last + 1)] or [low]


def tick_texts(ticks: Sequence[float], kind: str) -> list[str]:
    """Write ticks, with as many digits as tell them apart.

    >>> tick_texts([0.0, 0.5, 1.0], "number"), tick_texts([0.001, 10.0], "log")
    (['0', '0.5', '1'], ['0.001', '10'])
    """
    return list(_moments(ticks) if kind == "time" else _numbers(ticks))


def _numbers(ticks: Sequence[float]) -> Iterator[str]:
    exact = (digits for digits in range(3, 16) if _are_exact(ticks, digits))
    digits = next(exact, 16)
    yield from (_plain(f"{tick:.{digits}g}") for tick in ticks)


def _are_exact(ticks: Sequence[float], digits: int) -> bool:
    """Tell whether so many digits say what the ticks are."""
    texts = [f"{tick:.{digits}g}" for tick in ticks]
    pairs = zip(map(float, texts), ticks, strict=True)
    return all(math.isclose(read, tick, rel_tol=1e-9, abs_tol=1e-300) for read, tick in pairs)


def _plain(text: str) -> str:
    """Write moderate numbers without an exponent."""
    if "e" not in text:
        return text
    value = float(text)
    if 1 <= abs(value) < _LONG:
        return f"{value:,.0f}"
    return text.replace("e+0", "e").replace("e-0", "e-")


def _moments(ticks: Sequence[float]) -> Iterator[str]:
    step = ticks[1] - ticks[0] if len(ticks) > 1 else _DAY
    for tick in ticks:
        text = str(np.datetime64(round(tick), "ms")).replace("T", " ")
        if step >= _DAY:
            yield text[:10]
        elif step >= _MINUTE:
            yield text[5:16]
        else:
            yield text[11:19] if step >= _SECOND else text[11:21]
