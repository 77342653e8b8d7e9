from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.charts.labels import distinct, literal, middle, one_line, run_labels


@given(st.lists(st.text(max_size=40), max_size=40), st.integers(4, 30))
def test_distinct_labels_are_distinct(texts: list[str], most: int) -> None:
    found = distinct(texts, most)
    assert len(found) == len(texts)
    assert len(set(found)) == len(found)


@given(st.text(max_size=200), st.integers(3, 40))
def test_a_shortened_text_keeps_its_ends(text: str, most: int) -> None:
    line = one_line(text)
    short = middle(text, most)
    assert len(short) <= most
    if len(line) > most:
        assert short[0] == line[0]
        assert "…" in short
    else:
        assert short == line


@given(st.text())
def test_literal_texts_have_no_tags_templates_or_formulas(text: str) -> None:
    assert not set(literal(text)) & set("<>{$\n")


@given(st.lists(st.tuples(st.text("abcdef", min_size=32, max_size=32), st.sampled_from("xyz"))))
def test_runs_have_labels_of_their_own(runs: list[tuple[str, str]]) -> None:
    names = dict(runs)
    labels = run_labels(list(names), names)
    assert len(set(labels)) == len(names)
