"""A process that logs through a tracking layer: `python -m tests.benchmarks.tracked WHAT ...`.

It imports the standard library only, so that any interpreter runs it. What it prints is JSON.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.benchmarks.trackers import Tracker, state_folder, tracker

KEY: Final = "loss"
NOTES: Final = "notes"
"""File of the state folder whose first eight bytes count the calls that have returned."""
RATE: Final = 1000
_PATIENCE: Final = 5.0
Answer = dict[str, object]


def time_calls(system: Tracker, options: argparse.Namespace) -> Answer:
    """Time each call of a loop, and the way until everything is in the store."""
    run_id = system.start()
    log, clock = system.log, time.perf_counter_ns
    times = [0] * options.count
    last = options.cap * 1e9
    cpu, start = time.process_time(), clock()
    number = 0
    for number in range(options.count):
        before = clock()
        log(KEY, 0.5 + number, number)
        now = clock()
        times[number] = now - before
        if now - start > last:
            break
    loop = clock() - start
    system.flush()
    system.end()
    durable, cpu = clock() - start, time.process_time() - cpu
    made = number + 1
    ordered = sorted(times[:made])
    return {
        "run_id": run_id,
        "figures": {
            "calls": made,
            "p50_us": ordered[made // 2] / 1e3,
            "p99_us": ordered[made * 99 // 100] / 1e3,
            "longest_ms": ordered[-1] / 1e6,
            "loop_s": loop / 1e9,
            "durable_s": durable / 1e9,
            "cpu_us": cpu / made * 1e6,
        },
    }


def log_until_killed(system: Tracker, _options: argparse.Namespace) -> Answer:
    """Log a thousand points a second and note each call that has returned, for ever."""
    run_id = system.start()
    with (state_folder() / NOTES).open("w+b") as file:
        file.truncate(8)
        notes = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
    print(json.dumps({"run_id": run_id}), flush=True)
    start, number = time.monotonic(), 0
    while True:
        system.log(KEY, 0.5 + number, number)
        number += 1
        notes[0] = number
        pause = start + number / RATE - time.monotonic()
        if pause > 0:
            time.sleep(pause)


def start_after(system: Tracker, options: argparse.Namespace) -> Answer:
    """Start another run and end it, as the next user of the machine does; then read the old one."""
    system.start()
    system.log(KEY, 0.0, 0)
    system.flush()
    system.end()
    end = time.monotonic() + _PATIENCE
    while True:
        found = system.steps(options.run, KEY)
        if len(set(found)) >= options.count or time.monotonic() > end:
            return {"steps": found}
        time.sleep(0.1)


def read_steps(system: Tracker, options: argparse.Namespace) -> Answer:
    """Read what the store has of a run, and start nothing that could add to it."""
    return {"steps": system.steps(options.run, KEY)}


WHAT: Final[dict[str, Callable[[Tracker, argparse.Namespace], Answer]]] = {
    "calls": time_calls,
    "log": log_until_killed,
    "after": start_after,
    "steps": read_steps,
}


def main() -> None:
    """Do one thing and end without the exit functions, which could deliver what was late."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("system")
    parser.add_argument("where")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--cap", type=float, default=10.0)
    parser.add_argument("--run", default="")
    options = parser.parse_args()
    state_folder().mkdir(parents=True, exist_ok=True)
    if "://" not in options.where:
        Path(options.where).mkdir(parents=True, exist_ok=True)
    system = tracker(options.system)
    system.open(options.where)
    print(json.dumps(WHAT[options.what](system, options)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
