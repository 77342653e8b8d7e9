"""Open a store's file safely: recognise foreign files, bring old ones up to date, check them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nbtrack.backends.sqlite.connection import Connections
from nbtrack.backends.sqlite.schema import APPLICATION_ID, MIGRATIONS, Migration
from nbtrack.errors import StoreError

_SMALLEST: Final = 512
"""Bytes of the smallest page, and so of the smallest database."""


def open_store(pool: Connections, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Check the file behind a pool and migrate it to the newest version.

    Each migration and the record that it ran share one transaction. Before an existing store is
    changed, a copy is put beside it. Raises StoreError, leaving the file as it was.
    """
    _refuse_other_files(pool, len(migrations))
    with pool.reading() as db:
        version = first = _version(db, pool.path, len(migrations))
    while version < len(migrations):
        version = _step(pool, migrations, first)


def _version(db: sqlite3.Connection, path: Path | None, newest: int) -> int:
    application = db.execute("pragma application_id").fetchone()[0]
    version: int = db.execute("pragma user_version").fetchone()[0]
    if application != APPLICATION_ID:
        tables = {row[0] for row in db.execute("select name from sqlite_master")}
        if tables:
            raise StoreError(_foreign(path, tables))
        return 0
    if version > newest:
        message = (
            f"The store {path} has version {version}, made by a newer nbtrack than this one, "
            f"which knows versions up to {newest}. Upgrade with: pip install -U nbtrack."
        )
        raise StoreError(message)
    return version


def _foreign(path: Path | None, tables: set[str]) -> str:
    if "alembic_version" in tables and "experiments" in tables:
        return (
            f"{path} is a database of MLflow's own schema, which nbtrack does not open. Serve it "
            f"with 'mlflow server --backend-store-uri sqlite:///{path}' and use that server's URL."
        )
    return (
        f"{path} is a SQLite database of something else (tables: {', '.join(sorted(tables)[:5])}). "
        "It was left as it is; use another tracking URI."
    )


def _refuse_other_files(pool: Connections, newest: int) -> None:
    """Look at a file before a connection sets its journal mode, which would change it.

    SQLite itself has to look: a process that opens and closes the file by other means gives up the
    locks of all its connections to it, and another process may then remove the log they use
    (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    path = pool.path
    if path is None or not path.exists() or path.stat().st_size == 0:
        return
    if path.stat().st_size < _SMALLEST:  # SQLite takes some of these for empty databases
        message = f"The file {path} is not an nbtrack store. It was left as it is."
        raise StoreError(message)
    with pool.peeking() as db:
        db.execute("begin")  # one state for all that is read: another process may just be making it
        _version(db, path, newest)


def _step(pool: Connections, migrations: Sequence[Migration], first: int) -> int:
    """Take the store one version further, from `first` on only after a copy was made."""
    with pool.bare() as db:
        db.execute("begin immediate")
        try:
            version = _version(db, pool.path, len(migrations))  # another one may have been faster
            if version < len(migrations):
                if version == first:
                    _back_up(pool, version)
                script, fill = migrations[version]
                for statement in _statements(script):
                    db.execute(statement)
                if fill is not None:
                    fill(db)
                version += 1
                db.execute(f"pragma application_id = {APPLICATION_ID}")
                db.execute(f"pragma user_version = {version}")
            db.execute("commit")
        except BaseException:
            if db.in_transaction:
                db.execute("rollback")
            raise
    return version


def _back_up(pool: Connections, version: int) -> None:
    """Put a copy beside a store that holds something, while nobody else may write to it."""
    if pool.path is None or not version:
        return
    copy = pool.path.with_name(f"{pool.path.name}.v{version}.backup")
    partial = copy.with_name(f"{copy.name}.partial")
    partial.unlink(missing_ok=True)
    with pool.bare() as reader:
        reader.execute("vacuum into ?", (str(partial),))
    partial.replace(copy)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def integrity_problems(pool: Connections) -> list[str]:
    """Return what SQLite's integrity check finds wrong; an empty list means nothing."""
    with pool.bare() as db:
        found = [row[0] for row in db.execute("pragma integrity_check")]
    return [] if found == ["ok"] else found
