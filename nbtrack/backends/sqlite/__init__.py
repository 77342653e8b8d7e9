"""The embedded engine: the Experiments API on one SQLite file.

`backend.py` ties operations to handlers; `connection.py`, `migrate.py` and `schema.py` own the
file; one file a resource holds the handlers; `series.py`, `metrics.py` and `history.py` keep
metric points in packed blocks; `packs.py` repeats the values of finished runs in a row each, and
`cells.py` reads them into columns; `search.py` and `filters.py` turn searches into SQL.
"""

from __future__ import annotations

from nbtrack.backends.sqlite.backend import SqliteBackend

__all__ = ["SqliteBackend"]
