"""Workloads of a fresh process: an import, and the way to the first metric in the store."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Final

from tests.benchmarks.measuring import Figures
from tests.benchmarks.remote import server
from tests.benchmarks.task import ROOT, Task

_IMPORTS: Final = {
    "python": "",
    "sqlite3": "import sqlite3",
    "nbtrack": "import nbtrack",
    "nbtrack.Client": "import nbtrack; nbtrack.Client",
    "mlflow": "import mlflow",
}
_REPORT: Final = """
import sys
count = len(sys.modules)
with open("/proc/self/status") as file:
    peak = next(line.split()[1] for line in file if line.startswith("VmHWM"))
print(count, peak)
"""
_FIRST_METRIC: Final = {
    "sqlite-normal": """
import sqlite3
db = sqlite3.connect(sys.argv[1] + "/floor.db", isolation_level=None)
db.execute("pragma journal_mode = wal")
db.execute("pragma synchronous = normal")
db.execute("create table if not exists run (id integer primary key, run_id text)")
db.execute("create table if not exists point (run integer, key text, step integer, value real)")
run = db.execute("insert into run (run_id) values ('run')").lastrowid
db.execute("insert into point values (?, 'loss', 1, 0.5)", (run,))
""",
    "nbtrack": """
import nbtrack
client = nbtrack.Client(sys.argv[1])
run = client.create_run("0", start_time=1)
client.log_metric(run.info.run_id, "loss", 0.5, timestamp=1)
""",
    "mlflow": """
import os
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow
client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{sys.argv[1]}/mlflow.db")
run = client.create_run("0", start_time=1)
client.log_metric(run.info.run_id, "loss", 0.5, timestamp=1)
""",
}
_STORED: Final = "\nprint(time.monotonic())"
_SAY_STORED: Final = "\nprint('stored', time.monotonic())"
_JOURNAL_RUN: Final = """
from tests.benchmarks.journal_floor import JournalFloor
run = JournalFloor()
run.open(sys.argv[1])
run.start()
run.log("loss", 0.5, 1)
print("safe", time.monotonic())
run.flush()
"""
_FIRST_OF_RUN: Final = {
    "sqlite-journal": _JOURNAL_RUN,
    "http-journal": _JOURNAL_RUN,
    "nbtrack": """
import nbtrack
nbtrack.set_tracking_uri(sys.argv[1])
run = nbtrack.start_run()
run.log_metric("loss", 0.5, 1)
print("safe", time.monotonic())
nbtrack.flush()
""",
    "mlflow": """
import os
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow
where = sys.argv[1]
mlflow.set_tracking_uri(where if "://" in where else f"sqlite:///{where}/mlflow.db")
mlflow.start_run()
mlflow.log_metric("loss", 0.5, 1)
print("safe", time.monotonic())
""",
    "trackio": """
import os
os.environ.update(TRACKIO_DIR=sys.argv[1], HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
import trackio
trackio.init(project="benchmark", embed=False, auto_log_gpu=False, auto_log_cpu=False)
trackio.log({"loss": 0.5}, step=1)
trackio.finish()
print("safe", time.monotonic())
""",
}
"""They print when the point was safe from the process's end, and, below, when it was stored."""


def imports(task: Task) -> Figures:
    """W1: a process that imports a module and ends."""
    answer, seconds, cpu = _run(_IMPORTS[task.system] + _REPORT)
    modules, peak = answer.split()
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak_mib": int(peak) / 1024,
        "modules": int(modules),
    }


def first_metric(task: Task) -> Figures:
    """W1: from the start of a process to its first metric in the store, new and existing."""
    program = "import sys, time" + _FIRST_METRIC[task.system] + _STORED
    new, new_cpu = _until_stored(program, task.folder)
    existing, existing_cpu = _until_stored(program, task.folder)
    return {
        "new": new,
        "existing": existing,
        "new_cpu": new_cpu,
        "existing_cpu": existing_cpu,
    }


def first_of_run(task: Task) -> Figures:
    """W1: from the start of a process to the first durable metric of a run it started."""
    return _first_of_run(task, task.folder)


def first_of_run_over_http(task: Task) -> Figures:
    """W1: the same through nbtrack's server, whose store is new, then existing."""
    with server("serving", task.folder) as url:
        return _first_of_run(task, url)


def _first_of_run(task: Task, where: str) -> Figures:
    program = "import sys, time" + _FIRST_OF_RUN[task.system] + _SAY_STORED
    figures: Figures = {}
    for name in ("new", "existing"):
        start = time.monotonic()
        answer, _, cpu = _run(program, where, python=task.python)
        words = answer.split()
        durable = words[words.index("safe") + 1]
        figures[name] = float(durable) - start
        stored = words[words.index("stored") + 1]
        figures[f"{name}_stored"] = float(stored) - start
        figures[f"{name}_cpu"] = cpu
    return figures


def _until_stored(program: str, folder: str) -> tuple[float, float]:
    start = time.monotonic()  # one clock for all processes
    answer, _, cpu = _run(program, folder)
    return float(answer.split()[-1]) - start, cpu


def _run(program: str, *arguments: str, python: str = sys.executable) -> tuple[str, float, float]:
    """Run a program; return what it printed, its seconds, and its seconds of CPU."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [python, "-c", program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise AssertionError(f"A measured program ended with {process.returncode}: {program}")
    return answer, seconds, usage.ru_utime + usage.ru_stime
