"""What a filter means: comparisons joined by AND; and its canonical text.

Positions are for messages only: two trees that differ in nothing else are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as data_field

from nbtrack.errors import FilterError
from nbtrack.search.fields import Entity, Operator, Search

Value = float | int | str | tuple[str, ...] | None
"""A number, a text, the texts of a list, or None for IS NULL and IS NOT NULL."""

_BARE_KEY = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_SQL_WORDS = frozenset({"as", "case", "from", "in", "using", "values"})
"""What MLflow's tokenizer does not take for a key, not even behind a dot."""


@dataclass(frozen=True, slots=True)
class Field:
    """The left side of a comparison; keys of attributes are canonical, such as `start_time`."""

    entity: Entity
    key: str
    position: int = data_field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison; its position is where it starts."""

    field: Field
    operator: Operator
    value: Value
    position: int = data_field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Comparisons that must all hold; none at all means everything."""

    terms: tuple[Comparison, ...] = ()


def print_filter(tree: And, search: Search) -> str:
    """Write a tree as text that parses to the same tree.

    Raises
    ------
    FilterError
        If the search has no such entity.
    """
    return " AND ".join(_print_comparison(term, search) for term in tree.terms)


def print_field(field: Field, search: Search) -> str:
    """Write a field with the first prefix of its group, and its key in quotes where needed."""
    group = search.group_of_entity(field.entity)
    if group is None:
        problem = f"Invalid entity type {field.entity.value!r} for a search of {search.name}."
        raise FilterError(f"{problem} Use one of {', '.join(search.prefixes())}.", text=field.key)
    prefix = group.prefixes[0]
    return f"{prefix}.{_print_key(field.key)}" if prefix else _print_key(field.key)


def _print_comparison(term: Comparison, search: Search) -> str:
    left = f"{print_field(term.field, search)} {term.operator.value}"
    return left if term.value is None else f"{left} {_print_value(term.value)}"


def _print_key(key: str) -> str:
    if _BARE_KEY.fullmatch(key) and _SQL_WORDS.isdisjoint(key.lower().split(".")):
        return key
    return _quote(key, '"') if "`" in key else f"`{key}`"


def _print_value(value: float | str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_print_text(text) for text in value)})"
    return _print_text(value) if isinstance(value, str) else _print_number(value)


def _print_text(text: str) -> str:
    return _quote(text, '"' if "'" in text and '"' not in text else "'")


def _quote(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote


def _print_number(value: float) -> str:
    return repr(value).replace("inf", "1e400")
