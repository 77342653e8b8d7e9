"""The floor of the tracking layer: a mapped ring, and a thread that writes batches.

A call packs 32 bytes into a mapped file and moves a counter. The thread writes what is new as
batches of up to 1,000 points with a floor system, SQLite or HTTP, and moves the other counter. Who
opens the ring of a dead process writes the rest. No checks, no lock, no growth, no statuses of
runs: when the ring is full the caller waits.
"""

from __future__ import annotations

import mmap
import struct
import threading
import time
from typing import Any, Final

from tests.benchmarks.data import BATCH_POINTS, START, Point
from tests.benchmarks.floors import SqliteFloor
from tests.benchmarks.systems import System
from tests.benchmarks.trackers import Tracker, state_folder

_SLOT: Final = struct.Struct("<IIqqd")  # run, key, step, time, value
_SLOT_BYTES: Final = _SLOT.size
_SLOTS: Final = 1 << 16
_HEAD_BYTES: Final = 64
_INTERVAL: Final = 0.1
_WRITTEN, _STORED = range(2)


class JournalFloor(Tracker):
    """One process, one ring; names of runs and keys are lines of a file, known by their number."""

    def open(self, where: str) -> None:
        """Open the ring, the store, and start the thread."""
        self._where = where
        folder = state_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "ring").open("a+b") as file:
            file.truncate(_HEAD_BYTES + _SLOTS * _SLOT_BYTES)
            self._map = mmap.mmap(file.fileno(), 0)
        self._head = memoryview(self._map)[:_HEAD_BYTES].cast("Q")
        self._written = self._head[_WRITTEN]
        self._names_file = (folder / "names").open("a+", encoding="utf-8")
        self._names_file.seek(0)
        self._names = self._names_file.read().split()
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._store = self._opened()
        self._wake, self._changed = threading.Event(), threading.Condition()
        threading.Thread(target=self._loop, daemon=True).start()

    def _opened(self) -> System:
        system: System
        if "://" in self._where:
            from tests.benchmarks.http_floor import HttpFloor

            system = HttpFloor()
        else:
            system = SqliteFloor()
        system.open(self._where)
        return system

    def _number(self, name: str) -> int:
        self._names_file.write(name + "\n")
        self._names_file.flush()
        self._names.append(name)
        self._numbers[name] = len(self._names) - 1
        return self._numbers[name]

    def start(self) -> str:
        """Create a run in the store."""
        self._run_id = self._store.create_run("run", START)
        self._run = self._number(self._run_id)
        return self._run_id

    def log(self, key: str, value: float, step: int) -> None:
        """Pack a point and move the counter."""
        number = self._numbers.get(key)
        if number is None:
            number = self._number(key)
        place = self._written
        while place - self._head[_STORED] >= _SLOTS:
            time.sleep(0.001)
        now = time.time_ns() // 1_000_000
        offset = _HEAD_BYTES + place % _SLOTS * _SLOT_BYTES
        _SLOT.pack_into(self._map, offset, self._run, number, step, now, value)
        self._written = self._head[_WRITTEN] = place + 1

    def flush(self) -> None:
        """Wait until the thread has come to what is written now."""
        target = self._written
        self._wake.set()
        with self._changed:
            while self._head[_STORED] < target:
                self._changed.wait()

    def end(self) -> None:
        """Flush and end the run."""
        self.flush()
        self._store.end_run(self._run_id, START + 1)

    def steps(self, run_id: str, key: str) -> list[int]:
        """Read the history."""
        self._store.read_history([run_id], key)
        table: Any = self._store.table
        return list(table[1])

    def _loop(self) -> None:
        store = self._opened()
        while True:
            self._wake.wait(_INTERVAL)
            self._wake.clear()
            while self._head[_STORED] < self._head[_WRITTEN]:
                self._deliver(store)

    def _deliver(self, store: System) -> None:
        first = self._head[_STORED]
        end = min(self._head[_WRITTEN], first + BATCH_POINTS)
        batches: dict[int, list[Point]] = {}
        for place in range(first, end):
            offset = _HEAD_BYTES + place % _SLOTS * _SLOT_BYTES
            run, key, step, now, value = _SLOT.unpack_from(self._map, offset)
            batches.setdefault(run, []).append((self._names[key], value, now, step))
        for run, points in batches.items():
            store.log_batch(self._names[run], points)
        with self._changed:
            self._head[_STORED] = end
            self._changed.notify_all()
