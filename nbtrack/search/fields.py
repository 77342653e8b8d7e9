"""What each search can compare and sort: prefixes, keys, operators and types of value.

A `Search` is a table of groups. A `Group` is what a prefix leads to: keys of any name under one
`Rule`, or one `Attribute` a row. To add an attribute or an operator, add it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Entity(Enum):
    """What a field belongs to."""

    METRIC = "metric"
    PARAM = "param"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DATASET = "dataset"


class Operator(Enum):
    """How a field is compared; the values are the words of the language."""

    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


class ValueType(Enum):
    """What may stand on the right of a comparison."""

    DOUBLE = auto()
    """Any number, read as a double."""
    NUMBER = auto()
    """Any number; an integer of 64 bits stays one, so that times compare exactly."""
    INTEGER = auto()
    """An integer of 64 bits only."""
    TEXT = auto()
    """A quoted string."""
    INTEGER_TEXT = auto()
    """A quoted string that holds an integer."""
    MODEL_STATUS = auto()
    """A quoted status of a logged model, with or without `LOGGED_MODEL_`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The operators that a field takes, and the type of the value."""

    value_type: ValueType
    operators: tuple[Operator, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One key with a fixed name; `filter_aliases` do not count when sorting."""

    key: str
    rule: Rule
    aliases: tuple[str, ...] = ()
    filter_aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """What a prefix leads to: keys of any name under `rule`, or only the listed `attributes`.

    The first prefix is the one to print; an empty prefix means that none is needed.
    """

    entity: Entity
    prefixes: tuple[str, ...]
    rule: Rule | None = None
    attributes: tuple[Attribute, ...] = ()
    is_sortable: bool = True

    def names(self, *, sorting: bool = False) -> Iterator[tuple[str, Attribute]]:
        """Walk over every name of every attribute, aliases included."""
        for attribute in self.attributes:
            filter_aliases = () if sorting else attribute.filter_aliases
            for name in (attribute.key, *attribute.aliases, *filter_aliases):
                yield name, attribute

    def find(self, name: str, *, sorting: bool = False) -> tuple[str, Rule] | None:
        """Return the canonical key and the rule of a name, or None if there is no such key."""
        if self.rule is not None:
            return name, self.rule
        found = dict(self.names(sorting=sorting)).get(name)
        return None if found is None else (found.key, found.rule)


@dataclass(frozen=True, slots=True)
class Search:
    """The language of one search: its name and what can be searched."""

    name: str
    groups: tuple[Group, ...]

    @property
    def attributes(self) -> Group:
        """The group that needs no prefix; it stands first."""
        return self.groups[0]

    def group_of_prefix(self, prefix: str) -> Group | None:
        """Find what a prefix leads to; the empty prefix leads to attributes."""
        return next((group for group in self.groups if prefix in group.prefixes), None)

    def group_of_entity(self, entity: Entity) -> Group | None:
        """Find the group of an entity."""
        return next((group for group in self.groups if group.entity is entity), None)

    def prefixes(self, *, sorting: bool = False) -> tuple[str, ...]:
        """List the words that may stand before a dot."""
        groups = (group for group in self.groups if group.is_sortable or not sorting)
        return tuple(prefix for group in groups for prefix in group.prefixes if prefix)


EQUALITY: Final = (Operator.EQ, Operator.NE)
ORDERED: Final = (*EQUALITY, Operator.GT, Operator.GE, Operator.LT, Operator.LE)
PATTERNS: Final = (Operator.LIKE, Operator.ILIKE)
LISTS: Final = (Operator.IN, Operator.NOT_IN)
NULLS: Final = (Operator.IS_NULL, Operator.IS_NOT_NULL)

_DOUBLE = Rule(ValueType.DOUBLE, ORDERED)
_NUMBER = Rule(ValueType.NUMBER, ORDERED)
_INTEGER = Rule(ValueType.INTEGER, ORDERED)
_TEXT = Rule(ValueType.TEXT, (*EQUALITY, *PATTERNS))
_NULLABLE_TEXT = Rule(ValueType.TEXT, (*EQUALITY, *PATTERNS, *NULLS))
_LISTED_TEXT = Rule(ValueType.TEXT, (*EQUALITY, *PATTERNS, *LISTS))
_INTEGER_TEXT = Rule(ValueType.INTEGER_TEXT, (*EQUALITY, *LISTS))
_MODEL_STATUS = Rule(ValueType.MODEL_STATUS, (*EQUALITY, *PATTERNS, *LISTS))

RUNS: Final = Search(
    "runs",
    (
        Group(
            Entity.ATTRIBUTE,
            ("", "attribute", "attributes", "attr", "run"),
            attributes=(
                Attribute("run_id", _LISTED_TEXT),
                Attribute("run_name", _TEXT, filter_aliases=("run name", "Run name", "Run Name")),
                Attribute("status", _TEXT),
                Attribute("artifact_uri", _TEXT),
                Attribute("user_id", _TEXT),
                Attribute("start_time", _NUMBER, ("created", "Created")),
                Attribute("end_time", _NUMBER),
            ),
        ),
        Group(Entity.METRIC, ("metrics", "metric"), _DOUBLE),
        Group(Entity.PARAM, ("params", "param", "parameter", "parameters"), _NULLABLE_TEXT),
        Group(Entity.TAG, ("tags", "tag"), _NULLABLE_TEXT),
        Group(
            Entity.DATASET,
            ("datasets", "dataset"),
            attributes=(
                Attribute("name", _LISTED_TEXT),
                Attribute("digest", _LISTED_TEXT),
                Attribute("context", _LISTED_TEXT),
            ),
            is_sortable=False,
        ),
    ),
)

EXPERIMENTS: Final = Search(
    "experiments",
    (
        Group(
            Entity.ATTRIBUTE,
            ("", "attribute"),
            attributes=(
                Attribute("name", _TEXT),
                Attribute("experiment_id", _INTEGER_TEXT),
                Attribute("creation_time", _INTEGER),
                Attribute("last_update_time", _INTEGER),
            ),
        ),
        Group(Entity.TAG, ("tags", "tag"), _NULLABLE_TEXT, is_sortable=False),
    ),
)

LOGGED_MODELS: Final = Search(
    "logged models",
    (
        Group(
            Entity.ATTRIBUTE,
            ("", "attributes"),
            attributes=(
                Attribute("model_id", _LISTED_TEXT),
                Attribute("name", _LISTED_TEXT),
                Attribute("model_type", _LISTED_TEXT),
                Attribute("status", _MODEL_STATUS),
                Attribute("source_run_id", _LISTED_TEXT),
                Attribute("experiment_id", _LISTED_TEXT),
                Attribute(
                    "creation_timestamp", _NUMBER, ("creation_time", "creation_timestamp_ms")
                ),
                Attribute("last_updated_timestamp", _NUMBER, ("last_updated_timestamp_ms",)),
            ),
        ),
        Group(Entity.METRIC, ("metrics",), _DOUBLE),
        Group(Entity.PARAM, ("params",), _LISTED_TEXT, is_sortable=False),
        Group(Entity.TAG, ("tags",), _LISTED_TEXT, is_sortable=False),
    ),
)
