"""Runs that a later attempt of the same cell has replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nbtrack.backends.sqlite.search import in_experiments
from nbtrack.backends.sqlite.session import Session, ids_json
from nbtrack.backends.sqlite.sql import Sql
from nbtrack.entities import RunStatus
from nbtrack.names import PREVIOUS_ATTEMPT

_ENDED_EARLY = frozenset({RunStatus.FAILED.value, RunStatus.KILLED.value})
_PARAMS = "select run, key, value from param where run in (select value from json_each(?))"


def not_replaced(tx: Session, experiment_ids: Sequence[str]) -> Sql | None:
    """Return the condition that no later attempt has replaced a run; None if there are none.

    An attempt is replaced by a later active one with the same params, and by any later active one
    if it failed or was killed. Only attempts in the same experiments count.
    """
    before = _attempts_before(tx, experiment_ids)
    if not before:
        return None
    replaced = _replaced(tx, before)
    return Sql("r.id not in (select value from json_each(?))", (ids_json(replaced),))


def _attempts_before(tx: Session, experiment_ids: Sequence[str]) -> dict[int, int]:
    """Return the attempt before each run that names one, both by their row."""
    key = tx.one("select id from key where name = ?", PREVIOUS_ATTEMPT)
    if key is None:
        return {}
    scope = in_experiments("l.experiment", experiment_ids)
    return dict(
        tx.all(
            "select l.id, b.id from run l cross join tag t on t.run = l.id and t.key = ? "
            f"join run b on b.run_id = t.value where {scope.text}",
            key[0],
            *scope.values,
        )
    )


def _replaced(tx: Session, before: Mapping[int, int]) -> list[int]:
    rows = ids_json(before.keys() | before.values())
    query = "select id, status, stage from run where id in (select value from json_each(?))"
    known = {row: (status, stage) for row, status, stage in tx.all(query, rows)}
    params: dict[int, set[tuple[int, str]]] = {row: set() for row in known}
    for row, key, value in tx.all(_PARAMS, rows):
        params[row].add((key, value))
    found: list[int] = []
    for chain in _chains(before):
        later: set[frozenset[tuple[int, str]]] = set()
        for row in chain:
            status, stage = known[row]
            of_row = frozenset(params[row])
            if of_row in later or (later and status in _ENDED_EARLY):
                found.append(row)
            if stage == 0:
                later.add(of_row)
    return found


def _chains(before: Mapping[int, int]) -> Iterable[list[int]]:
    """Return the attempts of each cell, the latest first; two may go on from the same one."""
    for latest in before.keys() - set(before.values()):
        chain: dict[int, None] = {}  # in order, and no run twice whatever the tags say
        row: int | None = latest
        while row is not None and row not in chain:
            chain[row] = None
            row = before.get(row)
        yield list(chain)
