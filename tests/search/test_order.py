"""What order_by clauses mean, and what they refuse."""

from __future__ import annotations

import pytest

from nbtrack.entities import SearchLoggedModelsOrderBy
from nbtrack.errors import FilterError
from nbtrack.search import (
    EXPERIMENTS,
    RUNS,
    Entity,
    Field,
    OrderTerm,
    model_order,
    parse_model_order_by,
    parse_order_by,
)
from tests.search_examples import INVALID_ORDERS, InvalidOrder

TEXT_SEARCHES = {search.name: search for search in (RUNS, EXPERIMENTS)}
MORE_INVALID = (
    InvalidOrder("runs", ("  ",), "blank", 2),
    InvalidOrder("runs", ("metrics.`a b`DESC",), "no blank before the direction", 13),
    InvalidOrder("runs", ('"Run Name"',), "alias of filters only", 0),
    InvalidOrder("runs", ("attributes.`run name`",), "alias of filters only", 11),
    InvalidOrder("runs", ("'start_time'",), "a value", 0),
    InvalidOrder("runs", ("-start_time",), "a sign", 0),
    InvalidOrder("runs", ("DESC",), "unknown attribute", 0),
    InvalidOrder("runs", ("metrics.acc DESC;",), "semicolon", 16),
    InvalidOrder("runs", ("metrics.acc", "metric.`acc` DESC"), "the same key twice", 0),
    InvalidOrder("runs", ("name",), "unknown attribute", 0),
    InvalidOrder("experiments", ("attributes.name",), "prefix", 0),
    InvalidOrder("experiments", ("start_time",), "unknown attribute", 0),
    InvalidOrder("logged models", ({"field_name": ""},), "empty", 0),
    InvalidOrder("logged models", ({"field_name": "metrics."},), "empty key", 0),
    InvalidOrder("logged models", ({"field_name": " tags.a"},), "not sortable", 1),
    InvalidOrder("logged models", ({"field_name": "metric.acc"},), "prefix", 0),
    InvalidOrder(
        "logged models",
        ({"field_name": "metrics.acc", "dataset_digest": "d"},),
        "digest without name",
        0,
    ),
    InvalidOrder(
        "logged models",
        ({"field_name": "creation_time"}, {"field_name": "creation_timestamp_ms"}),
        "the same key twice",
        0,
    ),
)


def parse(search: str, order_by: tuple[object, ...]) -> tuple[OrderTerm, ...]:
    if search in TEXT_SEARCHES:
        return parse_order_by([str(clause) for clause in order_by], TEXT_SEARCHES[search])
    return parse_model_order_by(
        [SearchLoggedModelsOrderBy(**order) for order in order_by if isinstance(order, dict)]
    )


@pytest.mark.parametrize(
    ("clause", "entity", "key", "ascending"),
    [
        ("start_time", "attribute", "start_time", True),
        ("start_time ASC", "attribute", "start_time", True),
        ("start_time desc", "attribute", "start_time", False),
        ("  start_time\t dEsC \n", "attribute", "start_time", False),
        ("Created DESC", "attribute", "start_time", False),
        ("attributes.created", "attribute", "start_time", True),
        ("run.end_time", "attribute", "end_time", True),
        ("run_name", "attribute", "run_name", True),
        ("`status` DESC", "attribute", "status", False),
        ("metrics.acc DESC", "metric", "acc", False),
        ('metrics."a b" DESC', "metric", "a b", False),
        ("metric.`val/acc`\tdesc", "metric", "val/acc", False),
        ("metrics.desc desc", "metric", "desc", False),
        ("params.lr", "param", "lr", True),
        ("tags.mlflow.user asc", "tag", "mlflow.user", True),
    ],
)
def test_run_clause_becomes_a_term(clause: str, entity: str, key: str, *, ascending: bool) -> None:
    expected = OrderTerm(Field(Entity(entity), key), ascending)
    assert parse_order_by([clause], RUNS) == (expected,)


@pytest.mark.parametrize("key", ["name", "experiment_id", "creation_time", "last_update_time"])
@pytest.mark.parametrize("prefix", ["", "attribute."])
def test_experiments_sort_by_their_attributes(prefix: str, key: str) -> None:
    expected = OrderTerm(Field(Entity.ATTRIBUTE, key), ascending=False)
    assert parse_order_by([f"{prefix}{key} DESC"], EXPERIMENTS) == (expected,)


def test_clauses_keep_their_order() -> None:
    terms = parse_order_by(["tags.a", "metrics.a DESC", "params.a"], RUNS)
    assert [term.field.entity for term in terms] == [Entity.TAG, Entity.METRIC, Entity.PARAM]


@pytest.mark.parametrize(
    "invalid",
    [
        pytest.param(row, id=f"{row.search}: {row.order_by}")
        for row in (*INVALID_ORDERS, *MORE_INVALID)
    ],
)
def test_mistake_is_refused_at_its_position(invalid: InvalidOrder) -> None:
    with pytest.raises(FilterError) as caught:
        parse(invalid.search, invalid.order_by)
    assert caught.value.position == invalid.position
    assert "order_by" in caught.value.message


def test_one_text_instead_of_a_list_is_refused() -> None:
    with pytest.raises(FilterError, match="Put it into a list"):
        parse_order_by("start_time", RUNS)


def test_too_many_clauses_are_refused() -> None:
    with pytest.raises(FilterError, match="more than 100 order_by clauses"):
        parse_order_by([f"metrics.m{number}" for number in range(101)], RUNS)


def test_message_names_the_nearest_key() -> None:
    with pytest.raises(FilterError, match="Did you mean 'start_time'"):
        parse_order_by(["start_tim"], RUNS)


def test_message_offers_only_what_sorts() -> None:
    with pytest.raises(FilterError) as caught:
        parse_order_by(["lifecycle_stage"], EXPERIMENTS)
    assert "tags" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "entity", "key"),
    [
        ("name", Entity.ATTRIBUTE, "name"),
        (" status ", Entity.ATTRIBUTE, "status"),
        ("creation_time", Entity.ATTRIBUTE, "creation_timestamp"),
        ("last_updated_timestamp_ms", Entity.ATTRIBUTE, "last_updated_timestamp"),
        ("metrics.acc", Entity.METRIC, "acc"),
        ("metrics.val acc/x.y", Entity.METRIC, "val acc/x.y"),
    ],
)
def test_model_field_becomes_a_term(name: str, entity: Entity, key: str) -> None:
    assert model_order(name, ascending=False) == OrderTerm(Field(entity, key), ascending=False)


def test_model_metric_may_be_sorted_on_several_datasets() -> None:
    orders = [
        SearchLoggedModelsOrderBy(field_name="metrics.acc", dataset_name="iris"),
        SearchLoggedModelsOrderBy(
            field_name="metrics.acc", dataset_name="iris", dataset_digest="d"
        ),
        SearchLoggedModelsOrderBy(field_name="metrics.acc"),
    ]
    found = [(term.dataset_name, term.dataset_digest) for term in parse_model_order_by(orders)]
    assert found == [("iris", None), ("iris", "d"), (None, None)]


def test_dataset_does_not_count_for_model_attributes() -> None:
    assert model_order("name", dataset_name="iris").dataset_name is None
