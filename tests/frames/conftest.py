"""The places of the tests; those against the oracle have one messy world in each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.service import EMBEDDED, MLFLOW, SOCKET, Service
from tests.frames.messy_world import Place
from tests.frames.places import PLACES, open_place, place_folder


@pytest.fixture(scope="module", params=PLACES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Service]:
    """Give each place that lists and models are read from."""
    folder = place_folder(request.param, tmp_path_factory, worker_id)
    with open_place(request.param, folder) as service:
        yield service


@pytest.fixture(scope="session", params=[EMBEDDED, SOCKET, MLFLOW])
def messy_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Place]:
    """Give each place with the messy world: the engine on disk, our server, a real MLflow."""
    folder = place_folder(request.param, tmp_path_factory, worker_id)
    with open_place(request.param, folder) as service:
        yield Place(service)


@pytest.fixture(scope="session")
def messy_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give an engine on disk for worlds that come one after the other."""
    with open_place(EMBEDDED, tmp_path_factory.mktemp("messy")) as service:
        yield service
