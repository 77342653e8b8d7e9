"""Params and tags of runs: params are written once, tags are overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbtrack.api import runs as api
from nbtrack.api.operation import Nothing
from nbtrack.backends.sqlite.session import Session, ids_json
from nbtrack.entities import Param, RunTag
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist


def params_of(tx: Session, runs: Iterable[int]) -> dict[int, list[Param]]:
    """Return the params of runs by row id, in the order of their first log."""
    found: dict[int, list[Param]] = {}
    for run, key, value in tx.all(
        "select p.run, k.name, p.value from param p join key k on k.id = p.key "
        "where p.run in (select value from json_each(?)) order by p.run, p.position",
        ids_json(runs),
    ):
        found.setdefault(run, []).append(Param(key=key, value=value))
    return found


def tags_of(tx: Session, runs: Iterable[int]) -> dict[int, list[RunTag]]:
    """Return the tags of runs by row id, sorted by key."""
    found: dict[int, list[RunTag]] = {}
    for run, key, value in tx.all(
        "select t.run, k.name, t.value from tag t join key k on k.id = t.key "
        "where t.run in (select value from json_each(?)) order by t.run, k.name",
        ids_json(runs),
    ):
        found.setdefault(run, []).append(RunTag(key=key, value=value))
    return found


def put_params(tx: Session, run: int, params: Mapping[str, str]) -> None:
    """Write params; the same value again is fine, another one is refused."""
    if not params:
        return
    keys = {tx.key_id(name): name for name in params}
    rows = tx.all(
        "select key, value from param where run = ? and key in (select value from json_each(?))",
        run,
        ids_json(keys),
    )
    for key, known in rows:
        value = params[keys[key]]
        if known != value:
            raise InvalidParameterValue(
                f"The param {keys[key]!r} was logged as {known[:250]!r} and cannot change to "
                f"{value[:250]!r}. Params are written once: use another key, or a new run."
            )
    present = {key for key, _ in rows}
    fresh = [(key, params[name]) for key, name in keys.items() if key not in present]
    count = tx.one("select count(*) from param where run = ?", run)
    first = count[0] if count else 0
    tx.many(
        "insert into param values (?, ?, ?, ?)",
        [(run, key, position, value) for position, (key, value) in enumerate(fresh, first)],
    )


def put_tags(tx: Session, run: int, tags: Mapping[str, str]) -> None:
    """Set tags, replacing older values."""
    rows = [(run, tx.key_id(name), value) for name, value in tags.items()]
    tx.many("insert or replace into tag values (?, ?, ?)", rows)


def delete_tag(tx: Session, run: int, request: api.DeleteTag) -> Nothing:
    """Remove a tag of a run."""
    changed = tx.run(
        "delete from tag where run = ? and key = (select id from key where name = ?)",
        run,
        request.key,
    )
    if not changed:
        message = f"Run {request.run_id!r} has no tag {request.key!r}."
        raise ResourceDoesNotExist(message)
    return Nothing()
