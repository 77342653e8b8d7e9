"""One workload as a row: what is run on which systems, how often, and what is shown of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.measuring import Figures
from tests.benchmarks.task import Task

Run = Callable[[Task], Figures]
LESS: Final = "less"
MORE: Final = "more"


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload.

    sizes
        How much of it, in full and with --quick.
    shown
        Figures in the table, with their headings. The first is the one that is compared with the
        first system, and `better` says which way it is better.
    trials, slow_trials
        How often in full; the second is of the systems that are slow.
    fill
        Fills the store that is read, once a system.
    """

    name: str
    title: str
    run: Run
    systems: tuple[str, ...]
    sizes: tuple[int, int]
    shown: dict[str, str]
    better: str = LESS
    trials: int = 5
    slow_trials: int = 3
    fill: Run | None = None


TABLE: Final = {
    "seconds": "s",
    "cpu": "CPU s",
    "peak_mib": "MiB over base",
    "rows": "rows",
    "columns": "columns",
}
"""What is shown of a table that is read."""
