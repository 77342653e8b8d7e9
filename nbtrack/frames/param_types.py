"""The type that the texts of a param column have in common: integers, numbers, truth values, text.

A column gets a type only when every value that is there reads as one without loss: `007` and `1_0`
stay text, and so does a whole column with one word in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Final

import numpy as np
import pandas as pd

from nbtrack.limits import INT64_MAX, INT64_MIN
from nbtrack.numerals import INTEGER, NUMBER, ZERO_FIRST

_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_TRUTH: Final = {"True": True, "true": True, "False": False, "false": False}


def typed_series(texts: Sequence[str | None]) -> pd.Series | None:
    """Return params as integers, numbers or truth values; None if they are text.

    >>> typed_series(["1", "2.5", None]).tolist()
    [1.0, 2.5, <NA>]
    >>> typed_series(["1", "two"])
    """
    distinct = set(texts)
    has_missing = None in distinct
    distinct.discard(None)
    words = [text for text in distinct if text is not None]
    if not words:
        return None
    for read, dtype in ((_truths, "bool"), (_integers, "int64"), (_numbers, "float64")):
        values = read(words)
        if values is not None:
            return _series(texts, dict(zip(words, values, strict=True)), dtype, has_missing)
    return None


def _series(
    texts: Sequence[str | None],
    values: dict[str, bool] | dict[str, int] | dict[str, float],
    dtype: str,
    has_missing: bool,  # noqa: FBT001 - private
) -> pd.Series:
    known: dict[str | None, float] = dict(values.items())
    known[None] = 0
    data = np.fromiter(map(known.__getitem__, texts), dtype, len(texts))
    if not has_missing:
        return pd.Series(data)
    mask = np.fromiter((text is None for text in texts), "bool", len(texts))
    return pd.Series(masked(data, mask))


def masked(data: np.ndarray, mask: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return an array in which missing values differ from NaN."""
    makers: dict[str, Callable[[np.ndarray, np.ndarray], pd.api.extensions.ExtensionArray]] = {
        "b": pd.arrays.BooleanArray,
        "i": pd.arrays.IntegerArray,
        "f": pd.arrays.FloatingArray,
    }
    return makers[data.dtype.kind](data, mask)


def _truths(words: Iterable[str]) -> list[bool] | None:
    found = [_TRUTH.get(word) for word in words]
    return None if None in found else [bool(value) for value in found]


def _integers(words: Sequence[str]) -> list[int] | None:
    if not all(map(INTEGER.fullmatch, words)):
        return None
    numbers = [int(word) for word in words]
    return numbers if min(numbers) >= INT64_MIN and max(numbers) <= INT64_MAX else None


def _numbers(words: Sequence[str]) -> list[float] | None:
    if not all(map(NUMBER.fullmatch, words)) or any(map(ZERO_FIRST.match, words)):
        return None
    return [float(word) for word in words] if all(map(_is_held, words)) else None


def _is_held(word: str) -> bool:
    """Tell whether a double holds a number; of those with digits behind the point none asks."""
    number = float(word)
    return not _WHOLE.fullmatch(word) or (isfinite(number) and int(word) == number)
