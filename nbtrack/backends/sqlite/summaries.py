"""Summaries of metrics as columns, read from what the store keeps of all points of a metric.

No history is read. The numbers are those of all points that are not NaN; `count` counts them all.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from math import nan, sqrt
from typing import Final

from nbtrack.backends.column_builders import packed
from nbtrack.backends.columns import Column, Summary
from nbtrack.backends.sqlite.session import Row

_NUMBERS: Final = "(x.count - x.nans)"
# With one point the columns behind the last one are null.
SUMMARY_SQL: Final[Mapping[Summary, str]] = {
    "first": "case when x.nans is null then x.last_value else x.first_value end",
    "min": "case when x.nans is null then x.last_value else x.min_value end",
    "max": "case when x.nans is null then x.last_value else x.max_value end",
    "mean": (
        "case when x.nans is null then x.last_value "
        f"when {_NUMBERS} > 0 then x.shift + x.total / {_NUMBERS} end"
    ),
    "std": (  # its square
        f"case when {_NUMBERS} > 1 then "
        f"max(0.0, (x.squares - x.total * x.total / {_NUMBERS}) / ({_NUMBERS} - 1)) end"
    ),
    "count": "x.count",
    "min_step": (
        "case when x.nans is null then case when x.last_value is not null then x.last_step end "
        "when x.min_value is not null then x.min_step end"
    ),
    "max_step": (
        "case when x.nans is null then case when x.last_value is not null then x.last_step end "
        "when x.max_value is not null then x.max_step end"
    ),
}
"""Each summary as an expression on `metric x`; null is NaN, for a step that there is none."""

_WHOLE: Final = frozenset({"count", "min_step", "max_step"})
Place = tuple[int, int]


def summary_columns(
    cells: Iterable[Row],
    summaries: Sequence[Summary],
    names: Mapping[int, str],
    places: Mapping[int, int],
) -> list[Column]:
    """Build the columns of some summaries from rows of run, key and one value a summary."""
    found: dict[int, list[list[float | None]]] = {}
    present: dict[int, bytearray] = {}
    size = len(places)
    for run, key, *values in cells:
        place = places.get(run)
        if place is None:
            continue
        if key not in found:
            found[key] = [[None] * size for _ in summaries]
            present[key] = bytearray(size)
        present[key][place] = 1
        for column, value in zip(found[key], values, strict=True):
            column[place] = value
    return [
        _column(f"{summary}({names[key]})", summary, values, present[key])
        for key in sorted(found, key=names.__getitem__)
        for summary, values in zip(summaries, found[key], strict=True)
    ]


def _column(
    name: str, summary: Summary, values: Sequence[float | None], present: bytearray
) -> Column:
    if summary in _WHOLE:
        missing = bytes(value is None for value in values)
        whole = array("q", [0 if value is None else int(value) for value in values])
        return Column(
            name=name, kind="int64", data=packed(whole), missing=missing if any(missing) else b""
        )
    if summary == "std":
        values = [None if value is None else sqrt(value) for value in values]
    numbers = array("d", [nan if value is None else value for value in values])
    missing = bytes(not there for there in present)
    return Column(
        name=name, kind="float64", data=packed(numbers), missing=missing if any(missing) else b""
    )
