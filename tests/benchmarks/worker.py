"""The process of one trial: does what the task says and prints its figures as JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from tests.benchmarks.plan import WORKLOADS
from tests.benchmarks.task import Task
from tests.benchmarks.trackers import STATE_VARIABLE


def main(text: str) -> None:
    """Carry out a task; the figures are the last line of the output."""
    task = msgspec.json.decode(text, type=Task)
    workload = WORKLOADS[task.workload]
    os.environ[STATE_VARIABLE] = str(Path(task.folder, "state"))
    run = workload.fill if task.fill and workload.fill is not None else workload.run
    print(msgspec.json.encode(run(task)).decode())


if __name__ == "__main__":
    main(sys.argv[1])
