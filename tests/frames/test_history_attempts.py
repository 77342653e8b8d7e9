"""Which attempts of a cell `history` shows, and what it asks for to know."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from nbtrack.backends import open_backend
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.frames import history, runs
from tests.frames.paged_backend import PagedBackend

COLUMNS, PAGES = "columns", "pages"


@pytest.fixture(params=[COLUMNS, PAGES])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Client]:
    inner = open_backend(str(tmp_path / "store"))
    with Client(backend=inner if request.param == COLUMNS else PagedBackend(inner)) as opened:
        yield opened


def attempt(
    client: Client, previous: str | None, lr: str | None = "0.1", status: str = "FINISHED"
) -> str:
    tags = {} if previous is None else {"nbtrack.attempt.previous": previous}
    run_id = client.create_run("0", tags=tags).info.run_id
    point = Metric(key="loss", value=1.0, timestamp=1, step=0)
    client.log_batch(run_id, params={} if lr is None else {"lr": lr}, metrics=[point])
    client.update_run(run_id, status=status)
    return run_id


def shown(client: Client, run_ids: list[str], **options: object) -> list[str]:
    frame = history(run_ids, client=client, **options)  # type: ignore[arg-type]
    return [str(run_id) for run_id in frame["run_id"]]


def test_the_same_again_replaces_the_attempt_before(client: Client) -> None:
    first = attempt(client, None)
    second = attempt(client, first)
    assert shown(client, [first, second]) == [second]
    assert shown(client, [first, second], attempts="all") == [first, second]
    assert history([first, second], client=client).attrs["left_out"]


def test_a_sweep_in_one_cell_is_shown_whole(client: Client) -> None:
    first = attempt(client, None, lr="0.1")
    second = attempt(client, first, lr="0.2")
    third = attempt(client, second, lr=None)
    fourth = attempt(client, third, lr="0.1")
    assert shown(client, [first, second, third, fourth]) == [second, third, fourth]


def test_a_failed_attempt_is_replaced_by_any_later_one(client: Client) -> None:
    first = attempt(client, None, status="FAILED")
    second = attempt(client, first, lr="0.2")
    assert shown(client, [first, second]) == [second]


def test_only_attempts_that_were_asked_for_replace_others(client: Client) -> None:
    first, other = attempt(client, None), attempt(client, None)
    attempt(client, first)
    assert shown(client, [first, other]) == [first, other]


def test_a_deleted_attempt_replaces_nothing(client: Client) -> None:
    first = attempt(client, None)
    second = attempt(client, first)
    client.delete_run(second)
    assert shown(client, [first, second]) == [first, second]


def test_tags_that_go_in_a_circle_end(client: Client) -> None:
    first = attempt(client, None)
    second = attempt(client, first)
    client.set_tag(first, "nbtrack.attempt.previous", second)
    assert sorted(shown(client, [first, second])) == sorted([first, second])


def test_history_shows_what_runs_shows(client: Client) -> None:
    first = attempt(client, None)
    second = attempt(client, first, lr="0.2")
    third = attempt(client, second, lr="0.2", status="KILLED")
    attempt(client, third, lr="0.1")
    every = runs(client=client, attempts="all")["run_id"].tolist()
    assert sorted(shown(client, every)) == sorted(runs(client=client)["run_id"])


def test_each_run_is_looked_up_once_where_there_are_no_columns(tmp_path: Path) -> None:
    backend = PagedBackend(open_backend(str(tmp_path / "store")))
    with Client(backend=backend) as client:
        run_ids = [attempt(client, None) for _ in range(5)]
        history(run_ids, client=client)
    assert backend.calls["get_run"] == len(run_ids)
