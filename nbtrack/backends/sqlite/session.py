"""What a handler works with: a connection inside a transaction, and the store around it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from nbtrack.backends.sqlite.artifacts import ArtifactFolder
from nbtrack.limits import Limits

Row = tuple[Any, ...]
MOST_LAYOUTS: Final = 1_000


class Settings(Struct, frozen=True):
    """How a store behaves: its limits, its clock (milliseconds) and its artifact folder."""

    limits: Limits
    clock: Callable[[], int]
    artifacts: ArtifactFolder


class Known(Struct):
    """Integer ids that the store has given out: of keys, and of some layouts of packs."""

    keys: dict[str, int] = field(default_factory=dict)
    layouts: dict[bytes, int] = field(default_factory=dict)

    def add(self, fresh: Known) -> None:
        """Keep those of a transaction that was committed."""
        self.keys.update(fresh.keys)
        if len(self.layouts) < MOST_LAYOUTS:  # runs may differ all in their keys
            self.layouts.update(fresh.layouts)


class Session(Struct):
    """One transaction.

    `known` is shared by the store; `fresh` joins it on commit. `changed_packs` are the runs that it
    writes to and that are finished, or have another status now.
    """

    db: sqlite3.Connection
    settings: Settings
    known: Known
    fresh: Known = field(default_factory=Known)
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
        known = self.known.keys.get(name) or self.fresh.keys.get(name)
        return known or self.fresh.keys.setdefault(name, id_of(self.db, "key", "name", name))

    def layout_id(self, keys: bytes) -> int:
        """Return the integer id of a layout of packs, making one if it is new."""
        known = self.known.layouts.get(keys) or self.fresh.layouts.get(keys)
        return known or self.fresh.layouts.setdefault(keys, id_of(self.db, "layout", "keys", keys))


def id_of(db: sqlite3.Connection, table: str, column: str, value: str | bytes) -> int:
    """Return the integer id of the row that has a value, making one if there is none."""
    db.execute(f"insert or ignore into {table} ({column}) values (?)", (value,))
    row = db.execute(f"select id from {table} where {column} = ?", (value,)).fetchone()
    return int(row[0])


def ids_json(ids: Iterable[object]) -> str:
    """Encode ids for `json_each`, so that a list of any length is one parameter."""
    return msgspec.json.encode(list(ids)).decode()


def new_id() -> str:
    """Return a random id of 32 lower-case hexadecimal digits."""
    return os.urandom(16).hex()
