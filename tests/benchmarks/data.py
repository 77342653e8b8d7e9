"""What the workloads write: the same points, runs and searches for every system."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

START: Final = 1_700_000_000_000
Point = tuple[str, float, int, int]
"""Key, value, timestamp and step of one metric point."""

POINT_KEYS: Final = tuple(f"metric-{number}" for number in range(10))
BATCH_STEPS: Final = 100
BATCH_POINTS: Final = len(POINT_KEYS) * BATCH_STEPS
CURVE_KEY: Final = "loss"


@dataclass(frozen=True, slots=True)
class RunContent:
    """All that is written into one finished run."""

    name: str
    start_time: int
    metrics: tuple[Point, ...]
    params: dict[str, str]
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class RunSearch:
    """All runs with m00 of at least `minimum` (and p00 equal to a text), by m01 downwards."""

    minimum: float = 0.0
    param: str | None = None
    limit: int | None = None

    @property
    def filter(self) -> str:
        """The search in the API's words."""
        param = "" if self.param is None else f" AND params.p00 = '{self.param}'"
        return f"metrics.m00 >= {self.minimum}{param}"

    @property
    def order_by(self) -> tuple[str, ...]:
        """The order in the API's words."""
        return ("metrics.m01 DESC",)


ALL_RUNS: Final = RunSearch()
TOP_RUNS: Final = RunSearch(minimum=0.5, param="3", limit=100)


def batch(number: int) -> list[Point]:
    """Return one batch of 1,000 points: 100 steps of 10 keys."""
    draw = random.Random(number).random
    first = number * BATCH_STEPS
    return [
        (key, draw(), START + step, step)
        for step in range(first, first + BATCH_STEPS)
        for key in POINT_KEYS
    ]


def curve(first: int, points: int) -> list[Point]:
    """Return a stretch of one metric, a point a step."""
    draw = random.Random(first).random
    return [(CURVE_KEY, draw(), START + step, step) for step in range(first, first + points)]


def small_run(number: int) -> RunContent:
    """Return a run of 10 params, 10 metrics of one point and 3 tags."""
    return _run(number, metrics=10, params=10, tags=3)


def wide_run(number: int) -> RunContent:
    """Return a run of 20 params, 20 metrics of one point and 5 tags: 45 columns of a table."""
    return _run(number, metrics=20, params=20, tags=5)


def _run(number: int, *, metrics: int, params: int, tags: int) -> RunContent:
    draw = random.Random(number)
    start = START + number * 1000
    return RunContent(
        name=f"run-{number}",
        start_time=start,
        metrics=tuple((f"m{i:02}", draw.random(), start, 0) for i in range(metrics)),
        params={f"p{i:02}": str(draw.randrange(20)) for i in range(params)},
        tags={f"t{i}": f"group-{draw.randrange(5)}" for i in range(tags)},
    )
