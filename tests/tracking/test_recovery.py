"""What dead processes left: it is delivered, their runs are ended, and the living are spared."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import nbtrack
from nbtrack.client import Client
from nbtrack.client.journal import Journal
from nbtrack.client.journal_folder import JournalFolder
from nbtrack.client.journal_index import Owner, host_name
from nbtrack.client.recovery import gather, mend, orphans, recover, told
from nbtrack.client.state_folder import JOURNALS
from nbtrack.entities import RunStatus
from tests.tracking.victims import next_line, running

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Leave:
    """Leaves the journal of a dead process, with so many points of each run."""

    state: Path
    place: str

    def __call__(self, runs: dict[str, int], *, place: str = "", host: str = "") -> Path:
        owner = Owner(
            tracking_uri=place or self.place,
            process=12345,
            host=host or host_name(),
            created=time.time_ns(),
        )
        journal = Journal(JournalFolder.make(self.state / JOURNALS, owner))
        for run_id, points in runs.items():
            number = journal.add_run(run_id, is_owner=True)
            for step in range(points):
                journal.metric(number, "loss", step, 1000 + step, float(step))
        path = journal.folder.path
        assert path is not None
        journal.close()
        return path


@pytest.fixture
def leave(state: Path, client: Client) -> Leave:
    return Leave(state, client.tracking_uri)


def new_run(client: Client, start_time: int = 500) -> str:
    return client.create_run(start_time=start_time).info.run_id


def test_points_are_delivered_and_the_run_ends_with_its_last_record(
    client: Client, leave: Leave
) -> None:
    run_id = new_run(client)
    leave({run_id: 7})
    (found,) = recover()
    run = client.get_run(run_id)
    assert (run.info.status, run.info.end_time) == (RunStatus.KILLED, 1006)
    assert len(list(client.iter_history(run_id, "loss"))) == 7
    (line,) = found.lines()
    assert "7 waiting points are delivered, and it is KILLED now." in line
    assert run_id in line


def test_a_run_that_has_ended_stays_as_it_is(client: Client, leave: Leave) -> None:
    run_id = new_run(client)
    client.update_run(run_id, status="FAILED", end_time=2000)
    leave({run_id: 1})
    (found,) = recover()
    assert client.get_run(run_id).info.status is RunStatus.FAILED
    assert list(found.lines()) == ["1 points that process 12345 had left are delivered."]


def test_a_run_that_the_living_have_taken_up_is_spared(client: Client, leave: Leave) -> None:
    run_id = new_run(client)
    leave({run_id: 1})
    again = nbtrack.start_run(run_id=run_id)
    recover()
    assert client.get_run(run_id).info.status is RunStatus.RUNNING
    again.end()


def test_a_run_that_does_not_exist_blocks_nothing(client: Client, leave: Leave) -> None:
    run_id = new_run(client)
    leave({"0" * 32: 3, run_id: 2})
    (found,) = recover()
    assert len(list(client.iter_history(run_id, "loss"))) == 2
    assert len(found.refused) == 1


def test_another_machines_journal_is_left(client: Client, leave: Leave) -> None:
    path = leave({new_run(client): 1}, host="elsewhere")
    assert recover() == []
    assert path.exists()


def test_a_store_that_is_gone_is_not_made_again(
    client: Client, leave: Leave, tmp_path: Path
) -> None:
    gone = tmp_path / "gone" / ".nbtrack"
    paths = [leave({"a" * 32: 1}, place=str(gone)) for _ in range(3)]
    found = recover()
    assert not gone.parent.exists()
    assert all(path.exists() for path in paths)
    (line,) = told(found)
    assert "what 3 dead processes left for" in line
    assert list(told(found, of_gone_stores=False)) == []


def test_a_journal_whose_owner_says_nothing_is_removed(state: Path) -> None:
    path = state / JOURNALS / "1-2-3"
    path.mkdir(parents=True)
    (path / "owner").write_bytes(b"")
    assert recover() == []
    assert not path.exists()


def test_old_drafts_are_removed_and_fresh_ones_stay(state: Path) -> None:
    folder = state / JOURNALS
    for name, age in ((".old", 3600), (".fresh", 0)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - age, time.time() - age))
    recover()
    assert [path.name for path in folder.iterdir()] == [".fresh"]


def test_a_truncated_segment_loses_only_what_was_cut_off(client: Client, leave: Leave) -> None:
    run_id = new_run(client)
    path = leave({run_id: 10})
    segment = path / "00000001.log"
    os.truncate(segment, 16 + 40 * 6 + 13)
    (found,) = recover()
    assert len(list(client.iter_history(run_id, "loss"))) == 6
    assert "damaged" in found.refused[0]
    assert client.get_run(run_id).info.status is RunStatus.KILLED


def test_a_key_that_the_index_lost_is_set_aside(client: Client, leave: Leave) -> None:
    run_id = new_run(client)
    path = leave({run_id: 2})
    lines = (path / "index").read_bytes().splitlines(keepends=True)
    (path / "index").write_bytes(b"".join(line for line in lines if b'"key"' not in line))
    (found,) = recover()
    assert len(found.refused) == 2
    assert not path.exists()
    assert client.get_run(run_id).info.status is RunStatus.KILLED


def test_workers_are_gathered_by_the_run_they_logged_to(
    client: Client, leave: Leave, state: Path
) -> None:
    run_id = new_run(client)
    path = leave({run_id: 3})
    assert gather(run_id) == []  # its owner left that, not a worker
    index = path / "index"
    entries = [json.loads(line) for line in index.read_text().splitlines()]
    entries[0]["is_owner"] = False
    index.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    (found,) = gather(run_id)
    assert found.points == 3
    assert client.get_run(run_id).info.status is RunStatus.RUNNING


def test_orphans_are_running_runs_of_nobody_here(client: Client) -> None:
    mine = nbtrack.start_run()
    lost = new_run(client)
    client.log_metric(lost, "loss", 1.0, timestamp=800)
    assert [run.info.run_id for run in orphans(client)] == [lost]
    info = mend(client, client.get_run(lost))
    assert (info.status, info.end_time) == (RunStatus.KILLED, 800)
    assert orphans(client) == []
    mine.end()


def test_opening_a_client_looks_for_the_dead(client: Client, leave: Leave, said: list[str]) -> None:
    run_id = new_run(client)
    leave({run_id: 1})
    with Client(client.tracking_uri):
        for thread in threading.enumerate():
            if thread.name == "nbtrack-recovery":
                thread.join()
    assert client.get_run(run_id).info.status is RunStatus.KILLED
    assert len(said) == 1


def test_a_process_that_has_looked_before_looks_again(
    client: Client, leave: Leave, said: list[str]
) -> None:
    for count in (1, 2):
        run_id = new_run(client)
        leave({run_id: 1})
        with Client(client.tracking_uri):
            for thread in threading.enumerate():
                if thread.name == "nbtrack-recovery":
                    thread.join()
        assert client.get_run(run_id).info.status is RunStatus.KILLED
        assert len(said) == count


def test_nothing_is_left_of_what_was_recovered(client: Client, leave: Leave, state: Path) -> None:
    leave({new_run(client): 1})
    recover()
    assert list((state / JOURNALS).iterdir()) == []
    shutil.rmtree(state)
    assert recover() == []


def test_two_that_recover_at_once_do_it_once(client: Client, leave: Leave, tmp_path: Path) -> None:
    run_ids = [new_run(client) for _ in range(8)]
    for run_id in run_ids:
        leave({run_id: 100})
    script = """
        import sys
        from nbtrack.client.recovery import recover
        print("ready")
        sys.stdin.read(1)
        print(sum(len(result.killed) for result in recover()))
    """
    with running(script, cwd=tmp_path) as first, running(script, cwd=tmp_path) as second:
        assert [next_line(first), next_line(second)] == ["ready", "ready"]
        for process in (first, second):
            assert process.stdin is not None
            process.stdin.close()
        counts = [int(next_line(first)), int(next_line(second))]
    assert sum(counts) == 8
    for run_id in run_ids:
        assert client.get_run(run_id).info.status is RunStatus.KILLED
        assert len(list(client.iter_history(run_id, "loss"))) == 100
