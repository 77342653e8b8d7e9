"""Runs that a later attempt of the same cell has replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbtrack.backends.attempts import Attempt, replaced
from nbtrack.backends.sqlite.search import in_experiments
from nbtrack.backends.sqlite.session import Session, ids_json
from nbtrack.backends.sqlite.sql import Sql
from nbtrack.names import PREVIOUS_ATTEMPT

_PARAMS = "select run, key, value from param where run in (select value from json_each(?))"


def not_replaced(tx: Session, experiment_ids: Sequence[str]) -> Sql | None:
    """Return the condition that no later attempt has replaced a run; None if there are none.

    Only attempts in the same experiments count.
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
    params: dict[int, set[tuple[int, str]]] = {}
    for row, key, value in tx.all(_PARAMS, rows):
        params.setdefault(row, set()).add((key, value))
    attempts = {
        row: Attempt(before.get(row), frozenset(params.get(row, ())), status, stage == 0)
        for row, status, stage in tx.all(query, rows)
    }
    return list(replaced(attempts))
