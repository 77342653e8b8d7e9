"""Runs as messy as people's: one fixed world that every place is given, and strategies for more.

A world is a list of experiments, an experiment a list of plain runs; nothing of nbtrack's frames is
in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.conformance.differences import DIFFERENCES
from tests.conformance.oracle import PlainRun, Point
from tests.conformance.service import MLFLOW, Service, unique
from tests.conformance.strategies import log

World = list[list[PlainRun]]
NAN, INF = math.nan, math.inf
START = 1_700_000_000_000
METRICS = ("m", "val loss", "from", "1st", "学.x")
FINITE = "val loss"
"""The one without infinities: the largest double, which MLflow makes of them, has no mean."""
PARAMS = ("lr", "depth", "a b", "from", "größe")
TAGS = ("env", "größe", "in")
INTEGERS = ("0", "5", "-3", "9007199254740993", "9223372036854775807", "-9223372036854775808")
NUMBERS = ("0.5", "1e-3", "5.", ".5", "+1", "2.0", "1E3", "nan", "-inf", "Infinity", "1e400")
HUGE = (
    "9223372036854775808",
    "100000000000000000000",
    "123456789012345678901",
    "+9007199254740993",
)
TRUTHS = ("True", "False", "true", "false")
NEARLY = ("007", "-01", "00", "1_000", " 1 ", "0x10", "٣", "1,5", "--1", "TRUE")
"""What looks like a number or a truth value, and is a text."""
TEXTS = (
    *("", " ", "None", "cnn", "CNN", "c_n", "c%n", "--", "x; y", "ü", "Ü", "学习", "🚀"),
    *("it's", 'say "hi"', "both ' and \"", "C:\\", "a\\'b", *NEARLY),
)


def _steps(*values: float) -> list[Point]:
    return [(step, START + 1000 * step, value) for step, value in enumerate(values)]


WORLD: World = [
    [
        PlainRun(
            START,
            status="FINISHED",
            end_time=START + 1001,
            user_id="anna",
            name="plain",
            metrics={"m": _steps(0.9, 0.5, 0.25), "val loss": [(0, START, 2.0)]},
            params={"lr": "0.1", "depth": "3", "a b": "True", "from": "cnn", "größe": "1"},
            tags={"env": "prod", "größe": "ü"},
        ),
        PlainRun(
            START,
            status="FAILED",
            end_time=START + 90_000,
            name="nan at the end",
            metrics={"m": _steps(0.9, NAN), "from": [(3, 0, NAN)], "1st": [(0, 0, 0.1 + 0.2)]},
            params={"lr": "nan", "depth": "9007199254740993", "a b": "false", "from": "it's"},
            tags={"env": "both ' and \"", "in": ""},
        ),
        PlainRun(
            START + 1,
            status="FINISHED",
            end_time=START + 1 + 5_400_000,
            name="'quoted' \"twice\"",
            metrics={
                "m": [(2, 9, 1.0), (-1, 9, 3.0), (0, 7, -1.0), (0, 7, 2.0), (0, 7, 2.0)],
                "val loss": [(5, 3, NAN), (5, 3, 1.0), (5, 3, -1.0), (4, 8, 0.1)],
                "1st": [(4, 1, INF), (5, 1, -INF), (6, 1, 0.5)],
            },
            params={"lr": "1e-3", "from": "C:\\", "größe": "2.5"},
            tags={"env": "C:\\", "größe": "🚀"},
        ),
        PlainRun(START + 2, name="nothing"),
        PlainRun(
            START + 3,
            status="KILLED",
            end_time=START - 500,
            name="ended before it began",
            metrics={"m": [(2**53 + 1, 5, -INF), (-(2**53) - 1, 5, 5e-324)], "学.x": _steps(INF)},
            params={"lr": "Infinity", "depth": "-3", "from": "", "größe": "123456789012345678901"},
        ),
        PlainRun(
            START + 4,
            is_deleted=True,
            name="deleted",
            metrics={"m": _steps(7.0), "only here": _steps(1.0)},
            params={"lr": "none", "depth": "1_000", "only here": "x"},
            tags={"env": "prod"},
        ),
    ],
    [],
    [
        PlainRun(
            START + 1_001,
            status="SCHEDULED",
            name="größe",
            user_id="Jürgen",
            metrics={"m": [(0, 2, 0.0), (1, 1, -0.0), (2, 0, 1.0)], "val loss": _steps(NAN, NAN)},
            params={"lr": " 1 ", "depth": "0", "a b": "TRUE", "größe": "100000000000000000000"},
            tags={"env": "Prod", "in": "a\\'b"},
        ),
        PlainRun(
            START + 1_001,
            name="same start",
            metrics={"from": [(step, 4, float(step % 3)) for step in (7, 3, 5, -2, 0)]},
            params={"depth": "9223372036854775807", "a b": "true", "from": 'say "hi"'},
            tags={"größe": "学习", "in": "x; y"},
        ),
        PlainRun(START + 5, is_deleted=True, name="deleted and empty", status="FINISHED"),
    ],
    [PlainRun(START + 6, is_deleted=True, name="alone and deleted", params={"lr": "1"})],
]
"""What all places hold at once; the second experiment is empty, the last one as good as that."""


# --- random ones ----------------------------------------------------------------------------------


_VALUES = st.sampled_from([NAN, NAN, 0.0, -0.0, 1.0, -1.0, 0.5, 0.25, 5e-324, 1e9, 0.1 + 0.2])
_STEPS = st.sampled_from([0, 1, 2, -1, 2**53 + 1, -(2**63), 2**63 - 1])
_TIMES = st.sampled_from([0, 1, 2, START, START + 1, START + 999])


def _series(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[Point]]:
    """Make points that collide."""
    return st.lists(st.tuples(_STEPS, _TIMES, values), min_size=1, max_size=6)


_METRICS = st.fixed_dictionaries(
    {},
    optional={
        key: _series(_VALUES if key == FINITE else _VALUES | st.sampled_from([INF, -INF]))
        for key in METRICS
    },
)


def _params(kinds: Sequence[tuple[str, ...]]) -> st.SearchStrategy[dict[str, str]]:
    pools = {key: st.sampled_from(pool) for key, pool in zip(PARAMS, kinds, strict=True)}
    return st.fixed_dictionaries({}, optional=pools)


@st.composite
def _runs(draw: st.DrawFn, params: st.SearchStrategy[dict[str, str]]) -> PlainRun:
    start = START + draw(st.sampled_from([0, 0, 1]) | st.integers(0, 99_999))
    took = draw(st.none() | st.sampled_from([0, 1, 1001, 90_000, 5_400_000, -500]))
    return PlainRun(
        start,
        status=draw(st.sampled_from(["RUNNING", "FINISHED", "FAILED"])),
        end_time=None if took is None else start + took,
        user_id=draw(st.sampled_from(["", "anna"])),
        name=draw(st.sampled_from(["plain", "it's", "ü", "both \" and '"])),
        is_deleted=draw(st.sampled_from([False, False, True])),
        metrics=draw(_METRICS),
        params=draw(params),
        tags=draw(st.dictionaries(st.sampled_from(TAGS), st.sampled_from(TEXTS), max_size=2)),
    )


KINDS = (
    *(INTEGERS, (*INTEGERS, *NUMBERS), NUMBERS, (*NUMBERS, *HUGE), (*INTEGERS, *HUGE), TRUTHS),
    *(
        (*TRUTHS, "TRUE"),
        (*INTEGERS, *NEARLY),
        NEARLY,
        TEXTS,
        (*INTEGERS, *NUMBERS, *HUGE, *TRUTHS, *TEXTS),
    ),
)
"""From what the values of a param are taken: mostly of one kind, so that its column has a type."""


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Make some experiments, empty ones too, in which each param has values of a kind."""
    kinds = st.sampled_from(KINDS)
    params = _params(draw(st.lists(kinds, min_size=len(PARAMS), max_size=len(PARAMS))))
    return draw(st.lists(st.lists(_runs(params), max_size=5), min_size=1, max_size=3))


