"""Text of the wide filter language to tree: the API's grammar plus OR, NOT, parentheses and more.

    filter = term, { OR, term } ;      term = factor, { AND, factor } ;
    factor = NOT, factor | "(", filter, ")" | test ;
    test   = field, operator, value ;
    field  = [ summary, "(" ], [ "experiment." | "parent." ], the API's field, [ ")" ] ;

AND binds closer than OR.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from nbtrack.errors import FilterError
from nbtrack.search.fields import Entity
from nbtrack.search.lexer import Kind, Token
from nbtrack.search.reader import Reader, read_field
from nbtrack.search.source import shorten, suggest
from nbtrack.search.wide_fields import FIELDS, SUMMARIES, Type, type_of
from nbtrack.search.wide_tree import (
    All,
    AnyOf,
    Compared,
    Literal_,
    Node,
    Not,
    Scope,
    Test,
    WideField,
    WideOrder,
)
from nbtrack.search.wide_values import read_literal, take_symbol

MAX_TESTS: Final = 1000
MAX_DEPTH: Final = 50
_SYMBOLS: Final[dict[str, tuple[Compared, bool]]] = {
    "=": ("=", False),
    "!=": ("=", True),
    "<": ("<", False),
    "<=": ("<=", False),
    ">": (">", False),
    ">=": (">=", False),
}
_WORDS: Final[dict[str, Compared]] = {
    "LIKE": "LIKE",
    "ILIKE": "ILIKE",
    "IN": "IN",
    "BETWEEN": "BETWEEN",
}
_MEANT: Final = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "!": "!="}
_PATTERNS: Final = frozenset({"LIKE", "ILIKE"})
_TAKES: Final = "Use one of =, !=, <, <=, >, >=, BETWEEN, IN, IS NULL, or NOT before the last ones."
_TAKES_TEXT: Final = _TAKES.replace("BETWEEN,", "BETWEEN, LIKE, ILIKE,")


def parse_where(text: str | None) -> Node:
    """Read a filter of runs in the wide language; an absent or blank one means everything.

    Raises
    ------
    FilterError
        If the text is no filter; it knows the position, and its note shows it.

    Examples
    --------
    >>> from nbtrack.search.wide_tree import tests_of
    >>> tree = parse_where("params.lr > 0.01 and not (min(metrics.loss) > 1 or status = 'FAILED')")
    >>> [test.field.key for test in tests_of(tree)]
    ['lr', 'loss', 'status']
    """
    reader = Reader(text or "", "filter")
    if reader.is_at_end:
        return All()
    node = _Parser(reader).filter()
    if not reader.is_at_end:
        advice = suggest(reader.next.text, ("AND", "OR")) + "Join tests with AND or OR."
        if reader.is_at_symbol(")"):
            advice = "There is no opening parenthesis for it."
        raise reader.unexpected("AND, OR or the end of the filter", advice)
    return node


def parse_wide_order(clauses: Sequence[str]) -> tuple[WideOrder, ...]:
    """Read the clauses of an order, such as `min(metrics.loss) ASC` or `duration DESC`.

    Raises
    ------
    FilterError
        If a clause is wrong, or sorts by a key that an earlier clause sorts by.
    """
    if isinstance(clauses, str):
        message = f"The order_by {shorten(clauses)} is one text. Put it into a list of texts."
        raise FilterError(message, text=clauses)
    found: dict[WideField, WideOrder] = {}
    for clause in clauses:
        reader = Reader(clause, "order_by clause")
        order = _read_order(reader)
        if order.field in found:
            problem = f"Found the order_by key {shorten(clause)} twice"
            raise reader.mistake(problem, "Name each key once.", order.field.position)
        found[order.field] = order
    return tuple(found.values())


def _read_order(reader: Reader) -> WideOrder:
    field = _read_wide_field(reader, sorting=True)
    if field.scope is not Scope.RUN:
        problem = f"Found a field of the {field.scope.value} to sort by"
        raise reader.mistake(problem, "Sort by a field of the run.", field.position)
    ascending = True
    if reader.next.keyword in {"ASC", "DESC"} and not reader.is_adjacent:
        ascending = reader.take().keyword == "ASC"
    if not reader.is_at_end:
        advice = "Give each key an entry of its own, such as 'min(metrics.loss) ASC'."
        raise reader.unexpected("one field, then ASC or DESC or nothing", advice)
    return WideOrder(field, ascending)


class _Parser:
    """Descends through OR, AND, NOT and parentheses; counts what it has seen."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.depth = 0
        self.tests = 0

    def filter(self) -> Node:
        return self._joined("OR", self._term, AnyOf)

    def _term(self) -> Node:
        return self._joined("AND", self._factor, All)

    def _joined(self, word: str, read: Callable[[], Node], join: Callable[..., Node]) -> Node:
        start = self.reader.next.start
        terms = [read()]
        while self.reader.next.keyword == word:
            self.reader.take()
            terms.append(read())
        span = (start, self.reader.previous_end)
        return terms[0] if len(terms) == 1 else join(tuple(terms), span)

    def _factor(self) -> Node:
        reader, start = self.reader, self.reader.next.start
        if reader.next.keyword == "NOT":
            reader.take()
            term = self._deeper(self._factor)
            return Not(term, (start, reader.previous_end))
        if reader.is_at_symbol("("):
            reader.take()
            node = self._deeper(self.filter)
            take_symbol(reader, ")", "Close the parenthesis that stands open.")
            return node
        self.tests += 1
        if self.tests > MAX_TESTS:
            problem = f"Found more than {MAX_TESTS} comparisons"
            raise reader.mistake(problem, "Split the search.", start)
        return _read_test(reader)

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            problem = f"Found more than {MAX_DEPTH} parentheses and NOTs in each other"
            raise self.reader.mistake(problem, "Simplify the filter.", self.reader.next.start)
        node = read()
        self.depth -= 1
        return node


