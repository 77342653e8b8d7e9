"""The floor of the tracking layer stores what it was told, also after its process is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.benchmarks.plan import WORKLOADS
from tests.benchmarks.task import PEERS, ROOT
from tests.benchmarks.trackers import STATE_VARIABLE, TRACKERS
from tests.benchmarks.trials import NO_PEERS, Runner

if TYPE_CHECKING:
    from pathlib import Path

_LOG_AND_DIE = """
import os, sys
from tests.benchmarks.journal_floor import JournalFloor
class Stuck(JournalFloor):
    def _loop(self):
        pass
floor = Stuck()
floor.open(sys.argv[1])
print(floor.start(), flush=True)
for step in range(2500):
    floor.log("loss", 0.5, step)
os._exit(1)
"""


def _printed(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, STATE_VARIABLE: str(folder / "state")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1]


def _tracked(folder: Path, *arguments: str) -> dict[str, object]:
    line = _printed(folder, "-m", "tests.benchmarks.tracked", *arguments)
    return msgspec.json.decode(line, type=dict[str, object])


@pytest.mark.parametrize("name", ["sqlite-journal", "nbtrack"])
def test_what_was_logged_is_stored_when_the_end_returns(name: str, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    run_id = _tracked(tmp_path, "calls", name, store, "--count=1200")["run_id"]
    found = _tracked(tmp_path, "steps", name, store, f"--run={run_id}")
    assert found["steps"] == list(range(1200))


def test_the_floor_stores_what_a_dead_process_left(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    run_id = _printed(tmp_path, "-c", _LOG_AND_DIE, store)
    found = _tracked(tmp_path, "after", "sqlite-journal", store, f"--run={run_id}", "--count=2500")
    assert found["steps"] == list(range(2500))


def test_a_peer_without_an_interpreter_is_left_out_with_a_note(tmp_path: Path) -> None:
    runner = Runner(tmp_path, quick=True, tell=lambda _line: None)
    runner.prepare(WORKLOADS["calls"])
    errors = {outcome.system: outcome.error for outcome in runner.outcomes}
    assert errors == dict.fromkeys(errors, "") | dict.fromkeys(PEERS, NO_PEERS)


def test_every_peer_is_a_tracker() -> None:
    assert set(PEERS) <= TRACKERS.keys()
