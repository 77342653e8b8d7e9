"""What a live chart costs a loop that logs a thousand times a second, in a real kernel."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.benchmarks.measuring import Figures
from tests.benchmarks.task import Task

WITHOUT: Final = "without"
"""The system that shows no chart."""
_SECONDS: Final = 120.0
_LOOP: Final = """
import math, time, nbtrack
nbtrack.set_tracking_uri({store!r})
run = nbtrack.start_run()
started = time.perf_counter()
if {is_live}:
    run.live("loss", "acc", total={size})
shown = time.perf_counter() - started
spent = cpu = longest = 0.0
process = time.process_time()
began = time.perf_counter()
for step in range({size}):
    loss = math.exp(-step / 2000) + 0.01 * math.sin(step)
    cpu_before, before = time.thread_time(), time.perf_counter()
    run.log(loss=loss, acc=1 - loss, step=step)
    took = time.perf_counter() - before
    cpu += time.thread_time() - cpu_before
    spent += took
    longest = max(longest, took)
    time.sleep(max(0.0, began + (step + 1) / 1000 - time.perf_counter()))
loop = time.perf_counter() - began
process = time.process_time() - process
before = time.perf_counter()
run.end()
ended = time.perf_counter() - before
"""
_FIGURES: Final = """{"share": 100 * spent / loop, "cpu_share": 100 * cpu / loop,
"kernel_share": 100 * process / loop,
"longest_ms": 1000 * longest, "shown_s": shown, "ended_s": ended, "logs_s": (step + 1) / loop}"""
_MESSAGES: Final = frozenset({"comm_msg", "display_data", "update_display_data"})


def overhead(task: Task) -> Figures:
    """Log at a steady pace, and return the part of the loop's time that its calls took."""
    is_live = task.system != WITHOUT
    source = _LOOP.format(store=f"{task.folder}/store", is_live=is_live, size=task.size)
    with _kernel() as kernel:
        sent = 0

        def count(message: dict[str, Any]) -> None:
            nonlocal sent
            sent += message["msg_type"] in _MESSAGES

        reply = kernel.execute_interactive(
            source,
            timeout=_SECONDS,
            output_hook=count,
            user_expressions={"figures": f"__import__('json').dumps({_FIGURES})"},
        )
        content = reply["content"]
        assert content["status"] == "ok", content
        text = content["user_expressions"]["figures"]["data"]["text/plain"]
        found = msgspec.json.decode(text.strip("'"), type=dict[str, float])
    return {**found, "messages_s": sent / task.size * 1000}


@contextmanager
def _kernel() -> Generator[BlockingKernelClient]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=_SECONDS)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
