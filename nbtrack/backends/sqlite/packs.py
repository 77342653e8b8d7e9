"""All latest metrics, all params or all tags of a finished run in one value.

Thousands of runs become columns many times faster from one row a run than from one a value. A pack
repeats what other tables say, so it is renewed or dropped in the transaction that changes them. A
run that is not finished, or has very many values, has none and is read from those tables.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Final

import msgspec

from nbtrack.backends.sqlite.series import NAN
from nbtrack.backends.sqlite.session import Session, id_of

TABLES: Final = ("metric", "param", "tag")
"""The tables whose values are packed: those of `metric` into `metric_pack`, and so on."""
MOST_VALUES: Final = 5_000
"""Values in the largest pack: each change of one packs all of its kind again."""
FINISHED: Final = "('FINISHED', 'FAILED', 'KILLED')"
"""The statuses of runs that have packs, as a list of SQL."""
_VALUE: Final = {"metric": "last_value", "param": "value", "tag": "value"}
_decode_texts: Final = msgspec.json.Decoder(list[str]).decode


def renew(tx: Session) -> None:
    """Pack what is not packed of the finished runs that this transaction has changed.

    What was written has dropped its pack by a trigger, so the packs that are there are true.
    """
    for run in tx.changed_packs:
        row = tx.one(f"select status in {FINISHED} from run where id = ?", run)
        for table in TABLES:
            if not (row and row[0]):
                tx.run(f"delete from {table}_pack where run = ?", run)
            elif not tx.one(f"select 1 from {table}_pack where run = ?", run):
                _pack(tx.db, table, run, tx.layout_id)


def pack_finished(db: sqlite3.Connection) -> None:
    """Pack all finished runs of a store that has no packs yet."""
    layout_id = cache(partial(id_of, db, "layout", "keys"))
    for (run,) in db.execute(f"select id from run where status in {FINISHED}").fetchall():
        for table in TABLES:
            _pack(db, table, run, layout_id)


def _pack(db: sqlite3.Connection, table: str, run: int, layout_id: Callable[[bytes], int]) -> None:
    """Pack the values of a run that has no pack of them, unless there are too many."""
    rows = db.execute(
        f"select key, {_VALUE[table]} from {table} where run = ? order by key limit ?",
        (run, MOST_VALUES + 1),
    ).fetchall()
    if len(rows) > MOST_VALUES:
        return
    keys = msgspec.json.encode([row[0] for row in rows])
    values = [row[1] for row in rows]
    body = _numbers(values) if table == "metric" else msgspec.json.encode(values)
    db.execute(f"insert into {table}_pack values (?, ?, ?)", (run, layout_id(keys), body))


def _numbers(values: list[float | None]) -> bytes:
    numbers = [NAN if value is None else value for value in values]
    return struct.pack(f"<{len(numbers)}d", *numbers)


def layout_keys(tx: Session, layout: int) -> list[int]:
    """Return the ids of the keys whose values are in the packs of a layout, in their order."""
    row = tx.one("select keys from layout where id = ?", layout)
    if row is None:
        message = f"layout {layout} is missing"
        raise AssertionError(message)
    return msgspec.json.decode(row[0], type=list[int])


def unpack_texts(bodies: Sequence[bytes]) -> list[str]:
    """Return the params or tags in some packs, one pack after the other."""
    return _decode_texts(b"[" + b",".join([body[1:-1] for body in bodies]) + b"]")
