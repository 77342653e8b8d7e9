"""Processes for tests to end: they run a script, and say on stdout what they have done."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]
PATIENCE = 60


@dataclass
class Ended:
    """How a script ended: exit code, what it printed, what it was told."""

    code: int
    out: list[str]
    err: str


def environment(**settings: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}


def command(script: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(script)]


def run_script(script: str, *, cwd: Path, **settings: str) -> Ended:
    """Run a script to its end."""
    done = subprocess.run(
        command(script),
        cwd=cwd,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout.splitlines(), done.stderr)


@contextmanager
def running(script: str, *, cwd: Path, **settings: str) -> Generator[subprocess.Popen[str]]:
    """Yield a process that runs a script; it is killed at the end if it still lives."""
    process = subprocess.Popen(
        command(script),
        cwd=cwd,
        env=environment(**settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def next_line(process: subprocess.Popen[str]) -> str:
    """Wait for the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
