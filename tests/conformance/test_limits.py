"""Limits on sizes and lengths; those of the two profiles, and what MLflow does beyond them."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.limits import DOCUMENTED, MLFLOW, PROFILES, Limits
from tests.conformance.service import EMBEDDED, INVALID, OK, Service, code_of, point


@pytest.fixture(params=PROFILES.values(), ids=list(PROFILES))
def limits(request: pytest.FixtureRequest) -> Limits:
    """Give each profile of limits."""
    found: Limits = request.param
    return found


@pytest.fixture
def profiled(tmp_path: Path, limits: Limits) -> Generator[Service]:
    """Give the embedded engine with the limits of a profile."""
    engine = SqliteBackend(tmp_path / "store", limits=limits)
    yield Service(EMBEDDED, engine)
    engine.close()


def keyed(count: int) -> dict[str, str]:
    """Make so many params or tags."""
    return {f"k{number}": "v" for number in range(count)}


@pytest.mark.parametrize(
    ("metrics", "params", "tags", "code"),
    [
        (1000, 0, 0, OK),
        (1001, 0, 0, INVALID),
        (0, 100, 100, OK),
        (0, 101, 0, INVALID),
        (0, 0, 101, INVALID),
        (800, 100, 100, OK),
        (801, 100, 100, INVALID),
    ],
)
def test_batch_holds_a_limited_number_of_items(
    service: Service, metrics: int, params: int, tags: int, code: str
) -> None:
    run_id = service.new_run_id()
    points = [point(float(n), n, n) for n in range(metrics)]

    def batch() -> None:
        service.client.log_batch(run_id, metrics=points, params=keyed(params), tags=keyed(tags))

    assert code_of(batch) == code
    stored = service.data_of(run_id)
    wanted = ({"m": metrics - 1.0} if metrics else {}, keyed(params), keyed(tags))
    assert stored == (wanted if code == OK else ({}, {}, {}))


def test_batch_of_more_than_1_mb_is_refused_where_that_is_documented(
    profiled: Service, limits: Limits
) -> None:
    run_id, batch = profiled.new_run_id(), profiled.client.log_batch
    wide = [point(1.0, n, n, key="\U00020000" * 246 + f"{n:04}") for n in range(1000)]
    assert code_of(lambda: batch(run_id, metrics=wide[:900])) == OK
    code = code_of(lambda: batch(run_id, metrics=wide))
    assert code == (INVALID if limits.batch_bytes else OK)


@pytest.mark.parametrize("kind", ["param", "tag"])
def test_values_in_a_batch_have_a_length(profiled: Service, limits: Limits, kind: str) -> None:
    run_id = profiled.new_run_id()
    most = limits.batch_param_value if kind == "param" else limits.batch_tag_value

    def batch(length: int) -> None:
        items = {"k": "x" * length}
        profiled.client.log_batch(run_id, **{f"{kind}s": items})  # type: ignore[arg-type]

    assert code_of(lambda: batch(most + 1)) == INVALID
    assert code_of(lambda: batch(most)) == OK


def test_single_param_has_a_length(profiled: Service, limits: Limits) -> None:
    run_id, log = profiled.new_run_id(), profiled.client.log_param
    assert code_of(lambda: log(run_id, "k", "x" * (limits.param_value + 1))) == INVALID
    assert code_of(lambda: log(run_id, "k", "x" * limits.param_value)) == OK


@pytest.mark.parametrize(
    ("limits", "value", "code"),
    [
        (DOCUMENTED, "ä" * 250, OK),
        (DOCUMENTED, "ä" * 251, INVALID),
        (MLFLOW, "ä" * 6000, OK),
    ],
    ids=["500 bytes", "502 bytes", "characters"],
)
def test_params_are_measured_in_bytes_where_that_is_documented(
    profiled: Service, value: str, code: str
) -> None:
    run_id = profiled.new_run_id()
    assert code_of(lambda: profiled.client.log_param(run_id, "k", value)) == code


@pytest.mark.parametrize(("limits", "most"), [(DOCUMENTED, 65_536), (MLFLOW, 8_000)], ids=PROFILES)
def test_single_tag_has_a_length(profiled: Service, most: int) -> None:
    run_id, set_tag = profiled.new_run_id(), profiled.client.set_tag
    assert code_of(lambda: set_tag(run_id, "k", "x" * (most + 1))) == INVALID
    assert code_of(lambda: set_tag(run_id, "k", "x" * most)) == OK


@pytest.mark.parametrize(("limits", "most"), [(DOCUMENTED, 65_536), (MLFLOW, 20_000)], ids=PROFILES)
def test_experiment_tag_has_a_length(profiled: Service, most: int) -> None:
    experiment_id, set_tag = profiled.new_experiment(), profiled.client.set_experiment_tag
    assert code_of(lambda: set_tag(experiment_id, "k", "x" * (most + 1))) == INVALID
    assert code_of(lambda: set_tag(experiment_id, "k", "x" * most)) == OK


@pytest.mark.parametrize(
    ("kind", "length"), [("params", 6001), ("tags", 8001)], ids=["param", "tag"]
)
def test_value_that_mlflow_cuts_is_refused(service: Service, kind: str, length: int) -> None:
    run_id = service.new_run_id()
    batch = service.client.log_batch
    items = {"k": "x" * length}
    code = code_of(lambda: batch(run_id, **{kind: items}))  # type: ignore[arg-type]
    assert code == service.expected("values that are too long", INVALID)


def test_error_of_a_long_value_names_the_limit_and_the_setting(embedded: Service) -> None:
    from nbtrack.errors import InvalidParameterValue

    run_id = embedded.new_run_id()
    with pytest.raises(InvalidParameterValue, match=r"501 characters.*500.*NBTRACK_LIMITS=mlflow"):
        embedded.client.log_param(run_id, "k", "x" * 501)


@pytest.mark.parametrize(
    ("size", "code"), [(0, INVALID), (-1, INVALID), (50_001, INVALID), (50_000, OK)]
)
def test_page_of_runs_is_1_to_50000(service: Service, size: int, code: str) -> None:
    experiment_id = service.new_experiment()
    search = service.client.search_runs
    assert code_of(lambda: search(experiment_id, max_results=size)) == code


def test_page_of_experiments_has_a_size(profiled: Service, limits: Limits) -> None:
    search, most = profiled.client.search_experiments, limits.experiments_page
    assert code_of(lambda: search(max_results=most)) == OK
    assert {code_of(partial(search, max_results=n)) for n in (most + 1, 0, -1)} == {INVALID}


def test_page_of_models_has_a_size(profiled: Service, limits: Limits) -> None:
    search = profiled.client.search_logged_models
    code = INVALID if limits.models_page else OK
    assert code_of(lambda: search("0", max_results=51)) == code
    assert code_of(lambda: search("0", max_results=-1)) == INVALID


def test_page_of_a_history_has_a_size(profiled: Service, limits: Limits) -> None:
    run_id, search = profiled.new_run_id(), profiled.client.get_history
    code = INVALID if limits.history_page else OK
    assert code_of(lambda: search(run_id, "m", max_results=25_001)) == code
    assert code_of(lambda: search(run_id, "m", max_results=0)) == INVALID
