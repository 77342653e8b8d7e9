"""Several threads, processes and forks write at once: nothing is lost, nobody is locked out."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.errors import InvalidParameterValue
from tests.backends.sqlite import writers

ROOT = Path(__file__).parents[3]
SPAWN = get_context("spawn")
FORKS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")


def new_run(folder: Path, journal_mode: str = "auto") -> str:
    """Make a store with a run."""
    with writers.open_client(str(folder), journal_mode) as client:
        return client.create_run("0").info.run_id


def check(folder: Path, run_id: str, count: int, batches: int) -> None:
    """Check that every writer's points and params are there, and the file is sound."""
    engine = SqliteBackend(folder)
    with Client(backend=engine) as client:
        run = client.get_run(run_id)
        assert len(run.data.params) == count * batches
        steps = [p.step for p in client.get_history(run_id, "own0").metrics]
        assert steps == list(range(batches * writers.BATCH))
        shared = list(client.iter_history(run_id, "shared"))
        assert len(shared) == count * batches * writers.BATCH
        latest = {metric.key: metric.step for metric in run.data.metrics}
        assert latest["shared"] == (count - 1) * 100_000 + batches * writers.BATCH - 1
        assert engine.integrity_problems() == []


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_processes_and_threads_lose_nothing(tmp_path: Path, journal_mode: str) -> None:
    run_id = new_run(tmp_path, journal_mode)
    with ProcessPoolExecutor(3, mp_context=SPAWN) as processes:
        jobs = [
            processes.submit(writers.write_in_threads, str(tmp_path), run_id, number, journal_mode)
            for number in range(3)
        ]
        for job in jobs:
            job.result()
    check(tmp_path, run_id, 12, 5)


def run_program(call: str) -> None:
    """Call a function of the writers in a process that nothing else forks or threads in."""
    program = f"from tests.backends.sqlite import writers; writers.{call}"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


@FORKS
def test_forks_lose_nothing(tmp_path: Path) -> None:
    run_id = new_run(tmp_path)
    run_program(f"write_in_forks({str(tmp_path)!r}, {run_id!r})")
    check(tmp_path, run_id, 5, 10)


@FORKS
def test_child_loses_nothing_when_its_parent_closes_the_store(tmp_path: Path) -> None:
    run_id = new_run(tmp_path)
    run_program(f"write_in_a_child_that_stays({str(tmp_path)!r}, {run_id!r})")
    with writers.open_client(str(tmp_path)) as client:
        keys = [param.key for param in client.get_run(run_id).data.params]
    assert keys == ["before", "child1", "parent", "child2"]


@FORKS
def test_child_has_a_copy_of_a_store_in_memory() -> None:
    run_program("use_a_copy_of_memory()")


def test_processes_may_make_the_store_at_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "new")
    with ProcessPoolExecutor(4, mp_context=SPAWN) as processes:
        names = [f"e{number % 4}" for number in range(12)]
        answers = list(processes.map(writers.make_experiment, [folder] * 12, names))
    assert sorted(answers) == ["1", "2", "3", "4"] + ["RESOURCE_ALREADY_EXISTS"] * 8


def test_threads_may_make_the_store_at_once(tmp_path: Path) -> None:
    def make(number: int) -> str:
        return writers.make_experiment(str(tmp_path / "new"), f"e{number}")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(make, range(16)))) == 16


def test_one_of_many_values_of_a_param_wins(tmp_path: Path) -> None:
    engine = SqliteBackend(tmp_path)
    with Client(backend=engine) as client, ThreadPoolExecutor(8) as threads:
        run_id = client.create_run("0").info.run_id

        def log(number: int) -> str | None:
            try:
                client.log_param(run_id, "p", str(number))
            except InvalidParameterValue:
                return None
            return str(number)

        written = [answer for answer in threads.map(log, range(16)) if answer is not None]
        assert [param.value for param in client.get_run(run_id).data.params] == written


def test_reader_sees_whole_batches_while_they_are_written(tmp_path: Path) -> None:
    run_id, folder = new_run(tmp_path), str(tmp_path)
    with (
        writers.open_client(folder) as writer,
        writers.open_client(folder) as reader,
        ThreadPoolExecutor(1) as threads,
    ):
        job = threads.submit(writers.log_points, writer, run_id, 0, 60)
        while not job.done():
            seen = len(reader.get_history(run_id, "own0").metrics)
            assert seen % writers.BATCH == 0
        job.result()


@pytest.mark.parametrize("acknowledged", [1, 40])
def test_killed_writer_loses_nothing_that_was_acknowledged(
    tmp_path: Path, acknowledged: int
) -> None:
    run_id = new_run(tmp_path)
    command = [sys.executable, "-m", "tests.backends.sqlite.writers", str(tmp_path), run_id]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        seen = [int(process.stdout.readline()) for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        seen += [int(line) for line in process.stdout.read().split()]
    engine = SqliteBackend(tmp_path)
    with Client(backend=engine) as client:
        steps = [p.step for p in client.iter_history(run_id, "m")]
        assert len(steps) >= len(seen) * writers.BATCH
        assert len(steps) % writers.BATCH == 0
        assert steps == list(range(len(steps)))
        assert engine.integrity_problems() == []


def test_store_goes_on_after_a_writer_was_killed(tmp_path: Path) -> None:
    run_id = new_run(tmp_path)
    command = [sys.executable, "-m", "tests.backends.sqlite.writers", str(tmp_path), run_id]
    with writers.open_client(str(tmp_path)) as client:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.stdout.read()
        client.log_param(run_id, "after", "1")
        assert [param.key for param in client.get_run(run_id).data.params] == ["after"]


@FORKS
def test_processes_that_make_a_store_at_once_all_get_it(tmp_path: Path) -> None:
    run_program(f"open_at_once({str(tmp_path)!r}, 4, 40)")
