"""One trial: what to do with which system, where, and how much of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.catalogue import SYSTEMS
from tests.benchmarks.systems import System

ROOT: Final = Path(__file__).parents[2]
PEERS: Final = ("trackio",)
"""Systems that are measured with an interpreter of their own."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What the process of a trial is told.

    folder
        Its own, empty.
    shared
        Kept for all trials of the system on this workload: the stores that are read.
    size
        How many points, runs or requests.
    cap
        Seconds after which a loop of calls is stopped; its rates are of what was done.
    fill
        Whether to fill the shared folder instead of measuring.
    peers
        The interpreter that has the libraries which nbtrack does not depend on.
    """

    workload: str
    system: str
    folder: str
    shared: str
    size: int
    cap: float
    fill: bool = False
    peers: str | None = None

    @property
    def python(self) -> str:
        """The interpreter of the processes that log."""
        return self.peers if self.peers and self.system in PEERS else sys.executable

    def open_system(self, where: str | None = None) -> System:
        """Open the system in the trial's folder, or elsewhere."""
        system = SYSTEMS[self.system]()
        system.open(self.folder if where is None else where)
        return system