def _read_test(reader: Reader) -> Test:
    start = reader.begin_clause()
    field = _read_wide_field(reader)
    kind = type_of(field)
    operator, negated = _read_operator(reader, kind)
    values = _read_values(reader, operator, kind)
    return Test(field, operator, values, negated, (start, reader.previous_end))


def _read_wide_field(reader: Reader, *, sorting: bool = False) -> WideField:
    first = reader.next
    word = first.text.lower() if first.kind is Kind.WORD else ""
    if word in SUMMARIES and reader.is_call():
        reader.take()
        reader.take()
        field = _read_scoped(reader, sorting=sorting)
        if field.entity is not Entity.METRIC:
            problem = f"Found {field.key!r} in {word}()"
            raise reader.mistake(problem, f"Write {word}(metrics.<key>).", field.position)
        take_symbol(reader, ")", f"Write {word}(metrics.<key>).")
        return WideField(field.scope, field.entity, field.key, word, first.start)
    if first.kind is Kind.WORD and reader.is_call():
        advice = f"{suggest(word, SUMMARIES)}Use one of {', '.join(SUMMARIES)}."
        raise reader.mistake(f"Invalid summary {shorten(first.text)}", advice, first.start)
    return _read_scoped(reader, sorting=sorting)


def _read_scoped(reader: Reader, *, sorting: bool) -> WideField:
    first, scope = reader.next, Scope.RUN
    word = first.text.lower() if first.kind is Kind.WORD else ""
    if word in {"experiment", "parent"} and reader.is_prefix():
        reader.take()
        reader.take()
        scope = Scope(word)
    field, _ = read_field(reader, FIELDS[scope], sorting=sorting)
    return WideField(scope, field.entity, field.key, None, first.start)


def _read_operator(reader: Reader, kind: Type) -> tuple[Compared, bool]:
    first = reader.next
    if first.kind is Kind.OPERATOR and first.text in _SYMBOLS:
        reader.take()
        return _SYMBOLS[first.text]
    if first.keyword == "IS":
        return _read_is(reader)
    negated = first.keyword == "NOT"
    if negated:
        reader.take()
    operator = _WORDS.get(reader.next.keyword)
    if operator is None or (operator in _PATTERNS and kind not in (Type.TEXT, Type.EITHER)):
        raise _unknown_operator(reader, kind)
    reader.take()
    return operator, negated


def _read_is(reader: Reader) -> tuple[Compared, bool]:
    reader.take()
    negated = reader.next.keyword == "NOT"
    if negated:
        reader.take()
    if reader.next.keyword != "NULL":
        raise reader.unexpected("NULL", "Write IS NULL or IS NOT NULL.")
    reader.take()
    return "IS NULL", negated


def _unknown_operator(reader: Reader, kind: Type) -> FilterError:
    token: Token = reader.next
    takes = _TAKES_TEXT if kind in (Type.TEXT, Type.EITHER) else _TAKES
    if token.kind not in (Kind.OPERATOR, Kind.WORD):
        return reader.unexpected("a comparator", takes)
    meant = _MEANT.get(token.text)
    near = suggest(token.text, (*_WORDS, "IS NULL", *_SYMBOLS))
    if token.keyword in _PATTERNS:
        near = "Only text is compared with a pattern. "
    advice = f"Did you mean {meant!r}? {takes}" if meant else near + takes
    return reader.mistake(f"Invalid comparator {shorten(token.text, 40)}", advice, token.start)


def _read_values(reader: Reader, operator: Compared, kind: Type) -> tuple[Literal_, ...]:
    if operator == "IS NULL":
        return ()
    if operator == "IN":
        return _read_list(reader, kind)
    if operator in _PATTERNS:
        return (read_literal(reader, Type.TEXT),)
    low = read_literal(reader, kind)
    if operator != "BETWEEN":
        return (low,)
    if reader.next.keyword != "AND":
        raise reader.unexpected("AND", "Write BETWEEN 1 AND 2.")
    reader.take()
    place = reader.next.start
    high = read_literal(reader, kind)
    if isinstance(low, str) is not isinstance(high, str):
        raise reader.mistake("Found a number and a text", "Give two of the same.", place)
    return low, high


def _read_list(reader: Reader, kind: Type) -> tuple[Literal_, ...]:
    take_symbol(reader, "(", "Write a list as in IN ('a', 'b').")
    values = [read_literal(reader, kind)]
    while reader.is_at_symbol(","):
        reader.take()
        if reader.is_at_symbol(")"):
            break
        values.append(read_literal(reader, kind))
    take_symbol(reader, ")", "Write a list as in IN ('a', 'b').")
    return tuple(values)
