"""The backends that must answer alike, each as a fixture and all of them as parameters."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance.opening import open_embedded, open_in_process, open_mlflow, open_socket
from tests.conformance.service import ALL, EMBEDDED, IN_PROCESS, MLFLOW, OWN, SOCKET, Service

HERE = Path(__file__).parent
LONG_LIVED = {
    EMBEDDED: "long_lived_embedded",
    IN_PROCESS: "long_lived_in_process",
    SOCKET: "over_socket",
    MLFLOW: "mlflow",
}
FRESH = {**LONG_LIVED, EMBEDDED: "embedded", IN_PROCESS: "in_process"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("conformance")


@pytest.fixture
def embedded(tmp_path: Path) -> Generator[Service]:
    """Give an embedded engine of the test's own."""
    with open_embedded(tmp_path) as service:
        yield service


@pytest.fixture
def in_process(tmp_path: Path) -> Generator[Service]:
    """Give the HTTP backend on an application of the test's own."""
    with open_in_process(tmp_path) as service:
        yield service


@pytest.fixture(scope="session")
def long_lived_embedded(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """Give an embedded engine that tests share."""
    with open_embedded(tmp_path_factory.mktemp("embedded")) as service:
        yield service


@pytest.fixture(scope="session")
def long_lived_in_process(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """Give the HTTP backend on an application that tests share."""
    with open_in_process(tmp_path_factory.mktemp("in-process")) as service:
        yield service


@pytest.fixture(scope="session")
def over_socket(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """Give the HTTP backend on a server with a socket; tests share it."""
    with open_socket(tmp_path_factory.mktemp("socket")) as service:
        yield service


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Generator[Service]:
    """Give the HTTP backend on a real MLflow server; tests and workers share it."""
    base = tmp_path_factory.getbasetemp()
    with open_mlflow(base if worker_id == "master" else base.parent) as service:
        yield service


@pytest.fixture(params=ALL)
def service(request: pytest.FixtureRequest) -> Service:
    """Give every service, one after the other; the fast ones fresh."""
    found: Service = request.getfixturevalue(FRESH[request.param])
    return found


@pytest.fixture(params=OWN)
def own_service(request: pytest.FixtureRequest) -> Service:
    """Give every service but MLflow, for what MLflow does not have."""
    found: Service = request.getfixturevalue(FRESH[request.param])
    return found


@pytest.fixture(scope="session", params=ALL)
def shared_service(request: pytest.FixtureRequest) -> Service:
    """Give every service, shared by all tests: for those that only read, or keep apart."""
    found: Service = request.getfixturevalue(LONG_LIVED[request.param])
    return found


@pytest.fixture(scope="session", params=(IN_PROCESS, SOCKET, MLFLOW))
def http_service(request: pytest.FixtureRequest) -> Service:
    """Give every service that reads JSON, shared by all tests."""
    found: Service = request.getfixturevalue(LONG_LIVED[request.param])
    return found
