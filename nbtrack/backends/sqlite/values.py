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
    rows = tx.all("select key, value from param where run = ?", run)
    known: dict[int, str] = dict(rows)
    fresh: list[tuple[int, int, int, str]] = []
    for name, value in params.items():
        key = tx.key_id(name)
        if key not in known:
            fresh.append((run, key, len(known), value))
            known[key] = value
        elif known[key] != value:
            raise InvalidParameterValue(
                f"The param {name!r} was logged as {known[key][:250]!r} and cannot change to "
                f"{value[:250]!r}. Params are written once: use another key, or a new run."
            )
    tx.many("insert into param values (?, ?, ?, ?)", fresh)


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
