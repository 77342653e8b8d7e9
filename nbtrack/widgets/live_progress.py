"""How far a run is, and how long it has still to go."""

from __future__ import annotations

from collections import deque
from typing import Final

from nbtrack.display import duration_text

_SAMPLES: Final = 40


class Progress:
    """Steps over time; the pace is that of the last samples."""

    def __init__(self, total: int | None, started: float) -> None:
        """Begin at a time; `total` is the number of steps, if it is known."""
        self.total = total
        self.started = started
        self._samples: deque[tuple[float, int]] = deque(maxlen=_SAMPLES)
        self._step: int | None = None

    def sample(self, now: float, step: int) -> None:
        """Note that a step was reached at a time."""
        self._step = step
        if not self._samples or step > self._samples[-1][1]:
            self._samples.append((now, step))

    @property
    def done(self) -> float | None:
        """The part of all steps that is done; None if the total is not known."""
        if self.total is None or self._step is None:
            return None
        return min((self._step + 1) / self.total, 1.0)

    def text(self) -> str:
        """Tell the step, the pace, and the time left."""
        if self._step is None:
            return "waiting for the first point"
        pace = self._pace()
        if self.total is None:
            speed = "" if pace is None else f" · {pace:,.3g} steps/s"
            return f"step {self._step:,}{speed}"
        left = max(self.total - self._step - 1, 0)
        time = "" if pace is None or not left else f" · {_left(left / pace)}"
        return f"step {self._step:,} of {self.total:,} · {self.done or 0:.0%}{time}"

    def _pace(self) -> float | None:
        if len(self._samples) < 2:  # noqa: PLR2004 - two make a pace
            return None
        (start, first), (end, last) = self._samples[0], self._samples[-1]
        return (last - first) / (end - start) if end > start else None


def _left(seconds: float) -> str:
    return f"{duration_text(round(seconds * 1000))} left"
