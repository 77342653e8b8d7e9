"""Histories against plain Python: every point once, in its order and at its place, everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames import history
from tests.conformance.oracle import PlainRun
from tests.conformance.service import Service
from tests.frames.frame_oracle import (
    Row,
    history_rows,
    places,
    told_history,
    told_wide,
    wide_rows,
)
from tests.frames.messy_world import METRICS, Place, World, logged, worlds

MANY = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
FEW = settings(MANY, max_examples=2, phases=[Phase.explicit, Phase.generate])
"""For a server that takes a second to be given a world."""
LONG = ["run_id", "key", "step", "timestamp", "value"]


@dataclass(frozen=True)
class Asked:
    """What `history` is asked: runs by their number, metrics, and by what points are placed."""

    runs: tuple[int, ...]
    metrics: str | list[str] | None
    x: str

    def wanted(self, run: PlainRun) -> list[str]:
        """Return the metrics of a run that are asked for: as asked for, or as first logged."""
        if self.metrics is None:
            return list(run.metrics)
        texts = [self.metrics] if isinstance(self.metrics, str) else self.metrics
        if any(sign in text for text in texts for sign in "*?["):
            return [key for key in run.metrics if any(fnmatchcase(key, text) for text in texts)]
        return [key for key in dict.fromkeys(texts) if key in run.metrics]


_NAMES = st.sampled_from([*METRICS, "unknown"])
_PATTERNS = st.sampled_from(["*", "val*", "?", "[mz]", "*.x", "nothing*"])
ASKED = st.builds(
    Asked,
    runs=st.just(tuple(range(20))) | st.lists(st.integers(0, 19), max_size=4).map(tuple),
    metrics=st.none()
    | _NAMES
    | st.lists(st.sampled_from(["m", "val loss"]), min_size=2, max_size=3)
    | st.lists(_NAMES, max_size=3)
    | st.lists(_NAMES | _PATTERNS, max_size=2),
    x=st.sampled_from(["step", "time", "relative"]),
)


def check(service: Service, world: Mapping[str, Sequence[PlainRun]], asked: Asked) -> None:
    """Compare what nbtrack answers with what was logged, long and wide."""
    known = [run for runs in world.values() for run in runs]
    chosen = [known[n] for n in dict.fromkeys(asked.runs) if n < len(known)]
    ids = [known[n].run_id for n in asked.runs if n < len(known)]
    rows = history_rows(chosen, asked.wanted)
    if chosen and asked.metrics not in (None, []) and not rows:
        with pytest.raises(InvalidParameterValue, match="No run has a metric"):
            history(ids, asked.metrics, client=service.client)
        return
    check_long(service, ids, asked, rows)
    check_wide(service, ids, asked, rows)


def check_long(service: Service, ids: list[str], asked: Asked, rows: list[Row]) -> None:
    """Compare the frame with a row a point."""
    frame = history(ids, asked.metrics, client=service.client, x=asked.x)  # type: ignore[arg-type]
    assert told_history(frame) == rows
    more = ["relative"] if asked.x == "relative" else []
    assert frame.columns.tolist() == LONG + more
    types = ["category", "category", "int64", "datetime64[ms, UTC]", "float64", "float64"]
    assert [str(dtype) for dtype in frame.dtypes] == types[: len(LONG + more)]
    if more:
        assert frame["relative"].tolist() == places(rows, "relative")


def check_wide(service: Service, ids: list[str], asked: Asked, rows: list[Row]) -> None:
    """Compare the frame with a column a metric: its rows run by run along the axis."""
    client = service.client
    frame = history(ids, asked.metrics, client=client, x=asked.x, wide=True)  # type: ignore[arg-type]
    wanted = wide_rows(rows, asked.x)
    told = told_wide(frame)
    assert told == wanted
    assert list(told) == sorted(wanted, key=lambda place: (ids.index(place[0]), place[1]))
    assert frame.index.names == ["run_id", {"time": "timestamp"}.get(asked.x, asked.x)]


@settings(MANY, max_examples=20)
@given(ASKED)
def test_one_world_has_the_same_histories_everywhere(messy_place: Place, asked: Asked) -> None:
    check(messy_place.service, messy_place.world, asked)


@MANY
@given(worlds(), st.lists(ASKED, min_size=2, max_size=4))
def test_any_world_has_these_histories_in_the_engine(
    messy_engine: Service, world: World, questions: list[Asked]
) -> None:
    made = logged(messy_engine, world)
    for asked in questions:
        check(messy_engine, made, asked)


@FEW
@given(worlds(), st.lists(ASKED, min_size=4, max_size=4))
def test_any_world_has_the_same_histories_everywhere(
    messy_place: Place, world: World, questions: list[Asked]
) -> None:
    made = logged(messy_place.service, world)
    for asked in questions:
        check(messy_place.service, made, asked)
