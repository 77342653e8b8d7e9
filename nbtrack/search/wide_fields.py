"""What the wide language of runs can compare: the API's fields and more, each of a type.

The tables have the form of `fields`, so that names are read, and mistakes in them worded, alike.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from nbtrack.search.fields import EXPERIMENTS, RUNS, Attribute, Entity, Group, Rule, Search
from nbtrack.search.wide_tree import Scope, SummaryWord, WideField

SUMMARIES: Final[tuple[SummaryWord, ...]] = (
    "first",
    "last",
    "min",
    "max",
    "mean",
    "std",
    "count",
    "min_step",
    "max_step",
)
DURATION: Final = "duration"


class Type(Enum):
    """What a field holds; the values are words for messages."""

    NUMBER = "a number"
    EITHER = "a number or a quoted text"
    TEXT = "a quoted text"
    TIME = "a time: milliseconds, '2026-11-01', '2026-11-01 12:30' or ago('7d')"
    DURATION = "a duration: seconds, or a text such as '90s', '10m', '1h30m'"


_TIMES: Final = frozenset({"start_time", "end_time", "creation_time", "last_update_time"})
_ANY: Final = RUNS.groups[2].rule  # the rule of params; the wide language has types instead


def _with_more(group: Group, rule: Rule) -> Group:
    more = (Attribute("experiment_id", rule), Attribute(DURATION, rule))
    return Group(group.entity, group.prefixes, attributes=(*group.attributes, *more))


def _search_of_runs(name: str) -> Search:
    assert _ANY is not None  # noqa: S101 - a table of this package
    return Search(name, (_with_more(RUNS.attributes, _ANY), *RUNS.groups[1:]))


FIELDS: Final[dict[Scope, Search]] = {
    Scope.RUN: _search_of_runs("runs"),
    Scope.PARENT: _search_of_runs("parent runs"),
    Scope.EXPERIMENT: EXPERIMENTS,
}


def type_of(field: WideField) -> Type:
    """Return what a field holds."""
    if field.entity is Entity.METRIC:
        return Type.NUMBER
    if field.entity in (Entity.PARAM, Entity.TAG):
        return Type.EITHER
    if field.entity is Entity.ATTRIBUTE and field.key in _TIMES:
        return Type.TIME
    if field.entity is Entity.ATTRIBUTE and field.key == DURATION:
        return Type.DURATION
    return Type.TEXT
