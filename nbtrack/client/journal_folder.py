"""The folder of a journal: who owns it, its index of runs and keys, its segments, its cursor.

The owner keeps in memory what it writes here, so it never reads the files; they are for whoever
finds them when the owner has died. Where the disk takes nothing more, segments and entries stay in
memory alone until they are delivered, and the person is told once.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbtrack.client.file_lock import FileLock, is_held
from nbtrack.client.journal_index import (
    EndEntry,
    Entry,
    Index,
    KeyEntry,
    Owner,
    RunEntry,
    as_line,
    read_index,
    read_owner,
    written_owner,
)
from nbtrack.client.notices import say

OWNER_FILE: Final = "owner"
INDEX_FILE: Final = "index"
CURSOR_FILE: Final = "cursor"
HEAD: Final = struct.Struct("=Q")
_CURSOR: Final = struct.Struct("<QQ")
_PLAIN: Final[int] = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_ZEROS: Final = bytes(1 << 16)
_NO_RESERVING: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


class JournalFolder:
    """One journal's files. Made by its owner, or adopted from a dead one.

    Attributes
    ----------
    path
        Where it is; None if there is no place on disk for it.
    """

    def __init__(self, path: Path | None, lock: FileLock | None) -> None:
        """Take a folder whose lock is held; None stands for one in memory."""
        self.path = path
        self._lock = lock
        self._index = Index() if path is None else read_index(path / INDEX_FILE)
        self._index_file: int | None = None
        self._unwritten = b""
        self._maps: dict[int, mmap.mmap] = {}

    @classmethod
    def make(cls, parent: Path, owner: Owner) -> JournalFolder:
        """Make a new folder; raises OSError where nothing can be written or locked.

        It gets its name when it is locked, so that nobody takes it for that of a dead process.
        """
        path = parent / f"{owner.created}-{owner.process}-{os.urandom(4).hex()}"
        draft = parent / f".{path.name}"
        draft.mkdir(parents=True)
        lock: FileLock | None = None
        try:
            lock = FileLock(draft / OWNER_FILE)
            lock.acquire()
            lock.write(written_owner(owner))
            (draft / CURSOR_FILE).write_bytes(_CURSOR.pack(0, 0))
            draft.rename(path)
        except BaseException:
            if lock is not None:
                lock.close()
            remove_tree(draft)
            raise
        return cls(path, lock)

    @classmethod
    def in_memory(cls) -> JournalFolder:
        """Make one that is gone with the process."""
        return cls(None, None)

    @classmethod
    def adopt(cls, path: Path) -> JournalFolder | None:
        """Take over the folder of a dead owner; None if the owner lives or the folder is gone."""
        try:
            lock = FileLock(path / OWNER_FILE, must_exist=True)
        except OSError:
            return None
        try:
            if lock.acquire():
                return cls(path, lock)
        except OSError:  # files cannot be locked here
            pass
        lock.abandon()
        return None

    @property
    def place(self) -> str:
        """Where what waits is kept, for messages."""
        return "memory" if self.path is None else str(self.path)

    def owner(self) -> Owner | None:
        """Return who wrote the journal; None if the process died before it could say."""
        return None if self.path is None else read_owner(self.path / OWNER_FILE)

    @property
    def index(self) -> Index:
        """The runs and keys of this journal."""
        return self._index

    def add_run(self, run_id: str, *, is_owner: bool, number: int | None = None) -> int:
        """Note a run and return its number, which is the next one if none is given."""
        if number is None:
            number = self._index.next_run()
        self._note(RunEntry(number=number, run_id=run_id, is_owner=is_owner))
        return number

    def add_key(self, name: str) -> int:
        """Note a metric key and return its number."""
        number = self._index.next_key()
        self._note(KeyEntry(number=number, name=name))
        return number

    def end_run(self, number: int) -> None:
        """Note that the end of a run has been written."""
        self._note(EndEntry(number=number))

    def _note(self, entry: Entry) -> None:
        self._index.add(entry)
        line = as_line(entry)
        self._unwritten += line
        self._write_index()

    def _write_index(self) -> None:
        """Write the entries that wait; what a full disk leaves over is written the next time."""
        if self.path is None or not self._unwritten:
            return
        try:
            if self._index_file is None:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _PLAIN
                self._index_file = os.open(self.path / INDEX_FILE, flags, 0o600)
            written = os.write(self._index_file, self._unwritten)
        except OSError as exc:
            self._tell_of(exc)
        else:
            self._unwritten = self._unwritten[written:]

    def new_segment(self, number: int, size: int) -> mmap.mmap:
        """Make a segment with its space on disk reserved, so that writing to it cannot fail.

        If the disk has no room for it, it is in memory.
        """
        self._write_index()
        try:
            fresh = self._segment_on_disk(number, size)
        except OSError as exc:
            self._tell_of(exc)
            fresh = None
        if fresh is None:
            fresh = mmap.mmap(-1, size)
        self._maps[number] = fresh
        return fresh

    def _segment_on_disk(self, number: int, size: int) -> mmap.mmap | None:
        if self.path is None:
            return None
        path = self._segment(self.path, number)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _PLAIN, 0o600)
        try:
            _reserve(file, size)
            return mmap.mmap(file, size)
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        finally:
            os.close(file)

    def _tell_of(self, exc: OSError) -> None:
        say(
            f"the journal {self.place} cannot be written ({exc.strerror or exc}). Training goes "
            "on; what is logged is kept in memory, where a killed process loses what is not "
            "delivered. Free some space, or set NBTRACK_STATE_FOLDER.",
            once=f"full {self.place}",
        )

    def segments(self, since: int = 1) -> list[int]:
        """Return the numbers of the segments that exist, in order."""
        numbers = set(self._maps)
        if self.path is not None and not numbers:
            numbers = {int(path.stem) for path in self.path.glob("*.log") if path.stem.isdigit()}
        return sorted(number for number in numbers if number >= since)

    def read_segment(self, number: int, offset: int, end: int | None = None) -> bytes:
        """Return the records of a segment between two offsets, by default up to its head."""
        own = self._maps.get(number)
        if own is not None:
            return own[offset : HEAD.unpack_from(own)[0] if end is None else end]
        if self.path is None:
            return b""
        try:
            with self._segment(self.path, number).open("rb") as file:
                head = HEAD.unpack(file.read(HEAD.size).ljust(HEAD.size, b"\0"))[0]
                file.seek(offset)
                return file.read(max((head if end is None else end) - offset, 0))
        except FileNotFoundError:
            return b""

    def drop_segment(self, number: int) -> None:
        """Delete a segment that has been delivered."""
        self._maps.pop(number, None)
        if self.path is not None:
            with contextlib.suppress(OSError):
                self._segment(self.path, number).unlink(missing_ok=True)

    @staticmethod
    def _segment(path: Path, number: int) -> Path:
        return path / f"{number:08}.log"

    def cursor(self) -> tuple[int, int]:
        """Return segment and offset up to which records were delivered; (0, 0) at the start."""
        if self.path is not None:
            with contextlib.suppress(OSError):
                body = (self.path / CURSOR_FILE).read_bytes()
                if len(body) == _CURSOR.size:
                    segment, offset = _CURSOR.unpack(body)
                    return segment, offset
        return 0, 0

    def move_cursor(self, segment: int, offset: int) -> None:
        """Note that everything before has been delivered; without the note it is sent again."""
        if self.path is None:
            return
        with contextlib.suppress(OSError), (self.path / CURSOR_FILE).open("r+b", 0) as file:
            file.write(_CURSOR.pack(segment, offset))

    def sync(self, first: int, last: int) -> None:
        """Have the disk write the index and some segments, so that a power cut spares them."""
        if self.path is None:
            return
        names = [self._segment(self.path, number).name for number in range(first, last + 1)]
        for name in (INDEX_FILE, *names, ""):
            with contextlib.suppress(OSError):
                _sync_file(self.path / name)

    def spool(self, name: str) -> Path:
        """Return the path for a file that waits here; raises OSError where there is no room."""
        if self.path is None:
            raise OSError(f"There is no folder in which {name!r} can wait.")
        folder = self.path / "files"
        folder.mkdir(exist_ok=True)
        return folder / name

    def close(self) -> None:
        """Close the files and give up the lock; what is undelivered stays on disk."""
        self._write_index()
        self._close_index()
        if self._lock is not None:
            self._lock.close()

    def _close_index(self) -> None:
        if self._index_file is not None:
            os.close(self._index_file)
            self._index_file = None

    def abandon(self) -> None:
        """Forget the files in a forked child without giving up the parent's lock."""
        if self._lock is not None:
            self._lock.abandon()
        self._close_index()
        self._unwritten = b""
        self.path = None

    def remove(self) -> None:
        """Delete the folder and give up the lock, in this order: nobody adopts it meanwhile."""
        self._unwritten = b""
        self._close_index()
        if self.path is not None:
            hidden = self.path.with_name(f".{self.path.name}")
            with contextlib.suppress(OSError):
                self.path = self.path.rename(hidden)
            remove_tree(self.path)
        if self._lock is not None:
            self._lock.close()


def remove_tree(folder: Path) -> None:
    """Delete a folder as far as that is possible."""
    from shutil import rmtree  # it loads the compressors, which no first metric waits for

    rmtree(folder, ignore_errors=True)


def _reserve(file: int, size: int) -> None:
    """Give a new file its blocks: writing to a mapped hole on a full disk ends the process."""
    if sys.platform != "win32" and sys.platform != "darwin":
        try:
            os.posix_fallocate(file, 0, size)
        except OSError as exc:
            if exc.errno not in _NO_RESERVING:
                raise
        else:
            return
    for _ in range(0, size, len(_ZEROS)):
        os.write(file, _ZEROS)
    os.ftruncate(file, size)


def _sync_file(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def journal_paths(parent: Path) -> Iterator[Path]:
    """Yield the journals below a folder, oldest first."""
    with contextlib.suppress(OSError):
        found = [path for path in parent.iterdir() if not path.name.startswith(".")]
        yield from sorted(path for path in found if (path / OWNER_FILE).exists())


def is_alive(path: Path) -> bool:
    """Tell whether the owner of a journal lives."""
    return is_held(path / OWNER_FILE)
