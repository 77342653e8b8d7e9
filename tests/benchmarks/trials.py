"""Runs the trials: each in a process and a folder of its own, the systems by turns."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.measuring import Figures
from tests.benchmarks.task import PEERS, ROOT, Task
from tests.benchmarks.workload import Workload

SLOW: Final = ("mlflow", "mlflow-async", "trackio")
NO_PEERS: Final = "not measured: no --peers"
PATIENCE: Final = 900.0
_FULL_CAP: Final = 10.0
_QUICK_CAP: Final = 2.0
_FILLED: Final = "filled.json"
_SHOWN: Final = 300


class Outcome(msgspec.Struct, kw_only=True):
    """All trials of one system on one workload; `error` if one of them failed."""

    workload: str
    system: str
    trials: list[Figures] = []
    error: str = ""


class TrialError(Exception):
    """The process of a trial ended badly or took too long."""


@dataclass(slots=True)
class Runner:
    """Runs workloads in a scratch folder; filled stores in it serve several workloads."""

    folder: Path
    quick: bool
    tell: Callable[[str], None]
    peers: str | None = None
    most: int = 1000
    outcomes: list[Outcome] = field(default_factory=list)

    def run(self, workload: Workload) -> None:
        """Run all trials of a workload, every system once, then again."""
        found = self.prepare(workload)
        for number in range(1 if self.quick else min(workload.trials, self.most)):
            for name, outcome in found.items():
                if outcome.error or (name in SLOW and number >= workload.slow_trials):
                    continue
                self._try(workload, outcome)

    def prepare(self, workload: Workload) -> dict[str, Outcome]:
        """Make the outcomes of a workload, with a note for systems that cannot be run."""
        found = {name: Outcome(workload=workload.name, system=name) for name in workload.systems}
        self.outcomes += found.values()
        for name in PEERS:
            if name in found and self.peers is None:
                found[name].error = NO_PEERS
        return found

    def _try(self, workload: Workload, outcome: Outcome) -> None:
        try:
            outcome.trials.append(self._figures(workload, outcome.system))
        except TrialError as exc:
            outcome.error = str(exc)
        last = outcome.error or ", ".join(_words(outcome.trials[-1]))
        self.tell(f"{workload.name} {outcome.system}: {last}")

    def _figures(self, workload: Workload, system: str) -> Figures:
        size = workload.sizes[self.quick]
        store = f"{workload.fill.__name__}-{size}-{system}" if workload.fill else "unused"
        shared = self.folder / store
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="trial-") as folder:
            task = Task(
                workload=workload.name,
                system=system,
                folder=folder,
                shared=str(shared),
                size=size,
                cap=_QUICK_CAP if self.quick else _FULL_CAP,
                peers=self.peers,
            )
            if workload.fill and not (shared / _FILLED).exists():
                shared.mkdir(exist_ok=True)
                figures = _spawned(msgspec.structs.replace(task, fill=True))
                (shared / _FILLED).write_bytes(msgspec.json.encode(figures))
            return _spawned(task)


def _words(figures: Figures) -> Iterator[str]:
    for name, value in figures.items():
        yield f"{name} {value:.4g}"


def _spawned(task: Task) -> Figures:
    command = [sys.executable, "-m", "tests.benchmarks.worker", msgspec.json.encode(task).decode()]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as exc:
        raise TrialError(f"over {PATIENCE:.0f} s") from exc
    if done.returncode:
        raise TrialError(done.stderr.strip()[-_SHOWN:] or f"exit code {done.returncode}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Figures)
