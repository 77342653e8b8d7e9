"""Filter text to tree: comparisons joined by AND."""

from __future__ import annotations

from typing import Final

from nbtrack.errors import FilterError
from nbtrack.search.fields import Operator, Rule, Search
from nbtrack.search.lexer import Kind, Token
from nbtrack.search.reader import Reader, read_field
from nbtrack.search.source import shorten, suggest
from nbtrack.search.tree import And, Comparison, print_field
from nbtrack.search.values import read_value

MAX_COMPARISONS: Final = 1000
_OPERATORS: Final[dict[tuple[str, ...], Operator]] = {
    tuple(operator.value.split()): operator for operator in Operator
}
_BEGINNINGS: Final = frozenset(
    phrase[:length] for phrase in _OPERATORS for length in range(1, len(phrase) + 1)
)
_MEANT: Final = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "!": "!="}
_JOIN_ADVICE: Final = {
    "OR": "There is no OR; search twice, or use IN where the field takes it.",
    ",": "Join comparisons with AND.",
    ";": "Leave out the semicolon.",
    "-": "Leave out comments and arithmetic.",
}


def parse_filter(text: str | None, search: Search) -> And:
    """Read a filter; an absent or blank one means everything.

    Raises
    ------
    FilterError
        If the text is not a filter of this search; it knows the position.

    Examples
    --------
    >>> from nbtrack.search import RUNS
    >>> parse_filter("metrics.acc > 0.5", RUNS).terms[0].value
    0.5
    """
    reader = Reader(text or "", "filter")
    if reader.is_at_end:
        return And()
    terms = [_read_comparison(reader, search)]
    while not reader.is_at_end:
        if reader.next.keyword != "AND":
            raise _not_joined(reader)
        if len(terms) == MAX_COMPARISONS:
            problem = f"Found more than {MAX_COMPARISONS} comparisons"
            raise reader.mistake(problem, "Split the search.", reader.next.start)
        reader.take()
        terms.append(_read_comparison(reader, search))
    return And(tuple(terms))


def _not_joined(reader: Reader) -> FilterError:
    token = reader.next
    advice = "Compare one field with one value, and join comparisons with AND."
    advice = _JOIN_ADVICE.get(token.keyword or token.text, advice)
    return reader.unexpected("AND or the end of the filter", advice)


def _read_comparison(reader: Reader, search: Search) -> Comparison:
    start = reader.begin_clause()
    field, rule = read_field(reader, search)
    position = reader.next.start
    operator = _read_operator(reader, rule)
    if operator not in rule.operators:
        name = print_field(field, search)
        problem = f"Invalid comparator {operator.value!r} for {shorten(name)}"
        raise reader.mistake(problem, _takes(rule), position)
    return Comparison(field, operator, read_value(reader, operator, rule.value_type), start)


def _read_operator(reader: Reader, rule: Rule) -> Operator:
    first = reader.next
    phrase = (reader.take().text,) if first.kind is Kind.OPERATOR else _read_phrase(reader)
    operator = _OPERATORS.get(phrase)
    if operator is None:
        raise _unknown_operator(reader, first, phrase, rule)
    return operator


def _read_phrase(reader: Reader) -> tuple[str, ...]:
    """Take as many words as can belong to one operator."""
    phrase: tuple[str, ...] = ()
    while (*phrase, reader.next.keyword) in _BEGINNINGS:
        phrase = (*phrase, reader.take().keyword)
    return phrase


def _unknown_operator(
    reader: Reader, first: Token, phrase: tuple[str, ...], rule: Rule
) -> FilterError:
    if first.kind is Kind.OPERATOR:
        written = first.text
    elif first.kind is Kind.WORD:
        written = " ".join((*phrase, reader.next.keyword)).strip() if phrase else first.text
    else:
        return reader.unexpected("a comparator", _takes(rule))
    advice = _meant(written, rule) + _takes(rule)
    if not phrase:
        advice += " A key with blanks needs backticks around it."
    return reader.mistake(f"Invalid comparator {shorten(written, 40)}", advice, first.start)


def _meant(written: str, rule: Rule) -> str:
    if written in _MEANT:
        return f"Did you mean {_MEANT[written]!r}? "
    return suggest(written, (operator.value for operator in rule.operators))


def _takes(rule: Rule) -> str:
    return f"Use one of {', '.join(operator.value for operator in rule.operators)}."
