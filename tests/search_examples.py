"""Examples of filters and order_by clauses, and the runs, experiments and models they search.

The tests of the grammar read them, and the conformance tests, which run them on every backend. In
a filter, `{Alpha}` stands for the id of the run or experiment of that name and `{Alpha:.8}` for its
first eight characters; fill them in with `str.format`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

INF = float("inf")
NAN = float("nan")


@dataclass(frozen=True)
class ExampleRun:
    """A run to search; datasets are (name, digest, context)."""

    name: str
    start_time: int
    end_time: int | None = None
    status: str = "RUNNING"
    user_id: str = ""
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    params: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    datasets: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class ExampleExperiment:
    """An experiment to search."""

    name: str
    tags: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ExampleModel:
    """A logged model to search; metrics are the points linked to it, oldest first."""

    name: str
    model_type: str = ""
    status: str = "LOGGED_MODEL_READY"
    metrics: tuple[tuple[str, float], ...] = ()
    params: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Invalid:
    """A filter to refuse, why, and where the mistake stands (characters from 0)."""

    filter: str
    why: str
    position: int


@dataclass(frozen=True)
class InvalidOrder:
    """An order_by to refuse: texts, or objects for logged models."""

    search: str
    order_by: tuple[Any, ...]
    why: str
    position: int


RUNS = (
    ExampleRun(
        "Alpha",
        start_time=1000,
        end_time=1100,
        status="FINISHED",
        user_id="u1",
        metrics={"acc": 0.9, "loss": 0.1, "a b": 1.0, "m.x": 1.0, "neg": -1.0},
        params={"lr": "0.1", "Model": "RF", "p x": "1", "empty": ""},
        tags={
            "env": "prod",
            "Env": "x",
            "user-name": "Tomas",
            "q": "it's",
            "pct": "100%",
            "us": "a_b",
        },
        datasets=(("iris", "d1", "train"), ("wine", "d3", "eval")),
    ),
    ExampleRun(
        "beta",
        start_time=2000,
        end_time=2100,
        status="FAILED",
        user_id="u2",
        metrics={"acc": 0.5, "loss": 0.5},
        params={"lr": "0.01", "Model": "rf"},
        tags={"env": "Prod"},
        datasets=(("iris", "d2", "eval"),),
    ),
    ExampleRun(
        "gamma", start_time=2000, metrics={"acc": NAN}, params={"lr": "0.1"}, tags={"env": "dev"}
    ),
    ExampleRun("delta", start_time=3000, metrics={"acc": INF, "neg": -INF}),
    ExampleRun(
        "Epsilon",
        start_time=4000,
        metrics={"acc": 0.0},
        params={"lr": "1e-3"},
        tags={"env": ""},
    ),
)

ALL = ("Epsilon", "delta", "beta", "gamma", "Alpha")
"""Newest first; beta and gamma start together, and their ids decide."""

VALID_RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("metrics.acc > 0.5", ("delta", "Alpha")),
    ("metric.acc >= 0.5", ("delta", "beta", "Alpha")),
    ("metrics.acc != 0.5", ("Epsilon", "delta", "gamma", "Alpha")),
    ("metrics.acc < 0.5", ("Epsilon",)),
    ("metrics.acc <= 0", ("Epsilon",)),
    ("metrics.acc > -1", ("Epsilon", "delta", "beta", "Alpha")),
    ("metrics.acc > 1e-1", ("delta", "beta", "Alpha")),
    ("metrics.acc > .4", ("delta", "beta", "Alpha")),
    ("metrics.acc > 1.", ("delta",)),
    ("metrics.acc > 1E300", ("delta",)),
    ("metrics.missing != 5", ()),
    ("metrics.`a b` = 1", ("Alpha",)),
    ('metrics."a b" = 1', ("Alpha",)),
    ("metrics.m.x = 1", ("Alpha",)),
    ("metrics.`m.x` = 1", ("Alpha",)),
    ("metrics.ACC > 0.5", ()),
    ("metrics.acc>0.4", ("delta", "beta", "Alpha")),
    ("metrics.acc > 0.4 AND metrics.acc < 0.6", ("beta",)),
    ("metrics.acc > 0.4 and params.lr = '0.1'", ("Alpha",)),
    ("params.lr = '0.1'", ("gamma", "Alpha")),
    ('parameter.lr = "0.1"', ("gamma", "Alpha")),
    ("params.lr != '0.1'", ("Epsilon", "beta")),
    ("params.missing != '0.1'", ()),
    ("params.lr LIKE '0.%'", ("beta", "gamma", "Alpha")),
    ("params.lr like '0.%'", ("beta", "gamma", "Alpha")),
    ("params.Model LIKE 'rf'", ("beta",)),
    ("params.Model ILIKE 'rf'", ("beta", "Alpha")),
    ("params.model = 'rf'", ()),
    ("params.lr IS NULL", ("delta",)),
    ("params.lr is not null", ("Epsilon", "beta", "gamma", "Alpha")),
    ("params.empty = ''", ("Alpha",)),
    ("params.empty IS NULL", ("Epsilon", "delta", "beta", "gamma")),
    ("params.\"p x\" = '1'", ("Alpha",)),
    ("tags.env = 'prod'", ("Alpha",)),
    ("tags.env != 'prod'", ("Epsilon", "beta", "gamma")),
    ("tags.env ILIKE 'PROD'", ("beta", "Alpha")),
    ("tags.env LIKE 'pro_'", ("Alpha",)),
    ("tags.env LIKE 'rod'", ()),
    ("tags.env LIKE '%ro%'", ("beta", "Alpha")),
    ("tags.env = ''", ("Epsilon",)),
    ("tags.env IS NULL", ("delta",)),
    ('tags.q = "it\'s"', ("Alpha",)),
    ("tags.\"user-name\" = 'Tomas'", ("Alpha",)),
    ("tags.mlflow.runName = 'Alpha'", ("Alpha",)),
    ("tags.`mlflow.runName` = 'Alpha'", ("Alpha",)),
    ("status = 'FINISHED'", ("Alpha",)),
    ("attributes.status != 'FINISHED'", ("Epsilon", "delta", "beta", "gamma")),
    ("attr.status LIKE 'F%'", ("beta", "Alpha")),
    ("run.status ILIKE 'f%'", ("beta", "Alpha")),
    ("status = 'finished'", ()),
    ("status = 'BOGUS'", ()),
    ("run_name ILIKE 'al%'", ("Alpha",)),
    ("run_name LIKE 'al%'", ()),
    ("attributes.`Run Name` = 'Alpha'", ("Alpha",)),
    ("\"run name\" = 'Alpha'", ("Alpha",)),
    ("start_time >= 2000", ("Epsilon", "delta", "beta", "gamma")),
    ("start_time = 2000.0", ("beta", "gamma")),
    ("created > 1000", ("Epsilon", "delta", "beta", "gamma")),
    ("start_time != 2000", ("Epsilon", "delta", "Alpha")),
    ("attributes.Created > 1000", ("Epsilon", "delta", "beta", "gamma")),
    ("end_time > 0", ("beta", "Alpha")),
    ("user_id LIKE 'u%'", ("beta", "Alpha")),
    ("artifact_uri LIKE '%artifacts'", ALL),
    ("run_id = '{Alpha}'", ("Alpha",)),
    ("run_id IN ('{Alpha}', '{beta}')", ("beta", "Alpha")),
    ("run_id not in ('{Alpha}')", ("Epsilon", "delta", "beta", "gamma")),
    ("run_id LIKE '{Alpha:.8}%'", ("Alpha",)),
    ("dataset.name = 'iris'", ("beta", "Alpha")),
    ("datasets.digest IN ('d1', 'd2')", ("beta", "Alpha")),
    ("dataset.context = 'train'", ("Alpha",)),
    ("dataset.name NOT IN ('iris')", ("Alpha",)),
    ("dataset.name = 'wine' AND dataset.context = 'train'", ("Alpha",)),
    ("dataset.name ILIKE 'IR%'", ("beta", "Alpha")),
    # Fine by the grammar, refused or misread by MLflow.
    ("", ALL),
    (" \t\r\n", ALL),
    ("tags.q = 'it''s'", ("Alpha",)),
    ("tags.from = 'x'", ()),
    ("metrics.acc > -1e400", ("Epsilon", "delta", "beta", "Alpha")),
    ("metrics.neg = -1e400", ("delta",)),
)
"""Filters and the names of the runs they find, in the order of `ALL`."""

EXPERIMENTS = (
    ExampleExperiment("S-One", {"team": "a"}),
    ExampleExperiment("S-Two", {"team": "b"}),
    ExampleExperiment("s-three"),
)

VALID_EXPERIMENTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("name = 'S-One'", frozenset({"S-One"})),
    ("attribute.name LIKE 'S-%'", frozenset({"S-One", "S-Two"})),
    ("name ILIKE 's-%' AND name != 'S-One'", frozenset({"S-Two", "s-three"})),
    ("creation_time >= 1767225600000 AND name = 'nobody'", frozenset()),
    ("creation_time >= 1 AND name LIKE 's-%'", frozenset({"s-three"})),
    ("last_update_time > 0 AND tags.team = 'a'", frozenset({"S-One"})),
    ("tags.team IS NULL AND name ILIKE 's-%'", frozenset({"s-three"})),
    ("tag.team IS NOT NULL", frozenset({"S-One", "S-Two"})),
    ("tags.team ILIKE 'A'", frozenset({"S-One"})),
    ("experiment_id IN ('{S-One}', '{S-Two}')", frozenset({"S-One", "S-Two"})),
    ("experiment_id = '{s-three}'", frozenset({"s-three"})),
    ("experiment_id NOT IN ('{S-One}') AND name LIKE 'S-%'", frozenset({"S-Two"})),
)
"""Filters and the names of the experiments they find; there may be others, such as Default."""

MODELS = (
    ExampleModel(
        "m",
        model_type="Agent",
        metrics=(("acc", 0.95), ("acc", 0.5)),
        params={"lr": "0.1"},
        tags={"t-t": "1"},
    ),
    ExampleModel("a", metrics=(("acc", 0.8),), params={"lr": "0.1"}),
    ExampleModel("b", status="LOGGED_MODEL_PENDING", params={"lr": "0.2"}),
)

VALID_MODELS: tuple[tuple[str, frozenset[str]], ...] = (
    ("name = 'm' AND params.lr = '0.1'", frozenset({"m"})),
    ("metrics.acc > 0.9", frozenset({"m"})),
    ("metrics.acc < 0.9", frozenset({"m", "a"})),
    ("attributes.model_type = 'Agent'", frozenset({"m"})),
    ("creation_timestamp > 0", frozenset({"m", "a", "b"})),
    ("creation_time > 0 AND last_updated_timestamp_ms > 0", frozenset({"m", "a", "b"})),
    ("name IN ('a', 'b')", frozenset({"a", "b"})),
    ("tags.`t-t` = '1'", frozenset({"m"})),
    ("params.lr NOT IN ('0.1')", frozenset({"b"})),
    ("status = 'READY'", frozenset({"m", "a"})),
    ("status != 'LOGGED_MODEL_READY'", frozenset({"b"})),
    ("status IN ('PENDING', 'LOGGED_MODEL_UPLOAD_FAILED')", frozenset({"b"})),
    ("status = 'BOGUS'", frozenset()),
    ("status LIKE '%READY'", frozenset({"m", "a"})),
)
"""Filters and the names of the models they find."""

INVALID_RUNS = (
    Invalid("metrics.acc == 0.5", "operator", 12),
    Invalid("metrics.acc <> 0.5", "operator", 12),
    Invalid("metrics.acc > '0.5'", "metrics need a number", 14),
    Invalid("metrics.acc > NaN", "not a number literal", 14),
    Invalid("metrics.acc > Infinity", "not a number literal", 14),
    Invalid("metrics.acc > - 1", "blank after the sign", 14),
    Invalid("metrics.acc > +1", "plus sign", 14),
    Invalid("metrics.acc > 0x1", "hexadecimal", 14),
    Invalid("metrics.acc LIKE '0%'", "operator for metrics", 12),
    Invalid("metrics.acc IN (0.5)", "operator for metrics", 12),
    Invalid("metrics.acc IS NULL", "only params and tags", 12),
    Invalid("metrics.acc BETWEEN 0 AND 1", "unknown keyword", 12),
    Invalid("0.5 < metrics.acc", "field must be on the left", 0),
    Invalid("0.1 < metrics.acc < 0.9", "chained", 0),
    Invalid("metrics.acc > metrics.loss", "field on the right", 14),
    Invalid("metrics.acc + 1 > 0", "arithmetic", 12),
    Invalid("metrics.acc > (0.5)", "list", 14),
    Invalid("METRICS.acc > 0.5", "prefix in capitals", 0),
    Invalid('"metrics".acc > 0.5', "prefix in double quotes", 0),
    Invalid("metrics . acc > 0.5", "blanks at the dot", 8),
    Invalid("metrics.a b = 1", "key needs quotes", 10),
    Invalid("metrics.val-acc > 0", "key needs quotes", 11),
    Invalid("acc > 0.5", "unknown attribute", 0),
    Invalid("foo.bar = 'x'", "unknown prefix", 0),
    Invalid("mlflowMetric.acc > 0.5", "unknown prefix", 0),
    Invalid("params.lr = 0.1", "params need a string", 12),
    Invalid("params.lr = abc", "not quoted", 12),
    Invalid("params.lr = `0.1`", "backticks are for keys", 12),
    Invalid("params.lr > '0.01'", "operator for params", 10),
    Invalid("params.lr NOT LIKE '0.%'", "operator", 10),
    Invalid("params.lr IN ('0.1')", "IN only for run_id and datasets", 10),
    Invalid("params.lr = NULL", "use IS NULL", 12),
    Invalid("params.lr = '0.1", "string not closed", 12),
    Invalid("tags.env IN ('prod')", "IN", 9),
    Invalid("tags.user-name = 'T'", "key needs quotes", 9),
    Invalid("status IN ('FINISHED')", "IN only for run_id", 7),
    Invalid("status = 3", "needs a string", 9),
    Invalid("status > 'A'", "operator", 7),
    Invalid("start_time > '1000'", "needs a number", 13),
    Invalid("end_time IS NULL", "only params and tags", 9),
    Invalid("lifecycle_stage = 'active'", "not searchable", 0),
    Invalid("experiment_id = '1'", "not searchable", 0),
    Invalid("run_id IN ()", "empty list", 11),
    Invalid("run_id IN (1, 2)", "strings needed", 11),
    Invalid("run_id IN 'a'", "parentheses needed", 10),
    Invalid("dataset.foo = 'x'", "unknown dataset key", 8),
    Invalid("dataset.name > 'a'", "operator", 13),
    Invalid("metrics.acc > 1 OR metrics.acc < 0", "OR", 16),
    Invalid("NOT metrics.acc > 1", "NOT", 0),
    Invalid("(metrics.acc > 1)", "parentheses", 0),
    Invalid("metrics.acc > 1;", "semicolon", 15),
    Invalid("metrics.acc > 1 -- why", "comment", 16),
    Invalid("metrics.acc > 1, params.lr = '1'", "comma", 15),
    Invalid("metrics.acc", "no comparison", 11),
)

INVALID_EXPERIMENTS = (
    Invalid("attributes.name = 'a'", "prefix", 0),
    Invalid("name IN ('a')", "IN only for experiment_id", 5),
    Invalid("experiment_id = 0", "string needed", 16),
    Invalid("experiment_id = 'abc'", "integer text needed", 16),
    Invalid("creation_time > 1.5", "integer needed", 16),
    Invalid("params.a = '1'", "prefix", 0),
    Invalid("lifecycle_stage = 'active'", "use view_type", 0),
)

INVALID_MODELS = (
    Invalid("metric.acc > 0.8", "prefix", 0),
    Invalid("params.lr < 0.3", "operator", 10),
    Invalid("tags.env IS NULL", "not offered", 9),
    Invalid("foo = 'x'", "unknown attribute", 0),
    Invalid("metrics.acc > '0.8'", "number needed", 14),
)

INVALID_ORDERS = (
    InvalidOrder("runs", ("foo",), "unknown attribute", 0),
    InvalidOrder("runs", ("metrics.acc FOO",), "unknown direction", 12),
    InvalidOrder("runs", ("metrics.acc ASC DESC",), "two directions", 16),
    InvalidOrder("runs", ("dataset.name",), "not sortable", 0),
    InvalidOrder("runs", ("experiment_id",), "not sortable", 0),
    InvalidOrder("runs", ("metrics.a b",), "key needs quotes", 10),
    InvalidOrder("runs", ("metrics.a, params.b",), "comma", 9),
    InvalidOrder("runs", ("",), "empty", 0),
    InvalidOrder("runs", ("metrics.acc NULLS LAST",), "no word on missing values", 12),
    InvalidOrder("runs", ("1",), "constant", 0),
    InvalidOrder("runs", ("start_time", "created DESC"), "the same key twice", 0),
    InvalidOrder("experiments", ("tags.team",), "not sortable", 0),
    InvalidOrder("experiments", ("name", "name DESC"), "the same key twice", 0),
    InvalidOrder("logged models", ({"field_name": "params.lr"},), "not sortable", 0),
    InvalidOrder("logged models", ({"field_name": "foo"},), "unknown attribute", 0),
    InvalidOrder(
        "logged models", ({"field_name": "name"}, {"field_name": "name"}), "the same key twice", 0
    ),
)
