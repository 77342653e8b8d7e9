"""Search, order and summaries in plain Python, straight from the words of the contract.

Nothing here is shared with nbtrack: a condition is data, not text, and is judged by loops over
lists. What it says and what a backend answers must be the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

NAMELESS = "nameless"
"""The name of a run whose name is not in its tags."""

Point = tuple[int, int, float]
"""Step, timestamp and value of a metric point."""


@dataclass
class PlainRun:
    """A run as a bag of values; metrics hold every point that was logged."""

    start_time: int
    status: str = "RUNNING"
    end_time: int | None = None
    user_id: str = ""
    name: str | None = None
    is_deleted: bool = False
    metrics: dict[str, list[Point]] = field(default_factory=dict[str, list[Point]])
    params: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    datasets: list[tuple[str, str, str | None]] = field(
        default_factory=list[tuple[str, str, str | None]]
    )
    run_id: str = ""

    def value(self, entity: str, key: str) -> Any:  # noqa: ANN401 - text, number or None
        """Return one searchable value, or None if the run has none."""
        if entity == "metrics":
            points = self.metrics.get(key)
            return latest(points)[2] if points else None
        if entity == "params":
            return self.params.get(key)
        if entity == "tags":
            return self.name if key == "mlflow.runName" else self.tags.get(key)
        return self.name if key == "run_name" else getattr(self, key)


@dataclass(frozen=True)
class Condition:
    """One comparison: of an entity's key, by an operator in capitals, with a value."""

    entity: str
    key: str
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Order:
    """One sort key."""

    entity: str
    key: str
    ascending: bool


def latest(points: Iterable[Point]) -> Point:
    """Return the greatest point by step, time, value; a number beats NaN."""
    return max(points, key=lambda p: (p[0], p[1], not math.isnan(p[2]), p[2]))


def distinct(points: Iterable[Point]) -> list[Point]:
    """Return the set of points, sorted as a history: by time, step, value, with NaN as 0."""
    kept = {(p[0], p[1], "NaN" if math.isnan(p[2]) else p[2]): p for p in points}
    return sorted(
        kept.values(),
        key=lambda p: (p[1], p[0], 0.0 if math.isnan(p[2]) else p[2], math.isnan(p[2])),
    )


def is_like(text: str, pattern: str) -> bool:
    """Compare with a pattern: `%` is any text, `_` any one character."""
    parts = {"%": ".*", "_": "."}
    expression = "".join(parts.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def lower_ascii(text: str) -> str:
    """Make the letters A to Z small, no others."""
    return "".join(char.lower() if "A" <= char <= "Z" else char for char in text)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "IN": lambda a, b: a in b,
    "NOT IN": lambda a, b: a not in b,
    "LIKE": is_like,
    "ILIKE": lambda a, b: is_like(lower_ascii(a), lower_ascii(b)),
}


def holds(run: PlainRun, condition: Condition) -> bool:
    """Judge one condition of one run."""
    compare = _COMPARE.get(condition.operator)
    if condition.entity == "datasets":
        assert compare is not None
        place = ("name", "digest", "context").index(condition.key)
        found = [dataset[place] for dataset in run.datasets]
        return any(v is not None and compare(v, condition.value) for v in found)
    value = run.value(condition.entity, condition.key)
    if compare is None:
        return (value is None) == (condition.operator == "IS NULL")
    return value is not None and compare(value, condition.value)


def search(
    runs: Iterable[PlainRun],
    conditions: Sequence[Condition],
    orders: Sequence[Order],
    view: str,
) -> list[str]:
    """Return the ids of the runs that all conditions hold for, in order."""
    stages = {"ACTIVE_ONLY": (False,), "DELETED_ONLY": (True,), "ALL": (False, True)}[view]
    found = [
        run
        for run in runs
        if run.is_deleted in stages and all(holds(run, condition) for condition in conditions)
    ]
    named = {order.key for order in orders if order.entity == "attributes"}
    found.sort(key=lambda run: run.run_id)
    if "start_time" not in named:
        found.sort(key=lambda run: -run.start_time)
    for order in reversed(orders):
        found = sorted_by(found, order)
    return [run.run_id for run in found]


def _value(order: Order, run: PlainRun) -> Any:  # noqa: ANN401 - text, number or None
    return run.value(order.entity, order.key)


