"""A server that is told to stop: what it acknowledged is there afterwards."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path

import httpx
import pytest

from nbtrack.api import OPERATIONS
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.cli import main
from tests.server.live_server import server_process

API = "/api/2.0/mlflow"


def write_until_refused(url: str, run_id: str, writer: int, told: Callable[[], None]) -> list[str]:
    """Log params one after the other and return the keys that were acknowledged."""
    acknowledged: list[str] = []
    with suppress(httpx.TransportError), httpx.Client(base_url=url) as http:
        for number in count():
            body = {"run_id": run_id, "key": f"w{writer}-{number}", "value": "1"}
            assert http.post(f"{API}/runs/log-parameter", json=body).status_code == 200
            acknowledged.append(body["key"])
            told()
    return acknowledged


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_acknowledged_write_outlives_a_signal(tmp_path: Path, number: int) -> None:
    enough = threading.Semaphore(0)
    with server_process(tmp_path) as (process, url), ThreadPoolExecutor(4) as pool:
        run = httpx.post(f"{url}{API}/runs/create", json={"experiment_id": "0"}).json()["run"]
        run_id = run["info"]["run_id"]
        writers = [
            pool.submit(write_until_refused, url, run_id, writer, enough.release)
            for writer in range(4)
        ]
        for _ in range(200):
            assert enough.acquire(timeout=30)
        process.send_signal(number)
        acknowledged = {key for writer in writers for key in writer.result(30)}
        assert process.wait(30) == 0
    store = SqliteBackend(tmp_path / ".nbtrack")
    get_run = OPERATIONS["get_run"]
    stored = store.call(get_run, get_run.request(run_id=run_id)).run.data.params
    store.close()
    assert len(acknowledged) >= 200
    assert acknowledged <= {param.key for param in stored}


def test_a_second_server_on_the_same_port_says_so(tmp_path: Path) -> None:
    with server_process(tmp_path) as (_process, url):
        port = url.rpartition(":")[2]
        assert main(["server", "--port", port, "--data", str(tmp_path)]) == 2
