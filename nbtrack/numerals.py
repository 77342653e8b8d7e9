"""Which texts read as numbers: those of params, which the API keeps as text."""

from __future__ import annotations

import re
from typing import Final

from nbtrack.limits import INT64_MAX, INT64_MIN

INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
NUMBER: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)",
    re.IGNORECASE,
)
ZERO_FIRST: Final = re.compile(r"[+-]?0[0-9]")


def number_of(text: str) -> float | None:
    """Return the number that a text is; None for `007`, `1_0`, `0x1` and all other words.

    >>> number_of("1e-3"), number_of("12"), number_of("007"), number_of("two")
    (0.001, 12, None, None)
    """
    if INTEGER.fullmatch(text):
        number = int(text)
        return number if INT64_MIN <= number <= INT64_MAX else float(text)
    if NUMBER.fullmatch(text) and not ZERO_FIRST.match(text):
        return float(text)
    return None
