"""One trial: what to do with which system, where, and how much of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.catalogue import SYSTEMS
from tests.benchmarks.systems import System

ROOT: Final = Path(__file__).parents[2]


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
    """

    workload: str
    system: str
    folder: str
    shared: str
    size: int
    cap: float
    fill: bool = False

    def open_system(self, where: str | None = None) -> System:
        """Open the system in the trial's folder, or elsewhere."""
        system = SYSTEMS[self.system]()
        system.open(self.folder if where is None else where)
        return system
