"""What a caller may pass where a request wants tuples of entities, texts or enums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import TypeGuard, TypeVar, overload

from nbtrack.entities import (
    Entity,
    ExperimentTag,
    LoggedModelParameter,
    LoggedModelTag,
    Param,
    RunTag,
)
from nbtrack.errors import InvalidParameterValue

E = TypeVar("E", bound=Enum)
T = TypeVar("T", bound=Entity)
P = TypeVar("P", ExperimentTag, RunTag, Param, LoggedModelTag, LoggedModelParameter)


def as_pairs(kind: type[P], items: Mapping[str, str] | Iterable[P]) -> tuple[P, ...]:
    """Make tags or params of a mapping of keys to values; take such entities as they are.

    >>> as_pairs(RunTag, {"team": "vision"})
    (RunTag(key='team', value='vision'),)
    """
    if _is_mapping(items):
        return tuple(kind(key=key, value=value) for key, value in items.items())
    return tuple(as_entities(kind, items))


def _is_mapping(items: Mapping[str, str] | Iterable[object]) -> TypeGuard[Mapping[str, str]]:
    return isinstance(items, Mapping)


def as_entities(kind: type[T], items: Iterable[object]) -> Iterator[T]:
    """Yield the items while they are of the kind, for nothing has decoded them."""
    for item in items:
        if not isinstance(item, kind):
            name = kind.__name__
            message = f"{item!r} is not a {name}. Make one with nbtrack.entities.{name}(...)."
            raise InvalidParameterValue(message)
        yield item


def as_texts(items: str | Iterable[str]) -> tuple[str, ...]:
    """Make a tuple of texts; a single text is one item, not its characters.

    >>> as_texts("12"), as_texts(["1", "2"])
    (('12',), ('1', '2'))
    """
    return (items,) if isinstance(items, str) else tuple(items)


@overload
def as_enum(kind: type[E], value: E | str) -> E: ...
@overload
def as_enum(kind: type[E], value: E | str | None) -> E | None: ...
def as_enum(kind: type[E], value: E | str | None) -> E | None:
    """Find the member of an enum by its word; take members and None as they are.

    >>> from nbtrack.entities import RunStatus
    >>> as_enum(RunStatus, "FINISHED")
    <RunStatus.FINISHED: 'FINISHED'>
    """
    if value is None:
        return None
    try:
        return kind(value)
    except ValueError as exc:
        words = ", ".join(str(member.value) for member in kind)
        message = f"{value!r} is not a {kind.__name__}. Use one of {words}."
        raise InvalidParameterValue(message) from exc
