from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pandas as pd
import pytest

import nbtrack
from nbtrack import Client
from nbtrack.backends import open_backend
from nbtrack.cli import main
from nbtrack.entities import Metric
from nbtrack.frames import history_cache
from tests.frames.paged_backend import PagedBackend

POINTS = 2500


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PagedBackend:
    """Give a store that is read page by page, and a folder of its own for what is kept."""
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(tmp_path / "state"))
    return PagedBackend(open_backend(str(tmp_path / "store")))


@pytest.fixture
def client(backend: PagedBackend) -> Generator[Client]:
    with Client(backend=backend) as opened:
        yield opened


def finished_run(client: Client, *, end_time: int | None = 2, count: int = POINTS) -> str:
    """Make a run with two metrics, one of which holds what is hard to keep."""
    run_id = client.create_run(run_name="a", start_time=1).info.run_id
    odd = {3: float("nan"), 4: float("inf"), 5: -0.0}
    metrics = [
        Metric(key="loss", value=odd.get(n, 1 / (n + 1)), timestamp=n, step=n) for n in range(count)
    ]
    client.log_many(run_id, metrics=[*metrics, Metric(key="acc", value=1.0, timestamp=1, step=0)])
    if end_time is not None:
        client.update_run(run_id, status="FINISHED", end_time=end_time)
    return run_id


def test_history_of_an_ended_run_is_fetched_once(client: Client, backend: PagedBackend) -> None:
    run_id = finished_run(client)
    first = nbtrack.history(run_id, client=client)
    asked = backend.calls["get_history"]
    second = nbtrack.history(run_id, client=client)
    assert asked > 0
    assert backend.calls["get_history"] == asked
    pd.testing.assert_frame_equal(first, second)


def test_a_metric_asked_for_twice_is_kept_once(client: Client) -> None:
    run_id = finished_run(client, count=10)
    nbtrack.history(run_id, ["loss", "loss"], client=client)
    assert len(nbtrack.history(run_id, "loss", client=client)) == 10


def test_history_from_disk_is_that_of_the_store(client: Client, backend: PagedBackend) -> None:
    runs = [finished_run(client, count=count) for count in (1, 10, POINTS)]
    nbtrack.history(runs, client=client)
    kept = nbtrack.history(runs, client=client)
    with Client(backend=backend.inner) as direct:
        pd.testing.assert_frame_equal(kept, nbtrack.history(runs, client=direct))


def test_history_of_a_running_run_is_not_kept(client: Client, backend: PagedBackend) -> None:
    run_id = finished_run(client, end_time=None)
    nbtrack.history(run_id, client=client)
    assert history_cache.cache_size().files == 0
    client.log_metric(run_id, "acc", 2.0, timestamp=9, step=1)
    assert len(nbtrack.history(run_id, "acc", client=client)) == 2


def test_points_of_a_run_that_went_on_are_read_anew(client: Client) -> None:
    run_id = finished_run(client)
    nbtrack.history(run_id, client=client)
    client.log_metric(run_id, "acc", 2.0, timestamp=9, step=1)  # servers take points at any time
    assert nbtrack.history(run_id, "acc", client=client)["value"].tolist() == [1.0, 2.0]


def test_a_damaged_file_is_read_anew(client: Client) -> None:
    run_id = finished_run(client)
    first = nbtrack.history(run_id, client=client)
    for path in history_cache.cache_size().folder.iterdir():
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    pd.testing.assert_frame_equal(nbtrack.history(run_id, client=client), first)


def test_the_least_recently_used_goes_first(client: Client) -> None:
    runs = [finished_run(client, count=100) for _ in range(3)]
    for run_id in runs:
        nbtrack.history(run_id, "loss", client=client)
    files = sorted(history_cache.cache_size().folder.iterdir())
    for age, path in enumerate(files):
        os.utime(path, (age, age))
    history_cache.trim(files[0].stat().st_size)
    assert list(history_cache.cache_size().folder.iterdir()) == [files[-1]]


def test_nothing_is_kept_where_nothing_can_be_written(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(tmp_path / "file"))
    assert len(nbtrack.history(finished_run(client), "loss", client=client)) == POINTS


def test_cache_command_tells_and_clears(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    nbtrack.history(finished_run(client), client=client)
    assert main(["cache"]) == 0
    assert "2 histories" in capsys.readouterr().out
    assert main(["cache", "--clear"]) == 0
    assert history_cache.cache_size().files == 0
