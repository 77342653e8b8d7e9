"""What processes of the concurrency tests do; they are started afresh and import this file."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.errors import ApiError

BATCH = 10


def open_client(folder: str, journal_mode: str = "auto") -> Client:
    """Open the store."""
    return Client(backend=SqliteBackend(Path(folder), journal_mode=journal_mode))


def log_points(client: Client, run_id: str, writer: int, batches: int) -> None:
    """Log batches of points to the writer's own metric and to one that all share."""
    for number in range(batches):
        steps = range(number * BATCH, (number + 1) * BATCH)
        own = [Metric(key=f"own{writer}", value=1.0, timestamp=n, step=n) for n in steps]
        place = writer * 100_000
        shared = [Metric(key="shared", value=1.0, timestamp=n, step=place + n) for n in steps]
        client.log_batch(run_id, metrics=own + shared, params={f"p{writer}-{number}": "1"})


def write_in_threads(folder: str, run_id: str, process: int, journal_mode: str) -> None:
    """Write from four threads at once."""
    with open_client(folder, journal_mode) as client, ThreadPoolExecutor(4) as threads:
        jobs = [
            threads.submit(log_points, client, run_id, process * 4 + thread, 5)
            for thread in range(4)
        ]
        for job in jobs:
            job.result()


def write_in_forks(folder: str, run_id: str) -> None:
    """Fork twice while threads write; parent, children and threads all go on writing."""
    with open_client(folder) as client, ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(log_points, client, run_id, thread, 10) for thread in range(2)]
        children = [fork(lambda n=number: log_points(client, run_id, n, 10)) for number in (2, 3)]  # type: ignore[misc]
        log_points(client, run_id, 4, 10)
        for job in jobs:
            job.result()
        for child in children:
            assert os.waitpid(child, 0)[1] == 0


def write_in_a_child_that_stays(folder: str, run_id: str) -> None:
    """Fork; the parent closes the store and opens it again while the child keeps it open."""
    client, (is_open, opened), (is_closed, closed) = open_client(folder), os.pipe(), os.pipe()
    client.log_param(run_id, "before", "1")

    def work() -> None:
        client.log_param(run_id, "child1", "1")
        os.write(opened, b"x")
        os.read(is_closed, 1)
        client.log_param(run_id, "child2", "1")

    child = fork(work)
    os.read(is_open, 1)
    client.close()
    with open_client(folder) as again:
        again.log_param(run_id, "parent", "1")
        os.write(closed, b"x")
        assert os.waitpid(child, 0)[1] == 0


def use_a_copy_of_memory() -> None:
    """Fork with a store in memory; the child has a copy of it."""
    with Client(backend=SqliteBackend.in_memory()) as client:
        run_id = client.create_run("0").info.run_id
        child = fork(lambda: client.log_param(run_id, "child", "1"))
        assert os.waitpid(child, 0)[1] == 0
        assert client.get_run(run_id).data.params == ()


def fork(work: Callable[[], None]) -> int:
    """Do some work in a child and return its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def make_experiment(folder: str, name: str) -> str:
    """Open the store, perhaps making it, and create an experiment; return what came of it."""
    with open_client(folder) as client:
        try:
            return client.create_experiment(name)
        except ApiError as exc:
            return exc.error_code


def write_until_killed(folder: str, run_id: str) -> None:
    """Log batches for ever, and print the number of each when it is written."""
    with open_client(folder) as client:
        number = 0
        while True:
            steps = range(number * BATCH, (number + 1) * BATCH)
            points = [Metric(key="m", value=float(n), timestamp=n, step=n) for n in steps]
            client.log_batch(run_id, metrics=points, tags={"acknowledged": str(number)})
            print(number, flush=True)  # noqa: T201 - the test reads it
            number += 1


if __name__ == "__main__":
    write_until_killed(*sys.argv[1:])


def open_at_once(folder: str, processes: int, rounds: int) -> None:
    """Have several processes make a new store in the same moment; each of them must get it."""
    for number in range(rounds):
        reader, writer = os.pipe()
        children = [
            _forked(partial(_open_when_told, reader, writer, Path(folder, str(number))))
            for _ in range(processes)
        ]
        os.close(writer)
        os.close(reader)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0


def _open_when_told(reader: int, writer: int, folder: Path) -> None:
    os.close(writer)
    os.read(reader, 1)  # returns when the parent closes its end
    SqliteBackend(folder).close()


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child
