"""A backend that calls a function before it reads the points of metrics."""

from __future__ import annotations

from collections.abc import Callable

from nbtrack.api import Operation
from nbtrack.api.operation import Q, R
from nbtrack.backends import Backend, Columns, HistoryQuery
from nbtrack.backends.base import Artifacts
from nbtrack.backends.columns import ColumnsQuery


class SlowBackend:
    """Passes everything on to another backend."""

    def __init__(self, inner: Backend, before: Callable[[], object]) -> None:
        self.inner = inner
        self.before = before

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def artifacts(self) -> Artifacts:
        return self.inner.artifacts

    def call(self, op: Operation[Q, R], request: Q) -> R:
        return self.inner.call(op, request)

    def columns(self, query: ColumnsQuery) -> Columns:
        if isinstance(query, HistoryQuery):
            self.before()
        return self.inner.columns(query)

    def can_answer(self, query: ColumnsQuery) -> bool:
        return self.inner.can_answer(query)

    def version(self) -> str | None:
        return self.inner.version()

    def close(self) -> None:
        self.inner.close()
