"""The command `nbtrack server` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def server_process(data: Path, *options: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Start a server on a free port; yield the process and its URL."""
    command = [sys.executable, "-m", "nbtrack.cli", "server", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, *options], env=environment, cwd=data, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith("nbtrack server listens on http://")
            yield process, line.split()[-1]
        finally:
            process.kill()
