"""Runs that were begun without their server, and what `sync` makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import nbtrack
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.cli import main
from nbtrack.client import Client
from nbtrack.client.channel import channel_to, open_patiently
from nbtrack.client.file_lock import FileLock
from nbtrack.client.fluent import reset
from nbtrack.client.refusals import refused
from nbtrack.client.state_folder import offline_folder
from nbtrack.client.sync import Synced, parents_first, sync
from nbtrack.entities import Dataset, LoggedModelStatus, Run, RunStatus
from nbtrack.errors import TransportError
from tests.tracking.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbtrack.backends import Backend


class Servers:
    """Answers for the address of a server that does not exist yet."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.is_away = False

    def open(self, uri: str) -> Backend:
        if uri == self.url:
            if self.is_away:
                raise TransportError("Nobody answers.")
            return SqliteBackend(self.folder)
        return open_patiently(uri)

    def client(self) -> Client:
        return Client(backend=SqliteBackend(self.folder))


@pytest.fixture
def servers(
    tmp_path: Path, state: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Servers]:
    monkeypatch.setenv("NBTRACK_RETRY_TIMEOUT", "0.05")
    found = Servers(f"http://127.0.0.1:{free_port()}", tmp_path / "server" / ".nbtrack")
    nbtrack.set_tracking_uri(found.url)
    yield found
    reset()
    nbtrack.set_tracking_uri(None)


def by_name(client: Client) -> dict[str, Run]:
    ids = [experiment.experiment_id for experiment in client.iter_experiments()]
    return {run.info.run_name: run for run in client.iter_runs(ids)}


def tags_of(run: Run) -> dict[str, str]:
    return {tag.key: tag.value for tag in run.data.tags}


def begin_offline(said: list[str]) -> tuple[str, str]:
    nbtrack.set_experiment("away")
    with nbtrack.run(run_name="parent", tags={"a": "b"}, description="why") as parent:
        parent.log_params(lr=0.1)
        parent.log_series("loss", [3, 2, float("nan"), float("inf")])
        parent.log_text("hello", "notes/a.txt")
        with nbtrack.run(run_name="child", nested=True) as child:
            child.log(acc=0.5)
            model = child.log_model(b"weights", "net", params={"depth": 2}, step=3)
            assert model is not None
        parent.log_input(Dataset(name="d", digest="12345678"))
    nbtrack.set_experiment(None)
    assert len(said) == 1
    assert "does not answer" in said[0]
    assert "'nbtrack sync' carries it over" in said[0]
    return parent.run_id, child.run_id


def test_a_run_begun_without_its_server_is_carried_over_whole(
    servers: Servers, said: list[str]
) -> None:
    parent_id, child_id = begin_offline(said)
    done = sync(make=servers.open)
    assert done.is_complete
    with servers.client() as client:
        runs = by_name(client)
        parent, child = runs["parent"], runs["child"]
        assert done.run_ids == {parent_id: parent.info.run_id, child_id: child.info.run_id}
        assert parent.info.status is RunStatus.FINISHED
        assert client.get_experiment(parent.info.experiment_id).name == "away"
        assert tags_of(parent)["a"] == "b"
        assert tags_of(parent)["mlflow.note.content"] == "why"
        assert not [key for key in tags_of(parent) if key.startswith("nbtrack.sync.target")]
        assert tags_of(child)["mlflow.parentRunId"] == parent.info.run_id
        points = client.iter_history(parent.info.run_id, "loss")
        assert [repr(point.value) for point in points] == ["3.0", "2.0", "nan", "inf"]
        assert client.read_artifact(parent.info.run_id, "notes/a.txt") == b"hello"
        assert [i.dataset.name for i in parent.inputs.dataset_inputs] == ["d"]


def test_logged_models_are_carried_over(servers: Servers, said: list[str]) -> None:
    begin_offline(said)
    sync(make=servers.open)
    with servers.client() as client:
        child = by_name(client)["child"]
        full = client.get_run(child.info.run_id)
        assert full.outputs is not None
        (output,) = full.outputs.model_outputs
        model = client.get_logged_model(output.model_id)
        assert model.info.source_run_id == child.info.run_id
        assert model.info.status is LoggedModelStatus.LOGGED_MODEL_READY
        assert [(p.key, p.value) for p in model.data.params] == [("depth", "2")]
        assert output.step == 3
        assert client.logged_model_artifacts(output.model_id).read("model.pkl") == b"weights"


