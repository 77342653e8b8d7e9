"""What only a real kernel shows: `await` in its loop, signals, Run All, its end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from nbtrack.client import Client
from nbtrack.entities import Run

SECONDS = 60.0


@dataclass(slots=True)
class Answer:
    """What a kernel sent for a cell."""

    status: str = ""
    out: str = ""
    value: str = ""
    displayed: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    payload: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(slots=True)
class Kernel:
    """A kernel with nbtrack, and a client of it."""

    manager: KernelManager
    client: BlockingKernelClient

    def run(self, source: str, *, meanwhile: Callable[[], object] | None = None) -> Answer:
        """Run a cell; `meanwhile` is called when the cell has printed its first text."""
        message_id = self.client.execute(source)
        answer = Answer()
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            content, kind = message["content"], message["msg_type"]
            if kind == "stream":
                answer.out += content["text"]
                if meanwhile is not None:
                    meanwhile()
                    meanwhile = None
            elif kind == "display_data":
                answer.displayed.append(content["data"])
            elif kind == "execute_result":
                answer.value = content["data"]["text/plain"]
            elif kind == "status" and content["execution_state"] == "idle":
                break
        return self._with_reply(message_id, answer)

    def _with_reply(self, message_id: str, answer: Answer) -> Answer:
        while True:
            reply = self.client.get_shell_msg(timeout=SECONDS)
            if reply["parent_header"].get("msg_id") == message_id:
                answer.status = reply["content"]["status"]
                answer.payload = reply["content"].get("payload", [])
                return answer


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    """Start a kernel with its own store and load nbtrack into it."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("NBTRACK_TRACKING_URI", str(tmp_path / "store"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    manager = KernelManager()
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    kernel = Kernel(manager, client)
    assert kernel.run("%load_ext nbtrack").status == "ok"
    yield kernel
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def stored_runs(folder: Path) -> list[Run]:
    """Return the runs of a store, the oldest first."""
    with Client(str(folder / "store")) as client:
        return list(client.iter_runs("0", order_by="attributes.start_time ASC"))


def test_await_works_in_the_kernels_loop(kernel: Kernel, tmp_path: Path) -> None:
    answer = kernel.run("%%track waits\nimport asyncio\nawait asyncio.sleep(0)\n40 + 2")
    assert (answer.status, answer.value) == ("ok", "42")
    assert [run.info.status.value for run in stored_runs(tmp_path)] == ["FINISHED"]


def test_the_card_is_shown_in_both_forms(kernel: Kernel) -> None:
    answer = kernel.run("%%track base --param lr=0.1\nx = 1")
    assert [sorted(data) for data in answer.displayed] == [["text/html", "text/plain"]]
    assert "nbtrack-card" in answer.displayed[0]["text/html"]


@pytest.mark.parametrize(
    "wait",
    [
        "import time; time.sleep(60)",
        # A loop that sleeps hears of an interrupt when it wakes up.
        "import asyncio\nfor _ in range(6_000): await asyncio.sleep(0.01)",
    ],
    ids=["blocking", "awaiting"],
)
def test_an_interrupt_kills_the_run_and_not_the_kernel(
    kernel: Kernel, tmp_path: Path, wait: str
) -> None:
    source = f"%%track cut\nprint('on', flush=True)\n{wait}"
    answer = kernel.run(source, meanwhile=kernel.manager.interrupt_kernel)
    assert answer.status == "error"
    assert kernel.run("1 + 1").value == "2"
    assert [run.info.status.value for run in stored_runs(tmp_path)] == ["KILLED"]


@pytest.mark.parametrize("source", ["%track no-such-thing", "%%track --no-such-flag\nx = 1"])
def test_a_mistake_stops_run_all(kernel: Kernel, source: str) -> None:
    # A kernel stops what waits behind a cell, so the cells have to be there before it fails.
    for cell in ("import time; time.sleep(1)", source, "ran = True"):
        kernel.client.execute(cell, stop_on_error=True)
    statuses = [kernel.client.get_shell_msg(timeout=SECONDS)["content"]["status"] for _ in range(3)]
    assert statuses == ["ok", "error", "aborted"]


def test_restore_puts_the_cell_below_and_does_not_run_it(kernel: Kernel) -> None:
    kernel.run("%%track base\nprint('ran')")
    answer = kernel.run("text = %track restore base")
    assert answer.out == ""
    assert [(p["source"], p["text"], p["replace"]) for p in answer.payload] == [
        ("set_next_input", "%%track base\nprint('ran')", False)
    ]


def test_a_kernel_that_is_shut_down_kills_its_run(kernel: Kernel, tmp_path: Path) -> None:
    kernel.run("%track start long\n%track log loss=1")
    kernel.manager.shutdown_kernel()
    (run,) = stored_runs(tmp_path)
    assert run.info.status.value == "KILLED"
    assert [metric.value for metric in run.data.metrics] == [1.0]


def test_what_a_killed_kernel_left_is_delivered_by_the_next(kernel: Kernel, tmp_path: Path) -> None:
    number = kernel.run("%track start lost\n%track log loss=1\nimport os; os.getpid()").value
    os.kill(int(number), signal.SIGKILL)
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=SECONDS)
    said = kernel.run("%load_ext nbtrack").out
    deadline = time.monotonic() + SECONDS
    while "lost" not in said and time.monotonic() < deadline:
        said += kernel.run("pass").out
    assert "run lost was cut off" in said
    (run,) = stored_runs(tmp_path)
    assert run.info.status.value == "KILLED"
    assert [metric.value for metric in run.data.metrics] == [1.0]
