"""Servers that are killed and come back in the middle of a run, and processes that are killed."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nbtrack.client import Client
from nbtrack.entities import RunStatus
from tests.tracking.servers import Server
from tests.tracking.victims import ROOT, environment, next_line, run_script, running

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

KILLS = 100
OBEDIENT = """
    import nbtrack, sys
    run = nbtrack.start_run(run_name="long")
    number = 0
    print("ready")
    for line in sys.stdin:
        word, count = line.split()
        if word == "log":
            for _ in range(int(count)):
                run.log_metric("loss", number)
                number += 1
            run.log_params({f"p{number}": number})
            run.log_text(f"text of {number}", f"notes/{number}.txt")
            print("logged")
        if word == "flush":
            print(run.flush(float(count)))
"""


@contextmanager
def service(kind: str, folder: Path) -> Generator[Server]:
    server = Server(folder, kind)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", params=["nbtrack", "mlflow"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with service(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


def tell(process: subprocess.Popen[str], order: str) -> str:
    assert process.stdin is not None
    process.stdin.write(f"{order}\n")
    process.stdin.flush()
    return next_line(process)


def kill_many(folder: Path, *options: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tracking.kills", "--count", str(KILLS), *options],
        cwd=ROOT,
        env=environment(NBTRACK_STATE_FOLDER=str(folder / "state")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def assert_nothing_lost(found: dict[str, int]) -> None:
    wrong = {key: found[key] for key in ("lost", "doubled", "invented", "not_killed")}
    assert not any(wrong.values()), found
    assert found["kills"] == found["started"] == KILLS
    assert found["points"] > KILLS


def test_kills_of_processes_with_an_embedded_store(tmp_path: Path) -> None:
    assert_nothing_lost(kill_many(tmp_path))


def test_kills_of_processes_with_a_server(server: Server, tmp_path: Path) -> None:
    assert_nothing_lost(kill_many(tmp_path, "--slow", "--uri", server.url))


def test_a_server_that_is_gone_in_mid_run_gets_everything_later(
    server: Server, tmp_path: Path, state: Path
) -> None:
    settings = {"NBTRACK_TRACKING_URI": server.url, "NBTRACK_RETRY_TIMEOUT": "0.3"}
    with running(OBEDIENT, cwd=tmp_path, **settings) as process:
        assert next_line(process) == "ready"
        assert tell(process, "log 100") == "logged"
        assert tell(process, "flush 20") == "True"
        server.stop()
        for _ in range(3):
            assert tell(process, "log 100") == "logged"
            assert tell(process, "flush 20") == "False"
        server.start()
        assert tell(process, "log 100") == "logged"
        while tell(process, "flush 20") == "False":  # an attempt from before may still fail
            pass
        _, err = process.communicate("log 100\n", timeout=60)
    told = [line.partition(": ")[2].split(":")[0] for line in err.splitlines()]
    assert [line for line in told if line == "delivery waits"] == ["delivery waits"]
    with Client(server.url) as client:
        (run,) = client.iter_runs(["0"], filter="attributes.run_name = 'long'")
        assert run.info.status is RunStatus.FINISHED
        points = list(client.iter_history(run.info.run_id, "loss"))
        assert [point.value for point in points] == [float(n) for n in range(600)]
        assert len(run.data.params) == 6
        assert client.read_artifact(run.info.run_id, "notes/300.txt") == b"text of 300"


def test_what_a_gone_server_did_not_get_another_process_delivers(
    tmp_path: Path, state: Path
) -> None:
    with service("nbtrack", tmp_path) as server:
        deliver_from_elsewhere(server, tmp_path, state)


def deliver_from_elsewhere(server: Server, tmp_path: Path, state: Path) -> None:
    settings = {"NBTRACK_TRACKING_URI": server.url, "NBTRACK_RETRY_TIMEOUT": "0.3"}
    with running(OBEDIENT.replace("long", "left"), cwd=tmp_path, **settings) as process:
        assert next_line(process) == "ready"
        server.stop()
        assert tell(process, "log 50") == "logged"
        _, err = process.communicate(timeout=60)
    assert "Deliver them with: nbtrack sync" in err.splitlines()[-1]
    command = "import sys; from nbtrack.cli import main; sys.exit(main(['sync']))"
    early = run_script(command, cwd=tmp_path, **settings)
    assert early.code == 1
    assert "cannot be delivered yet" in early.out[0]
    server.start()
    done = run_script(command, cwd=tmp_path, **settings)
    assert (done.code, done.out[-1]) == (0, "everything is delivered.")
    with Client(server.url) as client:
        (run,) = client.iter_runs(["0"], filter="attributes.run_name = 'left'")
        assert run.info.status is RunStatus.FINISHED
        points = list(client.iter_history(run.info.run_id, "loss"))
        assert [point.value for point in points] == [float(n) for n in range(50)]
        assert client.read_artifact(run.info.run_id, "notes/50.txt") == b"text of 50"
    assert list((state / "journals").iterdir()) == []


def test_forked_children_have_connections_of_their_own(server: Server, tmp_path: Path) -> None:
    script = """
        import nbtrack, os
        nbtrack.set_experiment("forks")
        with nbtrack.run(run_name="parent") as parent:
            for number in range(4):
                if os.fork() == 0:
                    parent.log(shared=number, step=number)
                    with nbtrack.run(run_name=f"child {number}") as child:
                        child.log_series("loss", range(200))
                    os._exit(0 if nbtrack.flush(60) else 1)
            for step in range(100):
                parent.log(own=step)
                parent.channel.client.get_run(parent.run_id)
            print(sorted(os.wait()[1] for _ in range(4)))
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=server.url)
    assert ended.out == ["[0, 0, 0, 0]"], ended.err
    with Client(server.url) as client:
        experiment = client.get_by_name("forks").experiment_id
        runs = {run.info.run_name: run for run in client.iter_runs([experiment])}
        assert set(runs) == {"parent", *(f"child {number}" for number in range(4))}
        assert {run.info.status for run in runs.values()} == {RunStatus.FINISHED}
        counts = {
            key: len(list(client.iter_history(runs["parent"].info.run_id, key)))
            for key in ("shared", "own")
        }
        assert counts == {"shared": 4, "own": 100}
        child = runs["child 3"].info.run_id
        assert len(list(client.iter_history(child, "loss"))) == 200
