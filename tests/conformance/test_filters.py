"""Every example of filters and orders, on every service."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import pytest

from nbtrack.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    SearchLoggedModelsDataset,
    SearchLoggedModelsOrderBy,
)
from tests import search_examples as examples
from tests.conformance.differences import FILTERS, FILTERS_OF_MODELS
from tests.conformance.service import INVALID, MLFLOW, Service, code_of, unique


@dataclass(frozen=True)
class Searched:
    """A service that holds the things of the examples."""

    service: Service
    experiment_id: str
    runs: Mapping[str, str]
    experiments: Mapping[str, str]
    models: Mapping[str, str]
    mark: str

    @property
    def is_mlflow(self) -> bool:
        """Tell whether MLflow is searched."""
        return self.service.kind == MLFLOW


def filters_of(rows: Iterable[tuple[str, object]]) -> list[str]:
    """Return the filters of some examples, to name their tests."""
    return [text for text, _ in rows]


def log_run(service: Service, experiment_id: str, example: examples.ExampleRun) -> str:
    """Log a run of the examples."""
    client = service.client
    run = client.create_run(
        experiment_id,
        run_name=example.name,
        start_time=example.start_time,
        user_id=example.user_id,
        tags=example.tags,
    )
    run_id = run.info.run_id
    metrics = [Metric(key=k, value=v, timestamp=1) for k, v in example.metrics.items()]
    client.log_batch(run_id, metrics=metrics, params=example.params)
    datasets = [
        DatasetInput(
            dataset=Dataset(name=name, digest=digest, source_type="local", source="{}"),
            tags=(InputTag(key="mlflow.data.context", value=context),),
        )
        for name, digest, context in example.datasets
    ]
    client.log_inputs(run_id, datasets=datasets)
    client.update_run(run_id, status=example.status, end_time=example.end_time)
    return run_id


def log_logged_model(service: Service, experiment_id: str, example: examples.ExampleModel) -> str:
    """Log a model of the examples, with its points on one run."""
    model = service.client.create_logged_model(
        experiment_id,
        name=example.name,
        model_type=example.model_type,
        params=example.params,
        tags=example.tags,
    )
    model_id = model.info.model_id
    run_id = service.new_run_id(service.new_experiment())
    for time, (key, value) in enumerate(example.metrics):
        service.client.log_metric(run_id, key, value, timestamp=time, model_id=model_id)
    if example.status != "LOGGED_MODEL_PENDING":
        service.client.finalize_logged_model(model_id, status=example.status)
    return model_id


@pytest.fixture(scope="module")
def searched(shared_service: Service) -> Searched:
    """Give a service with the things of the examples; names of experiments get a mark."""
    mark = unique("")
    experiment_id = shared_service.new_experiment()
    experiments = {
        example.name: shared_service.client.create_experiment(
            example.name + mark, tags={**example.tags, "mark": mark}
        )
        for example in examples.EXPERIMENTS
    }
    return Searched(
        service=shared_service,
        experiment_id=experiment_id,
        runs={e.name: log_run(shared_service, experiment_id, e) for e in examples.RUNS},
        experiments=experiments,
        models={
            e.name: log_logged_model(shared_service, experiment_id, e) for e in examples.MODELS
        },
        mark=mark,
    )


def found_runs(searched: Searched, text: str) -> list[str] | str:
    """Return the names of the runs that a filter finds, in order, or the error code."""
    search = partial(
        searched.service.client.search_runs,
        searched.experiment_id,
        filter=text.format_map(searched.runs) if "{" in text else text,
    )
    code = code_of(search)
    return [run.info.run_name for run in search().runs] if code == "OK" else code


def newest_first(searched: Searched, names: tuple[str, ...]) -> list[str]:
    """Sort names of runs by start, newest first, and by id."""
    starts = {example.name: example.start_time for example in examples.RUNS}
    return sorted(names, key=lambda name: (-starts[name], searched.runs[name]))


@pytest.mark.parametrize(
    ("text", "names"), examples.VALID_RUNS, ids=filters_of(examples.VALID_RUNS)
)
def test_filter_finds_runs(searched: Searched, text: str, names: tuple[str, ...]) -> None:
    if searched.is_mlflow and text in FILTERS:
        answer = FILTERS[text].mlflow
        wanted = answer if isinstance(answer, str) else newest_first(searched, answer)
    else:
        wanted = newest_first(searched, names)
    assert found_runs(searched, text) == wanted


@pytest.mark.parametrize("example", examples.INVALID_RUNS, ids=lambda example: example.filter)
def test_wrong_filter_of_runs_is_refused(searched: Searched, example: examples.Invalid) -> None:
    assert found_runs(searched, example.filter) == INVALID


@pytest.mark.parametrize(
    ("text", "names"), examples.VALID_EXPERIMENTS, ids=filters_of(examples.VALID_EXPERIMENTS)
)
def test_filter_finds_experiments(searched: Searched, text: str, names: frozenset[str]) -> None:
    for name in ("S-One", "s-three"):  # as stored: with the mark
        text = text.replace(f"name = '{name}'", f"name = '{name}{searched.mark}'")
        text = text.replace(f"name != '{name}'", f"name != '{name}{searched.mark}'")
    text = f"{text.format_map(searched.experiments)} AND tags.mark = '{searched.mark}'"
    page = searched.service.client.search_experiments(filter=text)
    assert {e.name.removesuffix(searched.mark) for e in page.experiments} == names


@pytest.mark.parametrize(
    "example", examples.INVALID_EXPERIMENTS, ids=lambda example: example.filter
)
def test_wrong_filter_of_experiments_is_refused(
    searched: Searched, example: examples.Invalid
) -> None:
    search = partial(searched.service.client.search_experiments, filter=example.filter)
    assert code_of(search) == INVALID


@pytest.mark.parametrize(
    ("text", "names"), examples.VALID_MODELS, ids=filters_of(examples.VALID_MODELS)
)
def test_filter_finds_models(searched: Searched, text: str, names: frozenset[str]) -> None:
    search = partial(
        searched.service.client.search_logged_models, searched.experiment_id, filter=text
    )
    code = code_of(search)
    found = {model.info.name for model in search().models} if code == "OK" else code
    is_different = searched.is_mlflow and text in FILTERS_OF_MODELS
    assert found == (FILTERS_OF_MODELS[text].mlflow if is_different else names)


@pytest.mark.parametrize("example", examples.INVALID_MODELS, ids=lambda example: example.filter)
def test_wrong_filter_of_models_is_refused(searched: Searched, example: examples.Invalid) -> None:
    text, search = example.filter, searched.service.client.search_logged_models
    code = code_of(partial(search, searched.experiment_id, filter=text))
    is_different = searched.is_mlflow and text in FILTERS_OF_MODELS
    assert code == (FILTERS_OF_MODELS[text].mlflow if is_different else INVALID)


@pytest.mark.parametrize(
    "example", examples.INVALID_ORDERS, ids=lambda example: f"{example.search} {example.order_by}"
)
def test_wrong_order_is_refused(searched: Searched, example: examples.InvalidOrder) -> None:
    client = searched.service.client
    calls: dict[str, Callable[[], object]] = {
        "runs": partial(client.search_runs, searched.experiment_id, order_by=example.order_by),
        "experiments": partial(client.search_experiments, order_by=example.order_by),
        "logged models": partial(
            client.search_logged_models,
            searched.experiment_id,
            order_by=[
                SearchLoggedModelsOrderBy(**item)
                for item in example.order_by
                if isinstance(item, dict)
            ],
        ),
    }
    code = code_of(calls[example.search])
    key = f"{example.search}: {example.order_by}"
    is_different = searched.is_mlflow and key in FILTERS
    assert code == (FILTERS[key].mlflow if is_different else INVALID)


TIED = "beta and gamma"  # they started together: their ids decide
ORDERS = (
    ("metrics.acc", ["Epsilon", "beta", "Alpha", "delta", "gamma"]),
    ("metrics.acc DESC", ["delta", "Alpha", "beta", "Epsilon", "gamma"]),
    ("metrics.neg", ["delta", "Alpha", "Epsilon", TIED]),
    ("metric.`a b` desc", ["Alpha", "Epsilon", "delta", TIED]),
    ("params.lr", ["beta", "gamma", "Alpha", "Epsilon", "delta"]),
    ("params.lr DESC", ["Epsilon", "gamma", "Alpha", "beta", "delta"]),
    ("tags.env", ["Epsilon", "beta", "gamma", "Alpha", "delta"]),
    ("run_name", ["Alpha", "Epsilon", "beta", "delta", "gamma"]),
    ("attributes.start_time ASC", ["Alpha", TIED, "delta", "Epsilon"]),
    ("Created DESC", ["Epsilon", "delta", TIED, "Alpha"]),
    ("end_time", ["Alpha", "beta", "Epsilon", "delta", "gamma"]),
    ("end_time DESC", ["beta", "Alpha", "Epsilon", "delta", "gamma"]),
    ("user_id DESC", ["beta", "Alpha", "Epsilon", "delta", "gamma"]),
    ("status", ["beta", "Alpha", "Epsilon", "delta", "gamma"]),
)


@pytest.mark.parametrize(("order", "names"), ORDERS, ids=[order for order, _ in ORDERS])
def test_runs_are_ordered(searched: Searched, order: str, names: list[str]) -> None:
    tied = sorted(("beta", "gamma"), key=searched.runs.__getitem__)
    wanted = [each for name in names for each in (tied if name == TIED else [name])]
    page = searched.service.client.search_runs(searched.experiment_id, order_by=order)
    assert [run.info.run_name for run in page.runs] == wanted


def test_several_orders_apply_one_after_the_other(searched: Searched) -> None:
    page = searched.service.client.search_runs(
        searched.experiment_id, order_by=["status DESC", "metrics.acc DESC"]
    )
    names = [run.info.run_name for run in page.runs]
    assert names == ["delta", "Epsilon", "gamma", "Alpha", "beta"]


def test_experiments_are_ordered_by_name(searched: Searched) -> None:
    page = searched.service.client.search_experiments(
        filter=f"tags.mark = '{searched.mark}'", order_by="name DESC"
    )
    names = [e.name.removesuffix(searched.mark) for e in page.experiments]
    assert names == ["s-three", "S-Two", "S-One"]


MODEL_ORDERS = (
    ("name", True, ["a", "b", "m"]),
    ("name", False, ["m", "b", "a"]),
    ("metrics.acc", True, ["m", "a", "b"]),
    ("metrics.acc", False, ["a", "m", "b"]),
)


@pytest.mark.parametrize(
    ("field", "ascending", "names"), MODEL_ORDERS, ids=[f"{f} {a}" for f, a, _ in MODEL_ORDERS]
)
def test_models_are_ordered(
    searched: Searched, field: str, names: list[str], *, ascending: bool
) -> None:
    order = SearchLoggedModelsOrderBy(field_name=field, ascending=ascending)
    page = searched.service.client.search_logged_models(searched.experiment_id, order_by=[order])
    assert [model.info.name for model in page.models] == names


def test_dataset_limits_the_points_of_models(own_service: Service) -> None:
    service, experiment_id = own_service, own_service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    for name, dataset in (("one", "iris"), ("two", "wine")):
        model = service.client.create_logged_model(experiment_id, name=name)
        service.client.log_metric(
            run_id,
            "acc",
            0.9,
            timestamp=1,
            model_id=model.info.model_id,
            dataset_name=dataset,
            dataset_digest="d",
        )
    iris = SearchLoggedModelsDataset(dataset_name="iris")
    search = partial(service.client.search_logged_models, experiment_id, datasets=[iris])
    assert [m.info.name for m in search(filter="metrics.acc > 0.5").models] == ["one"]
    assert [m.info.name for m in search().models] == ["one"]
    assert search(filter="metrics.acc > 0.95").models == ()


def test_dataset_without_a_name_is_refused(shared_service: Service) -> None:
    search = shared_service.client.search_logged_models
    nameless = SearchLoggedModelsDataset(dataset_digest="d")
    assert code_of(lambda: search("0", datasets=[nameless])) == INVALID


def test_ilike_ignores_the_case_of_ascii_letters_only(embedded: Service) -> None:
    experiment_id = embedded.new_experiment()
    embedded.client.log_param(embedded.new_run_id(experiment_id), "p", "ÜBER")
    search = partial(embedded.client.search_runs, experiment_id)
    assert len(search(filter="params.p ILIKE 'Über'").runs) == 1
    assert search(filter="params.p ILIKE 'über'").runs == ()


def test_infinite_bounds_compare(embedded: Service) -> None:
    experiment_id = embedded.new_experiment()
    run_id = embedded.new_run_id(experiment_id)
    embedded.client.log_metric(run_id, "m", math.inf, timestamp=1)
    found = embedded.client.search_runs(experiment_id, filter="metrics.m = 1e400")
    assert len(found.runs) == 1
