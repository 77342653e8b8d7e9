"""Connections to the store's file: pragmas, a pool for all threads, transactions.

SQLite allows one writer at a time. Threads of one process queue on a lock; processes queue on
SQLite's own with a long busy timeout, and every write begins with BEGIN IMMEDIATE, because a read
transaction that turns into a write fails at once when another process has written in between.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from math import sqrt
from pathlib import Path
from typing import Final

from nbtrack.backends.sqlite.forks import GATE
from nbtrack.backends.sqlite.watch import Watch
from nbtrack.config import SURVIVE_POWER_CUT, setting
from nbtrack.errors import InvalidParameterValue, NbtrackError, StoreError, TemporarilyUnavailable
from nbtrack.numerals import number_of

NUMBER_OF: Final = "nbtrack_number"
ROOT_OF: Final = "nbtrack_sqrt"
"""Functions of SQL that every connection knows: the number that a text reads as, and the root."""
BUSY_SECONDS: Final = 30.0
_MODE_WAIT: Final = 0.005
_NETWORK_FILE_SYSTEMS: Final = ("nfs", "cifs", "smb", "fuse", "9p", "afs", "lustre", "gpfs", "ceph")


class Connections:
    """A pool of connections to one file; in memory it is a single, shared one."""

    def __init__(self, path: Path | None, journal_mode: str = "auto") -> None:
        """Prepare a pool; nothing is opened until a connection is borrowed."""
        self.path = path
        self._journal_mode = journal_mode
        self._idle: list[sqlite3.Connection] = []
        self._one_writer = threading.RLock()
        self._closed = False
        self._watch = Watch(self._open)
        GATE.pools.add(self)

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Lend a connection inside a read transaction: every statement sees the same state."""
        with self._translated(), GATE.lending(), self._lent() as db:
            db.execute("begin")
            try:
                yield db
            finally:
                db.execute("rollback")

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """Lend a connection inside a write transaction: committed at the end, or undone."""
        with self._translated(), GATE.lending(), self._one_writer, self._lent() as db:
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            except BaseException:
                if db.in_transaction:
                    db.execute("rollback")
                raise

    @contextmanager
    def bare(self) -> Generator[sqlite3.Connection]:
        """Lend a connection outside any transaction, for pragmas and migrations."""
        with self._translated(), GATE.lending(), self._lent() as db:
            yield db

    @contextmanager
    def peeking(self) -> Generator[sqlite3.Connection]:
        """Lend a connection that changes nothing of an existing file, not even its journal mode."""
        with self._translated(), GATE.lending():
            uri = f"{Path(self.path or '').absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as db:
                yield db

    def version(self) -> str | None:
        """Return a text that changes with every commit of any process; None for one in memory."""
        if self.path is None:
            return None
        with self._translated(), GATE.lending():
            return self._watch.version()

    def close(self) -> None:
        """Close every idle connection; borrowed ones close when they come back."""
        self._closed = True
        self._watch.close()
        while self._idle:
            self._idle.pop().close()

    def before_fork(self) -> None:
        """Close idle connections to a file; those in memory are copied with everything else."""
        self._watch.close()
        while self._idle and self.path is not None:
            self._idle.pop().close()

    def after_fork_in_child(self) -> None:
        """Renew the locks: a thread that is not here may hold the old ones."""
        self._one_writer = threading.RLock()
        self._watch = Watch(self._open)

    @contextmanager
    def _lent(self) -> Generator[sqlite3.Connection]:
        if self.path is None:
            with self._one_writer:
                yield self._in_memory()
            return
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._open()
        try:
            yield db
        finally:
            if self._closed:
                db.close()
            else:
                self._idle.append(db)

    def _in_memory(self) -> sqlite3.Connection:
        if not self._idle:
            self._idle.append(_configured(":memory:", journal_mode="memory"))
        return self._idle[0]

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            message = f"The store {self.path} was closed. Open it again."
            raise StoreError(message)
        return _configured(str(self.path), self._chosen_journal_mode())

    def _chosen_journal_mode(self) -> str:
        if self._journal_mode != "auto" or self.path is None:
            return self._journal_mode
        return "delete" if is_on_network(self.path) else "wal"

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            raise translate(exc, self.path) from exc
        except UnicodeEncodeError as exc:
            message = f"The text {exc.object!r} holds a lone surrogate, which is not valid Unicode."
            raise InvalidParameterValue(message) from exc


def _configured(target: str, journal_mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        target, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        db.create_function(NUMBER_OF, 1, number_of, deterministic=True)
        db.create_function(ROOT_OF, 1, _root_of, deterministic=True)
        mode = _with_journal_mode(db, journal_mode)
        # In WAL a commit survives a killed process; FULL adds an fsync for a power cut.
        is_quick = mode == "wal" and not setting(SURVIVE_POWER_CUT)
        db.execute(f"pragma synchronous = {'normal' if is_quick else 'full'}")
        db.execute("pragma cache_size = -32000")
        db.execute("pragma temp_store = memory")
        db.execute("pragma mmap_size = 268435456")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _root_of(number: float | None) -> float | None:
    return None if number is None else sqrt(number)


def _with_journal_mode(db: sqlite3.Connection, wanted: str) -> str:
    """Set the journal mode and return the one in force.

    SQLite does not wait, as it does elsewhere, for another process that is setting it just now.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode: str = db.execute(f"pragma journal_mode = {wanted}").fetchone()[0]
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_MODE_WAIT)
        else:
            return mode


def is_on_network(path: Path) -> bool:
    """Tell whether a file lies on a network file system, where WAL does not work."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    folder = os.path.realpath(path.parent) + "/"
    kind, longest = "", 0
    for line in mounts:
        fields = line.split()
        point = fields[1].replace("\\040", " ").rstrip("/") + "/"
        if folder.startswith(point) and len(point) >= longest:
            kind, longest = fields[2], len(point)
    return kind.startswith(_NETWORK_FILE_SYSTEMS)


def translate(exc: sqlite3.Error, path: Path | None) -> NbtrackError:
    """Turn an error of SQLite into one that says what to do."""
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TemporarilyUnavailable(
            f"Another process has kept the store {path} locked for {BUSY_SECONDS:.0f} s. Try again."
        )
    return StoreError(
        _ADVICE.get(code, "The store {path} failed: {exc}.").format(path=path, exc=exc)
    )


_ADVICE: Final = {
    sqlite3.SQLITE_FULL: (
        "The disk that holds the store {path} is full; nothing of this call was written. "
        "Free some space and call again."
    ),
    sqlite3.SQLITE_READONLY: (
        "The store {path} is read-only; nothing was written. "
        "Make the file and its folder writable, or use another tracking URI."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The store {path} cannot be opened. Check that its folder exists and may be written to."
    ),
    sqlite3.SQLITE_NOTADB: (
        "The file {path} is not an nbtrack store: it is no SQLite database. "
        "It was left as it is; use another tracking URI."
    ),
    sqlite3.SQLITE_CORRUPT: (
        "The store {path} is damaged ({exc}). It was left as it is: copy it, run "
        "'nbtrack check', and restore a backup from beside it if there is one."
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk failed under the store {path} ({exc}). Check the disk and its free space."
    ),
}
