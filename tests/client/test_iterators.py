"""Iterators go through all pages, ask for large ones, and fetch none before it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from nbtrack.api import OPERATIONS
from nbtrack.client import Client
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    from tests.client.fake_backend import FakeBackend

INFO = {"run_id": "a1", "experiment_id": "3", "status": "RUNNING"}
MODEL_INFO = {"model_id": "m-1", "experiment_id": "3", "status": "LOGGED_MODEL_READY"}


class Row(NamedTuple):
    """An iterator, its operation, the field of its page and one item."""

    method: Callable[..., Iterator[object]]
    name: str
    field: str
    item: dict[str, Any]


ROWS = [
    Row(Client.iter_experiments, "search_experiments", "experiments", {"experiment_id": "3"}),
    Row(Client.iter_listed_experiments, "list_experiments", "experiments", {"experiment_id": "3"}),
    Row(partial(Client.iter_runs, experiment_ids="3"), "search_runs", "runs", {"info": INFO}),
    Row(
        partial(Client.iter_history, run_id="a1", metric_key="loss"),
        "get_history",
        "metrics",
        {"key": "loss", "value": 0.5, "timestamp": 7},
    ),
    Row(
        partial(Client.iter_logged_models, experiment_ids="3"),
        "search_logged_models",
        "models",
        {"info": MODEL_INFO},
    ),
    Row(partial(Client.iter_artifacts, run_id="a1"), "list_artifacts", "files", {"path": "a"}),
    Row(
        partial(Client.iter_logged_model_artifacts, model_id="m-1"),
        "list_logged_model_artifacts",
        "files",
        {"path": "a"},
    ),
]
IDS = [row.name for row in ROWS]
SIZED = [row for row in ROWS if OPERATIONS[row.name].largest_page]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_iterator_goes_through_all_pages(row: Row, client: Client, backend: FakeBackend) -> None:
    method, name, field, item = row
    backend.answer(name, {field: [item, item], "next_page_token": "t"}, {field: [item]})
    assert len(list(method(client))) == 3
    assert [getattr(request, "page_token", "") for _, request in backend.calls] == [None, "t"]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_iterator_fetches_a_page_when_it_is_needed(
    row: Row, client: Client, backend: FakeBackend
) -> None:
    method, name, field, item = row
    backend.answer(name, {field: [item], "next_page_token": "t"}, {field: [item]})
    found = method(client)
    assert len(backend.calls) == 0
    next(found)
    assert len(backend.calls) == 1
    next(found)
    assert len(backend.calls) == 2


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_limit_ends_an_iterator_early(row: Row, client: Client, backend: FakeBackend) -> None:
    method, name, field, item = row
    backend.answer(name, {field: [item, item], "next_page_token": "t"}, {field: [item, item]})
    assert len(list(method(client, limit=2))) == 2
    assert len(list(method(client, limit=0))) == 0
    assert len(backend.calls) == 1


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_negative_limit_is_refused_at_once(row: Row, client: Client, backend: FakeBackend) -> None:
    with pytest.raises(InvalidParameterValue, match="limit is -1"):
        row.method(client, limit=-1)
    assert backend.calls == []


@pytest.mark.parametrize("row", SIZED, ids=[row.name for row in SIZED])
def test_iterator_asks_for_the_largest_useful_page(
    row: Row, client: Client, backend: FakeBackend
) -> None:
    method, largest = row.method, OPERATIONS[row.name].largest_page
    sizes: list[dict[str, int]] = [
        {},
        {"limit": 2},
        {"limit": 10**9},
        {"max_results": 7},
        {"max_results": 7, "limit": 2},
    ]
    for size in sizes:
        list(method(client, **size))
    asked = [getattr(request, "max_results", None) for _, request in backend.calls]
    assert asked == [largest, 2, largest, 7, 7]


def test_folders_are_walked_each_before_its_entries(client: Client, backend: FakeBackend) -> None:
    backend.answer(
        "list_artifacts",
        {"files": [{"path": "a", "is_dir": True}, {"path": "z"}]},
        {"files": [{"path": "a/b", "is_dir": True}, {"path": "a/c"}]},
        {"files": [{"path": "a/b/d"}]},
    )
    found = [info.path for info in client.iter_artifacts("a1", recursive=True)]
    assert found == ["a", "a/b", "a/b/d", "a/c", "z"]
    assert [getattr(request, "path", "") for _, request in backend.calls] == [None, "a", "a/b"]


def test_walk_stops_at_the_limit(client: Client, backend: FakeBackend) -> None:
    backend.answer("list_artifacts", {"files": [{"path": "a", "is_dir": True}, {"path": "z"}]})
    assert [info.path for info in client.iter_artifacts("a1", recursive=True, limit=1)] == ["a"]
    assert len(backend.calls) == 1


def test_folders_of_models_are_walked(client: Client, backend: FakeBackend) -> None:
    backend.answer(
        "list_logged_model_artifacts",
        {"files": [{"path": "a", "is_dir": True}]},
        {"files": [{"path": "a/b"}]},
    )
    walk = client.iter_logged_model_artifacts("m-1", recursive=True)
    assert [info.path for info in walk] == ["a", "a/b"]
