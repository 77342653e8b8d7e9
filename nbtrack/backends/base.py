"""The seam: what a backend does, and the one loop over pages that serves every search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

import msgspec
from msgspec import Struct

from nbtrack.api import Operation, Page, PageRequest
from nbtrack.api.operation import Q, R
from nbtrack.backends.columns import Columns, ColumnsQuery
from nbtrack.entities import FileInfo

PQ = TypeVar("PQ", bound=PageRequest)
PR = TypeVar("PR", bound=Page)


class Artifacts(Protocol):
    """Moves the bytes of artifacts; `uri` is an artifact root followed by a relative path."""

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file. Raises ResourceDoesNotExist if there is none."""
        ...

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        """Create or replace a file; an interrupted write leaves the old one."""
        ...

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        """List one directory, sorted; paths are base names. A missing one is empty."""
        ...

    def delete(self, uri: str) -> None:
        """Remove a file or a tree; a missing one is fine."""
        ...


class FileStat(Struct, frozen=True, kw_only=True):
    """Size of a file in bytes, and when it was last written, in nanoseconds since 1970."""

    size: int
    modified_ns: int


@runtime_checkable
class KnowsFiles(Protocol):
    """Artifacts that know a file's size and age without reading it. Not every mover does."""

    def stat(self, uri: str) -> FileStat:
        """Look at a file. Raises ResourceDoesNotExist if there is none."""
        ...


class Backend(Protocol):
    """Carries out operations. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """Say where the data is, without secrets: a URL or a path."""
        ...

    @property
    def artifacts(self) -> Artifacts:
        """The mover of artifact bytes."""
        ...

    def call(self, op: Operation[Q, R], request: Q) -> R:
        """Carry out one operation. Raises ApiError, TransportError or StoreError."""
        ...

    def columns(self, query: ColumnsQuery) -> Columns:
        """Return a whole table as typed columns."""
        ...

    def can_answer(self, query: ColumnsQuery) -> bool:
        """Tell whether `columns` answers this query; plain runs and points it always does."""
        ...

    def version(self) -> str | None:
        """Return a text that changes with every write of anybody; None where nobody can tell."""
        ...

    def close(self) -> None:
        """Release files and connections; the backend is not used afterwards."""
        ...


def pages(backend: Backend, op: Operation[PQ, PR], request: PQ) -> Iterator[PR]:
    """Yield every page of a paged operation, from the request's own token on."""
    while True:
        page = backend.call(op, request)
        yield page
        if not page.next_page_token:
            return
        request = msgspec.structs.replace(request, page_token=page.next_page_token)
