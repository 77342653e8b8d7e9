"""Random logged models and random searches: the engine finds what the oracle finds."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.entities import Metric, SearchLoggedModelsDataset, SearchLoggedModelsOrderBy
from tests.conformance import oracle
from tests.conformance.oracle import Condition, Linked, PlainModel
from tests.conformance.service import EMBEDDED, Service
from tests.conformance.strategies import ORDERING, TEXTUAL, WIDE, quoted, written_field

MANY = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
KEYS = ("m", "a b")
DATASETS = (("iris", "d1"), ("iris", "d2"), ("wine", "d1"))


@st.composite
def models(draw: DrawFn) -> PlainModel:
    """Make a model; a point of a place has one value."""
    place = st.tuples(st.sampled_from(KEYS), st.integers(0, 3), st.integers(0, 2))
    chosen = draw(st.lists(place, unique=True, max_size=5))
    measured = st.none() | st.sampled_from(DATASETS)
    return PlainModel(
        name=draw(st.sampled_from(["net", "Net", "tree"])),
        model_type=draw(st.sampled_from(["", "Agent"])),
        params=draw(st.dictionaries(st.sampled_from(KEYS), WIDE.texts, max_size=2)),
        tags=draw(st.dictionaries(st.sampled_from(KEYS), WIDE.texts, max_size=2)),
        points=[Linked(*each, draw(WIDE.values) + 0.0, draw(measured)) for each in chosen],
    )


@st.composite
def conditions(draw: DrawFn) -> Condition:
    """Make a condition on models."""
    kind = draw(st.sampled_from(["metrics", "metrics", "params", "tags", "attributes"]))
    if kind == "metrics":
        numbers = WIDE.values.filter(math.isfinite)
        operator = draw(st.sampled_from(ORDERING))
        return Condition(kind, draw(st.sampled_from(KEYS)), operator, draw(numbers))
    keys = ("name", "model_type") if kind == "attributes" else KEYS
    operator = draw(st.sampled_from([*TEXTUAL, "IN", "NOT IN"]))
    texts = WIDE.texts | st.sampled_from(["net", "n%", "", "Agent", "%"])
    value = draw(texts if operator in TEXTUAL else st.lists(texts, min_size=1, max_size=3))
    return Condition(kind, draw(st.sampled_from(keys)), operator, value)


def written(condition: Condition) -> str:
    """Write a condition."""
    left = written_field(condition.entity, condition.key)
    value = condition.value
    if isinstance(value, list):
        return f"{left} {condition.operator} ({', '.join(quoted(text) for text in value)})"
    right = quoted(value) if isinstance(value, str) else repr(value)
    return f"{left} {condition.operator} {right}"


def log(service: Service, experiment_id: str, run_id: str, model: PlainModel) -> None:
    """Log a model and its points, and note its id."""
    created = service.client.create_logged_model(
        experiment_id,
        name=model.name,
        model_type=model.model_type,
        params=model.params,
        tags=model.tags,
    )
    model.model_id = created.info.model_id
    points = [
        Metric(
            key=p.key,
            value=p.value,
            timestamp=p.time,
            step=p.step,
            model_id=model.model_id,
            dataset_name=p.dataset[0] if p.dataset else None,
            dataset_digest=p.dataset[1] if p.dataset else None,
        )
        for p in model.points
    ]
    service.client.log_batch(run_id, metrics=points)


def logged(service: Service, found: Sequence[PlainModel]) -> str:
    """Log models into an experiment of their own."""
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    for model in found:
        log(service, experiment_id, run_id, model)
    return experiment_id


@pytest.fixture(scope="module")
def stopped_clock(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """Give an engine whose clock stands still: models are made at once, and ids decide."""
    with closing(SqliteBackend(tmp_path_factory.mktemp("stopped"), clock=lambda: 1000)) as engine:
        yield Service(EMBEDDED, engine)


ASKED = st.lists(
    st.tuples(
        st.lists(conditions(), max_size=2),
        st.lists(st.sampled_from([("iris", "d1"), ("wine", None), ("none", None)]), max_size=2),
    ),
    min_size=4,
    max_size=8,
)


@MANY
@given(st.lists(models(), min_size=2, max_size=5), ASKED)
def test_filters_of_models_find_what_the_oracle_finds(
    long_lived_in_process: Service,
    found: list[PlainModel],
    asked: list[tuple[list[Condition], list[tuple[str, str | None]]]],
) -> None:
    service, experiment_id = long_lived_in_process, logged(long_lived_in_process, found)
    for wanted, datasets in asked:
        text = " AND ".join(written(condition) for condition in wanted)
        page = service.client.search_logged_models(
            experiment_id,
            filter=text,
            datasets=[
                SearchLoggedModelsDataset(dataset_name=name, dataset_digest=digest)
                for name, digest in datasets
            ],
        )
        ids = {m.model_id for m in found if oracle.finds_model(m, wanted, datasets)}
        assert {model.info.model_id for model in page.models} == ids, text


@MANY
@given(
    st.lists(models(), min_size=2, max_size=6),
    st.booleans(),
    st.none() | st.just(("iris", None)),
    st.integers(1, 7),
)
def test_models_are_sorted_as_the_oracle_sorts_them(
    stopped_clock: Service,
    found: list[PlainModel],
    ascending: bool,  # noqa: FBT001 - hypothesis gives it
    dataset: tuple[str, None] | None,
    size: int,
) -> None:
    service, experiment_id = stopped_clock, logged(stopped_clock, found)
    order = SearchLoggedModelsOrderBy(
        field_name="metrics.m", ascending=ascending, dataset_name=dataset[0] if dataset else None
    )
    listed = service.client.iter_logged_models(experiment_id, order_by=[order], max_results=size)
    wanted = oracle.sorted_models(found, "m", ascending=ascending, dataset=dataset)
    assert [model.info.model_id for model in listed] == wanted
