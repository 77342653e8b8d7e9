"""What a handler works with: a connection inside a transaction, and the store around it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from nbtrack.backends.sqlite.artifacts import ArtifactFolder
from nbtrack.limits import Limits

Row = tuple[Any, ...]


class Settings(Struct, frozen=True):
    """How a store behaves: its limits, its clock (milliseconds) and its artifact folder."""

    limits: Limits
    clock: Callable[[], int]
    artifacts: ArtifactFolder


class Session(Struct):
    """One transaction.

    `key_ids` is shared by the store; `new_keys` joins it on commit. `changed_packs` are the runs
    whose packs may have become untrue.
    """

    db: sqlite3.Connection
    settings: Settings
    key_ids: dict[str, int]
    new_keys: dict[str, int] = field(default_factory=dict)
    changed_packs: set[int] = field(default_factory=set)

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        return self.settings.limits

    def now(self) -> int:
        """Return the time in milliseconds."""
        return self.settings.clock()

    def one(self, sql: str, *values: object) -> Row | None:
        """Return the first row of a query, or None."""
        row: Row | None = self.db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        """Return all rows of a query."""
        return self.db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Execute a statement and return the number of rows it changed."""
        return self.db.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement once a row."""
        self.db.executemany(sql, rows)

    def key_id(self, name: str) -> int:
        """Return the integer id of a metric, param or tag key, making one if it is new."""
        known = self.key_ids.get(name) or self.new_keys.get(name)
        if known is not None:
            return known
        self.db.execute("insert or ignore into key (name) values (?)", (name,))
        row = self.one("select id from key where name = ?", name)
        assert row is not None  # noqa: S101 - inserted one line above
        self.new_keys[name] = row[0]
        return int(row[0])


def ids_json(ids: Iterable[object]) -> str:
    """Encode ids for `json_each`, so that a list of any length is one parameter."""
    return msgspec.json.encode(list(ids)).decode()


def new_id() -> str:
    """Return a random id of 32 lower-case hexadecimal digits."""
    return os.urandom(16).hex()