def shown_name(run: PlainRun) -> str:
    """Return the name that an order compares: it stays when the tag of the name is deleted."""
    return run.name or NAMELESS


def sorted_by(runs: Iterable[PlainRun], order: Order) -> list[PlainRun]:
    """Sort by one key: values, then NaN, then missing, in both directions; ties stay."""
    values, nans, missing = list[PlainRun](), list[PlainRun](), list[PlainRun]()
    get = shown_name if order.key == "run_name" else partial(_value, order)
    for run in runs:
        value = get(run)
        if value is None:
            missing.append(run)
        elif isinstance(value, float) and math.isnan(value):
            nans.append(run)
        else:
            values.append(run)
    values.sort(key=get, reverse=not order.ascending)  # which keeps the order of ties
    return [*values, *nans, *missing]


@dataclass(frozen=True)
class Summary:
    """What may be known of a metric without its points."""

    count: int
    nans: int
    first: Point
    last: Point
    low: float
    high: float
    mean: float


def summary(points: Iterable[Point]) -> Summary:
    """Reckon the summary of a set of points."""
    kept = distinct(points)
    numbers = [p[2] for p in kept if not math.isnan(p[2])]
    return Summary(
        count=len(kept),
        nans=len(kept) - len(numbers),
        first=min(kept, key=lambda p: (p[0], p[1], not math.isnan(p[2]), p[2])),
        last=latest(kept),
        low=min(numbers, default=math.nan),
        high=max(numbers, default=math.nan),
        mean=mean(numbers),
    )


def mean(numbers: Sequence[float]) -> float:
    """Return the mean; NaN if there is none."""
    if not numbers or any(math.isinf(n) for n in numbers):
        return sum(numbers) if numbers else math.nan
    return float(sum(map(Fraction, numbers)) / len(numbers))


@dataclass(frozen=True)
class Linked:
    """A point linked to a model, and the dataset it was measured on."""

    key: str
    time: int
    step: int
    value: float
    dataset: tuple[str, str] | None


@dataclass
class PlainModel:
    """A logged model as a bag of values."""

    name: str
    model_type: str
    params: dict[str, str]
    tags: dict[str, str]
    points: list[Linked]
    model_id: str = ""

    def on(self, dataset: tuple[str, str | None] | None) -> list[Linked]:
        """Return the points on a dataset, of any digest if that is None; all without one."""
        if dataset is None:
            return self.points
        name, digest = dataset
        named = [p for p in self.points if p.dataset is not None and p.dataset[0] == name]
        return [p for p in named if digest is None or p.dataset == (name, digest)]


Datasets = Sequence[tuple[str, str | None]]


def finds_model(model: PlainModel, conditions: Sequence[Condition], datasets: Datasets) -> bool:
    """Judge all conditions of one model; a metric holds if any point of it does."""
    points = [p for d in datasets for p in model.on(d)] if datasets else model.points
    has_metric = any(condition.entity == "metrics" for condition in conditions)
    if datasets and not has_metric and not points:
        return False
    return all(_model_holds(model, points, condition) for condition in conditions)


def _model_holds(model: PlainModel, points: Sequence[Linked], condition: Condition) -> bool:
    compare = _COMPARE[condition.operator]
    if condition.entity == "metrics":
        return any(p.key == condition.key and compare(p.value, condition.value) for p in points)
    places = {"params": model.params, "tags": model.tags, "attributes": vars(model)}
    value = places[condition.entity].get(condition.key)
    return value is not None and compare(value, condition.value)


def sorted_models(
    models: Iterable[PlainModel], key: str, *, ascending: bool, dataset: tuple[str, None] | None
) -> list[str]:
    """Return the ids of models by the latest point of a metric: values, NaN, missing."""
    values, nans, missing = list[tuple[float, str]](), list[str](), list[str]()
    for model in sorted(models, key=lambda model: model.model_id):
        found = [p for p in model.on(dataset) if p.key == key]
        if not found:
            missing.append(model.model_id)
            continue
        last = max(found, key=lambda p: (p.time, p.step, not math.isnan(p.value), p.value))
        if math.isnan(last.value):
            nans.append(model.model_id)
        else:
            values.append((last.value, model.model_id))
    values.sort(key=lambda pair: pair[0], reverse=not ascending)
    return [*(model_id for _, model_id in values), *nans, *missing]
