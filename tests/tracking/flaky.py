"""A backend on an embedded engine that refuses, fails and waits as a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.backends.sqlite import SqliteBackend

if TYPE_CHECKING:
    from nbtrack.api.operation import Operation, Q, R
    from nbtrack.backends import Columns
    from nbtrack.backends.columns import ColumnsQuery

Trouble = Callable[[str, object], None]


def no_trouble(_name: str, _request: object) -> None:
    """Let everything pass."""


class FlakyBackend:
    """An embedded engine; `trouble` sees each call before it, and may raise."""

    def __init__(self, folder: Path) -> None:
        self.inner = SqliteBackend(folder)
        self.artifacts = self.inner.artifacts
        self.trouble: Trouble = no_trouble
        self.calls: list[tuple[str, object]] = []
        self.lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.inner.name

    def call(self, op: Operation[Q, R], request: Q) -> R:
        with self.lock:
            self.calls.append((op.name, request))
        self.trouble(op.name, request)
        return self.inner.call(op, request)

    def columns(self, query: ColumnsQuery) -> Columns:
        return self.inner.columns(query)

    def can_answer(self, query: ColumnsQuery) -> bool:
        return self.inner.can_answer(query)

    def version(self) -> str | None:
        return None

    def close(self) -> None:
        self.inner.close()
