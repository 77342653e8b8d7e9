"""Floor systems: hand-written sqlite3 that does the work of the workloads and nothing else.

No checks, no messages, no entities: what is left is what the disk and SQLite take. They differ in
how they keep points (a row each, or packed chunks), how durable a commit is, and how the values of
runs are clustered. `nbtrack` in the same run is to be read against them.
"""

from __future__ import annotations

import sqlite3
import uuid
from array import array
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.data import Point, RunSearch
from tests.benchmarks.systems import EMPTY, Shape, System

_SCHEMA: Final = """
create table if not exists run(id integer primary key, run_id text unique, name text,
  status integer, start_time integer, end_time integer);
create index if not exists run_start on run(start_time);
create table if not exists key(id integer primary key, name text unique);
create table if not exists point(run integer, key integer, step integer, time integer, value real,
  primary key(run, key, step, time, value)) without rowid;
create table if not exists chunk(id integer primary key, run integer, key integer, body blob);
create index if not exists chunk_of on chunk(run, key);
create table if not exists packed(run integer primary key, shape text, numbers blob, texts text);
create table if not exists latest(run integer, key integer, step integer, time integer, value real,
  primary key({cluster})) without rowid;
create table if not exists param(run integer, key integer, value text,
  primary key({cluster})) without rowid;
create table if not exists tag(run integer, key integer, value text,
  primary key({cluster})) without rowid;
"""
_LATEST: Final = (
    "insert into latest values (?, ?, ?, ?, ?) on conflict (run, key) do update set "
    "step = excluded.step, time = excluded.time, value = excluded.value where "
    "(excluded.step, excluded.time, excluded.value) >= (latest.step, latest.time, latest.value)"
)
_POINT: Final = "insert or ignore into point values (?, ?, ?, ?, ?)"
_SEARCH: Final = (
    "select r.id, r.run_id, r.name, r.status, r.start_time, r.end_time from run r "
    "join latest f on f.run = r.id and f.key = (select id from key where name = 'm00') "
    "left join latest o on o.run = r.id and o.key = (select id from key where name = 'm01') "
    "where f.value >= ? and (? is null or exists (select 1 from param p where p.run = r.id "
    "and p.key = (select id from key where name = 'p00') and p.value = ?)) "
    "order by o.value desc, r.start_time desc, r.run_id limit ?"
)
_FEW: Final = 2_000
Row = tuple[int, int, int, int, float]
Cell = tuple[Any, ...]
Columns = dict[tuple[str, int], "array[float] | list[str | None]"]


class SqliteFloor(System):
    """A row a point, clustered by run and key; a commit a call, synchronous NORMAL."""

    synchronous = "normal"
    cluster = "run, key"

    def open(self, where: str) -> None:
        """Open the file and make the tables."""
        folder = Path(where)
        folder.mkdir(parents=True, exist_ok=True)
        self.errors = (sqlite3.Error,)
        self._db = sqlite3.connect(folder / "floor.db", isolation_level=None, timeout=30)
        for pragma in (
            "journal_mode = wal",
            f"synchronous = {self.synchronous}",
            "cache_size = -64000",
            "temp_store = memory",
            "mmap_size = 268435456",
        ):
            self._db.execute(f"pragma {pragma}")
        self._db.executescript(_SCHEMA.format(cluster=self.cluster))
        self._keys: dict[str, int] = {}
        self._runs: dict[str, int] = {}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._db.execute("begin immediate")
        yield
        self._db.execute("commit")

    def _key(self, name: str) -> int:
        if name not in self._keys:
            self._db.execute("insert or ignore into key (name) values (?)", (name,))
            found = self._db.execute("select id from key where name = ?", (name,)).fetchone()
            self._keys[name] = found[0]
        return self._keys[name]

    def _run(self, run_id: str) -> int:
        if run_id not in self._runs:
            found = self._db.execute("select id from run where run_id = ?", (run_id,)).fetchone()
            self._runs[run_id] = found[0]
        return self._runs[run_id]

    def create_run(self, name: str, start_time: int) -> str:
        """Insert a run."""
        run_id = uuid.uuid4().hex
        self._db.execute(
            "insert into run (run_id, name, status, start_time) values (?, ?, 1, ?)",
            (run_id, name, start_time),
        )
        return run_id

    def log_metric(self, run_id: str, point: Point) -> None:
        """Insert a point in a transaction of its own."""
        self.log_batch(run_id, (point,))

    def log_batch(
        self,
        run_id: str,
        points: Sequence[Point],
        params: Mapping[str, str] = EMPTY,
        tags: Mapping[str, str] = EMPTY,
    ) -> None:
        """Insert points and the latest ones, params and tags."""
        run = self._run(run_id)
        with self._transaction():
            rows = [(run, self._key(key), step, time, value) for key, value, time, step in points]
            self._put_points(rows)
            self._db.executemany(_LATEST, {row[1]: row for row in rows}.values())
            for table, values in (("param", params), ("tag", tags)):
                self._db.executemany(
                    f"insert or replace into {table} values (?, ?, ?)",
                    [(run, self._key(key), value) for key, value in values.items()],
                )

    def _put_points(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_POINT, rows)

    def end_run(self, run_id: str, end_time: int) -> None:
        """Mark a run as finished."""
        self._db.execute(
            "update run set status = 3, end_time = ? where id = ?", (end_time, self._run(run_id))
        )

    def count_points(self, run_id: str, key: str) -> int:
        """Count the points of a metric."""
        return self.read_history([run_id], key)[0]

    def read_history(self, run_ids: Sequence[str], key: str) -> Shape:
        """Read points row by row into arrays."""
        runs, steps, times, values = array("q"), array("q"), array("q"), array("d")
        for run_id in run_ids:
            for run, step, time, value in self._db.execute(
                "select run, step, time, value from point where run = ? and key = ?",
                (self._run(run_id), self._key(key)),
            ):
                runs.append(run)
                steps.append(step)
                times.append(time)
                values.append(value)
        self.table = (runs, steps, times, values)
        return len(values), 4

    def _found(self, search: RunSearch) -> list[Cell]:
        limit = -1 if search.limit is None else search.limit
        values = (search.minimum, search.param, search.param, limit)
        return self._db.execute(_SEARCH, values).fetchall()

    def read_runs(self, search: RunSearch) -> Shape:
        """Find runs, then put the cells of three tables into columns."""
        rows = self._found(search)
        places = {row[0]: place for place, row in enumerate(rows)}
        columns: Columns = {}
        for table in ("latest", "param", "tag"):
            self._fill(columns, table, places)
        self.table = (rows, columns)
        return len(rows), 5 + len(columns)

    def _fill(self, columns: Columns, table: str, places: Mapping[int, int]) -> None:
        blank: array[float] | list[str | None]
        blank = array("d", [float("nan")]) if table == "latest" else [None]
        for run, key, value in self._cells(table, places):
            place = places.get(run)
            if place is None:
                continue
            column = columns.get((table, key))
            if column is None:
                column = columns[table, key] = blank * len(places)
            column[place] = value

    def _cells(self, table: str, places: Iterable[int]) -> Iterable[Cell]:
        wanted = list(places)
        if len(wanted) > _FEW:
            return self._db.execute(f"select run, key, value from {table}")
        self._db.execute("create temp table if not exists wanted (run integer primary key)")
        self._db.execute("delete from wanted")
        self._db.executemany("insert into wanted values (?)", [(run,) for run in wanted])
        return self._db.execute(
            f"select x.run, x.key, x.value from wanted cross join {table} x using (run)"
        )


