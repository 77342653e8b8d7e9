"""A real MLflow server in a process of its own, shared by the workers of one test session.

The first worker that needs it starts it; each holds a shared lock while it runs, and the last one
out ends it. With CONFORMANCE_MLFLOW_URL set, the server at that address is used instead.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

URL_VARIABLE = "CONFORMANCE_MLFLOW_URL"
START_SECONDS = 180
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",
}


@contextmanager
def shared_mlflow(folder: Path) -> Generator[str]:
    """Yield the URL of a server that all workers with this folder share."""
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield given
        return
    with (folder / "mlflow.users").open("w") as users:
        url = _joined(folder)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield url
        finally:
            _leave(folder, users.fileno())


def _joined(folder: Path) -> str:
    """Return the URL of the server, starting it if this worker is the first."""
    note = folder / "mlflow.url"
    with (folder / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(_start(folder), "utf-8")
        return note.read_text("utf-8").split()[0]


def _start(folder: Path) -> str:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--artifacts-destination", str(folder / "mlflow-artifacts")),
    ]
    with (folder / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _wait_for(url, process, folder / "mlflow.log")
    return f"{url} {process.pid}"


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                process.returncode = 0  # it is ended by its id: nobody waits for it here
                return
        except OSError:
            time.sleep(0.1)
    message = f"mlflow server did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}"
    raise RuntimeError(message)


def _leave(folder: Path, users: int) -> None:
    """End the server if no other worker uses it any more."""
    with (folder / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        note = folder / "mlflow.url"
        os.killpg(int(note.read_text("utf-8").split()[1]), 15)
        note.unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
