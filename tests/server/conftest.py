"""The application over a backend in memory, and a client of it without a socket."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.limits import MLFLOW
from nbtrack.server import create_app
from tests.server.memory_backend import MemoryBackend, in_process


@pytest.fixture
def backend() -> MemoryBackend:
    """Give a backend that answers what the test says."""
    return MemoryBackend()


@pytest.fixture
def http(backend: MemoryBackend) -> Generator[httpx.Client]:
    """Give a client of the application over that backend."""
    with in_process(create_app(backend)) as client:
        yield client


@pytest.fixture
def engine(tmp_path: Path) -> Generator[SqliteBackend]:
    """Give an embedded engine as the server uses it."""
    engine = SqliteBackend(tmp_path / "store", limits=MLFLOW, proxied_artifacts=True)
    yield engine
    engine.close()


@pytest.fixture
def engine_http(engine: SqliteBackend) -> Generator[httpx.Client]:
    """Give a client of the application over the embedded engine."""
    with in_process(create_app(engine)) as client:
        yield client
