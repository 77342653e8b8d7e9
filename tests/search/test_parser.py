"""What filters mean: every valid example becomes the expected tree."""

from __future__ import annotations

import pytest

from nbtrack.search import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    And,
    Comparison,
    Entity,
    Field,
    Operator,
    Search,
    Value,
    parse_filter,
)
from tests.search_examples import INF, VALID_EXPERIMENTS, VALID_MODELS, VALID_RUNS

Row = tuple[str, str, Value]
"""Entity and key, operator, value."""

IDS = {"S-One": "1", "S-Two": "2", "s-three": "3"}

RUN_TREES: dict[str, tuple[Row, ...]] = {
    "metrics.acc > 0.5": (("metric acc", ">", 0.5),),
    "metric.acc >= 0.5": (("metric acc", ">=", 0.5),),
    "metrics.acc != 0.5": (("metric acc", "!=", 0.5),),
    "metrics.acc < 0.5": (("metric acc", "<", 0.5),),
    "metrics.acc <= 0": (("metric acc", "<=", 0.0),),
    "metrics.acc > -1": (("metric acc", ">", -1.0),),
    "metrics.acc > 1e-1": (("metric acc", ">", 0.1),),
    "metrics.acc > .4": (("metric acc", ">", 0.4),),
    "metrics.acc > 1.": (("metric acc", ">", 1.0),),
    "metrics.acc > 1E300": (("metric acc", ">", 1e300),),
    "metrics.missing != 5": (("metric missing", "!=", 5.0),),
    "metrics.`a b` = 1": (("metric a b", "=", 1.0),),
    'metrics."a b" = 1': (("metric a b", "=", 1.0),),
    "metrics.m.x = 1": (("metric m.x", "=", 1.0),),
    "metrics.`m.x` = 1": (("metric m.x", "=", 1.0),),
    "metrics.ACC > 0.5": (("metric ACC", ">", 0.5),),
    "metrics.acc>0.4": (("metric acc", ">", 0.4),),
    "metrics.acc > 0.4 AND metrics.acc < 0.6": (("metric acc", ">", 0.4), ("metric acc", "<", 0.6)),
    "metrics.acc > 0.4 and params.lr = '0.1'": (("metric acc", ">", 0.4), ("param lr", "=", "0.1")),
    "params.lr = '0.1'": (("param lr", "=", "0.1"),),
    'parameter.lr = "0.1"': (("param lr", "=", "0.1"),),
    "params.lr != '0.1'": (("param lr", "!=", "0.1"),),
    "params.missing != '0.1'": (("param missing", "!=", "0.1"),),
    "params.lr LIKE '0.%'": (("param lr", "LIKE", "0.%"),),
    "params.lr like '0.%'": (("param lr", "LIKE", "0.%"),),
    "params.Model LIKE 'rf'": (("param Model", "LIKE", "rf"),),
    "params.Model ILIKE 'rf'": (("param Model", "ILIKE", "rf"),),
    "params.model = 'rf'": (("param model", "=", "rf"),),
    "params.lr IS NULL": (("param lr", "IS NULL", None),),
    "params.lr is not null": (("param lr", "IS NOT NULL", None),),
    "params.empty = ''": (("param empty", "=", ""),),
    "params.empty IS NULL": (("param empty", "IS NULL", None),),
    "params.\"p x\" = '1'": (("param p x", "=", "1"),),
    "tags.env = 'prod'": (("tag env", "=", "prod"),),
    "tags.env != 'prod'": (("tag env", "!=", "prod"),),
    "tags.env ILIKE 'PROD'": (("tag env", "ILIKE", "PROD"),),
    "tags.env LIKE 'pro_'": (("tag env", "LIKE", "pro_"),),
    "tags.env LIKE 'rod'": (("tag env", "LIKE", "rod"),),
    "tags.env LIKE '%ro%'": (("tag env", "LIKE", "%ro%"),),
    "tags.env = ''": (("tag env", "=", ""),),
    "tags.env IS NULL": (("tag env", "IS NULL", None),),
    'tags.q = "it\'s"': (("tag q", "=", "it's"),),
    "tags.\"user-name\" = 'Tomas'": (("tag user-name", "=", "Tomas"),),
    "tags.mlflow.runName = 'Alpha'": (("tag mlflow.runName", "=", "Alpha"),),
    "tags.`mlflow.runName` = 'Alpha'": (("tag mlflow.runName", "=", "Alpha"),),
    "status = 'FINISHED'": (("attribute status", "=", "FINISHED"),),
    "attributes.status != 'FINISHED'": (("attribute status", "!=", "FINISHED"),),
    "attr.status LIKE 'F%'": (("attribute status", "LIKE", "F%"),),
    "run.status ILIKE 'f%'": (("attribute status", "ILIKE", "f%"),),
    "status = 'finished'": (("attribute status", "=", "finished"),),
    "status = 'BOGUS'": (("attribute status", "=", "BOGUS"),),
    "run_name ILIKE 'al%'": (("attribute run_name", "ILIKE", "al%"),),
    "run_name LIKE 'al%'": (("attribute run_name", "LIKE", "al%"),),
    "attributes.`Run Name` = 'Alpha'": (("attribute run_name", "=", "Alpha"),),
    "\"run name\" = 'Alpha'": (("attribute run_name", "=", "Alpha"),),
    "start_time >= 2000": (("attribute start_time", ">=", 2000),),
    "start_time = 2000.0": (("attribute start_time", "=", 2000.0),),
    "created > 1000": (("attribute start_time", ">", 1000),),
    "start_time != 2000": (("attribute start_time", "!=", 2000),),
    "attributes.Created > 1000": (("attribute start_time", ">", 1000),),
    "end_time > 0": (("attribute end_time", ">", 0),),
    "user_id LIKE 'u%'": (("attribute user_id", "LIKE", "u%"),),
    "artifact_uri LIKE '%artifacts'": (("attribute artifact_uri", "LIKE", "%artifacts"),),
    "run_id = '{Alpha}'": (("attribute run_id", "=", "{Alpha}"),),
    "run_id IN ('{Alpha}', '{beta}')": (("attribute run_id", "IN", ("{Alpha}", "{beta}")),),
    "run_id not in ('{Alpha}')": (("attribute run_id", "NOT IN", ("{Alpha}",)),),
    "run_id LIKE '{Alpha:.8}%'": (("attribute run_id", "LIKE", "{Alpha:.8}%"),),
    "dataset.name = 'iris'": (("dataset name", "=", "iris"),),
    "datasets.digest IN ('d1', 'd2')": (("dataset digest", "IN", ("d1", "d2")),),
    "dataset.context = 'train'": (("dataset context", "=", "train"),),
    "dataset.name NOT IN ('iris')": (("dataset name", "NOT IN", ("iris",)),),
    "dataset.name = 'wine' AND dataset.context = 'train'": (
        ("dataset name", "=", "wine"),
        ("dataset context", "=", "train"),
    ),
    "dataset.name ILIKE 'IR%'": (("dataset name", "ILIKE", "IR%"),),
    "": (),
    " \t\r\n": (),
    "tags.q = 'it''s'": (("tag q", "=", "it's"),),
    "tags.from = 'x'": (("tag from", "=", "x"),),
    "metrics.acc > -1e400": (("metric acc", ">", -INF),),
    "metrics.neg = -1e400": (("metric neg", "=", -INF),),
    "status='FINISHED'and start_time>0": (
        ("attribute status", "=", "FINISHED"),
        ("attribute start_time", ">", 0),
    ),
    "start_time>0AND status='x'": (
        ("attribute start_time", ">", 0),
        ("attribute status", "=", "x"),
    ),
    "\n metrics.acc\t>\r\n1 ": (("metric acc", ">", 1.0),),
    "params.lr IS\n NOT\tNULL": (("param lr", "IS NOT NULL", None),),
    "`metrics`.acc > 1": (("metric acc", ">", 1.0),),
    "`start_time` > 1": (("attribute start_time", ">", 1),),
    'attr."start_time" > 1': (("attribute start_time", ">", 1),),
    "metrics.été > 1.e5": (("metric été", ">", 1e5),),
    "metrics.in > -.5E+2": (("metric in", ">", -50.0),),
    "tags.and.not.null = 'x'": (("tag and.not.null", "=", "x"),),
    "metrics.`` = 1": (("metric ", "=", 1.0),),
    "params.x = 'a\"b`'": (("param x", "=", 'a"b`'),),
    'params."a""b" = "a""b"': (('param a"b', "=", 'a"b'),),
    "params.x = ' AND '": (("param x", "=", " AND "),),
    "params.x = 'line\nbreak'": (("param x", "=", "line\nbreak"),),
    "run_id IN('a',\"b\",)": (("attribute run_id", "IN", ("a", "b")),),
    "start_time > 1e3": (("attribute start_time", ">", 1000.0),),
    "start_time < 9223372036854775807": (("attribute start_time", "<", 9223372036854775807),),
    "start_time < 9223372036854775808": (("attribute start_time", "<", 2.0**63),),
    "metrics.acc = 9007199254740993": (("metric acc", "=", 9007199254740992.0),),
}

