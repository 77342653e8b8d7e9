"""Metrics: which points are kept, which is the latest, and their histories."""

from __future__ import annotations

import math
import random

import pytest

from nbtrack.entities import Metric
from nbtrack.limits import INT64_MAX, INT64_MIN
from tests.conformance.service import ABSENT, INVALID, OK, Service, code_of, point

INF, NAN = math.inf, math.nan


def log(service: Service, *points: Metric) -> str:
    """Log points one by one into a new run; return its id."""
    run_id = service.new_run_id()
    for p in points:
        service.client.log_metric(run_id, p.key, p.value, timestamp=p.timestamp, step=p.step)
    return run_id


def history(service: Service, run_id: str, key: str = "m") -> list[tuple[int, int, str]]:
    """Return the points of a metric as time, step and value, the value as text."""
    found = service.client.iter_history(run_id, key)
    return [(p.timestamp, p.step, str(p.value)) for p in found]


def latest(service: Service, run_id: str) -> tuple[int, int, str]:
    """Return the latest point of the only metric."""
    (found,) = service.client.get_run(run_id).data.metrics
    return found.timestamp, found.step, str(found.value)


def test_point_is_read_back_whole(service: Service) -> None:
    run_id = log(service, point(0.1, 12345, 7))
    assert service.client.get_run(run_id).data.metrics == (point(0.1, 12345, 7),)
    assert service.client.get_history(run_id, "m").metrics == (point(0.1, 12345, 7),)


@pytest.mark.parametrize(
    "value",
    [0.1, -1.5, 1e308, 5e-324, 2.0**53 + 2, 1 / 3],
    ids=["short", "negative", "huge", "tiny", "whole", "long"],
)
def test_doubles_keep_every_bit(service: Service, value: float) -> None:
    assert latest(service, log(service, point(value)))[2] == str(value)


def test_nan_is_kept(service: Service) -> None:
    run_id = log(service, point(NAN))
    assert latest(service, run_id) == (0, 0, "nan")
    assert history(service, run_id) == [(0, 0, "nan")]


@pytest.mark.parametrize("value", [INF, -INF])
def test_infinities_are_kept(service: Service, value: float) -> None:
    run_id = log(service, point(value))
    stored = str(math.copysign(service.expected("infinity", INF), value))
    assert latest(service, run_id) == (0, 0, stored)
    assert history(service, run_id) == [(0, 0, stored)]


def test_negative_zero_becomes_zero(service: Service) -> None:
    run_id = log(service, point(-0.0))
    assert latest(service, run_id)[2] == "0.0"
    assert history(service, run_id) == [(0, 0, "0.0")]
    service.client.log_batch(run_id, metrics=[point(-0.0, 1), point(-0.0, 2)])
    assert {value for _, _, value in history(service, run_id)} == {"0.0"}


@pytest.mark.parametrize("step", [INT64_MIN, -1, INT64_MAX])
def test_steps_are_64_bit_integers(service: Service, step: int) -> None:
    assert latest(service, log(service, point(1.0, 0, step)))[1] == step


def test_timestamps_are_64_bit_integers_from_0(service: Service) -> None:
    run_id = log(service, point(1.0, INT64_MAX))
    assert latest(service, run_id)[0] == INT64_MAX
    metric = service.client.log_metric
    assert code_of(lambda: metric(run_id, "m", 1.0, timestamp=-1)) == INVALID


@pytest.mark.parametrize("timestamp", [2**63, -(2**63) - 1])
def test_timestamp_beyond_64_bits_is_refused(own_service: Service, timestamp: int) -> None:
    run_id = own_service.new_run_id()
    metric = own_service.client.log_metric
    assert code_of(lambda: metric(run_id, "m", 1.0, timestamp=timestamp)) == INVALID


def test_exact_copy_is_stored_once(service: Service) -> None:
    run_id = log(service, *[point(1.0, 5, 2)] * 3, *[point(NAN, 6, 2)] * 2)
    service.client.log_batch(run_id, metrics=[point(1.0, 5, 2)] * 3)
    assert history(service, run_id) == [(5, 2, "1.0"), (6, 2, "nan")]


