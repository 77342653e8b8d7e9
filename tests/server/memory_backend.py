"""A backend in memory: tests tell it what to answer and look at what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import WSGIApplication

import httpx

from nbtrack.api import Operation
from nbtrack.api.operation import Q, R
from nbtrack.backends import Column, Columns, FileStat, HistoryQuery, RunsQuery
from nbtrack.entities import (
    FileInfo,
    LoggedModel,
    LoggedModelInfo,
    LoggedModelStatus,
    Run,
    RunInfo,
    RunStatus,
)
from nbtrack.errors import ResourceDoesNotExist

MODIFIED_NS = 1_767_225_600_000_000_000
LAST_MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT"


class PlainArtifacts:
    """Files in a dictionary, by URI; directories are what their names say."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, uri: str) -> Iterator[bytes]:
        content = self.files.get(uri)
        if content is None:
            raise ResourceDoesNotExist(f"File {uri!r} does not exist. List the folder.")
        size = max(4, len(content) // 10)
        return (content[i : i + size] for i in range(0, len(content), size))

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        self.files[uri] = b"".join(chunks)

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        start = uri if uri.endswith("/") else f"{uri}/"
        names = sorted(name.removeprefix(start) for name in self.files if name.startswith(start))
        return tuple(FileInfo(path=name, file_size=len(self.files[start + name])) for name in names)

    def delete(self, uri: str) -> None:
        self.files.pop(uri, None)


class DatedArtifacts(PlainArtifacts):
    """The same, and it knows size and age of a file."""

    def stat(self, uri: str) -> FileStat:
        if uri not in self.files:
            raise ResourceDoesNotExist(f"File {uri!r} does not exist. List the folder.")
        return FileStat(size=len(self.files[uri]), modified_ns=MODIFIED_NS)


class MemoryBackend:
    """Answers from `answers`, by operation name; an exception there is raised."""

    name = "memory"

    def __init__(self) -> None:
        self.artifacts: PlainArtifacts = DatedArtifacts()
        self.answers: dict[str, Any] = {
            "get_run": lambda request: {"run": a_run(request.run_id)},
            "get_logged_model": lambda request: {"model": a_model(request.model_id)},
        }
        self.asked: list[Any] = []

    def call(self, op: Operation[Q, R], request: Q) -> R:
        self.asked.append(request)
        answer: Callable[[Q], Any] | Exception | None = self.answers.get(op.name)
        if isinstance(answer, Exception):
            raise answer
        return op.reply(**(answer(request) if answer else {}))

    def columns(self, query: RunsQuery | HistoryQuery) -> Columns:
        self.asked.append(query)
        return Columns(rows=1, columns=(Column(name="run_id", kind="text", texts=("r1",)),))

    def can_answer(self, query: RunsQuery | HistoryQuery) -> bool:
        return True

    def version(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is open."""


def a_run(run_id: str) -> Run:
    info = RunInfo(
        run_id=run_id,
        experiment_id="3",
        status=RunStatus.RUNNING,
        artifact_uri=f"mlflow-artifacts:/3/{run_id}/artifacts",
    )
    return Run(info=info)


def a_model(model_id: str) -> LoggedModel:
    info = LoggedModelInfo(
        model_id=model_id,
        experiment_id="3",
        status=LoggedModelStatus.LOGGED_MODEL_READY,
        artifact_uri=f"mlflow-artifacts:/3/models/{model_id}/artifacts",
    )
    return LoggedModel(info=info)


def in_process(app: WSGIApplication) -> httpx.Client:
    """Make a client that calls an application without a socket."""
    transport = httpx.WSGITransport(app=app)
    return httpx.Client(transport=transport, base_url="http://127.0.0.1:5000")
