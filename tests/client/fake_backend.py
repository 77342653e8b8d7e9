"""A backend in memory: it notes every call and answers what a test has put in."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import msgspec

from nbtrack.backends import Columns, HistoryQuery, RunsQuery
from nbtrack.entities import FileInfo
from nbtrack.errors import ResourceDoesNotExist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nbtrack.api.operation import Message, Operation, Q, R


class FakeArtifacts:
    """Files by URI; a name from `strange` stands in every listing."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.strange: tuple[FileInfo, ...] = ()
        self.tries = 1

    def read(self, uri: str) -> Iterator[bytes]:
        if uri not in self.files:
            raise ResourceDoesNotExist(f"No artifact {uri!r}.")
        data = self.files[uri]
        yield data[:3]
        yield data[3:]

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        for _ in range(self.tries):
            self.files[uri] = b"".join(chunks)

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        below = [name.removeprefix(f"{uri}/") for name in self.files if name.startswith(f"{uri}/")]
        folders = {name.split("/")[0] for name in below if "/" in name}
        files = {name for name in below if "/" not in name}
        found = [FileInfo(path=name, is_dir=name in folders) for name in sorted(folders | files)]
        return (*found, *self.strange)

    def delete(self, uri: str) -> None:
        for name in list(self.files):
            if name == uri or name.startswith(f"{uri}/"):
                del self.files[name]


class FakeBackend:
    """Notes calls as (operation name, request); replies are JSON objects queued by name."""

    def __init__(self) -> None:
        self.name = "https://tracking.example"
        self.artifacts = FakeArtifacts()
        self.calls: list[tuple[str, Message]] = []
        self.replies: defaultdict[str, deque[dict[str, Any]]] = defaultdict(deque)
        self.queries: list[RunsQuery | HistoryQuery] = []
        self.closed = False

    def answer(self, name: str, *replies: dict[str, Any]) -> None:
        """Queue replies to an operation; without one the reply is empty."""
        self.replies[name].extend(replies)

    def call(self, op: Operation[Q, R], request: Q) -> R:
        self.calls.append((op.name, request))
        queued = self.replies[op.name]
        return msgspec.convert(queued.popleft() if queued else {}, op.reply)

    def columns(self, query: RunsQuery | HistoryQuery) -> Columns:
        self.queries.append(query)
        return Columns(rows=0, columns=())

    def can_answer(self, query: RunsQuery | HistoryQuery) -> bool:
        return True

    def version(self) -> str | None:
        return None

    def close(self) -> None:
        self.closed = True

    @property
    def names(self) -> list[str]:
        """The operations called, in order."""
        return [name for name, _ in self.calls]

    @property
    def last(self) -> Message:
        """The last request."""
        return self.calls[-1][1]
