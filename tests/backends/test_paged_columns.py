from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from nbtrack.api.metrics import GET_HISTORY, GetHistory, HistoryPage
from nbtrack.api.runs import GET_RUN, SEARCH_RUNS, GetRun, RunReply, RunsPage, SearchRuns
from nbtrack.backends.columns import Column, HistoryQuery, RunsQuery
from nbtrack.backends.paged_columns import columns_from_pages
from nbtrack.entities import Metric, Param, Run, RunData, RunInfo, RunStatus, RunTag, ViewType

if TYPE_CHECKING:
    from nbtrack.api.operation import AnyOperation, Message
    from nbtrack.backends.base import Backend

T = TypeVar("T")


class PagedBackend:
    """Answers with two items a page, and keeps the requests."""

    def __init__(self, runs: list[Run], history: dict[tuple[str, str], list[Metric]]) -> None:
        self.runs = runs
        self.history = history
        self.requests: list[Message] = []

    def call(self, op: AnyOperation, request: Message) -> object:
        self.requests.append(request)
        if op is GET_RUN and isinstance(request, GetRun):
            return RunReply(run=next(r for r in self.runs if r.info.run_id == request.run_id))
        if op is SEARCH_RUNS and isinstance(request, SearchRuns):
            found, token = self._page(self.runs, request.page_token, request.max_results)
            return RunsPage(runs=tuple(found), next_page_token=token)
        assert op is GET_HISTORY
        assert isinstance(request, GetHistory)
        points = self.history.get((request.run_id, request.metric_key), [])
        some, token = self._page(points, request.page_token, request.max_results)
        return HistoryPage(metrics=tuple(some), next_page_token=token)

    def _page(
        self, items: list[T], token: str | None, size: int | None
    ) -> tuple[list[T], str | None]:
        start = int(token or 0)
        end = start + min(2, size or 2)
        return items[start:end], str(end) if end < len(items) else None


def run(run_id: str, end_time: int | None = None, **data: dict[str, float | str]) -> Run:
    info = RunInfo(
        run_id=run_id,
        run_name=f"name of {run_id}",
        experiment_id="1",
        status=RunStatus.FINISHED,
        start_time=5,
        end_time=end_time,
        artifact_uri=f"/{run_id}",
        user_id="ana",
    )
    return Run(
        info=info,
        data=RunData(
            metrics=tuple(
                Metric(key=key, value=float(value), timestamp=0)
                for key, value in data.get("metrics", {}).items()
            ),
            params=tuple(Param(key=k, value=str(v)) for k, v in data.get("params", {}).items()),
            tags=tuple(RunTag(key=k, value=str(v)) for k, v in data.get("tags", {}).items()),
        ),
    )


RUNS = [
    run("a", 9, metrics={"loss": 0.5, "acc": math.nan}, params={"lr": "1"}),
    run("b", None, metrics={}, tags={"z": "1", "a": ""}),
    run("c", 0, metrics={"loss": 1.5}, params={"lr": "2", "depth": "3"}),
]


def table(backend: PagedBackend, query: RunsQuery | HistoryQuery) -> dict[str, Column]:
    found = columns_from_pages(cast("Backend", backend), query)
    for column in found.columns:
        width = {"int64": 8, "float64": 8, "coded": 4}.get(column.kind)
        rows = len(column.data) // width if width else len(column.texts)
        assert rows == found.rows
    return {column.name: column for column in found.columns}


def spelled(column: Column) -> list[str | None]:
    return [None if code < 0 else column.texts[code] for code in array("i", column.data)]


def test_runs_become_columns_in_a_fixed_order() -> None:
    columns = table(PagedBackend(RUNS, {}), RunsQuery(experiment_ids=("1",)))
    assert list(columns) == [
        *("run_id", "experiment_id", "run_name", "status", "start_time", "end_time"),
        *("artifact_uri", "lifecycle_stage", "user_id", "metrics.acc", "metrics.loss"),
        *("params.depth", "params.lr", "tags.a", "tags.z"),
    ]
    assert columns["run_id"].texts == ("a", "b", "c")
    assert columns["run_name"].texts == ("name of a", "name of b", "name of c")
    assert spelled(columns["status"]) == ["FINISHED"] * 3
    assert spelled(columns["lifecycle_stage"]) == ["active"] * 3
    assert spelled(columns["experiment_id"]) == ["1"] * 3


