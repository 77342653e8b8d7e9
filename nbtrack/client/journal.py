"""The durable log of what a process has to send: written by the caller, read by the sender.

A journal is a folder, one for each process and tracking URI:

    owner           who writes it; locked for as long as that process lives
    index           one JSON line for each run and each metric key, with their numbers
    00000001.log    segments: a head, and records in a mapped file, one behind the other
    cursor          how far the records have been delivered

A call packs its record into the mapped segment and then moves the segment's head, in one store of
eight bytes. Both survive the process: the pages belong to the kernel. A killed process loses
nothing that it was told is written; a power cut may lose what was not yet delivered, unless the
journal is told to sync. A process that was forked never writes to its parent's journal.

Signal handlers may log, and may end the process, in the middle of a call that logs. So the lock is
reentrant, a call takes its place before it writes there, between the two nothing is called, and the
sender never needs the lock.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from nbtrack.client.journal_folder import JournalFolder
from nbtrack.errors import InvalidState

METRIC: Final = 1
PARAMS: Final = 2
TAGS: Final = 3
UPDATE: Final = 4
ARTIFACT: Final = 5
INPUTS: Final = 6
OUTPUTS: Final = 7
DAMAGED: Final = 0
"""Kind of what stands for bytes of a journal that make no record."""

SEGMENT_BYTES: Final = 1 << 20
_START: Final = 16  # records begin behind the head
_FRAME: Final = struct.Struct("<HHIIIq")  # kind, unused, run, key, bytes of what follows, time
_POINT: Final = struct.Struct("<HHIIIqqd")  # a frame with step and value
_FRAME_BYTES: Final = _FRAME.size
_POINT_BYTES: Final = _POINT.size
_PAYLOAD: Final = _POINT_BYTES - _FRAME_BYTES
_KINDS: Final = range(METRIC, OUTPUTS + 1)


class Position(NamedTuple):
    """A place in a journal: the number of a segment and an offset in it."""

    segment: int
    offset: int


class Record(NamedTuple):
    """One record: its kind, its run's number, its time, and either a point or a JSON document."""

    kind: int
    run: int
    key: int
    time: int
    point: tuple[int, float] | None
    document: bytes
    end: Position


def _accept(_key: str) -> None:
    """Check nothing."""


class Journal:
    """Writes records. Safe with several threads; `metric` costs about a microsecond."""

    def __init__(
        self,
        folder: JournalFolder,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        check_key: Callable[[str], None] = _accept,
    ) -> None:
        """Write into a folder of which this process is the owner.

        `check_key` sees each metric key once, and raises for one that nobody would take.
        """
        self.folder = folder
        self._lock = threading.RLock()
        self._segment_bytes = segment_bytes
        self._check_key = check_key
        self._keys: dict[str, int] = {}
        self._number = 0
        self._offset = 0
        self._size = 0
        self._synced = 1
        self._is_closed = False
        self._open_segment(segment_bytes)

    def add_run(self, run_id: str, *, is_owner: bool, number: int | None = None) -> int:
        """Note a run and return its number; the owner of a run is who will end it."""
        with self._lock:
            return self.folder.add_run(run_id, is_owner=is_owner, number=number)

    def metric(self, run: int, key: str, step: int, time: int, value: float) -> None:
        """Write a point of a metric of a run."""
        with self._lock:
            number = self._keys.get(key)
            if number is None:
                number = self._new_key(key)
            offset = self._offset
            end = offset + _POINT_BYTES
            while end > self._size:
                self._open_segment(self._segment_bytes)
                offset = self._offset
                end = offset + _POINT_BYTES
            head = self._head
            self._offset = end
            try:
                _POINT.pack_into(
                    self._map, offset, METRIC, 0, run, number, _PAYLOAD, time, step, value
                )
            except struct.error:
                self._offset = offset
                raise
            if head is self._head:
                head[0] = self._offset
            elif head[0] < end:  # in its midst another call has opened a new segment
                head[0] = end

    def document(self, kind: int, run: int, content: object) -> None:
        """Write a record that holds a JSON document."""
        body = msgspec.json.encode(content)
        now = time.time_ns() // 1_000_000
        size = _FRAME_BYTES + len(body)
        with self._lock:
            offset = self._offset
            end = offset + size
            while end > self._size:
                self._open_segment(max(self._segment_bytes, _START + size))
                offset = self._offset
                end = offset + size
            head = self._head
            self._offset = end
            self._map[offset + _FRAME_BYTES : end] = body
            _FRAME.pack_into(self._map, offset, kind, 0, run, 0, size - _FRAME_BYTES, now)
            if head is self._head:
                head[0] = self._offset
            elif head[0] < end:
                head[0] = end

    def _new_key(self, key: str) -> int:
        self._check_key(key)
        number = self._keys[key] = self.folder.add_key(key)
        return number

    def _open_segment(self, size: int) -> None:
        if self._is_closed:
            raise InvalidState("Tracking has ended in this process. Start a new run to log again.")
        number = self._number = self._number + 1
        fresh = self.folder.new_segment(number, size)
        head = memoryview(fresh)[:8].cast("Q")
        head[0] = _START
        current = (number, head)
        if number == self._number:  # else a signal handler has opened a later one meanwhile
            self._current = current
            self._map = fresh
            self._head = head
            self._offset = _START
            self._size = size

    def position(self) -> Position:
        """Return the place behind the last record. It takes no lock."""
        number, head = self._current
        return Position(number, head[0])

    def sync(self) -> None:
        """Have the disk write what there is, so that a power cut spares it; nobody waits for it."""
        last = self._current[0]
        self.folder.sync(self._synced, last)
        self._synced = last

    def end_run(self, number: int) -> None:
        """Note that the end of a run has been written."""
        with self._lock:
            self.folder.end_run(number)

    def spool(self, name: str) -> Path:
        """Return the path for a file that waits in this journal; raises OSError without one."""
        return self.folder.spool(name)

    def shut(self) -> None:
        """Take no more records."""
        with self._lock:
            self._is_closed = True
            self._size = 0

    def close(self, *, remove: bool = False) -> None:
        """Close the files; the folder stays unless everything in it has been delivered."""
        self.shut()
        with self._lock:
            if remove:
                self.folder.remove()
            else:
                self.folder.close()


def read_records(
    folder: JournalFolder, start: Position, until: Position | None = None
) -> Iterator[Record]:
    """Yield the records from a position on, by default up to what is written now."""
    for number in folder.segments(since=start.segment):
        if until is not None and number > until.segment:
            return
        first = max(start.offset, _START) if number == start.segment else _START
        end = until.offset if until is not None and number == until.segment else None
        yield from _records_of(folder.read_segment(number, first, end), number, first)


def _records_of(body: bytes, number: int, first: int) -> Iterator[Record]:
    place = 0
    while place < len(body):
        record = _record_at(body, place, number, first)
        yield record
        place = record.end.offset - first


def _record_at(body: bytes, place: int, number: int, first: int) -> Record:
    if len(body) - place >= _FRAME_BYTES:
        kind, _, run, key, size, time = _FRAME.unpack_from(body, place)
        following = place + _FRAME_BYTES + size
        if kind in _KINDS and following <= len(body):
            end = Position(number, first + following)
            if kind == METRIC:
                *_, step, value = _POINT.unpack_from(body, place)
                return Record(kind, run, key, time, (step, value), b"", end)
            return Record(kind, run, key, time, None, body[place + _FRAME_BYTES : following], end)
    rest = Position(number, first + len(body))
    return Record(DAMAGED, 0, 0, 0, None, body[place:], rest)
