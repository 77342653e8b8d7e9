"""Wide filters on every backend, and random ones against an oracle in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbtrack.entities import Metric
from nbtrack.errors import FilterError
from nbtrack.frames import runs
from tests.conformance.service import Service

HOUR = 3_600_000
START = 1_700_000_000_000


@dataclass
class Sample:
    """A run to be: params and the values of its metrics, one a step."""

    params: dict[str, str] = field(default_factory=dict[str, str])
    metrics: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


def log(service: Service, experiment_id: str, name: str, run: Sample, **tags: str) -> str:
    client = service.client
    run_id = client.create_run(
        experiment_id, run_name=name, start_time=START, tags=tags
    ).info.run_id
    points = [
        Metric(key=key, value=value, timestamp=START, step=step)
        for key, values in run.metrics.items()
        for step, value in enumerate(values)
    ]
    client.log_many(run_id, metrics=points, params=run.params)
    return run_id


def names(service: Service, filter: str, experiment_id: str) -> list[str]:
    frame = runs(filter, client=service.client, experiments=experiment_id, attempts="all")
    return sorted(frame["run_name"].tolist()) if len(frame) else []


EXAMPLES = {
    "metrics.loss < 0.5 or params.model = 'cnn'": ["best", "cnn"],
    "not metrics.loss < 0.5": ["bare", "cnn"],
    "(metrics.loss < 0.5 or params.lr > 0.05) and params.model = 'cnn'": ["cnn"],
    "params.lr > 0.05": ["cnn"],
    "params.lr = 0.001": ["best"],
    "params.lr between 0.0001 and 0.01": ["best"],
    "params.lr not between 0.0001 and 0.01": ["cnn"],
    "params.model in ('cnn', 'rnn')": ["cnn"],
    "params.model not like 'c%'": ["best"],
    "params.model is null": ["bare"],
    "metrics.loss is not null and params.lr is not null": ["best", "cnn"],
    "metrics.loss in (0.1, 7)": ["best"],
    "min(metrics.loss) < 0.06": ["best"],
    "max(metrics.loss) >= 2 and first(metrics.loss) = 2": ["cnn"],
    "count(metrics.loss) > 2 and mean(metrics.loss) < 1": ["best"],
    "min_step(metrics.loss) = 1 and min(metrics.loss) < 0.5": ["best"],
    "std(metrics.loss) > 0.5": ["cnn"],
    "status in ('FINISHED') or run_name like 'b%'": ["bare", "best"],
    "end_time is null": ["bare", "cnn"],
    "duration between '59m' and '1h1m'": ["best"],
    "start_time > '2023-11-14' and start_time < '2023-11-16 00:00'": ["bare", "best", "cnn"],
    "start_time > ago('1d')": [],
    "parent.params.lr = 0.001": ["bare"],
    "parent.run_name = 'best' and not parent.params.lr > 5": ["bare"],
    "min(parent.metrics.loss) < 0.06": ["bare"],
    "parent.params.lr is null": ["best", "cnn"],
    "experiment.tags.team = 'vision'": ["bare", "best", "cnn"],
    "experiment.name like 'nothing%'": [],
    "not (tags.env is null or tags.env != 'prod')": ["cnn"],
}


@pytest.fixture(scope="module")
def filled() -> dict[str, str]:
    """Hold the experiment that each service was given the runs of this file in."""
    return {}


def experiment_of(service: Service, filled: dict[str, str]) -> str:
    if service.kind not in filled or service.kind in {"embedded", "http-in-process"}:
        filled[service.kind] = experiment_id = service.new_experiment()
        service.client.set_experiment_tag(experiment_id, "team", "vision")
        best = Sample({"lr": "1e-3", "model": "mlp"}, {"loss": [0.9, 0.05, 0.1]})
        run_id = log(service, experiment_id, "best", best)
        service.client.update_run(run_id, status="FINISHED", end_time=START + HOUR)
        cnn = Sample({"lr": "0.1", "model": "cnn"}, {"loss": [2.0, 0.8]})
        log(service, experiment_id, "cnn", cnn, env="prod")
        log(service, experiment_id, "bare", Sample(), **{"mlflow.parentRunId": run_id})
    return filled[service.kind]


@pytest.mark.parametrize(("filter", "expected"), EXAMPLES.items(), ids=EXAMPLES)
def test_a_filter_finds_the_same_runs_everywhere(
    service: Service, filled: dict[str, str], filter: str, expected: list[str]
) -> None:
    assert names(service, filter, experiment_of(service, filled)) == expected


def test_a_wide_order_sorts_everywhere_alike(service: Service, filled: dict[str, str]) -> None:
    frame = runs(
        client=service.client,
        experiments=experiment_of(service, filled),
        order_by=["min(metrics.loss) DESC", "run_name ASC"],
        limit=2,
    )
    assert frame["run_name"].tolist() == ["cnn", "best"]


def test_a_mistake_is_told_before_anything_is_sent(service: Service) -> None:
    with pytest.raises(FilterError, match="Did you mean 'mean'"):
        runs("meen(metrics.loss) < 1", client=service.client, experiments="no such experiment")


# --- random filters ------------------------------------------------------------------------------

NUMBERS = st.sampled_from([0.0, 1.0, 2.0, -1.0, 0.5, math.nan])
PARAMS = st.sampled_from(["0", "1", "0.5", "1e0", "2.0", "007", "a", "b%", "A", "true"])
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
Check = Callable[[Sample], bool]
Asked = tuple[str, Check]


def is_number(text: str) -> bool:
    return text not in {"007", "a", "b%", "A", "true"}


def summary_of(values: Sequence[float], word: str) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    if word in {"first", "last"}:
        return values[0 if word == "first" else -1]
    if word == "count":
        return len(values)
    if not numbers:
        return math.nan
    return {"min": min(numbers), "max": max(numbers), "mean": sum(numbers) / len(numbers)}[word]


@st.composite
def metric_tests(draw: st.DrawFn) -> Asked:
    word = draw(st.sampled_from(["", "first", "last", "min", "max", "mean", "count"]))
    operator, number = draw(st.sampled_from(sorted(COMPARED))), draw(st.sampled_from([0.0, 1, 0.5]))
    text = f"{word}(metrics.m)" if word else "metrics.m"

    def check(run: Sample) -> bool:
        values = run.metrics.get("m")
        if not values:
            return False
        return COMPARED[operator](summary_of(values, word or "last"), number)

    return f"{text} {operator} {number}", check


@st.composite
def param_tests(draw: st.DrawFn) -> Asked:
    operator, number = draw(st.sampled_from(sorted(COMPARED))), draw(st.sampled_from([0, 1, 0.5]))

    def check(run: Sample) -> bool:
        text = run.params.get("p")
        return text is not None and is_number(text) and COMPARED[operator](float(text), number)

    return f"params.p {operator} {number}", check


@st.composite
def text_tests(draw: st.DrawFn) -> Asked:
    operator, word = draw(st.sampled_from(["=", "!="])), draw(PARAMS)

    def check(run: Sample) -> bool:
        text = run.params.get("p")
        return text is not None and COMPARED[operator](text, word)

    return f"params.p {operator} '{word}'", check


def list_tests() -> st.SearchStrategy[Asked]:
    def build(words: list[str], negated: bool) -> Asked:  # noqa: FBT001 - hypothesis'
        listed = ", ".join(f"'{word}'" for word in words)

        def check(run: Sample) -> bool:
            text = run.params.get("p")
            return text is not None and (text in words) is not negated

        return f"params.p {'not ' if negated else ''}in ({listed})", check

    return st.builds(build, st.lists(PARAMS, min_size=1, max_size=3), st.booleans())


NULL_TESTS: st.SearchStrategy[Asked] = st.sampled_from(
    [
        ("params.p is null", lambda run: "p" not in run.params),
        ("metrics.m is not null", lambda run: "m" in run.metrics),
    ]
)


def joined(parts: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    def both(left: Asked, right: Asked) -> Asked:
        return f"({left[0]} and {right[0]})", lambda run: left[1](run) and right[1](run)

    def either(left: Asked, right: Asked) -> Asked:
        return f"({left[0]} or {right[0]})", lambda run: left[1](run) or right[1](run)

    def neither(part: Asked) -> Asked:
        return f"not {part[0]}", lambda run: not part[1](run)

    pairs = st.builds(both, parts, parts) | st.builds(either, parts, parts)
    return pairs | st.builds(neither, parts)


LEAVES = metric_tests() | param_tests() | text_tests() | list_tests() | NULL_TESTS
FILTERS = st.recursive(LEAVES, joined, max_leaves=6)
SAMPLES = st.builds(
    Sample,
    st.dictionaries(st.just("p"), PARAMS),
    st.dictionaries(st.just("m"), st.lists(NUMBERS, min_size=1, max_size=4)),
)
MANY = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
FEW = settings(MANY, max_examples=4, phases=[Phase.explicit, Phase.generate])
CORPORA = st.lists(SAMPLES, min_size=1, max_size=6)


def check_all(service: Service, samples: list[Sample], asked: list[Asked]) -> None:
    experiment_id = service.new_experiment()
    known = {f"r{n}": sample for n, sample in enumerate(samples)}
    for name, sample in known.items():
        log(service, experiment_id, name, sample)
    for text, check in asked:
        wanted = sorted(name for name, sample in known.items() if check(sample))
        assert names(service, text, experiment_id) == wanted, text


@MANY
@given(CORPORA, st.lists(FILTERS, min_size=4, max_size=8))
def test_random_filters_embedded(
    long_lived_embedded: Service, samples: list[Sample], asked: list[Asked]
) -> None:
    check_all(long_lived_embedded, samples, asked)


@settings(MANY, max_examples=20)
@given(CORPORA, st.lists(FILTERS, min_size=4, max_size=8))
def test_random_filters_through_the_server(
    over_socket: Service, samples: list[Sample], asked: list[Asked]
) -> None:
    check_all(over_socket, samples, asked)


@FEW
@given(CORPORA, st.lists(FILTERS, min_size=8, max_size=8))
def test_random_filters_on_mlflow(
    mlflow: Service, samples: list[Sample], asked: list[Asked]
) -> None:
    check_all(mlflow, samples, asked)