class SqliteFull(SqliteFloor):
    """As `SqliteFloor`, with a commit that waits for the disk."""

    synchronous = "full"


class SqliteChunks(SqliteFloor):
    """Points of one key of one batch as a packed chunk: steps, times and values."""

    def _put_points(self, rows: Sequence[Row]) -> None:
        series: dict[tuple[int, int], list[Row]] = {}
        for row in rows:
            series.setdefault(row[:2], []).append(row)
        for (run, key), points in series.items():
            _, _, steps, times, values = zip(*points, strict=True)
            body = array("q", steps).tobytes() + array("q", times).tobytes()
            self._db.execute(
                "insert into chunk (run, key, body) values (?, ?, ?)",
                (run, key, body + array("d", values).tobytes()),
            )

    def read_history(self, run_ids: Sequence[str], key: str) -> Shape:
        """Join the chunks."""
        runs, steps, times, values = array("q"), array("q"), array("q"), array("d")
        for run_id in run_ids:
            run = self._run(run_id)
            before = len(values)
            for (body,) in self._db.execute(
                "select body from chunk where run = ? and key = ? order by id",
                (run, self._key(key)),
            ):
                third = len(body) // 3
                steps.frombytes(body[:third])
                times.frombytes(body[third : 2 * third])
                values.frombytes(body[2 * third :])
            runs.extend(array("q", [run]) * (len(values) - before))
        self.table = (runs, steps, times, values)
        return len(values), 4


class SqliteByKey(SqliteFloor):
    """As `SqliteFloor`, with the values of runs clustered by key: a column lies together."""

    cluster = "key, run"

    def _cells(self, table: str, places: Iterable[int]) -> Iterable[Cell]:
        wanted = list(places)
        if len(wanted) > _FEW:
            return super()._cells(table, wanted)
        marks = ",".join(str(run) for run in wanted)
        return self._db.execute(
            f"select x.run, x.key, x.value from key k cross join {table} x "
            f"on x.key = k.id and x.run in ({marks})"
        )


class SqlitePacked(SqliteFloor):
    """As `SqliteFloor`, and a finished run is also one row: its numbers and its texts, packed."""

    separator = "\x1f"

    def end_run(self, run_id: str, end_time: int) -> None:
        """Mark a run as finished and pack it, in one transaction."""
        run = self._run(run_id)
        with self._transaction():
            super().end_run(run_id, end_time)
            numbers = self._values("latest", run)
            params, tags = self._values("param", run), self._values("tag", run)
            shape = "|".join(",".join(str(k) for k, _ in part) for part in (numbers, params, tags))
            texts = self.separator.join(value for _, value in (*params, *tags))
            body = array("d", [value for _, value in numbers]).tobytes()
            self._db.execute("insert into packed values (?, ?, ?, ?)", (run, shape, body, texts))

    def _values(self, table: str, run: int) -> list[Cell]:
        sql = f"select key, value from {table} where run = ? order by key"
        return self._db.execute(sql, (run,)).fetchall()

    def read_runs(self, search: RunSearch) -> Shape:
        """Find runs and cut the columns out of their packed rows, all of one shape."""
        rows = self._found(search)
        if len(rows) <= _FEW:
            marks = ",".join(str(row[0]) for row in rows)
            packed = self._db.execute(f"select * from packed where run in ({marks})").fetchall()
        else:
            packed = self._db.execute("select * from packed").fetchall()
        by_run = {row[0]: row for row in packed}
        found = [by_run[row[0]] for row in rows]
        if len({row[1] for row in found}) > 1:
            raise NotImplementedError("Runs of several shapes.")
        numbers = array("d", b"".join(row[2] for row in found))
        texts = self.separator.join(row[3] for row in found).split(self.separator)
        width, count = len(numbers) // len(found), len(texts) // len(found)
        columns = [numbers[start::width] for start in range(width)]
        self.table = (rows, columns, [texts[start::count] for start in range(count)])
        return len(rows), 5 + width + count
