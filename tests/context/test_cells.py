from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.context import Cell, capped, capped_line, cell_hash, join_cells, split_cells


def test_other_code_has_another_hash() -> None:
    assert cell_hash("x = 1") != cell_hash("x = 2")
    assert len(cell_hash("")) == 16


def test_the_hash_does_not_depend_on_the_magic_line_nor_on_blanks_at_ends() -> None:
    assert cell_hash("%%track first --tag a=b\nx = 1  \ny = 2\r\n\n") == cell_hash("x = 1\ny = 2")


def test_the_hash_does_not_give_a_password_away() -> None:
    assert cell_hash('password = "hunter2"') == cell_hash('password = "other1"')


NAMES = st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True)
SOURCES = st.from_regex(r"[a-z]( = [0-9]\n[a-z]){0,3}", fullmatch=True)


@given(st.lists(st.builds(Cell, NAMES, SOURCES), min_size=1))
def test_joined_cells_are_split_again(cells: list[Cell]) -> None:
    assert split_cells(join_cells(cells)) == cells


def test_a_source_without_marks_is_one_cell() -> None:
    assert split_cells("x = 1\ny = 2\n") == [Cell("", "x = 1\ny = 2")]
    assert split_cells("") == [Cell("", "")]


def test_code_before_the_first_mark_is_a_cell() -> None:
    assert split_cells("x = 1\n# %%\ny = 2") == [Cell("", "x = 1"), Cell("", "y = 2")]


@given(st.text(), st.integers(1, 50))
def test_a_capped_text_says_what_is_left_out(text: str, most: int) -> None:
    found = capped(text, most)
    kept = len(text) - found.left_out
    assert found.text[:kept] == text[:kept]
    assert (found.left_out == 0) == (len(text) <= most)
    assert (f"[cut: {found.left_out} characters left out]" in found.text[kept:]) == (
        found.left_out > 0
    )


@given(st.text(), st.integers(5, 50))
def test_a_capped_line_fits_and_ends_alike(text: str, most: int) -> None:
    found = capped_line(text, most)
    assert len(found) <= most
    assert text.endswith(found.removeprefix("… ")) or found == text
