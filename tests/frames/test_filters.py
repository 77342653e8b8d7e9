"""Filters of runs where doubles, NaN and infinities are easily got wrong."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan
from pathlib import Path

import pytest

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.frames import runs


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Open a store with runs whose param and metric are a number, NaN, infinity and nothing."""
    with Client(backend=SqliteBackend(tmp_path / ".nbtrack")) as client:
        for name, text, value in (("one", "1", 1.0), ("nan", "NaN", nan), ("inf", "inf", inf)):
            run_id = add_run(client, name, start_time=1)
            points = [Metric(key="m", value=value, timestamp=1)]
            client.log_batch(run_id, metrics=points, params={"p": text})
        client.log_batch(add_run(client, "text", start_time=1), params={"p": "nano"})
        yield client


def add_run(client: Client, name: str, *, start_time: int) -> str:
    return client.create_run("0", run_name=name, start_time=start_time).info.run_id


def names(client: Client, filter: str) -> list[str]:
    return sorted(runs(filter, client=client)["run_name"].tolist())


@pytest.mark.parametrize("field", ["params.p", "metrics.m"])
@pytest.mark.parametrize("test", ["!= 1", "not in (1, 2)", "not between 0 and 2"])
def test_nan_differs_from_every_number(client: Client, field: str, test: str) -> None:
    assert names(client, f"{field} {test}") == ["inf", "nan"]


@pytest.mark.parametrize("field", ["params.p", "metrics.m"])
def test_a_list_may_hold_infinity(client: Client, field: str) -> None:
    assert names(client, f"{field} in (1e400, 7)") == ["inf"]
    assert names(client, f"{field} in (-1e400)") == []
    assert names(client, f"{field} not in (1e400)") == ["nan", "one"]


@pytest.mark.parametrize("written", ["1.001", "'1.001s'", "'1001ms'"])
def test_a_duration_is_compared_by_the_millisecond(client: Client, written: str) -> None:
    client.update_run(add_run(client, "short", start_time=1_000), end_time=2_001)
    assert names(client, f"duration = {written}") == ["short"]
    assert names(client, f"duration < {written}") == []


def test_a_time_is_compared_by_the_millisecond(client: Client) -> None:
    add_run(client, "early", start_time=1_001)
    assert names(client, "start_time = '1970-01-01T00:00:01.001'") == ["early"]
