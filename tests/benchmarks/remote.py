"""Workloads over HTTP: what a client adds to a request, and points through a server."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Final

from tests.benchmarks import data
from tests.benchmarks.measuring import Figures, Stopwatch
from tests.benchmarks.task import ROOT, Task

_NO_RUN: Final = "0" * 32
_WARM_UP: Final = 20
_ROUNDS: Final = 5


@contextmanager
def server(*program: str) -> Generator[str]:
    """Run a module of this folder in its own process and yield the URL that it prints."""
    module, *arguments = program
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise AssertionError(f"The server {module} did not start.")
        yield url
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _calls(count: int, cap: float, call: Callable[[int], None]) -> Figures:
    for number in range(_WARM_UP):
        call(number)
    watch = Stopwatch(cap)
    times: list[float] = []
    for number in range(_WARM_UP, _WARM_UP + count):
        before = watch.total.seconds
        with watch:
            call(number)
        times.append(watch.total.seconds - before)
        if watch.is_over:
            break
    return {
        "calls": len(times),
        "call_ms": median(times) * 1e3,
        "call_cpu_ms": watch.total.cpu / len(times) * 1e3,
    }


def requests(task: Task) -> Figures:
    """G12: single points to a server that does nothing."""
    with server("loopback") as url:
        system = task.open_system(url)
        content = data.curve(0, task.size + _WARM_UP)
        figures = _calls(
            task.size, task.cap, lambda number: system.log_metric(_NO_RUN, content[number])
        )
        system.close()
    return figures


def batches(task: Task) -> Figures:
    """G12: batches of 1,000 points to a server that does nothing."""
    with server("loopback") as url:
        system = task.open_system(url)
        content = data.batch(0)
        figures = _calls(task.size, task.cap, lambda _number: system.log_batch(_NO_RUN, content))
        system.close()
    return {**figures, "cpu_us": figures["call_cpu_ms"] * 1e3 / data.BATCH_POINTS}


def points(task: Task) -> Figures:
    """G12: points in one call, and as many in calls of a batch, by turns, through a server."""
    count = task.size // data.BATCH_POINTS
    with server("serving", task.folder) as url:
        system = task.open_system(url)
        run_id = system.create_run("points", data.START)
        one = _calls(
            100, task.cap, lambda number: system.log_metric(run_id, data.curve(number, 1)[0])
        )
        parts = (data.batch(number) for number in itertools.count())
        for content in itertools.islice(parts, count):  # both sides are warm after these
            system.log_batch(run_id, content)
        together: list[float] = []
        alone: list[float] = []
        for _ in range(_ROUNDS):
            many = [point for part in itertools.islice(parts, count) for point in part]
            together.append(_timed(partial(system.log_many, run_id, many)))
            few = list(itertools.islice(parts, count))
            alone += [_timed(partial(system.log_batch, run_id, part)) for part in few]
        found = system.count_points(run_id, data.POINT_KEYS[0])
        system.close()
    expected = (2 * _ROUNDS + 1) * count * data.BATCH_STEPS
    if found != expected:
        raise AssertionError(f"The server stored {found} of {expected} points.")
    return {
        "call_ms": one["call_ms"],
        "batch_ms": sum(alone) / len(alone) * 1e3,
        "seconds": median(together),
        "points_s": task.size / median(together),
        "over_batches": sum(together) / sum(alone),
    }


def _timed(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
