"""Any text at all is read or refused: nothing else is raised, and nothing takes long."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbtrack.errors import FilterError
from nbtrack.search import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    Search,
    model_order,
    parse_filter,
    parse_order_by,
    print_filter,
)
from nbtrack.search.lexer import Kind, tokens
from nbtrack.search.parser import MAX_COMPARISONS
from nbtrack.search.source import MAX_LENGTH

SEARCHES = pytest.mark.parametrize(
    "search", [pytest.param(s, id=s.name) for s in (RUNS, EXPERIMENTS, LOGGED_MODELS)]
)
WORDS = """
    metrics. acc params.lr tags. dataset. status name run_id experiment_id creation_time start_time
    creation_timestamp ` ' " '' = != <= > == LIKE in NOT is null AND or ( ) , . - + 1 0.5 .5 1e3
    1e400 'x' '1' "y" `z` DESC asc
"""
PIECES = st.sampled_from(WORDS.split())
SOUP = st.lists(PIECES | st.sampled_from([" ", "\n"]), max_size=14).map("".join) | st.lists(
    PIECES, max_size=14
).map(" ".join)
# Surrogates included: they are refused like NUL.
ANYTHING = st.text(st.characters(exclude_categories=[])) | SOUP


def check_refusal(error: FilterError, *texts: str | None) -> None:
    assert error.text in texts
    assert 0 <= error.position <= len(error.text)
    assert error.message.isprintable()
    assert error.message.endswith(".")


@SEARCHES
@given(text=ANYTHING)
@example(text="\ud800")
@example(text="metrics.a > 1 \0")
@example(text="metrics.a\ud8001 = 1")
def test_any_filter_is_read_or_refused(search: Search, text: str) -> None:
    try:
        tree = parse_filter(text, search)
    except FilterError as error:
        check_refusal(error, text)
    else:
        assert parse_filter(print_filter(tree, search), search) == tree


@SEARCHES
@given(text=ANYTHING)
def test_any_clause_is_read_or_refused(search: Search, text: str) -> None:
    try:
        parse_order_by([text], search)
    except FilterError as error:
        check_refusal(error, text)


@given(text=ANYTHING, name=st.none() | st.text(), digest=st.none() | st.text())
def test_any_model_field_is_read_or_refused(
    text: str, name: str | None, digest: str | None
) -> None:
    try:
        model_order(text, dataset_name=name, dataset_digest=digest)
    except FilterError as error:
        check_refusal(error, text, name, digest)


@given(text=ANYTHING)
def test_tokens_leave_out_nothing_but_blanks(text: str) -> None:
    found = list(tokens(text))
    assert (
        "".join(token.text for token in found).split()
        == "".join(text[token.start : token.end] for token in found).split()
    )
    gaps = zip([0, *(token.end for token in found)], [t.start for t in found], strict=False)
    assert all(not text[end:start].strip(" \t\r\n\f\v") for end, start in gaps)
    assert found[-1].kind is Kind.END


@pytest.mark.parametrize("character", ["\0", chr(0xD800), chr(0xDFFF)], ids=ascii)
@pytest.mark.parametrize("place", ["params.x = 'a{}'", "params.`a{}` = 'x'", "status{} = 'x'"])
def test_character_that_no_store_compares_is_refused(character: str, place: str) -> None:
    text = place.format(character)
    with pytest.raises(FilterError, match="Invalid character") as caught:
        parse_filter(text, RUNS)
    assert caught.value.position == text.index(character)
    assert caught.value.message.isprintable()


def test_model_field_with_a_nul_is_refused() -> None:
    with pytest.raises(FilterError, match="Invalid character"):
        model_order("metrics.a\0")


@pytest.mark.parametrize("name", ["iris\0", f"iris{chr(0xD800)}"], ids=ascii)
def test_dataset_name_that_no_store_compares_is_refused(name: str) -> None:
    with pytest.raises(FilterError, match="Invalid character"):
        model_order("metrics.acc", dataset_name=name)


def test_filter_of_the_allowed_length_is_read() -> None:
    head = "params.x = '"
    text = f"{head}{'x' * (MAX_LENGTH - len(head) - 1)}'"
    assert parse_filter(text, RUNS).terms[0].value == text[len(head) : -1]


def test_longer_filter_is_refused() -> None:
    with pytest.raises(FilterError, match="100000 characters") as caught:
        parse_filter(" " * (MAX_LENGTH + 1), RUNS)
    assert len(caught.value.message) < 300


def test_as_many_comparisons_as_allowed_are_read() -> None:
    text = " AND ".join(["metrics.a > 1"] * MAX_COMPARISONS)
    assert len(parse_filter(text, RUNS).terms) == MAX_COMPARISONS
    with pytest.raises(FilterError, match="more than 1000 comparisons"):
        parse_filter(f"{text} AND metrics.a > 1", RUNS)


@pytest.mark.parametrize(
    "unit", ["(", "'", '"', "`", "a.", "1", "1.", "NOT ", "-", "=", "''", "'x'", " ", "é", ";"]
)
def test_repetition_is_refused_or_read_without_recursion(unit: str) -> None:
    for head in ("", "metrics.a > ", "params.a = ", "run_id IN ("):
        text = head + unit * ((MAX_LENGTH - len(head)) // len(unit))
        try:
            parse_filter(text, RUNS)
        except FilterError as error:
            check_refusal(error, text)


def test_number_of_many_digits_is_a_double() -> None:
    assert parse_filter(f"start_time > {'9' * 5000}", RUNS).terms[0].value == float("inf")


def test_experiment_id_of_many_digits_stays_text() -> None:
    digits = "9" * 5000
    assert parse_filter(f"experiment_id = '00{digits}'", EXPERIMENTS).terms[0].value == digits
