"""The places that lists and exports read in tests: embedded, our server, a real MLflow server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conformance.opening import open_embedded, open_in_process, open_mlflow, open_socket
from tests.conformance.service import EMBEDDED, IN_PROCESS, MLFLOW, SOCKET, Service

PLACES = (EMBEDDED, IN_PROCESS, MLFLOW)
_OPENERS = {
    EMBEDDED: open_embedded,
    IN_PROCESS: open_in_process,
    SOCKET: open_socket,
    MLFLOW: open_mlflow,
}


def place_folder(kind: str, folders: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of a place: the one that all workers share for the MLflow server."""
    base = folders.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return shared if kind == MLFLOW else folders.mktemp("place")


@contextmanager
def open_place(kind: str, folder: Path) -> Generator[Service]:
    """Open a place; the MLflow server is the one that all tests of the session share."""
    with _OPENERS[kind](folder) as service:
        yield service
