"""What is sent of a wide filter and of an order, so that MLflow reads it as it is meant."""

from __future__ import annotations

import pytest

from nbtrack.search.split import Split, sent_order, split_filter
from nbtrack.search.wide import parse_where


def split(text: str) -> Split:
    return split_filter(text, parse_where(text))


@pytest.mark.parametrize("key", ["from", "IN", "values", "a.case.b"])
def test_keys_that_mlflow_takes_for_sql_are_sent_in_quotes(key: str) -> None:
    assert split(f"metrics.{key} < 1").sent == f"metrics.`{key}` < 1.0"
    assert split(f"params.{key} = 'x'").sent == f"params.`{key}` = 'x'"


def test_other_keys_are_sent_as_they_are() -> None:
    assert split("metrics.min < 1 and params.end = 'x'").sent == (
        "metrics.min < 1.0 AND params.end = 'x'"
    )


@pytest.mark.parametrize("operator", ["=", "!=", "LIKE"])
def test_a_text_with_both_quotes_is_not_sent(operator: str) -> None:
    text = f"params.p {operator} 'it''s \"x\"'"
    assert split(text) == Split(sent="", here=text)


def test_a_text_with_one_kind_of_quotes_is_sent() -> None:
    assert split("params.p = 'it''s'").sent == 'params.p = "it\'s"'


@pytest.mark.parametrize(
    ("clause", "sent"),
    [
        ("metrics.from", "metrics.`from` ASC"),
        (" metrics.m  desc ", "metrics.m DESC"),
        ("attributes.created DESC", "start_time DESC"),
    ],
)
def test_an_order_is_sent_in_words_of_any_server(clause: str, sent: str) -> None:
    assert sent_order([clause]) == (sent,)


def test_a_wide_order_is_not_sent() -> None:
    assert sent_order(["metrics.m ASC", "duration ASC"]) is None
