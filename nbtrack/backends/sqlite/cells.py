"""Values of many runs by key: from rows of the store into tables, a chunk of rows at a time.

No row becomes an object that outlives its chunk. Of finished runs the packs are read, a row a run;
of others a row a value, with run and key as one integer. NumPy puts the values of a chunk in their
places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nbtrack.backends.sqlite.packs import layout_keys, unpack_texts
from nbtrack.backends.sqlite.session import Row, Session, ids_json

Places = npt.NDArray[np.intp]
_CHUNK: Final = 2_000  # the rows of a larger one leave the processor's cache before they are used
_FEW: Final = 2_000
_FIRST_ROWS: Final = 64
_MOST_TEXTS: Final = 20_000


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

    def __init__(self, runs: int, values: Sequence[Value], last_key: int) -> None:
        """Begin without a key; none will be greater than `last_key`."""
        self.keys: list[int] = []
        self._row_of = np.full(last_key + 1, -1, np.intp)
        self._is_there = np.zeros((_FIRST_ROWS, runs), np.bool_)
        self._tables: list[npt.NDArray[Any]] = [
            np.full((_FIRST_ROWS, runs), np.nan if value.is_number else None) for value in values
        ]

    def rows(self, keys: Places) -> Places:
        """Return the rows of keys, made if need be."""
        fresh = np.unique(keys[self._row_of[keys] < 0])
        if len(fresh):
            self._row_of[fresh] = np.arange(len(fresh)) + len(self.keys)
            self.keys += fresh.tolist()
            while len(self.keys) > len(self._is_there):
                self._is_there = np.concatenate([self._is_there, np.zeros_like(self._is_there)])
                self._tables = [np.concatenate([table, _blank(table)]) for table in self._tables]
        return self._row_of[keys]

    def put(self, rows: Places, places: Places, values: Iterable[npt.NDArray[Any]]) -> None:
        """Put values into rows and places, which go together as NumPy's indices do."""
        self._is_there[rows, places] = True
        for table, value in zip(self._tables, values, strict=True):
            table[rows, places] = value

    def values(self, row: int) -> list[npt.NDArray[Any]]:
        """Return the row of a key in each table."""
        return [table[row] for table in self._tables]

    def missing(self, row: int) -> bytes:
        """Return a byte a run that is 1 where the key has no value; empty if all have one."""
        return as_missing(~self._is_there[row])


def as_missing(is_missing: npt.NDArray[np.bool_]) -> bytes:
    """Return a byte a run that is 1 where something is missing; empty if nothing is."""
    return is_missing.tobytes() if is_missing.any() else b""