def test_points_that_differ_in_anything_are_all_kept(service: Service) -> None:
    points = [point(1.0, 5, 2), point(1.5, 5, 2), point(1.0, 6, 2), point(1.0, 5, 3)]
    run_id = log(service, *points)
    assert len(history(service, run_id)) == 4


@pytest.mark.parametrize("seed", range(3))
def test_order_of_arrival_does_not_matter(service: Service, seed: int) -> None:
    points = [point(float(n % 7), n % 5, n % 3) for n in range(40)]
    random.Random(seed).shuffle(points)
    run_id = service.new_run_id()
    for start in range(0, 40, 13):
        service.client.log_batch(run_id, metrics=points[start : start + 13])
    distinct = {(p.timestamp, p.step, p.value) for p in points}
    assert history(service, run_id) == [(t, s, str(v)) for t, s, v in sorted(distinct)]


@pytest.mark.parametrize(
    ("points", "wanted"),
    [
        ([point(1.0, 10, 5), point(2.0, 20, 1)], (10, 5, "1.0")),
        ([point(1.0, 10, 5), point(2.0, 20, 5)], (20, 5, "2.0")),
        ([point(3.0, 10, 5), point(2.0, 10, 5)], (10, 5, "3.0")),
        ([point(1.0, 1, 1), point(NAN, 1, 2)], (1, 2, "nan")),
        ([point(NAN, 1, 1), point(1.0, 1, 1)], (1, 1, "1.0")),
        ([point(-2.0, 1, -5), point(-3.0, 1, -9)], (1, -5, "-2.0")),
    ],
    ids=["step", "time", "value", "NaN later", "number beats NaN", "negative steps"],
)
@pytest.mark.parametrize("backwards", [False, True], ids=["", "backwards"])
def test_latest_point_is_the_greatest_by_step_time_value(
    service: Service, points: list[Metric], wanted: tuple[int, int, str], *, backwards: bool
) -> None:
    run_id = log(service, *(reversed(points) if backwards else points))
    assert latest(service, run_id) == wanted


def test_number_beats_nan_in_a_tie_even_if_it_is_negative(service: Service) -> None:
    run_id = log(service, point(-1.0), point(NAN))
    assert latest(service, run_id)[2] == service.expected("NaN in a tie", "-1.0")


def test_metrics_come_in_the_order_of_their_first_log(service: Service) -> None:
    run_id = log(service, *(point(1.0, n, key=key) for n, key in enumerate("cabca")))
    assert [m.key for m in service.client.get_run(run_id).data.metrics] == ["c", "a", "b"]


def test_history_counts_nan_as_zero(service: Service) -> None:
    run_id = log(service, point(NAN, 1, 1), point(-1.0, 1, 1), point(1.0, 1, 1))
    assert [value for _, _, value in history(service, run_id)] == ["-1.0", "nan", "1.0"]


def test_history_of_nothing_is_empty(service: Service) -> None:
    run_id = service.new_run_id()
    assert service.client.get_history(run_id, "m").metrics == ()
    assert service.client.get_history("0" * 32, "m").metrics == ()


def test_long_history_comes_in_order_whatever_the_batches(service: Service) -> None:
    points = [point(float(n), 1000 + n, n) for n in range(1200)]
    run_id = service.new_run_id()
    service.client.log_batch(run_id, metrics=points[500:])
    service.client.log_batch(run_id, metrics=points[:500])
    assert history(service, run_id) == [(1000 + n, n, f"{n}.0") for n in range(1200)]


def test_histories_of_several_runs_come_by_run(service: Service) -> None:
    one, other = log(service, point(2.0, 2), point(1.0, 1)), log(service, point(3.0, 3))
    found = service.client.get_history_bulk([one, other], "m")
    wanted = {one: [(1, 1.0), (2, 2.0)], other: [(3, 3.0)]}
    assert [(p.run_id, p.timestamp, p.value) for p in found] == [
        (run_id, *row) for run_id in sorted(wanted) for row in wanted[run_id]
    ]
    assert len(service.client.get_history_bulk([one, other], "m", max_results=2)) == 2


