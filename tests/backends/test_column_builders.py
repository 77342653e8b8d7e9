from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

import pytest

from nbtrack.backends.column_builders import (
    coded_column,
    number_column,
    run_length_column,
    selector,
    text_column,
)

if TYPE_CHECKING:
    from nbtrack.backends.columns import Column


def codes(column: Column) -> list[str | None]:
    """Spell a coded column out."""
    found = array("i", column.data)
    return [None if code < 0 else column.texts[code] for code in found]


def test_text_column_keeps_missing_texts() -> None:
    assert text_column("t", ["a", None, ""]).texts == ("a", None, "")


def test_coded_column_holds_each_text_once() -> None:
    column = coded_column("c", ["b", None, "a", "b"])
    assert column.texts == ("b", "a")
    assert codes(column) == ["b", None, "a", "b"]


def test_run_length_column_repeats_texts() -> None:
    column = run_length_column("c", [("x", 2), ("y", 1), ("x", 1)])
    assert column.texts == ("x", "y")
    assert codes(column) == ["x", "x", "y", "x"]


def test_whole_numbers_keep_all_their_digits() -> None:
    column = number_column("n", [2**63 - 1, -(2**63)], "int64")
    assert array("q", column.data).tolist() == [2**63 - 1, -(2**63)]
    assert column.missing == b""


def test_missing_number_differs_from_nan() -> None:
    column = number_column("n", [1.5, None, math.nan], "float64")
    values = array("d", column.data).tolist()
    assert column.missing == b"\0\1\0"
    assert values[0] == 1.5
    assert math.isnan(values[1])
    assert math.isnan(values[2])


def test_missing_whole_number_is_a_zero_with_a_mark() -> None:
    column = number_column("n", [None, 0, 3], "int64")
    assert array("q", column.data).tolist() == [0, 0, 3]
    assert column.missing == b"\1\0\0"


@pytest.mark.parametrize(
    ("select", "taken"),
    [
        (None, ["run_id", "metrics.loss", "params.a[1]", "params.ab"]),
        ((), []),
        (("run_id",), ["run_id"]),
        (("metrics.*", "params.a?"), ["metrics.loss", "params.ab"]),
        (("params.a[1]",), ["params.a[1]"]),
    ],
    ids=["all", "none", "name", "patterns", "exact name with brackets"],
)
def test_selector_takes_names_and_patterns(
    select: tuple[str, ...] | None, taken: list[str]
) -> None:
    names = ["run_id", "metrics.loss", "params.a[1]", "params.ab"]
    assert [name for name in names if selector(select)(name)] == taken
