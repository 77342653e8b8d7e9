"""Reading sees what was logged before: a backend that flushes what this process still holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import RLock
from typing import Final

from nbtrack.api.operation import Operation, Q, R
from nbtrack.backends import Artifacts, Backend, Columns
from nbtrack.backends.columns import ColumnsQuery

Flush = Callable[[], object]


class _Pending:
    """What to flush before reading from a place, by the place's name."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.flushes: dict[str, tuple[Flush, ...]] = {}


_pending: Final = _Pending()


def flush_before_reading(place: str, flush: Flush) -> None:
    """Have `flush` called before anything is read from a place."""
    with _pending.lock:
        _pending.flushes[place] = (*_pending.flushes.get(place, ()), flush)


def read_without_flush(place: str, flush: Flush) -> None:
    """End what `flush_before_reading` began."""
    with _pending.lock:
        left = tuple(other for other in _pending.flushes.get(place, ()) if other != flush)
        if left:
            _pending.flushes[place] = left
        else:
            _pending.flushes.pop(place, None)


def flush_pending(place: str) -> None:
    """Deliver what this process has logged to a place and not yet sent."""
    for flush in _pending.flushes.get(place, ()):
        flush()


class ReadAfterWrite:
    """A backend that flushes first; otherwise the backend it was given."""

    def __init__(self, backend: Backend) -> None:
        """Wrap a backend."""
        self.inner = backend

    @property
    def name(self) -> str:
        """Say where the data is."""
        return self.inner.name

    @property
    def artifacts(self) -> Artifacts:
        """The mover of artifact bytes."""
        return self.inner.artifacts

    def call(self, op: Operation[Q, R], request: Q) -> R:
        """Carry out one operation."""
        if _pending.flushes and op.reads:
            flush_pending(self.inner.name)
        return self.inner.call(op, request)

    def columns(self, query: ColumnsQuery) -> Columns:
        """Return a whole table as typed columns."""
        flush_pending(self.inner.name)
        return self.inner.columns(query)

    def can_answer(self, query: ColumnsQuery) -> bool:
        """Tell whether `columns` answers a query."""
        return self.inner.can_answer(query)

    def version(self) -> str | None:
        """Return a text that changes with every write."""
        flush_pending(self.inner.name)
        return self.inner.version()

    def close(self) -> None:
        """Release files and connections."""
        self.inner.close()


def _after_fork() -> None:
    _pending.lock = RLock()
    _pending.flushes = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
