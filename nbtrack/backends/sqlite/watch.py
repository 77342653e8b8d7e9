"""Whether anybody has written to the store: a connection that only ever asks SQLite for that."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable


class Watch:
    """Tells states of the store's file apart, whoever wrote to it.

    SQLite counts for each connection the commits of all others, so this one never writes.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """Watch the file that `connect` opens; it is opened when first asked for."""
        self._connect = connect
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._name = ""

    def version(self) -> str:
        """Return a text that is another one after every commit."""
        with self._lock:
            if self._db is None:
                self._db, self._name = self._connect(), os.urandom(8).hex()
            return f"{self._name}-{self._db.execute('pragma data_version').fetchone()[0]}"

    def close(self) -> None:
        """Close the connection; the next question opens another one."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None
