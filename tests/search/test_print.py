"""Printing a tree and parsing the text gives the tree again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.entities import LoggedModelStatus
from nbtrack.errors import FilterError
from nbtrack.limits import INT64_MAX, INT64_MIN
from nbtrack.search import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    And,
    Comparison,
    Entity,
    Field,
    Operator,
    Search,
    Value,
    ValueType,
    parse_filter,
    print_filter,
)
from nbtrack.search.fields import LISTS, NULLS, PATTERNS, Group, Rule

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
KEYS = TEXTS | st.sampled_from(["and", "in", "a.b", "1", "a`b", 'a"b', 'a`"b', "it's", "a b"])
STATUSES = [status.value for status in LoggedModelStatus]
INTEGERS = st.integers(INT64_MIN, INT64_MAX)
DOUBLES = st.floats(allow_nan=False)
VALUES: dict[ValueType, st.SearchStrategy[float | str]] = {
    ValueType.DOUBLE: DOUBLES,
    ValueType.NUMBER: INTEGERS | DOUBLES,
    ValueType.INTEGER: INTEGERS,
    ValueType.TEXT: TEXTS,
    ValueType.INTEGER_TEXT: st.integers().map(str),
    ValueType.MODEL_STATUS: st.sampled_from(STATUSES) | TEXTS,
}


def values(operator: Operator, rule: Rule) -> st.SearchStrategy[Value]:
    if operator in NULLS:
        return st.none()
    if operator in LISTS:
        texts = st.lists(VALUES[rule.value_type].map(str), min_size=1, max_size=4)
        return texts.map(tuple)
    return TEXTS if operator in PATTERNS else VALUES[rule.value_type]


@st.composite
def comparisons(draw: st.DrawFn, groups: tuple[Group, ...]) -> Comparison:
    group = draw(st.sampled_from(groups))
    if group.rule:
        key, rule = draw(KEYS), group.rule
    else:
        attribute = draw(st.sampled_from(group.attributes))
        key, rule = attribute.key, attribute.rule
    operator = draw(st.sampled_from(rule.operators))
    return Comparison(Field(group.entity, key), operator, draw(values(operator, rule)))


SEARCHES = pytest.mark.parametrize(
    "search", [pytest.param(s, id=s.name) for s in (RUNS, EXPERIMENTS, LOGGED_MODELS)]
)


@SEARCHES
@given(data=st.data())
def test_parse_undoes_print(search: Search, data: st.DataObject) -> None:
    terms = data.draw(st.lists(comparisons(search.groups), max_size=4))
    tree = And(tuple(terms))
    assert parse_filter(print_filter(tree, search), search) == tree


@SEARCHES
@given(data=st.data())
def test_canonical_text_is_printed_as_it_is(search: Search, data: st.DataObject) -> None:
    terms = data.draw(st.lists(comparisons(search.groups), max_size=4))
    text = print_filter(And(tuple(terms)), search)
    assert print_filter(parse_filter(text, search), search) == text


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("", ""),
        ("  metric.acc>.5 and Created<=7", None),
        ('parameter.`lr` like "a"', "params.lr LIKE 'a'"),
        ("tags.`a b` is not null", "tags.`a b` IS NOT NULL"),
        ('tags."a`b" = "it\'s"', 'tags."a`b" = "it\'s"'),
        ("tags.x = 'it''s \"it\"'", "tags.x = 'it''s \"it\"'"),
        ("run_id not  in (\"a\",'b',)", "run_id NOT IN ('a', 'b')"),
        ("metrics.acc > -1e999", "metrics.acc > -1e400"),
        ("attributes.\"Run Name\" = 'x'", "run_name = 'x'"),
    ],
)
def test_text_is_printed_in_one_form(written: str, printed: str | None) -> None:
    expected = "metrics.acc > 0.5 AND start_time <= 7" if printed is None else printed
    assert print_filter(parse_filter(written, RUNS), RUNS) == expected


def test_infinity_is_read_from_large_numbers() -> None:
    tree = parse_filter("metrics.acc < 1e400 AND start_time > -1e400", RUNS)
    assert [term.value for term in tree.terms] == [math.inf, -math.inf]


def test_entity_of_another_search_is_not_printed() -> None:
    tree = And((Comparison(Field(Entity.METRIC, "acc"), Operator.GT, 1.0),))
    with pytest.raises(FilterError, match=r"Invalid entity type 'metric' .* experiments"):
        print_filter(tree, EXPERIMENTS)
