"""The tables say what the documented language says."""

from __future__ import annotations

import pytest

from nbtrack.errors import FilterError
from nbtrack.search import EXPERIMENTS, LOGGED_MODELS, RUNS, Operator, Search, parse_filter

EQUAL, ORDER, LIKE, IN, NULL = "= !=", "< <= > >=", "LIKE ILIKE", "IN,NOT IN", "IS NULL,IS NOT NULL"
LANGUAGE = {
    ("runs", "metrics.a metric.a"): (EQUAL, ORDER),
    ("runs", "start_time end_time created attr.Created run.end_time"): (EQUAL, ORDER),
    ("runs", "params.a param.a parameter.a parameters.a tags.a tag.a"): (EQUAL, LIKE, NULL),
    ("runs", "run_name status artifact_uri user_id attribute.status"): (EQUAL, LIKE),
    ("runs", "run_id attributes.run_id"): (EQUAL, LIKE, IN),
    ("runs", "dataset.name datasets.digest dataset.context"): (EQUAL, LIKE, IN),
    ("experiments", "name attribute.name"): (EQUAL, LIKE),
    ("experiments", "experiment_id"): (EQUAL, IN),
    ("experiments", "creation_time last_update_time"): (EQUAL, ORDER),
    ("experiments", "tags.a tag.a"): (EQUAL, LIKE, NULL),
    ("logged models", "metrics.a creation_timestamp creation_time"): (EQUAL, ORDER),
    ("logged models", "creation_timestamp_ms last_updated_timestamp_ms"): (EQUAL, ORDER),
    ("logged models", "last_updated_timestamp attributes.creation_time"): (EQUAL, ORDER),
    ("logged models", "params.a tags.a attributes.name experiment_id"): (EQUAL, LIKE, IN),
    ("logged models", "model_id name model_type status source_run_id"): (EQUAL, LIKE, IN),
}
SEARCHES = {search.name: search for search in (RUNS, EXPERIMENTS, LOGGED_MODELS)}
CASES = [
    pytest.param(SEARCHES[name], field, classes, id=f"{name}: {field}")
    for (name, fields), classes in LANGUAGE.items()
    for field in fields.split()
]


def is_offered(operator: Operator, classes: tuple[str, ...]) -> bool:
    return any(
        operator.value in (words.split(",") if "," in words else words.split()) for words in classes
    )


def write_right_side(operator: Operator, *, is_number: bool) -> str:
    if operator.value.startswith("IS"):
        return ""
    if operator.value.endswith("IN"):
        return "('1')"
    return "1" if is_number else "'1'"


@pytest.mark.parametrize(("search", "field", "classes"), CASES)
@pytest.mark.parametrize("operator", list(Operator), ids=lambda operator: operator.value)
def test_field_takes_its_operators_only(
    search: Search, field: str, classes: tuple[str, ...], operator: Operator
) -> None:
    text = f"{field} {operator.value} {write_right_side(operator, is_number=ORDER in classes)}"
    if is_offered(operator, classes):
        assert parse_filter(text, search).terms[0].operator is operator
    else:
        with pytest.raises(FilterError, match="Invalid comparator") as caught:
            parse_filter(text, search)
        assert caught.value.position == len(field) + 1


def test_language_covers_every_attribute() -> None:
    written = {
        (name, field.rpartition(".")[2]) for name, fields in LANGUAGE for field in fields.split()
    }
    known = {
        (search.name, attribute.key)
        for search in SEARCHES.values()
        for group in search.groups
        for attribute in group.attributes
    }
    assert known <= written
