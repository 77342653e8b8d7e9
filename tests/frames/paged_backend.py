"""A backend that counts calls and has no columns of its own, like servers other than nbtrack's."""

from __future__ import annotations

from collections import Counter

from nbtrack.api import Operation
from nbtrack.api.operation import Q, R
from nbtrack.backends import Backend, Columns
from nbtrack.backends.base import Artifacts
from nbtrack.backends.columns import ColumnsQuery
from nbtrack.backends.paged_columns import columns_from_pages


class PagedBackend:
    """Passes calls on to another backend, and builds columns from their pages."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def artifacts(self) -> Artifacts:
        return self.inner.artifacts

    def call(self, op: Operation[Q, R], request: Q) -> R:
        self.calls[op.name] += 1
        return self.inner.call(op, request)

    def columns(self, query: ColumnsQuery) -> Columns:
        return columns_from_pages(self, query)

    def can_answer(self, query: ColumnsQuery) -> bool:
        return False

    def version(self) -> str | None:
        return None

    def close(self) -> None:
        self.inner.close()
