"""What a filter of the wide language means: tests joined by AND, OR and NOT.

Every test is true or false. One of a value that is not there is false, except IS NULL; NOT turns
whatever stands behind it round.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as data_field
from enum import Enum
from typing import Literal

from nbtrack.search.fields import Entity

SummaryWord = Literal["first", "last", "min", "max", "mean", "std", "count", "min_step", "max_step"]
Compared = Literal["=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "BETWEEN", "IS NULL"]


class Scope(Enum):
    """Whose field it is; the values are the words of the language."""

    RUN = "run"
    EXPERIMENT = "experiment"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Ago:
    """A time so many milliseconds before now."""

    milliseconds: int


Literal_ = float | int | str | Ago
"""A number, a text, or a time relative to now; times and durations are milliseconds."""


@dataclass(frozen=True, slots=True)
class WideField:
    """The left side of a test; `summary` is of a metric's points, None for all other fields."""

    scope: Scope
    entity: Entity
    key: str
    summary: SummaryWord | None = None
    position: int = data_field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison; with `negated` it is true where the value is there and does not fit.

    values
        What stands on the right: one, two for BETWEEN, any number for IN, none for IS NULL.
    """

    __test__ = False  # pytest is not meant

    field: WideField
    operator: Compared
    values: tuple[Literal_, ...] = ()
    negated: bool = False
    span: tuple[int, int] = data_field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """True if all terms are; without terms it is true."""

    terms: tuple[Node, ...] = ()
    span: tuple[int, int] = data_field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if one of the terms is."""

    terms: tuple[Node, ...]
    span: tuple[int, int] = data_field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True if the term is not."""

    term: Node
    span: tuple[int, int] = data_field(default=(0, 0), compare=False)


Node = Test | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class WideOrder:
    """A field to sort by."""

    field: WideField
    ascending: bool


def tests_of(node: Node) -> tuple[Test, ...]:
    """Return all tests of a tree, from left to right."""
    if isinstance(node, Test):
        return (node,)
    if isinstance(node, Not):
        return tests_of(node.term)
    return tuple(test for term in node.terms for test in tests_of(term))
