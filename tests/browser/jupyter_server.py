"""A Jupyter server as a process of its own, with folders of its own.

Settings, workspaces, kernels and notebooks of the person who runs the tests neither matter nor
suffer: each folder that Jupyter knows lies in the folder that the test gives.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from jupyter_client.blocking.client import BlockingKernelClient

START_SECONDS = 60
FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
}
OPTIONS = (
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    # Puts the application at `window.jupyterapp`, where lab.js finds it.
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
# Pop-ups would lie over the page and take its clicks.
SILENCE = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


class JupyterServer:
    """A running server: its address, its notebooks and its kernels."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self.root = folder / "root"
        self.log = folder / "server.log"
        self.url = url.rstrip("/")
        self.token = token
        self._runtime = folder / "runtime"
        self._http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"token {token}"}, trust_env=False
        )

    def write(self, path: str, cells: list[str]) -> None:
        """Store a notebook of code cells."""
        (self.root / path).write_text(json.dumps(notebook_json(cells)), "utf-8")

    def sessions(self) -> list[dict[str, Any]]:
        """List the notebooks that have a kernel."""
        found: list[dict[str, Any]] = self._http.get("/api/sessions").raise_for_status().json()
        return found

    def end_session(self, path: str) -> None:
        """Stop the kernel of a notebook, if it has one."""
        for session in self.sessions():
            if session["path"] == path:
                self._http.delete(f"/api/sessions/{session['id']}").raise_for_status()

    @contextmanager
    def kernel(self, path: str) -> Generator[BlockingKernelClient]:
        """Talk to the kernel of a notebook beside the page, on sockets of its own."""
        kernel_id = next(s["kernel"]["id"] for s in self.sessions() if s["path"] == path)
        connection = self._runtime / f"kernel-{kernel_id}.json"
        client = BlockingKernelClient(connection_file=str(connection))
        client.load_connection_file()
        client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        try:
            yield client
        finally:
            client.stop_channels()

    def close(self) -> None:
        """Leave the server; `jupyter_server` stops it."""
        self._http.close()


@contextmanager
def jupyter_server(folder: Path) -> Generator[JupyterServer]:
    """Start JupyterLab on a free port, and stop it in the end."""
    (folder / "root").mkdir()
    _keep_quiet(folder / "settings")
    environment = os.environ | {name: str(folder / part) for name, part in FOLDERS.items()}
    # Not on the command line, where every user of the machine can read it.
    environment |= {"JUPYTER_TOKEN": secrets.token_hex(16), "JUPYTER_PREFER_ENV_PATH": "1"}
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--ServerApp.root_dir={folder}/root"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in containers
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            server = JupyterServer(
                folder, _wait_for_url(folder, process), environment["JUPYTER_TOKEN"]
            )
            yield server
            server.close()
        finally:
            _stop(process)


def notebook_json(cells: list[str]) -> dict[str, Any]:
    """Build a notebook of code cells in the format of its file."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "execution_count": None,
                "outputs": [],
            }
            for number, source in enumerate(cells)
        ],
    }


def _keep_quiet(settings: Path) -> None:
    overrides = settings / "@jupyterlab" / "apputils-extension"
    overrides.mkdir(parents=True)
    (overrides / "notification.jupyterlab-settings").write_text(json.dumps(SILENCE), "utf-8")


def _wait_for_url(folder: Path, process: subprocess.Popen[bytes]) -> str:
    # The server writes the port it got, so no other program can take it in between.
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for found in (folder / "runtime").glob("jpserver-*.json"):
            try:
                url = str(json.loads(found.read_text("utf-8"))["url"])
                httpx.get(url + "api", trust_env=False).raise_for_status()
            except (ValueError, httpx.HTTPError):
                continue
            return url
        time.sleep(0.1)
    log = (folder / "server.log").read_text("utf-8")
    raise RuntimeError(f"JupyterLab did not start. Its log ends with:\n{log[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
