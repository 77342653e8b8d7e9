"""Open the services under test; each is closed at the end of its with-block."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from nbtrack.backends.http import Clock, HttpBackend, Timeouts
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.limits import MLFLOW as MLFLOW_LIMITS
from nbtrack.server import create_app
from nbtrack.server.serve import running
from tests.conformance.mlflow_server import shared_mlflow
from tests.conformance.service import EMBEDDED, IN_PROCESS, MLFLOW, SOCKET, Service

ADDRESS = "http://127.0.0.1:5000"
TIMEOUTS = Timeouts(request=60, retry=3)


def clock_without_waits() -> Clock:
    """Make a clock whose sleep takes no time and counts as if it had."""
    slept = [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds

    return Clock(now=lambda: time.monotonic() + slept[0], sleep=sleep)


def over_http(url: str, transport: httpx.BaseTransport | None = None) -> HttpBackend:
    """Open the HTTP backend on a server."""
    return HttpBackend(url, transport=transport, timeouts=TIMEOUTS, clock=clock_without_waits())


def served_engine(folder: Path) -> SqliteBackend:
    """Open an engine as a server uses it."""
    return SqliteBackend(folder, limits=MLFLOW_LIMITS, proxied_artifacts=True)


@contextmanager
def open_embedded(folder: Path) -> Generator[Service]:
    """Open the embedded engine on a folder."""
    with closing(SqliteBackend(folder / ".nbtrack")) as engine:
        yield Service(EMBEDDED, engine)


@contextmanager
def open_in_process(folder: Path) -> Generator[Service]:
    """Open the HTTP backend on the server's application, without a socket."""
    with closing(served_engine(folder / "served")) as engine:
        transport = httpx.WSGITransport(app=create_app(engine))
        with (
            closing(over_http(ADDRESS, transport)) as backend,
            httpx.Client(transport=transport, base_url=ADDRESS) as http,
        ):
            yield Service(IN_PROCESS, backend, http)


@contextmanager
def open_socket(folder: Path) -> Generator[Service]:
    """Open the HTTP backend on a server with a socket."""
    with (
        closing(served_engine(folder / "socket")) as engine,
        running(create_app(engine)) as url,
        closing(over_http(url)) as backend,
        httpx.Client(base_url=url) as http,
    ):
        yield Service(SOCKET, backend, http)


@contextmanager
def open_mlflow(folder: Path) -> Generator[Service]:
    """Open the HTTP backend on the MLflow server that all workers share."""
    with (
        shared_mlflow(folder) as url,
        closing(over_http(url)) as backend,
        httpx.Client(base_url=url, timeout=60) as http,
    ):
        yield Service(MLFLOW, backend, http)
