"""One of several writers of a store: says that it is ready, waits for a line, writes, reports."""

from __future__ import annotations

import sys
import time

import msgspec

from tests.benchmarks import data
from tests.benchmarks.task import Task


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer did; times are of the clock that all processes share."""

    run_id: str
    points: int
    errors: int
    cpu: float
    start: float
    end: float
    longest: float


def write(task: Task, batch: int) -> Written:
    """Write the points of one writer to a run of its own."""
    system = task.open_system()
    run_id = system.create_run("writer", data.START)
    content = data.curve(0, task.size)
    print("ready", flush=True)
    sys.stdin.readline()
    done = errors = 0
    longest = 0.0
    cpu, start = time.process_time(), time.monotonic()
    for first in range(0, task.size, batch):
        before = time.monotonic()
        try:
            if batch == 1:
                system.log_metric(run_id, content[first])
            else:
                system.log_batch(run_id, content[first : first + batch])
            done += batch
        except system.errors:
            errors += 1
        now = time.monotonic()
        longest = max(longest, now - before)
        if now - start > task.cap:
            break
    end, cpu = time.monotonic(), time.process_time() - cpu
    system.close()
    return Written(
        run_id=run_id, points=done, errors=errors, cpu=cpu, start=start, end=end, longest=longest
    )


if __name__ == "__main__":
    report = write(msgspec.json.decode(sys.argv[1], type=Task), int(sys.argv[2]))
    print(msgspec.json.encode(report).decode())
