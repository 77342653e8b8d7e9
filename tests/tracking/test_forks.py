"""Forked workers, threads and tasks: each call is delivered, and only its own run is touched."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

import nbtrack
from nbtrack.client.recovery import recover
from nbtrack.entities import RunStatus
from tests.tracking.victims import run_script

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.client import Client

pytestmark = pytest.mark.usefixtures("store")
POOL = """
import multiprocessing, nbtrack, os, signal, sys, time
def work(number):
    run = given or nbtrack.active_run()
    for step in range(50):
        run.log_metric(f"w{{number}}", step, step=step)
    return os.getpid()

def receive(run):
    global given
    given = run

given = None
if __name__ == "__main__":
    with nbtrack.run(run_name="parent") as run:
        run.log_metric("own", 1)
        shared = run if {method!r} != "fork" else None
        context = multiprocessing.get_context({method!r})
        with context.Pool(3, initializer=receive, initargs=(shared,)) as pool:
            pool.map(work, range(6))
            pool.close()
            pool.join()
        run.log_metric("own", 2)
        time.sleep(0.2)
        from nbtrack import Client
        print(Client({store!r}).get_run(run.run_id).info.status.value)
"""


def histories(client: Client) -> dict[str, list[float]]:
    (run,) = client.iter_runs(["0"])
    keys = [metric.key for metric in run.data.metrics]
    return {
        key: [point.value for point in client.iter_history(run.info.run_id, key)] for key in keys
    }


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_a_pool_log_to_the_run_of_the_parent(
    client: Client, store: str, tmp_path: Path, method: str
) -> None:
    (tmp_path / "pool.py").write_text(POOL.format(method=method, store=store))
    script = "import os, sys; os.execv(sys.executable, [sys.executable, 'pool.py'])"
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert ended.code == 0, ended.err
    assert ended.out == ["RUNNING"]
    found = histories(client)
    assert found.pop("own") == [1, 2]
    assert found == {f"w{number}": [float(step) for step in range(50)] for number in range(6)}
    (run,) = client.iter_runs(["0"])
    assert run.info.status is RunStatus.FINISHED


def test_workers_that_are_terminated_leave_the_run_alone(
    client: Client, store: str, tmp_path: Path
) -> None:
    script = """
        import multiprocessing, nbtrack, time
        def work():
            nbtrack.log(worker=1)
            ready.set()
            time.sleep(60)
        with nbtrack.run() as run:
            run.log(own=1)
            ready = multiprocessing.get_context("fork").Event()
            worker = multiprocessing.get_context("fork").Process(target=work)
            worker.start()
            ready.wait()
            worker.terminate()
            worker.join()
            run.flush()
            print(nbtrack.Client(run.channel.place).get_run(run.run_id).info.status.value)
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert ended.out == ["RUNNING"], ended.err
    assert histories(client) == {"own": [1], "worker": [1]}


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_bare_fork_in_a_with_block(client: Client, store: str, tmp_path: Path, end: str) -> None:
    script = f"""
        import nbtrack, os, sys, time
        with nbtrack.run() as run:
            for step in range(2000):
                run.log_metric("own", step)
            if os.fork() == 0:
                run.log_metric("child", 7)
                {end}
            os.wait()
            run.log_metric("own", 2000)
            print(nbtrack.Client({store!r}).get_run(run.run_id).info.status.value)
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert (ended.code, ended.out) == (0, ["RUNNING"]), ended.err
    (run,) = client.iter_runs(["0"])
    assert run.info.status is RunStatus.FINISHED
    found = histories(client)
    assert found["child"] == [7]
    assert found["own"] == [float(step) for step in range(2001)]
    assert recover() == []


def test_forks_while_threads_log_and_the_sender_works(
    client: Client, store: str, tmp_path: Path
) -> None:
    script = """
        import nbtrack, os, sys, threading, time
        stop = threading.Event()
        def work(number):
            step = 0
            while not stop.is_set():
                run.log_metric(f"t{number}", step)
                step += 1
                time.sleep(0.0002)
            counts[number] = step
        counts = {}
        with nbtrack.run() as run:
            threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
            for thread in threads:
                thread.start()
            for number in range(20):
                child = os.fork()
                if child == 0:
                    for step in range(10):
                        run.log_metric(f"c{number}", step)
                    is_delivered = run.flush(30)
                    if not is_delivered:
                        print(run.channel.sender.problem, file=sys.stderr)
                    os._exit(0 if is_delivered else 1)
                assert (status := os.waitpid(child, 0)[1]) == 0, status
            stop.set()
            for thread in threads:
                thread.join()
        print(counts[0], counts[1])
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert ended.code == 0, ended.err
    found = histories(client)
    counts = [int(count) for count in ended.out[0].split()]
    assert [len(found[f"t{number}"]) for number in range(2)] == counts
    assert all(found[f"c{number}"] == [float(s) for s in range(10)] for number in range(20))


