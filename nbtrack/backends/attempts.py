"""Which attempts of a cell a later one replaces: the rule that `runs` and `history` share."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Final, Generic, NamedTuple, TypeVar

from nbtrack.entities import RunStatus

K = TypeVar("K", bound=Hashable)
_ENDED_EARLY: Final = frozenset({RunStatus.FAILED.value, RunStatus.KILLED.value})


class Attempt(NamedTuple, Generic[K]):
    """What the rule asks of a run: the attempt before it, its params, its status, its stage."""

    before: K | None
    params: frozenset[tuple[object, object]]
    status: str
    is_active: bool


def replaced(attempts: Mapping[K, Attempt[K]]) -> Iterator[K]:
    """Yield the attempts that a later one among these replaces.

    An attempt is replaced by a later active one with the same params, and by any later active one
    if it failed or was killed. One may be yielded twice: two may go on from the same one.
    """
    for latest in attempts.keys() - {attempt.before for attempt in attempts.values()}:
        later: set[frozenset[tuple[object, object]]] = set()
        passed: set[K] = set()  # no run twice, whatever the tags say
        place: K | None = latest
        while place is not None and place not in passed and (found := attempts.get(place)):
            passed.add(place)
            if found.params in later or (later and found.status in _ENDED_EARLY):
                yield place
            if found.is_active:
                later.add(found.params)
            place = found.before
