"""A client on a backend in memory."""

from __future__ import annotations

import pytest

from nbtrack.client import Client
from tests.client.fake_backend import FakeBackend


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def client(backend: FakeBackend) -> Client:
    return Client(backend=backend)
