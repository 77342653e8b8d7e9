"""Random points in random batches: histories, latest points, summaries and columns."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.backends import HistoryQuery
from nbtrack.backends.paged_columns import columns_from_pages
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.entities import Metric
from tests.conformance import oracle
from tests.conformance.oracle import Point
from tests.conformance.service import Service
from tests.conformance.strategies import PLAIN, WIDE, points

MANY = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
FEW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=12)
CLOSE = 1e-9


@dataclass(frozen=True)
class Logging:
    """How a long metric is logged: so many points, how disordered, in batches of a size."""

    seed: int
    count: int
    disorder: int
    batch: int

    def points(self) -> list[Point]:
        """Make the points; without disorder they are what a training loop logs."""
        chance = random.Random(self.seed)
        made = []
        for number in range(self.count):
            place = number + chance.randint(-self.disorder, self.disorder)
            value = chance.choice((chance.gauss(5, 1), 0.0, -1.0, math.nan))
            made.append((place, max(0, 1000 + place // 2), value))
        return made


LOGGINGS = st.builds(
    Logging,
    seed=st.integers(0, 2**32),
    count=st.integers(1, 700),
    disorder=st.sampled_from([0, 0, 2, 50, 1000]),
    batch=st.sampled_from([1, 7, 168, 169, 400, 1000]),
)


def in_batches(service: Service, run_id: str, series: list[Point], size: int, key: str) -> None:
    """Log points in batches of a size."""
    metrics = [
        Metric(key=key, value=value, timestamp=time, step=step) for step, time, value in series
    ]
    for start in range(0, len(metrics), size):
        service.client.log_batch(run_id, metrics=metrics[start : start + size])


def told(service: Service, run_id: str, key: str, size: int | None = None) -> list[tuple[Any, ...]]:
    """Return the history as the service tells it."""
    found = service.client.iter_history(run_id, key, max_results=size)
    return [(p.step, p.timestamp, str(p.value)) for p in found]


def wanted(series: list[Point]) -> list[tuple[Any, ...]]:
    """Return the history as the oracle tells it; no backend knows a negative zero."""
    return [
        (step, time, str(v)) for step, time, v in oracle.distinct(without_negative_zero(series))
    ]


def without_negative_zero(series: list[Point]) -> list[Point]:
    """Turn -0.0 into 0.0."""
    return [(step, time, value + 0.0) for step, time, value in series]


@MANY
@given(st.lists(points(WIDE, max_size=8), min_size=1, max_size=5), st.integers(1, 5))
def test_history_is_the_sorted_set_of_points(
    long_lived_embedded: Service, batches: list[list[Point]], size: int
) -> None:
    service, run_id = long_lived_embedded, long_lived_embedded.new_run_id("0")
    for batch in batches:
        in_batches(service, run_id, batch, len(batch), "m")
    series = [p for batch in batches for p in batch]
    assert told(service, run_id, "m") == wanted(series)
    assert told(service, run_id, "m", size) == wanted(series)
    (latest,) = service.client.get_run(run_id).data.metrics
    step, time, value = oracle.latest(without_negative_zero(series))
    assert (latest.step, latest.timestamp, str(latest.value)) == (step, time, str(value))


@FEW
@given(LOGGINGS)
def test_long_history_is_the_sorted_set_of_points(
    long_lived_embedded: Service, logging: Logging
) -> None:
    service, run_id = long_lived_embedded, long_lived_embedded.new_run_id("0")
    in_batches(service, run_id, logging.points(), max(logging.batch, logging.count // 40), "m")
    assert told(service, run_id, "m") == wanted(logging.points())
    assert told(service, run_id, "m", 100) == wanted(logging.points())


@settings(FEW, max_examples=5)
@given(st.lists(points(PLAIN, max_size=6), min_size=1, max_size=3))
def test_history_of_mlflow_is_the_same_set(mlflow: Service, batches: list[list[Point]]) -> None:
    run_id = mlflow.new_run_id("0")
    for batch in batches:
        in_batches(mlflow, run_id, batch, len(batch), "m")
    series = [p for batch in batches for p in batch]
    # NaN and 0 at the same place come in either order there.
    assert sorted(told(mlflow, run_id, "m")) == sorted(wanted(series))


def stored_summaries(service: Service, run_id: str) -> Iterator[sqlite3.Row]:
    """Yield the summary rows of a run as they stand in the file."""
    assert isinstance(service.backend, SqliteBackend)
    assert service.backend.folder is not None
    with closing(sqlite3.connect(service.backend.folder / "store.db")) as db:
        db.row_factory = sqlite3.Row
        yield from db.execute(
            "select m.* from metric m join run r on r.id = m.run where r.run_id = ?", (run_id,)
        )


def or_nan(value: float | None) -> float:
    """Read a stored double, whose null is NaN."""
    return math.nan if value is None else value


@MANY
@given(st.lists(points(PLAIN, max_size=8), min_size=1, max_size=5))
def test_summary_is_that_of_all_points(
    long_lived_embedded: Service, batches: list[list[Point]]
) -> None:
    run_id = long_lived_embedded.new_run_id("0")
    for batch in batches:
        in_batches(long_lived_embedded, run_id, batch, len(batch), "m")
    check_summary(long_lived_embedded, run_id, [p for batch in batches for p in batch])


@FEW
@given(LOGGINGS)
def test_summary_of_a_long_metric_is_that_of_all_points(
    long_lived_embedded: Service, logging: Logging
) -> None:
    run_id, size = long_lived_embedded.new_run_id("0"), max(logging.batch, logging.count // 40)
    in_batches(long_lived_embedded, run_id, logging.points(), size, "m")
    check_summary(long_lived_embedded, run_id, logging.points())


def check_summary(service: Service, run_id: str, series: list[Point]) -> None:
    """Compare the stored summary with the oracle's."""
    (row,) = stored_summaries(service, run_id)
    known = oracle.summary(series)
    assert (row["count"], row["last_step"], row["last_time"]) == (known.count, *known.last[:2])
    assert str(or_nan(row["last_value"])) == str(known.last[2])
    if known.count == 1:
        return
    assert (row["nans"], row["first_step"], row["first_time"]) == (known.nans, *known.first[:2])
    assert str(or_nan(row["first_value"])) == str(known.first[2])
    assert str(or_nan(row["min_value"])) == str(known.low)
    assert str(or_nan(row["max_value"])) == str(known.high)
    assert (row["min_step"], str(known.low)) in {(step, str(value)) for step, _, value in series}
    assert (row["max_step"], str(known.high)) in {(step, str(value)) for step, _, value in series}
    numbers = known.count - known.nans
    if numbers:
        found = row["shift"] + row["total"] / numbers
        assert math.isclose(found, known.mean, rel_tol=CLOSE, abs_tol=CLOSE)