def _blank(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.full_like(table, None if table.dtype == object else np.nan)


class _RunPlaces:
    """The place of each run in a table, by its id."""

    def __init__(self, run_ids: npt.NDArray[np.int64], places: Places) -> None:
        self.run_ids = run_ids
        self.first, self.last = int(run_ids.min()), int(run_ids.max())
        self._places = np.full(self.last - self.first + 1, -1, np.intp)
        self._places[run_ids - self.first] = places

    def of(self, run_ids: npt.NDArray[np.int64]) -> Places:
        """Return places of runs; -1 for those that were not asked for."""
        return self._places[run_ids - self.first]


def read_cells(
    tx: Session, table: str, values: Sequence[Value], run_ids: Sequence[int], keys: Sequence[int]
) -> Cells:
    """Read values of some keys; the place of a run is that of its id in `run_ids`."""
    found = Cells(len(run_ids), values, max(keys, default=0))
    if run_ids and keys:
        ids = np.array(run_ids, np.int64)
        _read_rows(tx, table, values, _RunPlaces(ids, np.arange(len(ids))), keys, found)
    return found


def read_packed_cells(
    tx: Session, table: str, value: Value, run_ids: Sequence[int], keys: Sequence[int]
) -> Cells:
    """Do the same for the value of a table that has packs."""
    found = Cells(len(run_ids), [value], max(keys, default=0))
    if run_ids and keys:
        ids = np.array(run_ids, np.int64)
        rest = _read_packs(tx, table, value, _RunPlaces(ids, np.arange(len(ids))), keys, found)
        if len(rest):
            _read_rows(tx, table, [value], _RunPlaces(ids[rest], rest), keys, found)
    return found


def _read_packs(
    tx: Session, table: str, value: Value, runs: _RunPlaces, keys: Sequence[int], found: Cells
) -> Places:
    """Read the packs that are there. Return the places of runs that have none."""
    is_open = np.ones(len(runs.run_ids), np.bool_)
    is_wanted = np.zeros(max(keys) + 1, np.bool_)
    is_wanted[list(keys)] = True
    layouts: dict[int, tuple[int, Places, Places]] = {}
    texts: dict[str, str] | None = None if value.is_number else {}
    select = "select x.run, x.layout, x.body"
    for ids, of_layouts, bodies in _chunks(tx, select, f"{table}_pack", runs, []):
        places = runs.of(np.array(ids, np.int64))
        is_open[places[places >= 0]] = False
        for layout, members in _grouped(of_layouts, places).items():
            if layout not in layouts:
                layouts[layout] = _layout(tx, layout, is_wanted)
            width, wanted, wanted_keys = layouts[layout]
            if not len(wanted) or not len(members):
                continue
            block = _block([bodies[row] for row in members], width, wanted, texts)
            rows = found.rows(wanted_keys)
            found.put(rows[:, None], places[members][None, :], [block])
    return np.flatnonzero(is_open)


def _grouped(layouts: Sequence[int], places: Places) -> dict[int, Places]:
    """Return which rows of a chunk have each layout, without runs that were not asked for."""
    chosen = np.flatnonzero(places >= 0)  # a scan passes by others
    if layouts.count(layouts[0]) == len(layouts):
        return {layouts[0]: chosen}
    groups: dict[int, list[int]] = {}
    for row in chosen.tolist():
        groups.setdefault(layouts[row], []).append(row)
    return {layout: np.array(rows) for layout, rows in groups.items()}


def _layout(
    tx: Session, layout: int, is_wanted: npt.NDArray[np.bool_]
) -> tuple[int, Places, Places]:
    """Return how many values a layout has, which of them are wanted, and the keys of these."""
    keys = np.array(layout_keys(tx, layout), np.intp)
    is_known = keys < len(is_wanted)
    wanted = np.flatnonzero(is_known & is_wanted[np.where(is_known, keys, 0)])
    return len(keys), wanted, keys[wanted]


def _block(
    bodies: Sequence[bytes], width: int, wanted: Places, texts: dict[str, str] | None
) -> npt.NDArray[Any]:
    """Return wanted values in packs of one layout, a row a key; equal texts become one object."""
    if texts is None:
        return np.frombuffer(b"".join(bodies), "<f8").reshape(len(bodies), width)[:, wanted].T
    if len(texts) > _MOST_TEXTS:
        texts.clear()
    block = np.empty((len(wanted), len(bodies)), object)
    found = unpack_texts(bodies)
    for row, place in enumerate(wanted.tolist()):
        values = found[place::width]
        block[row] = list(map(texts.setdefault, values, values))
    return block


def _read_rows(
    tx: Session,
    table: str,
    values: Sequence[Value],
    runs: _RunPlaces,
    keys: Sequence[int],
    found: Cells,
) -> None:
    """Read a row a value."""
    bits = max(keys).bit_length()
    select = ", ".join([f"x.run << {bits} | x.key", *(value.sql for value in values)])
    for codes, *columns in _chunks(tx, f"select {select}", table, runs, keys):
        run_and_key = np.array(codes, np.int64)
        places = runs.of(run_and_key >> bits)
        chosen = places >= 0  # a scan passes by runs that were not asked for
        rows = found.rows(run_and_key[chosen] & ((1 << bits) - 1))
        arrays = (
            _array_of(column, value)[chosen] for column, value in zip(columns, values, strict=True)
        )
        found.put(rows, places[chosen], arrays)


def _array_of(column: Sequence[Any], value: Value) -> npt.NDArray[Any]:
    array = np.empty(len(column), np.float64 if value.is_number else object)
    array[:] = column  # None becomes NaN in an array of numbers
    return array


def _chunks(
    tx: Session, select: str, table: str, runs: _RunPlaces, keys: Sequence[int]
) -> Iterator[Iterator[Row]]:
    """Yield columns of rows: each run is sought if they are few, else the table is scanned once."""
    conditions: list[str] = []
    bound: list[object] = []
    if len(runs.run_ids) <= _FEW:
        source = f"json_each(?) j cross join {table} x on x.run = j.value"
        bound.append(ids_json(runs.run_ids.tolist()))
    else:
        source = f"{table} x"
        conditions.append("x.run between ? and ?")
        bound += [runs.first, runs.last]
    if keys and len(keys) < tx.all("select count(*) from key")[0][0]:
        conditions.append("x.key in (select value from json_each(?))")
        bound.append(ids_json(keys))
    where = f"where {' and '.join(conditions)}" if conditions else ""
    cursor = tx.db.execute(f"{select} from {source} {where}", bound)
    while rows := cursor.fetchmany(_CHUNK):
        yield zip(*rows, strict=True)