EXPERIMENT_TREES: dict[str, tuple[Row, ...]] = {
    "name = 'S-One'": (("attribute name", "=", "S-One"),),
    "attribute.name LIKE 'S-%'": (("attribute name", "LIKE", "S-%"),),
    "name ILIKE 's-%' AND name != 'S-One'": (
        ("attribute name", "ILIKE", "s-%"),
        ("attribute name", "!=", "S-One"),
    ),
    "creation_time >= 1767225600000 AND name = 'nobody'": (
        ("attribute creation_time", ">=", 1767225600000),
        ("attribute name", "=", "nobody"),
    ),
    "creation_time >= 1 AND name LIKE 's-%'": (
        ("attribute creation_time", ">=", 1),
        ("attribute name", "LIKE", "s-%"),
    ),
    "last_update_time > 0 AND tags.team = 'a'": (
        ("attribute last_update_time", ">", 0),
        ("tag team", "=", "a"),
    ),
    "tags.team IS NULL AND name ILIKE 's-%'": (
        ("tag team", "IS NULL", None),
        ("attribute name", "ILIKE", "s-%"),
    ),
    "tag.team IS NOT NULL": (("tag team", "IS NOT NULL", None),),
    "tags.team ILIKE 'A'": (("tag team", "ILIKE", "A"),),
    "experiment_id IN ('{S-One}', '{S-Two}')": (("attribute experiment_id", "IN", ("1", "2")),),
    "experiment_id = '{s-three}'": (("attribute experiment_id", "=", "3"),),
    "experiment_id NOT IN ('{S-One}') AND name LIKE 'S-%'": (
        ("attribute experiment_id", "NOT IN", ("1",)),
        ("attribute name", "LIKE", "S-%"),
    ),
    "creation_time >= 1767225600000": (("attribute creation_time", ">=", 1767225600000),),
    "tags.team IS NULL": (("tag team", "IS NULL", None),),
    "experiment_id IN ('0', '1')": (("attribute experiment_id", "IN", ("0", "1")),),
    "experiment_id = '-007'": (("attribute experiment_id", "=", "-7"),),
    "name = 'x'": (("attribute name", "=", "x"),),
    "creation_time < -5": (("attribute creation_time", "<", -5),),
}

