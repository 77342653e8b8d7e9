"""What `start_run` makes of its options, of the settings and of the process."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Any

import pytest

import nbtrack
from nbtrack.entities import RunStatus
from tests.tracking.victims import run_script

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.client import Client


def tags_of(client: Client, run_id: str) -> dict[str, str]:
    return {tag.key: tag.value for tag in client.get_run(run_id).data.tags}


def test_a_run_has_what_it_was_given(client: Client) -> None:
    with nbtrack.run(
        run_name="first",
        experiment_name="here",
        tags={"depth": 3},
        params={"lr": 0.1},
        description="why",
        start_time=1000,
    ) as run:
        pass
    found = client.get_run(run.run_id)
    assert (found.info.run_name, found.info.start_time) == ("first", 1000)
    assert client.get_experiment(found.info.experiment_id).name == "here"
    assert [(p.key, p.value) for p in found.data.params] == [("lr", "0.1")]
    tags = tags_of(client, run.run_id)
    assert tags["depth"] == "3"
    assert tags["mlflow.note.content"] == "why"
    assert tags["mlflow.user"] == getpass.getuser()
    assert tags["mlflow.source.type"] == "LOCAL"


def test_the_source_of_a_script_is_its_path(client: Client, store: str, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import nbtrack; nbtrack.start_run()")
    script = f"import os, sys; os.execv(sys.executable, [{sys.executable!r}, 'train.py'])"
    run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    (run,) = client.iter_runs(["0"])
    tags = tags_of(client, run.info.run_id)
    assert tags["mlflow.source.name"] == str(tmp_path / "train.py")


def test_an_unknown_option_is_told_before_anything_happens(client: Client) -> None:
    wrong: Any = {"run_nme": "x"}
    with pytest.raises(TypeError, match=r"no option 'run_nme'\. The options are run_id, run_name"):
        nbtrack.start_run(**wrong)
    assert list(client.iter_runs(["0"])) == []


def test_experiments_of_the_settings(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    by_id = client.create_experiment("by id")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", by_id)
    assert nbtrack.start_run().experiment_id == by_id
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "by name")
    by_name = nbtrack.start_run().experiment_id
    assert client.get_by_name("by name").experiment_id == by_name
    nbtrack.set_experiment("in code")
    in_code = nbtrack.start_run().experiment_id
    assert client.get_by_name("in code").experiment_id == in_code
    assert nbtrack.start_run(experiment_id="0").experiment_id == "0"


def test_the_run_of_the_environment_is_gone_on_with_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = client.create_run(run_name="old").info.run_id
    client.update_run(old, status="FINISHED")
    monkeypatch.setenv("MLFLOW_RUN_ID", old)
    first = nbtrack.start_run()
    assert first.run_id == old
    assert client.get_run(old).info.status is RunStatus.RUNNING
    assert nbtrack.start_run().run_id != old
    assert client.get_run(old).info.status is RunStatus.FINISHED


def test_a_new_run_ends_the_one_before_and_says_so(client: Client, said: list[str]) -> None:
    first = nbtrack.start_run(run_name="first")
    second = nbtrack.start_run(run_name="second")
    assert said == ["run first was still active and has been ended as FINISHED."]
    assert nbtrack.active_run() is second
    assert client.get_run(first.run_id).info.status is RunStatus.FINISHED


def test_a_nested_run_has_a_parent_and_gives_way_to_it(client: Client) -> None:
    with nbtrack.run(experiment_name="e") as parent:
        with nbtrack.run(nested=True) as child:
            assert nbtrack.active_run() is child
        assert nbtrack.active_run() is parent
    assert nbtrack.active_run() is None
    assert tags_of(client, child.run_id)["mlflow.parentRunId"] == parent.run_id
    assert child.experiment_id == parent.experiment_id


def test_a_long_tag_at_the_start_is_kept_whole(client: Client) -> None:
    run = nbtrack.start_run(tags={"long": "x" * 70_000})
    assert len(tags_of(client, run.run_id)["long"]) < 70_000
    assert client.read_artifact(run.run_id, "nbtrack/tags/long.txt") == b"x" * 70_000


def test_tracked_functions_are_runs(client: Client) -> None:
    @nbtrack.track
    def inner(depth: int) -> int:
        nbtrack.log(depth=depth)
        return depth

    @nbtrack.track(run_name="outer", tags={"kind": "test"})
    def outer(lr: float, data: object = None, *, name: str = "x") -> int:
        return inner(3)

    assert outer(0.1) == 3
    runs = {run.info.run_name: run for run in client.iter_runs(["0"])}
    params = {p.key: p.value for p in runs["outer"].data.params}
    assert params == {"lr": "0.1", "data": "None", "name": "x"}
    parent = {t.key: t.value for t in runs["inner"].data.tags}["mlflow.parentRunId"]
    assert parent == runs["outer"].info.run_id


def test_a_tracked_function_that_fails_fails_its_run(client: Client) -> None:
    @nbtrack.track
    def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        broken()
    (run,) = client.iter_runs(["0"])
    assert run.info.status is RunStatus.FAILED


def test_without_a_run_logging_says_what_to_do(store: str) -> None:
    with pytest.raises(nbtrack.NbtrackError, match=r"Start one with nbtrack.start_run\(\)"):
        nbtrack.log(loss=1)
    nbtrack.end_run()
    assert nbtrack.flush()