SERIES = st.dictionaries(st.sampled_from(["b", "a", "c"]), points(WIDE, max_size=6), max_size=3)


@MANY
@given(
    st.lists(SERIES, min_size=1, max_size=3),
    st.none() | st.lists(st.sampled_from(["a", "c", "b", "x"]), unique=True, max_size=3),
)
def test_columns_of_histories_are_what_pages_give(
    long_lived_embedded: Service, runs: list[dict[str, list[Point]]], keys: list[str] | None
) -> None:
    service, run_ids = long_lived_embedded, list[str]()
    for series in runs:
        run_ids.append(service.new_run_id("0"))
        for key, found in series.items():
            in_batches(service, run_ids[-1], found, 3, key)
    query = HistoryQuery(run_ids=tuple(run_ids), keys=None if keys is None else tuple(keys))
    assert service.backend.columns(query) == columns_from_pages(service.backend, query)


@FEW
@given(LOGGINGS)
def test_columns_of_a_long_history_are_what_pages_give(
    long_lived_in_process: Service, logging: Logging
) -> None:
    service, run_id = long_lived_in_process, long_lived_in_process.new_run_id("0")
    in_batches(service, run_id, logging.points(), max(logging.batch, logging.count // 40), "m")
    query = HistoryQuery(run_ids=(run_id, "0" * 32), keys=("m",))
    assert service.backend.columns(query) == columns_from_pages(service.backend, query)