def test_a_second_sync_carries_nothing_again(servers: Servers, said: list[str]) -> None:
    begin_offline(said)
    sync(make=servers.open)
    assert list(sync(make=servers.open).lines()) == ["everything is delivered."]
    with servers.client() as client:
        assert len(by_name(client)) == 2


def test_a_sync_that_broke_off_is_taken_up(servers: Servers, said: list[str]) -> None:
    begin_offline(said)
    with servers.client() as target, Client(str(offline_folder())) as offline:
        parent = by_name(offline)["parent"]
        experiment = target.create_experiment("away")
        target.create_run(
            experiment, run_name="half", tags={"nbtrack.sync.source": parent.info.run_id}
        )
    sync(make=servers.open)
    with servers.client() as client:
        found = by_name(client)
        assert set(found) == {"half", "child"}
        assert len(list(client.iter_history(found["half"].info.run_id, "loss"))) == 4


def test_what_cannot_be_carried_over_waits_and_is_named(servers: Servers, said: list[str]) -> None:
    begin_offline(said)
    servers.is_away = True
    done = sync(make=servers.open)
    assert not done.is_complete
    assert [line for line in done.lines() if "parent waits for" in line]
    servers.is_away = False
    assert len(sync(make=servers.open).run_ids) == 2


def test_a_run_that_goes_on_is_not_carried_over_yet(servers: Servers, said: list[str]) -> None:
    with nbtrack.run(run_name="parent"):
        with nbtrack.run(run_name="child", nested=True):
            pass
        waiting = sync(make=servers.open).waiting
        assert sorted(waiting) == [
            "offline run child waits for its parent.",
            "offline run parent has not ended yet.",
        ]
    assert len(sync(make=servers.open).run_ids) == 2


def test_parents_come_before_their_children(client: Client) -> None:
    first, second, third = (client.create_run(run_name=name).info.run_id for name in "abc")
    client.set_tag(first, "mlflow.parentRunId", second)
    client.set_tag(second, "mlflow.parentRunId", third)
    client.set_tag(third, "mlflow.parentRunId", "f" * 32)
    ordered = parents_first([client.get_run(run_id) for run_id in (first, second, third)])
    assert [run.info.run_name for run in ordered] == ["c", "b", "a"]


def test_a_child_follows_its_parent_though_the_server_is_back(
    servers: Servers, said: list[str]
) -> None:
    with nbtrack.run(run_name="parent", experiment_id="0"):
        channel_to(servers.url).away_until = 0.0
        with nbtrack.run(run_name="child", nested=True) as child:
            assert child.channel.is_local
    sync(make=servers.open)
    with servers.client() as client:
        runs = by_name(client)
        assert tags_of(runs["child"])["mlflow.parentRunId"] == runs["parent"].info.run_id
        assert runs["child"].info.experiment_id == "0"


def test_one_process_syncs_at_a_time(servers: Servers, said: list[str]) -> None:
    begin_offline(said)
    lock = FileLock(offline_folder() / "sync.lock")
    assert lock.acquire()
    assert "another process carries over" in sync(make=servers.open).waiting[0]
    lock.close()
    assert sync(make=servers.open).is_complete


def test_the_target_is_kept_without_its_password(servers: Servers, said: list[str]) -> None:
    nbtrack.set_tracking_uri(servers.url.replace("http://", "http://me:s3cret@"))
    with nbtrack.run() as run:
        pass
    with Client(str(offline_folder())) as offline:
        assert "s3cret" not in json.dumps(tags_of(offline.get_run(run.run_id)))
    assert "s3cret" not in "".join(said)


def test_a_server_that_did_not_answer_is_not_asked_again_at_once(
    servers: Servers, said: list[str]
) -> None:
    for number in range(20):
        with nbtrack.run(run_name=f"run {number}"):
            pass
    assert len(said) == 1


def test_the_command_says_what_it_did(
    state: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync"]) == 0
    assert capsys.readouterr().out == "everything is delivered.\n"
    run = nbtrack.start_run()
    run.log_params(lr=1)
    run.flush()
    run.log_params(lr=2)
    run.end()
    assert len(list(refused())) == 1
    assert main(["refused"]) == 0
    assert "param 'lr' = '2' was refused" in capsys.readouterr().out


def test_lines_name_what_waits() -> None:
    assert list(Synced(waiting=["x waits."]).lines()) == ["x waits."]
