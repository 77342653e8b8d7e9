"""Wall time, CPU time and peak memory of a piece of this process."""

from __future__ import annotations

import gc
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_RESET: Final = Path("/proc/self/clear_refs")
Figures = dict[str, float]


@dataclass(slots=True)
class Cost:
    """What a piece of work took: seconds, seconds of CPU of all threads, MiB above the start."""

    seconds: float = 0.0
    cpu: float = 0.0
    peak_mib: float = 0.0


@contextmanager
def measured() -> Generator[Cost]:
    """Measure the block; the cost is filled in at its end."""
    gc.collect()
    _RESET.write_text("5", "ascii")  # the peak of this process starts anew
    base = _memory("VmRSS")
    cost = Cost()
    cpu, start = time.process_time(), time.perf_counter()
    yield cost
    cost.seconds = time.perf_counter() - start
    cost.cpu = time.process_time() - cpu
    cost.peak_mib = _memory("VmHWM") - base


def _memory(field: str) -> float:
    for line in _STATUS.read_text("ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


class Stopwatch:
    """Adds up the parts of a loop that are measured, and says when its time is over."""

    def __init__(self, cap: float) -> None:
        """Run for at most `cap` seconds."""
        self._cap = cap
        self.total = Cost()
        self._cpu = self._start = 0.0

    def __enter__(self) -> None:
        self._cpu, self._start = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.total.seconds += time.perf_counter() - self._start
        self.total.cpu += time.process_time() - self._cpu

    @property
    def is_over(self) -> bool:
        """Whether the parts together have reached the cap."""
        return self.total.seconds >= self._cap
