"""Random runs, conditions, orders and points, and how to write them as the API wants them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from nbtrack.entities import Dataset, DatasetInput, InputTag, Metric
from tests.conformance.oracle import NAMELESS, Condition, Order, PlainRun, Point
from tests.conformance.service import Service

KEYS = ("m", "a b", "min", "学.x")
STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
ORDERING = ("=", "!=", "<", "<=", ">", ">=")
TEXTUAL = ("=", "!=", "LIKE", "ILIKE")


@dataclass(frozen=True)
class Range:
    """How odd the values may be: what a service takes without changing it."""

    values: SearchStrategy[float]
    texts: SearchStrategy[str]


WIDE = Range(
    values=st.sampled_from([math.nan, math.nan, math.inf, -math.inf, 0.0, 1.0, -1.0, 0.5])
    | st.sampled_from([math.nan, 0.0, 1.0, 1e308, 5e-324])
    | st.floats(),
    texts=st.sampled_from(
        ["", "a", "A", "aB", "a_b", "a%b", "a*b", "a?[b]", "0.1", "it's", "ü", "Ü"]
    )
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
"""Everything that nbtrack keeps."""

PLAIN = Range(
    values=st.sampled_from([math.nan, 0.0, 1.0, -1.0, 0.5, 1e9, -2.5]),
    texts=st.sampled_from(["", "a", "A", "aB", "a_b", "ab", "0.1", "b-c", "x y", "prod", "Prod"]),
)
"""What MLflow keeps and its filters can say, too."""


def points(of: Range, *, max_size: int = 4) -> SearchStrategy[list[Point]]:
    """Make points of one metric; few steps and times, so that they collide."""
    return st.lists(
        st.tuples(st.integers(-1, 2), st.integers(0, 3), of.values), min_size=1, max_size=max_size
    )


def point_of_each_step(of: Range) -> SearchStrategy[list[Point]]:
    """Make points without ties, which MLflow settles in another way when NaN is among them."""
    return st.lists(
        st.tuples(st.integers(-1, 4), st.integers(0, 3), of.values),
        min_size=1,
        max_size=3,
        unique_by=lambda p: p[0],
    )


@st.composite
def plain_runs(draw: DrawFn, of: Range) -> PlainRun:
    """Make a run with some of everything."""
    keys = st.sampled_from(KEYS)
    series = points(of) if of is WIDE else point_of_each_step(of)
    named = st.tuples(
        st.sampled_from(["iris", "wine", "Iris"]),
        st.sampled_from(["d1", "d2"]),
        st.sampled_from(["train", "eval", None]),
    )
    return PlainRun(
        start_time=draw(st.sampled_from([0, 1000, 2000, 3000])),
        status=draw(st.sampled_from(STATUSES)),
        end_time=draw(st.sampled_from([None, 1, 1500, 2500])),
        user_id=draw(st.sampled_from(["", "u1", "U1", "u2"])),
        name=draw(st.sampled_from([None, "Alpha", "alpha", "beta"])),
        is_deleted=draw(st.booleans()),
        metrics=draw(st.dictionaries(keys, series, min_size=1, max_size=3)),
        params=draw(st.dictionaries(keys, of.texts, max_size=3)),
        tags=draw(st.dictionaries(keys, of.texts, max_size=3)),
        datasets=draw(st.lists(named, max_size=2, unique_by=lambda d: d[:2])),
    )


def corpora(of: Range) -> SearchStrategy[list[PlainRun]]:
    """Make the runs of an experiment."""
    return st.lists(plain_runs(of), min_size=3, max_size=6)


@st.composite
def conditions(draw: DrawFn, of: Range) -> Condition:
    """Make a condition on something that runs often have."""
    patterns = of.texts | st.sampled_from(["%", "_", "a%", "%b", "A_b", "%a%", "ü%", "[a]%", "*"])
    key = draw(st.sampled_from(KEYS))
    kind = draw(
        st.sampled_from([*["metrics", "params", "tags"] * 2, "times", "texts", "ids", "sets"])
    )
    if kind == "metrics":
        numbers = of.values.filter(math.isfinite)
        return Condition("metrics", key, draw(st.sampled_from(ORDERING)), draw(numbers))
    if kind in {"params", "tags"}:
        operator = draw(st.sampled_from([*TEXTUAL, "IS NULL", "IS NOT NULL"]))
        return Condition(kind, key, operator, draw(patterns))
    if kind == "times":
        name = draw(st.sampled_from(["start_time", "end_time"]))
        number = draw(st.sampled_from([0, 1, 1000, 1500, 2000, 2000.5]))
        return Condition("attributes", name, draw(st.sampled_from(ORDERING)), number)
    if kind == "ids":
        chosen = tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=3)))
        return Condition("attributes", "run_id", draw(st.sampled_from(["IN", "NOT IN"])), chosen)
    if kind == "texts":
        name = draw(st.sampled_from(["run_name", "status", "user_id"]))
        known = st.sampled_from(["Alpha", "alpha", "a%", "FINISHED", "F%", "f%", "u1", "U%", ""])
        return Condition("attributes", name, draw(st.sampled_from(TEXTUAL)), draw(known))
    return draw(dataset_conditions())


@st.composite
def dataset_conditions(draw: DrawFn) -> Condition:
    """Make a condition on datasets."""
    name = draw(st.sampled_from(["name", "digest", "context"]))
    words = st.sampled_from(["iris", "Iris", "d1", "train", "eval", "i%", "%2"])
    operator = draw(st.sampled_from([*TEXTUAL, "IN", "NOT IN"]))
    if operator in {"IN", "NOT IN"}:
        chosen = tuple(draw(st.lists(words, min_size=1, max_size=3)))
        return Condition("datasets", name, operator, chosen)
    return Condition("datasets", name, operator, draw(words))


ATTRIBUTES = ("run_id", "run_name", "status", "user_id", "start_time", "end_time")


@st.composite
def orders(draw: DrawFn) -> Order:
    """Make a sort key."""
    entity = draw(st.sampled_from(["metrics", "params", "tags", "attributes"]))
    names = ATTRIBUTES if entity == "attributes" else KEYS
    return Order(entity, draw(st.sampled_from(names)), draw(st.booleans()))


@dataclass(frozen=True)
class Question:
    """A search: what to find, in which order, view and size of pages, and how it is spelled."""

    conditions: tuple[Condition, ...]
    orders: tuple[Order, ...]
    view: str
    size: int
    spelling: int


@st.composite
def questions(draw: DrawFn, of: Range) -> Question:
    """Make a search."""
    return Question(
        conditions=tuple(draw(st.lists(conditions(of), max_size=2))),
        orders=tuple(
            draw(st.lists(orders(), max_size=2, unique_by=lambda order: (order.entity, order.key)))
        ),
        view=draw(st.sampled_from(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])),
        size=draw(st.integers(1, 7)),
        spelling=draw(st.integers(0, 7)),
    )


def written_filter(question: Question) -> str:
    """Write the conditions as a filter, spelled in one of several ways."""
    word = " AND " if question.spelling & 1 else " and "
    return word.join(written(condition, question.spelling) for condition in question.conditions)


def written(condition: Condition, spelling: int) -> str:
    """Write one condition."""
    left = written_field(condition.entity, condition.key, spelling)
    operator = condition.operator.lower() if spelling & 2 else condition.operator
    if condition.operator.startswith("IS "):
        return f"{left} {operator}"
    if isinstance(condition.value, tuple):
        return f"{left} {operator} ({', '.join(quoted(item) for item in condition.value)})"
    value: Any = condition.value
    return f"{left} {operator} {quoted(value) if isinstance(value, str) else repr(value)}"


def written_field(entity: str, key: str, spelling: int = 0) -> str:
    """Write a field, its key in quotes where it needs them."""
    if entity == "attributes":
        return f"attributes.{key}" if spelling & 4 else key
    prefix = entity.removesuffix("s") if spelling & 4 else entity
    is_word = key.replace(".", "").isidentifier()
    return f"{prefix}.{key}" if is_word else f"{prefix}.`{key}`"


def quoted(text: str) -> str:
    """Write a string; both kinds of quotes in it need the single one doubled."""
    return f'"{text}"' if "'" in text and '"' not in text else "'" + text.replace("'", "''") + "'"


def written_order(order: Order) -> str:
    """Write a sort key."""
    return f"{written_field(order.entity, order.key)} {'ASC' if order.ascending else 'DESC'}"


def with_ids(question: Question, runs: Sequence[PlainRun]) -> Question:
    """Replace numbers of runs by their ids."""
    found = tuple(
        Condition(c.entity, c.key, c.operator, tuple(runs[n % len(runs)].run_id for n in c.value))
        if c.key == "run_id"
        else c
        for c in question.conditions
    )
    return Question(found, question.orders, question.view, question.size, question.spelling)


def log(service: Service, experiment_id: str, run: PlainRun) -> None:
    """Log a plain run and note its id in it."""
    client = service.client
    info = client.create_run(
        experiment_id,
        run_name=run.name or NAMELESS,
        start_time=run.start_time,
        user_id=run.user_id,
    ).info
    run.run_id = run_id = info.run_id
    metrics = [
        Metric(key=key, value=value, timestamp=time, step=step)
        for key, series in run.metrics.items()
        for step, time, value in series
    ]
    client.log_batch(run_id, metrics=metrics, params=run.params, tags=run.tags)
    if run.datasets:
        client.log_inputs(run_id, datasets=[dataset_input(*each) for each in run.datasets])
    client.update_run(run_id, status=run.status, end_time=run.end_time)
    if run.name is None:
        client.delete_tag(run_id, "mlflow.runName")
    if run.is_deleted:
        client.delete_run(run_id)


def dataset_input(name: str, digest: str, context: str | None) -> DatasetInput:
    """Make a dataset input, with or without a context."""
    tags = () if context is None else (InputTag(key="mlflow.data.context", value=context),)
    dataset = Dataset(name=name, digest=digest, source_type="local", source="{}")
    return DatasetInput(dataset=dataset, tags=tags)
