"""Workloads of the tracking layer: what a call costs, and what a killed process loses."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.benchmarks.measuring import Figures
from tests.benchmarks.remote import server
from tests.benchmarks.task import ROOT, Task
from tests.benchmarks.tracked import NOTES
from tests.benchmarks.trackers import state_folder

_ALIVE: Final = (0.2, 1.0)


def calls(task: Task) -> Figures:
    """W2: calls in a loop, then flush and end, in a store of this machine."""
    return _calls(task, _store(task))


def calls_over_http(task: Task) -> Figures:
    """W2: the same through nbtrack's server."""
    with server("serving", task.folder) as url:
        return _calls(task, url)


def _store(task: Task) -> str:
    return str(Path(task.folder, "store"))


def _calls(task: Task, where: str) -> Figures:
    report = _asked(task, "calls", where, f"--count={task.size}", f"--cap={task.cap}")
    found = _asked(task, "steps", where, f"--run={report['run_id']}")["steps"]
    figures: Figures = report["figures"]
    if sorted(found) != list(range(int(figures["calls"]))):
        message = f"{task.system} stored {len(found)} of {figures['calls']} points."
        raise AssertionError(message)
    return figures


def kills(task: Task) -> Figures:
    """W8: `kill -9` of a process that logs about 1,000 points a second to a store."""
    return _killed(task, _store(task))


def kills_over_http(task: Task) -> Figures:
    """W8: the same through nbtrack's server."""
    with server("serving", task.folder) as url:
        return _killed(task, url)


def _killed(task: Task, where: str) -> Figures:
    victim = _started(task, "log", where)
    try:
        run_id = _answer(victim)["run_id"]
        start = time.monotonic()
        time.sleep(random.uniform(*_ALIVE))
    finally:
        victim.kill()
        victim.wait()
    seconds = time.monotonic() - start
    told = int.from_bytes((state_folder() / NOTES).read_bytes(), "little")
    found = _asked(task, "after", where, f"--run={run_id}", f"--count={told}")["steps"]
    return {
        "lost": len(set(range(told)) - set(found)),
        "doubled": len(found) - len(set(found)),
        "told": told,
        "points_s": told / seconds,
    }


def _started(task: Task, what: str, where: str, *options: str) -> subprocess.Popen[bytes]:
    program = [task.python, "-m", "tests.benchmarks.tracked", what, task.system, where, *options]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE)


def _asked(task: Task, what: str, where: str, *options: str) -> dict[str, Any]:
    with _started(task, what, where, *options) as process:
        return _answer(process)


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Return the first line that is JSON; libraries print others."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"{"):
            found: dict[str, Any] = msgspec.json.decode(line)
            return found
    raise AssertionError(f"A process ended with {process.wait()} before it had answered.")