def test_bulk_history_takes_1_to_100_runs(service: Service) -> None:
    bulk = service.client.get_history_bulk
    assert code_of(lambda: bulk(["r"] * 101, "m")) == INVALID
    assert code_of(lambda: bulk([], "m")) == INVALID


def test_sampled_history_keeps_first_and_last(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(run_id, metrics=[point(float(n), n, n) for n in range(100)])
    found = service.client.get_history_bulk_interval(run_id, "m", max_results=10)
    steps = [p.step for p in found]
    assert (steps[0], steps[-1]) == (0, 99)
    assert steps == sorted(steps)
    assert 10 <= len(steps) <= 11


def test_sampled_history_keeps_to_its_steps(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(run_id, metrics=[point(float(n), n, n) for n in range(20)])
    interval = service.client.get_history_bulk_interval
    found = interval(run_id, "m", start_step=5, end_step=9, max_results=100)
    assert [p.step for p in found] == [5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "options",
    [
        {"max_results": 0},
        {"max_results": 2501},
        {"start_step": 1},
        {"end_step": 1},
        {"start_step": 2, "end_step": 1},
    ],
    ids=lambda options: " ".join(f"{key}={value}" for key, value in options.items()),
)
def test_sample_that_makes_no_sense_is_refused(service: Service, options: dict[str, int]) -> None:
    run_id = log(service, point(1.0))
    interval = service.client.get_history_bulk_interval
    assert code_of(lambda: interval(run_id, "m", **options)) == INVALID


def test_linked_point_stands_with_run_and_model(service: Service) -> None:
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    model_id = service.client.create_logged_model(experiment_id).info.model_id
    service.client.log_metric(
        run_id,
        "m",
        0.5,
        timestamp=3,
        step=2,
        model_id=model_id,
        dataset_name="d",
        dataset_digest="x",
    )
    assert service.client.get_run(run_id).data.metrics == (point(0.5, 3, 2),)
    assert service.client.get_logged_model(model_id).data.metrics == (
        Metric(
            key="m",
            value=0.5,
            timestamp=3,
            step=2,
            run_id=run_id,
            model_id=model_id,
            dataset_name="d",
            dataset_digest="x",
        ),
    )


def test_linked_nan_stays_nan(service: Service) -> None:
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    model_id = service.client.create_logged_model(experiment_id).info.model_id
    service.client.log_metric(run_id, "m", NAN, timestamp=3, model_id=model_id)
    (found,) = service.client.get_logged_model(model_id).data.metrics
    assert str(found.value) == service.expected("NaN of a model", "nan")


def test_linked_point_has_one_value(service: Service) -> None:
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    model_id = service.client.create_logged_model(experiment_id).info.model_id

    def log_linked(value: float) -> None:
        service.client.log_metric(run_id, "m", value, timestamp=3, model_id=model_id)

    log_linked(1.0)
    code = code_of(lambda: log_linked(2.0))
    assert code == service.expected("linked point with another value", INVALID)
    assert history(service, run_id) == [(3, 0, "1.0")]


def test_point_of_an_unknown_model_is_refused(service: Service) -> None:
    run_id, metric = service.new_run_id(), service.client.log_metric
    code = code_of(lambda: metric(run_id, "m", 1.0, timestamp=1, model_id="m-none"))
    assert code == service.expected("metric of an unknown model", ABSENT)
    assert history(service, run_id) == []


def test_lost_reply_may_be_repeated(service: Service) -> None:
    run_id = service.new_run_id()
    points = [point(float(n), n, n) for n in range(300)]
    for _ in range(2):
        assert code_of(lambda: service.client.log_batch(run_id, metrics=points)) == OK
    assert len(history(service, run_id)) == 300
