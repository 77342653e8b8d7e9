"""A lock on a file that the operating system gives up when its holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final
from weakref import WeakSet


class FileLock:
    """An exclusive lock of one process; nobody waits for it.

    A forked child has no part in it: the child's copy of the open file is closed at once, because
    the lock would outlive the parent with it.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        """Open the file; raises OSError if it cannot be."""
        flags = os.O_RDWR if must_exist else os.O_RDWR | os.O_CREAT
        self._path = path
        self._file: int | None = os.open(path, flags | _PLAIN, 0o600)
        _open_locks.add(self)

    def acquire(self) -> bool:
        """Take the lock; False if another process holds it, or the file was replaced meanwhile.

        Raises OSError where files cannot be locked at all.
        """
        if self._file is None:
            return False
        try:
            _lock(self._file)
        except (BlockingIOError, PermissionError):
            return False
        return self._is_current()

    def _is_current(self) -> bool:
        """Tell whether the file still has its name: the holder before may have deleted it."""
        if self._file is None:
            return False
        try:
            named, held = self._path.stat(), os.fstat(self._file)
        except OSError:
            return False
        return os.path.samestat(named, held)

    def write(self, content: bytes) -> None:
        """Replace what the file says."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, content)

    def close(self) -> None:
        """Give up the lock, in forked children too."""
        if self._file is not None:
            _unlock(self._file)
            self.abandon()

    def abandon(self) -> None:
        """Leave the lock to the parent of this forked process, which shares the open file."""
        _open_locks.discard(self)
        if self._file is not None:
            os.close(self._file)
            self._file = None


_open_locks: Final[WeakSet[FileLock]] = WeakSet()
_PLAIN: Final[int] = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def is_held(path: Path) -> bool:
    """Tell whether a process holds the lock of a file; several may ask at once."""
    try:
        file = os.open(path, os.O_RDONLY | _PLAIN)
    except OSError:
        return False
    try:
        _try_shared(file)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _after_fork() -> None:
    for lock in list(_open_locks):
        lock.abandon()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 1 << 20, os.SEEK_SET)  # beyond the content, which others may read
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, 1 << 20, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

    def _try_shared(file: int) -> None:
        _lock(file)
        _unlock(file)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

    def _try_shared(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)

    os.register_at_fork(after_in_child=_after_fork)
