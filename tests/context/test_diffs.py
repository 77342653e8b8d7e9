from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.context import (
    Cell,
    CellDiff,
    ValueDiff,
    cell_diffs,
    join_cells,
    line_diff,
    value_diffs,
)
from nbtrack.context.diffs import MOST_LINES


def test_values_that_differ_come_by_key() -> None:
    before = {"lr": 0.1, "depth": 3, "old": "x"}
    after = {"lr": 0.2, "depth": 3, "new": None}
    assert value_diffs(before, after) == [
        ValueDiff("lr", "0.1", "0.2"),
        ValueDiff("new", None, "None"),
        ValueDiff("old", "x", None),
    ]


def test_one_cell_is_compared_with_the_other() -> None:
    assert cell_diffs("a = 1\nb = 2\n", "a = 1\nb = 3\n") == [
        CellDiff("", "changed", ("@@ -1,2 +1,2 @@", " a = 1", "-b = 2", "+b = 3"))
    ]
    assert cell_diffs("a = 1", "a = 1\n") == [CellDiff("", "same")]


def test_cells_are_compared_by_their_names() -> None:
    before = join_cells([Cell("load", "x = 1"), Cell("gone", "y = 2"), Cell("fit", "z = 3")])
    after = join_cells([Cell("fit", "z = 4"), Cell("load", "x = 1"), Cell("new", "w = 5")])
    found = cell_diffs(before, after)
    assert [(diff.name, diff.change) for diff in found] == [
        ("fit", "changed"),
        ("load", "same"),
        ("new", "added"),
        ("gone", "removed"),
    ]
    assert found[3].lines == ("@@ -1 +0,0 @@", "-y = 2")


def test_cells_without_names_are_compared_with_those_most_alike() -> None:
    before = "# %%\na = 1\nb = 2\nc = 3\n# %%\nprint(a)\n"
    after = "# %%\nprint(a)\n# %%\na = 1\nb = 2\nc = 4\n"
    assert [diff.change for diff in cell_diffs(before, after)] == ["same", "changed"]


@given(st.text(alphabet="ab\n# %"))
def test_a_source_does_not_differ_from_itself(source: str) -> None:
    assert {diff.change for diff in cell_diffs(source, source)} == {"same"}


def test_sources_that_are_too_long_are_not_compared() -> None:
    long = "x\n" * MOST_LINES
    assert line_diff(long, "y") == ("[5000 and 1 lines are too long to compare]",)
    before, after = f"# %% a\n{long}# %% b\ny", f"# %% c\n{long}y\n# %% b\ny"
    found = cell_diffs(before, after)
    assert [diff.change for diff in found] == ["added", "same", "removed"]
