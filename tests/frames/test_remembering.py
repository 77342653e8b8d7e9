"""The same search again is not read again, and is never stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from nbtrack.backends import Columns
from nbtrack.backends.columns import ColumnsQuery
from nbtrack.backends.http import HttpBackend
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.frames import runs
from nbtrack.server import create_app, running


class Counting(SqliteBackend):
    """An engine that counts how often a table was read."""

    reads = 0

    def columns(self, query: ColumnsQuery) -> Columns:
        self.reads += 1
        return super().columns(query)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Counting]:
    engine = Counting(tmp_path / "store")
    yield engine
    engine.close()


@pytest.fixture(params=["embedded", "nbtrack server"])
def client(request: pytest.FixtureRequest, engine: Counting) -> Iterator[Client]:
    if request.param == "embedded":
        yield Client(backend=engine)
        return
    with running(create_app(engine)) as url, Client(backend=HttpBackend(url)) as client:
        yield client


def test_the_same_search_is_read_once(client: Client, engine: Counting) -> None:
    client.create_run("0", run_name="first")
    first, second = runs(client=client), runs(client=client)
    assert engine.reads == 1
    pd.testing.assert_frame_equal(first, second)


def test_another_search_is_read(client: Client, engine: Counting) -> None:
    runs(client=client)
    runs(client=client, limit=1)
    assert engine.reads == 2


def test_a_write_of_this_client_is_seen(client: Client) -> None:
    run = client.create_run("0", run_name="first")
    runs(client=client)
    client.set_tag(run.info.run_id, "colour", "red")
    assert runs(client=client)["tags.colour"].tolist() == ["red"]


def test_a_write_of_somebody_else_is_seen(client: Client, tmp_path: Path) -> None:
    runs(client=client)
    other = SqliteBackend(tmp_path / "store")
    Client(backend=other).create_run("0", run_name="other")
    assert runs(client=client)["run_name"].tolist() == ["other"]
    other.close()


def test_changing_a_frame_changes_no_later_one(client: Client) -> None:
    client.create_run("0", run_name="first")
    frame = runs(client=client)
    frame.loc[0, "run_name"] = "changed"
    frame["extra"] = 1
    frame.attrs["filter"] = "changed"
    again = runs(client=client)
    assert again["run_name"].tolist() == ["first"]
    assert "extra" not in again
    assert again.attrs["filter"] is None


def test_a_store_in_memory_is_read_every_time() -> None:
    with Client(backend=SqliteBackend.in_memory()) as client:
        assert client.version() is None
        runs(client=client)
        client.create_run("0", run_name="first")
        assert len(runs(client=client)) == 1