MODEL_TREES: dict[str, tuple[Row, ...]] = {
    "name = 'm' AND params.lr = '0.1'": (("attribute name", "=", "m"), ("param lr", "=", "0.1")),
    "metrics.acc > 0.9": (("metric acc", ">", 0.9),),
    "metrics.acc < 0.9": (("metric acc", "<", 0.9),),
    "attributes.model_type = 'Agent'": (("attribute model_type", "=", "Agent"),),
    "creation_timestamp > 0": (("attribute creation_timestamp", ">", 0),),
    "creation_time > 0 AND last_updated_timestamp_ms > 0": (
        ("attribute creation_timestamp", ">", 0),
        ("attribute last_updated_timestamp", ">", 0),
    ),
    "name IN ('a', 'b')": (("attribute name", "IN", ("a", "b")),),
    "tags.`t-t` = '1'": (("tag t-t", "=", "1"),),
    "params.lr NOT IN ('0.1')": (("param lr", "NOT IN", ("0.1",)),),
    "status = 'READY'": (("attribute status", "=", "LOGGED_MODEL_READY"),),
    "status != 'LOGGED_MODEL_READY'": (("attribute status", "!=", "LOGGED_MODEL_READY"),),
    "status IN ('PENDING', 'LOGGED_MODEL_UPLOAD_FAILED')": (
        ("attribute status", "IN", ("LOGGED_MODEL_PENDING", "LOGGED_MODEL_UPLOAD_FAILED")),
    ),
    "status = 'BOGUS'": (("attribute status", "=", "BOGUS"),),
    "status LIKE '%READY'": (("attribute status", "LIKE", "%READY"),),
}

