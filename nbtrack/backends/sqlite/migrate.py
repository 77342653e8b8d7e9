"""Open a store's file safely: recognise foreign files, bring old ones up to date, check them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbtrack.backends.sqlite.connection import Connections
from nbtrack.backends.sqlite.schema import APPLICATION_ID, MIGRATIONS
from nbtrack.errors import StoreError


def open_store(pool: Connections, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Check the file behind a pool and migrate it to the newest version.

    Each migration and the record that it ran share one transaction. Before an existing store is
    changed, a copy is put beside it. Raises StoreError, leaving the file as it was.
    """
    _refuse_foreign_header(pool.path)
    with pool.reading() as db:
        version = _version(db, pool.path, len(migrations))
    with pool.bare() as db:
        if version == len(migrations):
            return
        if version:
            _back_up(db, pool.path, version)
        while version < len(migrations):
            version = _step(db, migrations, pool.path)


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


def _refuse_foreign_header(path: Path | None) -> None:
    if path is None or not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            message = f"The file {path} is not an nbtrack store. It was left as it is."
            raise StoreError(message)


def _back_up(db: sqlite3.Connection, path: Path | None, version: int) -> None:
    if path is not None:
        copy = path.with_name(f"{path.name}.v{version}.backup")
        copy.unlink(missing_ok=True)
        db.execute("vacuum into ?", (str(copy),))


def _step(db: sqlite3.Connection, migrations: Sequence[str], path: Path | None) -> int:
    db.execute("begin immediate")
    try:
        version = _version(db, path, len(migrations))  # another process may have been faster
        if version < len(migrations):
            for statement in _statements(migrations[version]):
                db.execute(statement)
            version += 1
            db.execute(f"pragma application_id = {APPLICATION_ID}")
            db.execute(f"pragma user_version = {version}")
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise
    return version


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
