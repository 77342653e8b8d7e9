"""What filters refuse, at which position, and what the message advises."""

from __future__ import annotations

import pytest

from nbtrack.errors import FilterError, InvalidParameterValue
from nbtrack.search import EXPERIMENTS, LOGGED_MODELS, RUNS, Search, parse_filter
from tests.search_examples import INVALID_EXPERIMENTS, INVALID_MODELS, INVALID_RUNS, Invalid

MORE_RUNS = (
    Invalid("metrics.acc > 1 AND", "nothing after AND", 19),
    Invalid("AND metrics.acc > 1", "leading AND", 0),
    Invalid("metrics.acc > 1 params.lr = '1'", "no AND", 16),
    Invalid("metrics. > 0.5", "empty key", 9),
    Invalid("metrics. acc > 0.5", "blank after the dot", 9),
    Invalid("tags.'x' = '1'", "single quotes make values", 5),
    Invalid("run_id IN ('a' 'b')", "no comma", 15),
    Invalid("run_id IN ('a',,)", "two commas", 15),
    Invalid("run_id IN (,)", "only a comma", 11),
    Invalid("run_id IN ('a'", "list not closed", 14),
    Invalid("run_id IN", "no list", 9),
    Invalid("run_id NOT ('a')", "NOT without IN", 7),
    Invalid("params.lr IS", "IS without NULL", 10),
    Invalid("params.lr IS NOT '1'", "IS NOT with a value", 10),
    Invalid("metrics.1 > 0", "digit at the start of a key", 8),
    Invalid("metrics.a.5 > 0", "digit at the start of a word", 10),
    Invalid("metrics.val-1 > 0", "key needs quotes", 11),
    Invalid("metrics.val/acc > 0", "key needs quotes", 11),
    Invalid("tags.a.`b c` = 'x'", "quotes around a part", 7),
    Invalid("tags.`a`.b = 'x'", "quotes around a part", 8),
    Invalid("``.a = 'x'", "empty prefix", 0),
    Invalid("`metrics.acc` > 1", "prefix inside the quotes", 0),
    Invalid("metrics.acc > 1.5.2", "two dots", 14),
    Invalid("metrics.acc > 1e", "no exponent", 14),
    Invalid("metrics.acc > 1 < 2", "chained", 16),
    Invalid("metrics.acc > \u0661", "digits of another script", 14),
    Invalid("metrics.acc >", "no value", 13),
    Invalid("params.lr = ", "no value", 12),
    Invalid("params.lr\u00a0= 'x'", "no-break space", 9),
    Invalid("params.lr = 'it''s", "odd quotes", 12),
    Invalid('params.lr = "x', "open double quote", 12),
    Invalid("metrics.`acc > 1", "open backtick", 8),
    Invalid("metrics.acc => 1", "operator", 12),
    Invalid("params.lr RLIKE 'x'", "operator of other languages", 10),
    Invalid("run_id \u0131N ('x')", "a letter that is I in capitals only", 7),
    Invalid("start_time > /* */ 1", "comment", 13),
    Invalid("start_time > 1 # why", "comment", 15),
    Invalid("created > 1 AND acc > 2", "second comparison", 16),
    Invalid("attributes.acc > 2", "attribute behind its prefix", 11),
    Invalid("experiment.name = 'x'", "unknown prefix", 0),
)

MORE_EXPERIMENTS = (
    Invalid("attr.name = 'a'", "prefix", 0),
    Invalid("experiment.name = 'a'", "prefix", 0),
    Invalid("metrics.acc > 1", "prefix", 0),
    Invalid("creation_time > '1'", "integer needed", 16),
    Invalid("creation_time > 1.0", "written as a fraction", 16),
    Invalid("creation_time > 1e3", "written with an exponent", 16),
    Invalid("creation_time > 9223372036854775808", "more than 64 bits", 16),
    Invalid("creation_time LIKE '1%'", "operator", 14),
    Invalid("experiment_id LIKE '1%'", "operator", 14),
    Invalid("experiment_id > '1'", "operator", 14),
    Invalid("experiment_id IN ('1', 'x')", "integer text needed", 23),
    Invalid("experiment_id = '1.0'", "integer text needed", 16),
    Invalid("experiment_id = ''", "integer text needed", 16),
    Invalid("tags.team IN ('a')", "operator", 10),
    Invalid("created > 1", "no alias here", 0),
)

