"""Values of many runs by key: from rows of the store into tables, a chunk of rows at a time.

No row becomes an object that outlives its chunk: run and key come as one integer, and NumPy puts
the values of a chunk in their places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nbtrack.backends.sqlite.session import Row, Session, ids_json

Places = npt.NDArray[np.intp]
_CHUNK: Final = 2_000  # the rows of a larger one leave the processor's cache before they are used
_FEW: Final = 2_000
_FIRST_ROWS: Final = 64


class Value(NamedTuple):
    """What is read of each row: an expression on the table `x`; numbers, or else any objects."""

    sql: str
    is_number: bool = True


class Cells:
    """Tables with a row a key and a column a run: one of each value, and one of what is there.

    Attributes
    ----------
    keys
        Ids of the keys, in the order of their rows.
    """

    def __init__(self, runs: int, values: Sequence[Value]) -> None:
        """Begin without a key."""
        self.keys: list[int] = []
        self._is_there = np.zeros((_FIRST_ROWS, runs), np.bool_)
        self._tables: list[npt.NDArray[Any]] = [
            np.full((_FIRST_ROWS, runs), np.nan if value.is_number else None) for value in values
        ]

    def add_rows(self, keys: Sequence[int]) -> None:
        """Make rows for keys."""
        self.keys += keys
        while len(self.keys) > len(self._is_there):
            self._is_there = np.concatenate([self._is_there, np.zeros_like(self._is_there)])
            self._tables = [np.concatenate([table, _blank_like(table)]) for table in self._tables]

    def put(
        self,
        rows: Places,
        places: Places,
        values: Iterable[Sequence[Any]],
        chosen: npt.NDArray[np.bool_],
    ) -> None:
        """Put the chosen ones of some values into rows and places."""
        self._is_there[rows, places] = True
        for table, column in zip(self._tables, values, strict=True):
            table[rows, places] = _array_of(column, table.dtype)[chosen]

    def values(self, row: int) -> list[npt.NDArray[Any]]:
        """Return the row of a key in each table."""
        return [table[row] for table in self._tables]

    def missing(self, row: int) -> bytes:
        """Return a byte a run that is 1 where the key has no value; empty if all have one."""
        return as_missing(~self._is_there[row])


def as_missing(is_missing: npt.NDArray[np.bool_]) -> bytes:
    """Return a byte a run that is 1 where something is missing; empty if nothing is."""
    return is_missing.tobytes() if is_missing.any() else b""


def _blank_like(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.full_like(table, None if table.dtype == object else np.nan)


def _array_of(column: Sequence[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    array = np.empty(len(column), dtype)
    array[:] = column  # None becomes NaN in an array of numbers
    return array


def read_cells(
    tx: Session, table: str, values: Sequence[Value], run_ids: Sequence[int], keys: Sequence[int]
) -> Cells:
    """Read values of some keys; the place of a run is that of its id in `run_ids`."""
    found = Cells(len(run_ids), values)
    if not run_ids or not keys:
        return found
    ids = np.array(run_ids, np.int64)
    first = int(ids.min())
    place_of = np.full(int(ids.max()) - first + 1, -1, np.intp)
    place_of[ids - first] = np.arange(len(ids))
    bits = max(keys).bit_length()
    row_of = np.full(1 << bits, -1, np.intp)
    select = ", ".join([f"x.run << {bits} | x.key", *(value.sql for value in values)])
    for codes, *columns in _chunks(tx, f"select {select}", table, run_ids, keys):
        run_and_key = np.array(codes, np.int64)
        places = place_of[(run_and_key >> bits) - first]
        chosen = places >= 0  # a scan passes by runs that were not asked for
        key = run_and_key[chosen] & (len(row_of) - 1)
        fresh = np.unique(key[row_of[key] < 0])
        row_of[fresh] = np.arange(len(fresh)) + len(found.keys)
        found.add_rows(fresh.tolist())
        found.put(row_of[key], places[chosen], columns, chosen)
    return found


def _chunks(
    tx: Session, select: str, table: str, run_ids: Sequence[int], keys: Sequence[int]
) -> Iterator[Iterator[Row]]:
    """Yield columns of rows: each run is sought if they are few, else the table is scanned once."""
    conditions: list[str] = []
    bound: list[object] = []
    if len(run_ids) <= _FEW:
        source = f"json_each(?) j cross join {table} x on x.run = j.value"
        bound.append(ids_json(run_ids))
    else:
        source = f"{table} x"
        conditions.append("x.run between ? and ?")
        bound += [min(run_ids), max(run_ids)]
    if len(keys) < tx.all("select count(*) from key")[0][0]:
        conditions.append("x.key in (select value from json_each(?))")
        bound.append(ids_json(keys))
    where = f"where {' and '.join(conditions)}" if conditions else ""
    cursor = tx.db.execute(f"{select} from {source} {where}", bound)
    while rows := cursor.fetchmany(_CHUNK):
        yield zip(*rows, strict=True)