def test_a_child_may_have_a_run_of_its_own(client: Client, store: str, tmp_path: Path) -> None:
    script = """
        import multiprocessing, nbtrack
        def work(number):
            run = nbtrack.start_run(run_name=f"child {number}")
            run.log(loss=number)
            if number == 1:
                raise ValueError("as it happens")
        with nbtrack.run(run_name="parent") as parent:
            parent.log(loss=9)
            context = multiprocessing.get_context("fork")
            children = [context.Process(target=work, args=(n,)) for n in range(2)]
            for child in children:
                child.start()
            for child in children:
                child.join()
            parent.log(loss=10)
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    found = {
        run.info.run_name: (run.info.status.value, run.data.metrics[0].value)
        for run in client.iter_runs(["0"])
    }
    assert found == {
        "parent": ("FINISHED", 10),
        "child 0": ("FINISHED", 0),
        "child 1": ("FAILED", 1),
    }, ended.err


def test_threads_have_runs_of_their_own(client: Client) -> None:
    parent = nbtrack.start_run(run_name="parent")
    seen: dict[int, str | None] = {}
    together = threading.Barrier(3)

    def work(number: int) -> None:
        before = nbtrack.active_run()
        assert before is not None
        seen[number] = before.run_name
        with nbtrack.run(run_name=f"thread {number}"):
            together.wait()
            for step in range(100):
                nbtrack.log(loss=number * 1000 + step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == dict.fromkeys(range(3), "parent")
    assert nbtrack.active_run() is parent
    assert parent.status == "RUNNING"
    for run in client.iter_runs(["0"], filter="attributes.run_name LIKE 'thread%'"):
        number = int(run.info.run_name.split()[1])
        points = [point.value for point in client.iter_history(run.info.run_id, "loss")]
        assert points == [number * 1000.0 + step for step in range(100)]


def test_tasks_have_runs_of_their_own(client: Client) -> None:
    async def work(number: int) -> str:
        with nbtrack.run(run_name=f"task {number}") as run:
            for _ in range(20):
                await asyncio.sleep(0)
                assert nbtrack.active_run() is run
                nbtrack.log(loss=number)
        return run.status

    async def main() -> list[str]:
        with nbtrack.run(run_name="outer") as outer:
            ended = await asyncio.gather(*(work(number) for number in range(4)))
            assert nbtrack.active_run() is outer
            return [*ended, outer.status]

    assert asyncio.run(main()) == ["FINISHED"] * 4 + ["RUNNING"]
    for run in client.iter_runs(["0"], filter="attributes.run_name LIKE 'task%'"):
        points = [point.value for point in client.iter_history(run.info.run_id, "loss")]
        assert points == [float(run.info.run_name.split()[1])] * 20 or len(points) < 20


def test_a_task_without_a_run_does_not_log_to_that_of_another() -> None:
    async def own(begun: asyncio.Event, done: asyncio.Event) -> None:
        with nbtrack.run():
            begun.set()
            await done.wait()

    async def none(begun: asyncio.Event, done: asyncio.Event) -> object:
        await begun.wait()
        seen = nbtrack.active_run()
        done.set()
        return seen

    async def main() -> object:
        begun, done = asyncio.Event(), asyncio.Event()
        _, seen = await asyncio.gather(own(begun, done), none(begun, done))
        return seen

    assert asyncio.run(main()) is None


def test_a_run_of_a_task_that_is_over_is_ended_by_the_next(said: list[str]) -> None:
    async def begin(name: str) -> None:
        nbtrack.start_run(run_name=name)

    for name in ("first", "second"):
        asyncio.run(begin(name))
    assert said == ["run first was still active and has been ended as FINISHED."]


def test_a_tracked_coroutine_is_a_run_until_it_returns(client: Client) -> None:
    @nbtrack.track(tags={"kind": "async"})
    async def train(epochs: int) -> int:
        for _ in range(epochs):
            await asyncio.sleep(0)
            nbtrack.log(loss=1)
        return epochs

    assert asyncio.run(train(3)) == 3
    (run,) = client.iter_runs(["0"])
    assert (run.info.run_name, run.info.status) == ("train", RunStatus.FINISHED)
    assert [(param.key, param.value) for param in run.data.params] == [("epochs", "3")]
    assert run.data.metrics[0].step == 2


def test_several_processes_log_to_one_store(client: Client, store: str, tmp_path: Path) -> None:
    script = """
        import subprocess, sys
        code = "import nbtrack; nbtrack.start_run().log_series('x', range(500))"
        many = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
        sys.exit(sum(process.wait() for process in many))
    """
    ended = run_script(script, cwd=tmp_path, NBTRACK_TRACKING_URI=store)
    assert ended.code == 0, ended.err
    runs = list(client.iter_runs(["0"]))
    assert len(runs) == 4
    for run in runs:
        values = [point.value for point in client.iter_history(run.info.run_id, "x")]
        assert values == [float(number) for number in range(500)]
