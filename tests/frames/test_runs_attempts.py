"""Which attempts of a cell `runs` shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.frames import runs


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(backend=SqliteBackend(tmp_path / "store"))


def attempt(
    client: Client, name: str, previous: str | None, lr: str = "0.1", status: str = "FINISHED"
) -> str:
    tags = {} if previous is None else {"nbtrack.attempt.previous": previous}
    run_id = client.create_run("0", run_name=name, tags=tags).info.run_id
    client.log_batch(run_id, params={"lr": lr})
    client.update_run(run_id, status=status)
    return run_id


def names(client: Client, filter: str | None = None, **options: object) -> list[str]:
    frame = runs(filter, client=client, **options)  # type: ignore[arg-type]
    return sorted(frame["run_name"].tolist())


def test_the_same_again_replaces_the_attempt_before(client: Client) -> None:
    first = attempt(client, "first", None)
    attempt(client, "second", first)
    assert names(client) == ["second"]
    assert names(client, attempts="all") == ["first", "second"]


def test_other_params_make_another_run(client: Client) -> None:
    first = attempt(client, "first", None, lr="0.1")
    second = attempt(client, "second", first, lr="0.2")
    attempt(client, "third", second, lr="0.1")
    assert names(client) == ["second", "third"]


@pytest.mark.parametrize("status", ["FAILED", "KILLED"])
def test_an_attempt_that_did_not_finish_is_replaced_by_any_later_one(
    client: Client, status: str
) -> None:
    first = attempt(client, "first", None, lr="0.1", status=status)
    assert names(client) == ["first"]
    attempt(client, "second", first, lr="0.2")
    assert names(client) == ["second"]


def test_a_deleted_attempt_replaces_nothing(client: Client) -> None:
    first = attempt(client, "first", None)
    client.delete_run(attempt(client, "second", first))
    assert names(client) == ["first"]


def test_a_filter_does_not_bring_back_what_was_replaced(client: Client) -> None:
    first = attempt(client, "first", None, status="FAILED")
    attempt(client, "second", first)
    assert names(client, "status = 'FAILED'") == []


def test_tags_that_go_in_a_circle_hide_nothing_and_end(client: Client) -> None:
    first = attempt(client, "first", None)
    second = attempt(client, "second", first)
    client.set_tag(first, "nbtrack.attempt.previous", second)
    attempt(client, "third", first)
    assert names(client) == ["third"]