MORE_MODELS = (
    Invalid("param.lr = '1'", "prefix", 0),
    Invalid("tag.env = '1'", "prefix", 0),
    Invalid("attribute.name = 'x'", "prefix", 0),
    Invalid("dataset.name = 'x'", "prefix", 0),
    Invalid("status = 2", "status by number", 9),
    Invalid("last_updated_time > 1", "unknown attribute", 0),
    Invalid("creation_timestamp > '1'", "number needed", 21),
    Invalid("creation_timestamp IN (1)", "operator", 19),
    Invalid("metrics.acc LIKE '1'", "operator", 12),
    Invalid("AND", "no comparison", 0),
)

CASES = [
    pytest.param(search, invalid, id=f"{search.name}: {invalid.filter}")
    for search, rows in (
        (RUNS, (*INVALID_RUNS, *MORE_RUNS)),
        (EXPERIMENTS, (*INVALID_EXPERIMENTS, *MORE_EXPERIMENTS)),
        (LOGGED_MODELS, (*INVALID_MODELS, *MORE_MODELS)),
    )
    for invalid in rows
]


def refuse(text: str, search: Search = RUNS) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, search)
    return caught.value


@pytest.mark.parametrize(("search", "invalid"), CASES)
def test_mistake_is_refused_at_its_position(search: Search, invalid: Invalid) -> None:
    error = refuse(invalid.filter, search)
    assert (error.position, error.text) == (invalid.position, invalid.filter)
    assert f"column {invalid.position + 1} of the filter" in error.message


def test_mistake_is_an_invalid_parameter_value() -> None:
    error = refuse("acc > 1")
    assert isinstance(error, InvalidParameterValue)
    assert (error.error_code, error.status) == ("INVALID_PARAMETER_VALUE", 400)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("METRICS.acc > 0.5", "Did you mean 'metrics'?"),
        ("metircs.acc > 0.5", "Did you mean 'metrics'?"),
        ("mlflowMetric.acc > 0.5", "Did you mean 'metric'?"),
        ("start_tme > 5", "Did you mean 'start_time'?"),
        ("dataset.nam = 'x'", "Did you mean 'name'?"),
        ("metrics.acc == 0.5", "Did you mean '='?"),
        ("metrics.acc <> 0.5", "Did you mean '!='?"),
        ("metrics.acc => 0.5", "Did you mean '>='?"),
        ("params.lr LKE 'x'", "Did you mean 'LIKE'?"),
        ("acc > 0.5", "metrics.<key>"),
        ("metrics.val-acc > 0", "backticks"),
        ("metrics.a b = 1", "backticks"),
        ("params.lr > '0.01'", "Use one of =, !=, LIKE, ILIKE, IS NULL, IS NOT NULL."),
        ("params.lr = 0.1", "such as '0.1'"),
        ("params.lr = abc", "such as 'abc'"),
        ("params.lr = NULL", "Use IS NULL"),
        ("metrics.acc > Infinity", "1e400"),
        ("metrics.acc > metrics.loss", "on the left only"),
        ("metrics.acc > 1 OR metrics.acc < 0", "no OR"),
        ("params.lr = '0.1", "Close it"),
    ],
)
def test_message_advises(text: str, advice: str) -> None:
    assert advice in refuse(text).message


def test_message_quotes_the_clause_and_not_its_neighbours() -> None:
    error = refuse("metrics.acc > 1 AND tags.env > 'x' AND params.lr = '1'")
    assert "in \"tags.env > 'x'\", column 30 of the filter" in error.message
    assert "params.lr" not in error.message


def test_message_of_a_long_clause_stays_short() -> None:
    ids = ", ".join(f"'{number}'" for number in range(5000))
    error = refuse(f"run_id IN ({ids}, 7)")
    assert "found '7'" in error.message
    assert len(error.message) < 400


def test_message_is_one_line_whatever_the_text() -> None:
    error = refuse("metrics.acc\n>\r\n\u2028x")
    assert error.message.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("params.lr >> 3", "params.lr >> 3\n          ^"),
        ("metrics.loss < 1 AND", "metrics.loss < 1 AND\n                    ^"),
        ("params.`学` >> 1", "params.`学` >> 1\n            ^"),
        ("params.lr\n>> 1", "params.lr >> 1\n          ^"),
    ],
    ids=["operator", "end", "wide", "lines"],
)
def test_the_place_of_a_mistake_is_pointed_out(text: str, shown: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, RUNS)
    assert caught.value.__notes__ == [shown]


def test_of_a_long_filter_the_part_around_the_mistake_is_shown() -> None:
    text = " AND ".join(["metrics.loss < 1"] * 100) + " AND params.lr >> 3"
    with pytest.raises(FilterError) as caught:
        parse_filter(text, RUNS)
    line, caret = caught.value.__notes__[0].splitlines()
    assert len(line) <= 100
    assert line[len(caret) - 1 :].startswith(">> 3")