def test_missing_values_are_marked() -> None:
    columns = table(PagedBackend(RUNS, {}), RunsQuery(experiment_ids=("1",)))
    assert array("q", columns["end_time"].data).tolist() == [9, 0, 0]
    assert columns["end_time"].missing == b"\0\1\0"
    assert columns["start_time"].missing == b""
    loss = array("d", columns["metrics.loss"].data).tolist()
    assert (loss[0], loss[2], columns["metrics.loss"].missing) == (0.5, 1.5, b"\0\1\0")
    assert columns["metrics.acc"].missing == b"\0\1\1"
    assert columns["params.depth"].texts == (None, None, "3")
    assert columns["tags.a"].texts == (None, "", None)


def test_query_reaches_the_search() -> None:
    backend = PagedBackend(RUNS, {})
    query = RunsQuery(
        experiment_ids=("1", "2"),
        filter="metrics.loss < 1",
        order_by=("metrics.loss DESC",),
        view_type=ViewType.ALL,
    )
    table(backend, query)
    assert backend.requests == [
        SearchRuns(
            experiment_ids=query.experiment_ids,
            filter=query.filter,
            order_by=query.order_by,
            run_view_type=query.view_type,
            max_results=50_000,
            page_token=token,
        )
        for token in (None, "2")
    ]


@pytest.mark.parametrize(("limit", "pages"), [(0, 0), (1, 1), (2, 1), (3, 2), (9, 2)])
def test_limit_ends_the_paging(limit: int, pages: int) -> None:
    backend = PagedBackend(RUNS, {})
    columns = table(backend, RunsQuery(experiment_ids=("1",), limit=limit))
    assert columns["run_id"].texts == ("a", "b", "c")[:limit]
    assert len(backend.requests) == pages


def test_select_chooses_columns() -> None:
    query = RunsQuery(experiment_ids=("1",), select=("status", "params.*", "metrics.l?ss"))
    assert list(table(PagedBackend(RUNS, {}), query)) == [
        "status",
        "metrics.loss",
        "params.depth",
        "params.lr",
    ]


def points(*values: float) -> list[Metric]:
    return [
        Metric(key="k", value=value, step=-step, timestamp=10 + step)
        for step, value in enumerate(values)
    ]


def test_history_comes_run_by_run_and_key_by_key() -> None:
    history = {("c", "loss"): points(1, 2, 3), ("a", "loss"): points(4), ("a", "acc"): points(5)}
    query = HistoryQuery(run_ids=("c", "a"), keys=("acc", "loss"))
    columns = table(PagedBackend(RUNS, history), query)
    assert list(columns) == ["run_id", "key", "step", "timestamp", "value"]
    assert spelled(columns["run_id"]) == ["c", "c", "c", "a", "a"]
    assert spelled(columns["key"]) == ["loss", "loss", "loss", "acc", "loss"]
    assert array("d", columns["value"].data).tolist() == [1, 2, 3, 5, 4]
    assert array("q", columns["step"].data).tolist() == [0, -1, -2, 0, 0]
    assert array("q", columns["timestamp"].data).tolist() == [10, 11, 12, 10, 10]


def test_history_without_keys_takes_every_metric_of_the_run() -> None:
    history = {("a", "loss"): points(1), ("a", "acc"): points(2)}
    columns = table(PagedBackend(RUNS, history), HistoryQuery(run_ids=("a", "b")))
    assert spelled(columns["key"]) == ["loss", "acc"]


def test_history_of_nothing_has_all_columns() -> None:
    columns = table(PagedBackend(RUNS, {}), HistoryQuery(run_ids=(), keys=("loss",)))
    assert list(columns) == ["run_id", "key", "step", "timestamp", "value"]
    assert columns["value"].data == b""
