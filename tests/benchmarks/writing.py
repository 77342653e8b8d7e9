"""Workloads that write: points in batches, small runs, several processes at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

import msgspec

from tests.benchmarks import data
from tests.benchmarks.measuring import Figures, Stopwatch
from tests.benchmarks.systems import System, write_run
from tests.benchmarks.task import ROOT, Task
from tests.benchmarks.writer import Written

WRITERS = 4


def points(task: Task) -> Figures:
    """W3: one run, batches of 1,000 points (10 keys x 100 steps)."""
    system, run_id, empty = _with_run(task)
    watch, batches = Stopwatch(task.cap), 0
    while batches * data.BATCH_POINTS < task.size and not watch.is_over:
        content = data.batch(batches)
        with watch:
            system.log_batch(run_id, content)
        batches += 1
    system.close()
    _expect(task, run_id, data.POINT_KEYS[0], batches * data.BATCH_STEPS)
    made, cost = batches * data.BATCH_POINTS, watch.total
    return {
        "points": made,
        "points_s": made / cost.seconds,
        "cpu_us": cost.cpu / made * 1e6,
        "bytes": (_stored_bytes(task.folder) - empty) / made,
    }


def _with_run(task: Task) -> tuple[System, str, int]:
    """Open a store with one empty run; return the run's id and what it takes on disk."""
    system = task.open_system()
    run_id = system.create_run("first", data.START)
    system.close()
    empty = _stored_bytes(task.folder)
    return task.open_system(), run_id, empty


def _expect(task: Task, run_id: str, key: str, count: int) -> None:
    system = task.open_system()
    found = system.count_points(run_id, key)
    system.close()
    if found != count:
        raise AssertionError(f"{task.system} stored {found} of {count} points.")


def _stored_bytes(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def small_runs(task: Task) -> Figures:
    """W4: whole runs of 10 params, 10 metrics and 3 tags."""
    system, _, empty = _with_run(task)
    watch, made = Stopwatch(task.cap), 0
    while made < task.size and not watch.is_over:
        content = data.small_run(made)
        with watch:
            write_run(system, content)
        made += 1
    system.close()
    cost = watch.total
    return {
        "runs": made,
        "runs_s": made / cost.seconds,
        "cpu_us": cost.cpu / made * 1e6,
        "bytes": (_stored_bytes(task.folder) - empty) / made,
    }


def single_calls(task: Task) -> Figures:
    """One process, one commit a point."""
    system, run_id, empty = _with_run(task)
    watch, made = Stopwatch(task.cap), 0
    for point in data.curve(0, task.size):
        with watch:
            system.log_metric(run_id, point)
        made += 1
        if watch.is_over:
            break
    system.close()
    cost = watch.total
    return {
        "points": made,
        "points_s": made / cost.seconds,
        "cpu_us": cost.cpu / made * 1e6,
        "bytes": (_stored_bytes(task.folder) - empty) / made,
    }


def writers_in_batches(task: Task) -> Figures:
    """W7: four processes write to one store, a hundred points a call."""
    return _writers(task, 100)


def writers_in_calls(task: Task) -> Figures:
    """W7: four processes write to one store, one point a call."""
    return _writers(task, 1)


def _writers(task: Task, batch: int) -> Figures:
    system = task.open_system()
    program = [sys.executable, "-m", "tests.benchmarks.writer"]
    task_text = msgspec.json.encode(task).decode()
    started = [
        subprocess.Popen(
            [*program, task_text, str(batch)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(WRITERS)
    ]
    for process in started:  # each says that it is ready ...
        if process.stdout is None or not process.stdout.readline():
            raise AssertionError("A writer did not start.")
    answers = [_released(process) for process in started]
    reports = [msgspec.json.decode(answer.read(), type=Written) for answer in answers]
    for process in started:
        process.wait()
    stored = sum(_stored(system, report) for report in reports)
    system.close()
    acknowledged = sum(report.points for report in reports)
    seconds = max(report.end for report in reports) - min(report.start for report in reports)
    return {
        "points": acknowledged,
        "points_s": acknowledged / seconds,
        "cpu_us": sum(report.cpu for report in reports) / acknowledged * 1e6,
        "errors": sum(report.errors for report in reports),
        "lost": acknowledged - stored,
        "longest_ms": max(report.longest for report in reports) * 1e3,
    }


def _released(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"go\n")  # ... and all are let go at once
    process.stdin.flush()
    return process.stdout


def _stored(system: System, report: Written) -> int:
    return system.count_points(report.run_id, data.CURVE_KEY)
