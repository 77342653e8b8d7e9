"""Random runs and random searches: every backend finds what the oracle finds, in its order."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbtrack.backends import RunsQuery
from nbtrack.backends.paged_columns import columns_from_pages
from nbtrack.entities import ViewType
from tests.conformance import oracle
from tests.conformance.oracle import PlainRun
from tests.conformance.service import Service
from tests.conformance.strategies import (
    PLAIN,
    WIDE,
    Question,
    corpora,
    log,
    questions,
    with_ids,
    written_filter,
    written_order,
)

SHARED = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
FEW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=15)
NOT_SHRUNK = settings(FEW, max_examples=10, phases=[Phase.explicit, Phase.generate])
"""For a server of which every example takes a second."""


def check(service: Service, runs: Sequence[PlainRun], asked: Sequence[Question]) -> None:
    """Log the runs into an experiment of their own and compare every search."""
    experiment_id = service.new_experiment()
    for run in runs:
        log(service, experiment_id, run)
    for question in (with_ids(each, runs) for each in asked):
        found = service.client.iter_runs(
            experiment_id,
            filter=written_filter(question),
            order_by=[written_order(order) for order in question.orders],
            run_view_type=question.view,
            max_results=question.size,
        )
        wanted = oracle.search(runs, question.conditions, question.orders, question.view)
        assert [run.info.run_id for run in found] == wanted, written_filter(question)


@SHARED
@given(corpora(WIDE), st.lists(questions(WIDE), min_size=8, max_size=12))
def test_embedded_engine_searches_as_the_oracle(
    long_lived_embedded: Service, runs: list[PlainRun], asked: list[Question]
) -> None:
    check(long_lived_embedded, runs, asked)


@SHARED
@given(corpora(WIDE), st.lists(questions(WIDE), min_size=8, max_size=12))
def test_server_searches_as_the_oracle(
    long_lived_in_process: Service, runs: list[PlainRun], asked: list[Question]
) -> None:
    check(long_lived_in_process, runs, asked)


@NOT_SHRUNK
@given(corpora(PLAIN), st.lists(questions(PLAIN), min_size=4, max_size=8))
def test_mlflow_searches_as_the_oracle(
    mlflow: Service, runs: list[PlainRun], asked: list[Question]
) -> None:
    check(mlflow, runs, asked)


@FEW
@given(corpora(WIDE), questions(WIDE))
def test_columns_of_runs_are_what_pages_give(
    long_lived_embedded: Service, runs: list[PlainRun], asked: Question
) -> None:
    service, experiment_id = long_lived_embedded, long_lived_embedded.new_experiment()
    for run in runs:
        log(service, experiment_id, run)
    question = with_ids(asked, runs)
    query = RunsQuery(
        experiment_ids=(experiment_id,),
        filter=written_filter(question),
        order_by=tuple(written_order(order) for order in question.orders),
        view_type=ViewType(question.view),
        limit=None if asked.size == 1 else asked.size,
    )
    assert service.backend.columns(query) == columns_from_pages(service.backend, query)


@FEW
@given(corpora(WIDE))
def test_data_of_runs_are_what_was_logged(
    long_lived_in_process: Service, runs: list[PlainRun]
) -> None:
    service, experiment_id = long_lived_in_process, long_lived_in_process.new_experiment()
    for run in runs:
        log(service, experiment_id, run)
        metrics, params, tags = service.data_of(run.run_id)
        wanted = {key: str(oracle.latest(series)[2] + 0.0) for key, series in run.metrics.items()}
        assert {key: str(value) for key, value in metrics.items()} == wanted
        assert (params, tags) == (run.params, run.tags)
