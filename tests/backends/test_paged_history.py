"""Histories of many runs from servers that pack no columns: bulk calls, and pages for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from nbtrack import limits
from nbtrack.api.metrics import BulkHistory
from nbtrack.api.operation import Operation, Q, R
from nbtrack.backends import Columns, HistoryQuery, open_backend
from nbtrack.backends.paged_columns import columns_from_pages
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.errors import EndpointNotFound
from tests.frames.paged_backend import PagedBackend

RUNS = 7
Answer = Callable[[BulkHistory], BulkHistory]


class Server(PagedBackend):
    """A server that may cut or refuse the answers of bulk calls."""

    answer: Answer | None = None

    def call(self, op: Operation[Q, R], request: Q) -> R:
        reply = super().call(op, request)
        if self.answer is not None and isinstance(reply, BulkHistory):
            return self.answer(reply)  # type: ignore[return-value]
        return reply


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server]:
    made = Server(open_backend(str(tmp_path / "store")))
    with Client(backend=made):
        yield made


@pytest.fixture
def query(server: Server) -> HistoryQuery:
    client = Client(backend=server.inner)
    run_ids = [client.create_run("0").info.run_id for _ in range(RUNS)]
    for number, run_id in enumerate(run_ids):
        points = [
            Metric(key="loss", value=value, timestamp=5 - step % 3, step=step)
            for step, value in enumerate([float("nan"), 1 / 3, float("inf"), -1.0] * (number + 1))
        ]
        few = [Metric(key="acc", value=number, timestamp=1, step=0)] if number < 3 else []
        client.log_batch(run_id, metrics=[*points, *few])
    return HistoryQuery(run_ids=tuple(run_ids[::-1]), keys=("loss", "acc"))


def asked(server: Server) -> Counter[str]:
    return Counter({name: n for name, n in server.calls.items() if name.startswith("get_history")})


def same(one: Columns, other: Columns) -> bool:
    return repr(one.columns) == repr(other.columns) and one.rows == other.rows


def cut(count: int) -> Answer:
    return lambda reply: BulkHistory(metrics=reply.metrics[:count])


def refuse(_reply: BulkHistory) -> BulkHistory:
    raise EndpointNotFound("There is no such route.")


def test_a_bulk_call_reads_all_runs_but_the_last(server: Server, query: HistoryQuery) -> None:
    loss = HistoryQuery(run_ids=query.run_ids, keys=("loss",))
    assert same(columns_from_pages(server, loss), server.inner.columns(loss))
    assert asked(server) == {"get_history_bulk": 1, "get_history": 1}
    assert same(columns_from_pages(server, query), server.inner.columns(query))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 13, 40, 100])
def test_answers_that_are_cut_lose_nothing(server: Server, query: HistoryQuery, count: int) -> None:
    server.answer = cut(count)
    assert same(columns_from_pages(server, query), server.inner.columns(query))


def test_more_points_than_an_answer_holds(
    server: Server, query: HistoryQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BULK_HISTORY_POINTS", 30)
    monkeypatch.setattr(limits, "BULK_HISTORY_RUNS", 4)
    assert same(columns_from_pages(server, query), server.inner.columns(query))


@pytest.mark.parametrize(
    "answer", [refuse, lambda reply: BulkHistory(metrics=reply.metrics[::-1])], ids=["no", "order"]
)
def test_a_server_without_ordered_bulk_calls_is_read_in_pages(
    server: Server, query: HistoryQuery, answer: Answer
) -> None:
    server.answer = answer
    assert same(columns_from_pages(server, query), server.inner.columns(query))
    assert asked(server)["get_history"] == 2 * RUNS


def test_two_runs_need_no_bulk_call(server: Server, query: HistoryQuery) -> None:
    two = HistoryQuery(run_ids=query.run_ids[:2], keys=("loss",))
    assert same(columns_from_pages(server, two), server.inner.columns(two))
    assert asked(server) == {"get_history": 2}