# --- what a place holds of them -------------------------------------------------------------------


def kept(service: Service, world: World) -> World:
    """Return a world as a place keeps it, without ids."""
    return [[_kept(service, run) for run in runs] for runs in world]


def _kept(service: Service, run: PlainRun) -> PlainRun:
    metrics = {key: _kept_points(service, points) for key, points in run.metrics.items()}
    return replace(run, metrics=metrics, run_id="")


def _kept_points(service: Service, points: Sequence[Point]) -> list[Point]:
    """No place knows a negative zero. MLflow has no infinities, and lets NaN win some ties."""
    found = [(step, time, value + 0.0) for step, time, value in points]
    if service.kind != MLFLOW:
        return found
    largest: float = DIFFERENCES["infinity"].mlflow
    found = [(step, time, max(-largest, min(largest, value))) for step, time, value in found]
    numbers = {(step, time) for step, time, value in found if not math.isnan(value)}
    return [p for p in found if not math.isnan(p[2]) or p[:2] not in numbers]


def logged(service: Service, world: World) -> dict[str, list[PlainRun]]:
    """Log a world, or what a place can keep of it; return the runs by their experiment's id."""
    made: dict[str, list[PlainRun]] = {}
    for runs in kept(service, world):
        experiment_id = service.client.create_experiment(unique("messy"))
        for run in runs:
            log(service, experiment_id, run)
        made[experiment_id] = runs
    return made


class Place:
    """A service and the runs of the messy world that it holds, by the id of their experiment."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.world: dict[str, list[PlainRun]] = logged(service, WORLD)

    def __repr__(self) -> str:  # the world would fill the screen
        return self.service.kind
