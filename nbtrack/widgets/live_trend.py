"""How a metric is doing: its best value, and what a person wants to be told while a run goes on.

NaN and infinities are told of any metric. That it rises again, or no longer gets better, is told
only where the name says what is better: a loss, an error, a score.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Final, Literal

from nbtrack.directions import direction
from nbtrack.display import number_text, shorten

_SCORES: Final = re.compile(
    r"acc|auc|bleu|dice|f1|iou|precision|r2|recall|reward|rouge|score", re.IGNORECASE
)
_SMOOTHING: Final = 0.1
_START: Final = 10
"""Points whose mean counts as where a metric began."""
_ENOUGH: Final = 60
_STILL: Final = 50
_WORTH: Final = 0.01
"""The least part of all improvement so far that counts as improvement."""
_NOISES: Final = 4.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: `bad` needs a hand, `warn` is worth a look."""

    level: Literal["bad", "warn"]
    text: str


class Trend:
    """The course of one metric. Non-finite points are counted and otherwise left aside.

    Attributes
    ----------
    best, best_step
        The best value by the metric's direction, and when it was.
    """

    def __init__(self, key: str) -> None:
        """Follow the metric of that name."""
        self.key = key
        self.best: float | None = None
        self.best_step = 0
        self._sign = 1.0 if direction(key) == "min" else -1.0
        self._is_judged = direction(key) == "min" or _SCORES.search(key) is not None
        self._bad: list[tuple[int, float]] = []
        self._bads = 0
        self._count = 0
        self._smooth = self._start = self._lowest = self._mark = self._noise = 0.0
        self._before = 0.0
        self._mark_at = self._mark_step = 0

    def add(self, step: int, value: float) -> None:
        """Hear of a point."""
        if not isfinite(value):
            self._bads += 1
            if not self._bad:
                self._bad.append((step, value))
            return
        if self.best is None or (value - self.best) * self._sign < 0:
            self.best, self.best_step = value, step
        self._follow(step, value * self._sign)

    def _follow(self, step: int, cost: float) -> None:
        self._count += 1
        change = 0.0 if self._count == 1 else abs(cost - self._before)
        self._before = cost
        weight = max(1 / self._count, _SMOOTHING)
        self._smooth += (cost - self._smooth) * weight
        self._noise += (change - self._noise) * weight
        if self._count <= _START:
            self._start = self._lowest = self._mark = self._smooth
        self._lowest = min(self._lowest, self._smooth)
        if self._smooth < self._mark - _WORTH * (self._start - self._lowest):
            self._mark, self._mark_at, self._mark_step = self._smooth, self._count, step

    def notices(self) -> list[Notice]:
        """Return what there is to tell now."""
        found: list[Notice] = []
        name = shorten(self.key)
        if self._bad:
            step, value = self._bad[0]
            word = "NaN" if isnan(value) else "infinite"
            more = f", {self._bads:,} such points" if self._bads > 1 else ""
            found.append(Notice("bad", f"{name} is {word} at step {step:,}{more}"))
        if self._is_judged and self._count >= _ENOUGH:
            found += self._judged(name)
        return found

    def _judged(self, name: str) -> list[Notice]:
        gained = self._start - self._lowest
        if self._smooth > self._start + max(gained * _WORTH, _NOISES * self._noise):
            verb = "rises" if self._sign > 0 else "falls"
            text = f"{name} {verb} beyond where it began; best {self._best_text()}"
            return [Notice("bad", text)]
        if self._count - self._mark_at >= max(_STILL, self._count // 2):
            return [Notice("warn", f"{name} has not got better since step {self._mark_step:,}")]
        return []

    def _best_text(self) -> str:
        return "" if self.best is None else f"{number_text(self.best)} at step {self.best_step:,}"

    def summary(self, last: float | None) -> str:
        """Tell the last value and the best one."""
        if last is None:
            return f"{shorten(self.key)}: no value yet"
        now = f"{shorten(self.key)} {number_text(last).replace('nan', 'NaN')}"
        if self.best is None or self.best == last:
            return now
        return f"{now} (best {self._best_text()})"