CASES = [
    pytest.param(search, text, rows, id=f"{search.name}: {text}")
    for search, trees in (
        (RUNS, RUN_TREES),
        (EXPERIMENTS, EXPERIMENT_TREES),
        (LOGGED_MODELS, MODEL_TREES),
    )
    for text, rows in trees.items()
]


def build_tree(rows: tuple[Row, ...]) -> And:
    terms: list[Comparison] = []
    for left, operator, value in rows:
        entity, key = left.split(" ", 1)
        terms.append(Comparison(Field(Entity(entity), key), Operator(operator), value))
    return And(tuple(terms))


@pytest.mark.parametrize(("search", "text", "rows"), CASES)
def test_filter_parses_to_its_tree(search: Search, text: str, rows: tuple[Row, ...]) -> None:
    filled = text.format(**IDS) if search is EXPERIMENTS else text
    tree = parse_filter(filled, search)
    assert tree == build_tree(rows)
    assert [type(term.value) for term in tree.terms] == [type(row[2]) for row in rows]


def test_every_valid_example_has_an_expected_tree() -> None:
    assert {text for text, _ in VALID_RUNS} <= RUN_TREES.keys()
    assert {text for text, _ in VALID_EXPERIMENTS} <= EXPERIMENT_TREES.keys()
    assert {text for text, _ in VALID_MODELS} <= MODEL_TREES.keys()


def test_absent_filter_means_everything() -> None:
    assert parse_filter(None, RUNS) == And(())


def test_positions_are_those_of_field_and_comparison() -> None:
    tree = parse_filter(" metrics.acc > 1 AND  tags.env = 'x'", RUNS)
    assert [term.position for term in tree.terms] == [1, 22]
    assert [term.field.position for term in tree.terms] == [1, 22]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("READY", "LOGGED_MODEL_READY"),
        ("PENDING", "LOGGED_MODEL_PENDING"),
        ("UPLOAD_FAILED", "LOGGED_MODEL_UPLOAD_FAILED"),
        ("STATUS_UNSPECIFIED", "LOGGED_MODEL_STATUS_UNSPECIFIED"),
        ("LOGGED_MODEL_READY", "LOGGED_MODEL_READY"),
        ("ready", "ready"),
        ("BOGUS", "BOGUS"),
    ],
)
def test_model_status_is_completed(word: str, status: str) -> None:
    tree = parse_filter(f"status NOT IN ('{word}')", LOGGED_MODELS)
    assert tree.terms[0].value == (status,)


def test_status_pattern_of_models_stays_as_written() -> None:
    assert parse_filter("status LIKE 'READY'", LOGGED_MODELS).terms[0].value == "READY"
