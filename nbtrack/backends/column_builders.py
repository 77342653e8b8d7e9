"""Build the columns of `Columns` from plain sequences, and choose columns by pattern."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from math import nan
from typing import Final, Literal

from nbtrack.backends.columns import Column

NumberKind = Literal["int64", "float64"]
Number = float | int | None

MISSING_CODE: Final = -1


def text_column(name: str, values: Iterable[str | None]) -> Column:
    """Build a column of texts; None stands for a missing one."""
    return Column(name=name, kind="text", texts=tuple(values))


def coded_column(name: str, values: Iterable[str | None]) -> Column:
    """Build a column of repeated texts: codes into the distinct texts, by first appearance."""
    codes: dict[str | None, int] = {None: MISSING_CODE}
    data = array("i", [codes.setdefault(value, len(codes) - 1) for value in values])
    return Column(name=name, kind="coded", data=packed(data), texts=tuple(codes)[1:])


def run_length_column(name: str, runs: Iterable[tuple[str, int]]) -> Column:
    """Build a coded column from texts with the number of rows that each of them fills."""
    codes: dict[str, int] = {}
    data = array("i")
    for text, count in runs:
        data.extend(array("i", [codes.setdefault(text, len(codes))]) * count)
    return Column(name=name, kind="coded", data=packed(data), texts=tuple(codes))


def number_column(name: str, values: Sequence[Number], kind: NumberKind) -> Column:
    """Build a column of numbers; None stands for a missing one."""
    missing = bytes(value is None for value in values) if None in values else b""
    if kind == "int64":
        whole = [0 if value is None else int(value) for value in values]
        return Column(name=name, kind=kind, data=packed(array("q", whole)), missing=missing)
    filled = [nan if value is None else value for value in values]
    return Column(name=name, kind=kind, data=packed(array("d", filled)), missing=missing)


def packed(numbers: array[int] | array[float]) -> bytes:
    """Return the buffer of an array as little-endian bytes."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def selector(select: Sequence[str] | None) -> Callable[[str], bool]:
    """Return a test of column names: exact ones, or patterns with `*` and `?`; None takes all."""
    if select is None:
        return lambda _: True
    exact = frozenset(select)
    pattern = re.compile("|".join(translate(text) for text in select) or r"(?!)")
    return lambda name: name in exact or pattern.match(name) is not None
