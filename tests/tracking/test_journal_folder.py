"""The folder of a journal: its lock, its cursor, and a disk that takes nothing more."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbtrack.client.file_lock import FileLock, is_held
from nbtrack.client.journal import Journal, Position, read_records
from nbtrack.client.journal_folder import JournalFolder, is_alive, journal_paths
from nbtrack.client.journal_index import Owner, host_name
from tests.tracking.victims import ROOT, next_line, running

if TYPE_CHECKING:
    from collections.abc import Generator

START = Position(0, 0)


def make(parent: Path) -> JournalFolder:
    owner = Owner(tracking_uri="/x", process=os.getpid(), host=host_name(), created=1)
    return JournalFolder.make(parent, owner)


def path_of(folder: JournalFolder) -> Path:
    assert folder.path is not None
    return folder.path


def values(folder: JournalFolder) -> list[float]:
    found = read_records(folder, START)
    return [record.point[1] for record in found if record.point is not None]


@contextmanager
def largest_file(size: int) -> Generator[None]:
    """Let no file of this process grow beyond a size: the disk is full."""
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert is_held(tmp_path / "lock")
    first.close()
    assert not is_held(tmp_path / "lock")
    assert second.acquire()
    second.close()


def test_a_lock_on_a_file_that_was_replaced_is_not_taken(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    (tmp_path / "lock").unlink()
    (tmp_path / "lock").touch()
    assert not lock.acquire()
    lock.abandon()


def test_a_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    script = f"""
        import os, sys
        from pathlib import Path
        from nbtrack.client.file_lock import FileLock
        lock = FileLock(Path({str(tmp_path / "lock")!r}))
        assert lock.acquire()
        if os.fork() == 0:
            print("ready")
            sys.stdin.read()
        os._exit(0)
    """
    with running(script, cwd=tmp_path) as process:
        assert next_line(process) == "ready"
        assert process.wait(20) == 0
        assert not is_held(tmp_path / "lock")


def test_the_folder_of_the_living_is_not_adopted(tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert is_alive(path_of(folder))
    assert JournalFolder.adopt(path_of(folder)) is None
    path = path_of(folder)
    folder.close()
    adopted = JournalFolder.adopt(path)
    assert adopted is not None
    assert not path.exists() or is_alive(path)
    adopted.remove()
    assert list(journal_paths(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_one_of_many_adopts(tmp_path: Path) -> None:
    folder = make(tmp_path)
    path = path_of(folder)
    folder.close()
    taken: list[JournalFolder] = []
    barrier = threading.Barrier(8)

    def adopt() -> None:
        barrier.wait()
        found = JournalFolder.adopt(path)
        if found is not None:
            taken.append(found)

    threads = [threading.Thread(target=adopt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    taken[0].remove()


def test_a_draft_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / ".1-2-abc").mkdir()
    (tmp_path / ".1-2-abc" / "owner").touch()
    assert list(journal_paths(tmp_path)) == []


def test_the_cursor_is_kept(tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert folder.cursor() == (0, 0)
    folder.move_cursor(3, 160)
    assert folder.cursor() == (3, 160)
    folder.remove()


def test_a_full_disk_keeps_points_in_memory_and_says_so_once(
    tmp_path: Path, said: list[str]
) -> None:
    folder = make(tmp_path)
    written = Journal(folder, segment_bytes=4_096)
    with largest_file(100):
        for step in range(500):
            written.metric(1, f"key{step % 3}", step, 0, float(step))
    assert values(folder) == [float(step) for step in range(500)]
    assert folder.index.keys == {1: "key0", 2: "key1", 3: "key2"}
    assert len(said) == 1
    assert "kept in memory" in said[0]
    written.close(remove=True)


def test_when_there_is_room_again_the_index_is_whole(tmp_path: Path, said: list[str]) -> None:
    folder = make(tmp_path)
    written = Journal(folder, segment_bytes=4_096)
    with largest_file(100):
        for key in range(10):
            written.metric(1, f"a-rather-long-key{key}", 0, 0, 1.0)
    for step in range(200):
        written.metric(1, "last", step, 0, 1.0)
    keys, path = folder.index.keys, path_of(folder)
    written.close()
    adopted = JournalFolder.adopt(path)
    assert adopted is not None
    assert adopted.index.keys == keys
    assert len(values(adopted)) == 210
    adopted.remove()


def test_a_folder_that_was_deleted_under_us_loses_nothing(tmp_path: Path, said: list[str]) -> None:
    folder = make(tmp_path)
    written = Journal(folder, segment_bytes=4_096)
    written.metric(1, "loss", 0, 0, 0.0)
    shutil.rmtree(path_of(folder))
    for step in range(1, 300):
        written.metric(1, "loss", step, 0, float(step))
    assert values(folder) == [float(step) for step in range(300)]
    written.close(remove=True)


def test_a_folder_in_memory_works_like_one_on_disk() -> None:
    folder = JournalFolder.in_memory()
    written = Journal(folder, segment_bytes=200)
    for step in range(30):
        written.metric(1, "loss", step, 0, float(step))
    assert values(folder) == [float(step) for step in range(30)]
    folder.move_cursor(2, 16)
    with pytest.raises(OSError, match="no folder"):
        folder.spool("x")
    written.close()


def test_records_survive_sigkill_at_once(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from tests.tracking.test_journal_folder import make, Journal
journal = Journal(make(Path({str(tmp_path)!r})))
for step in range(1000):
    journal.metric(1, "loss", step, 0, float(step))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    (path,) = journal_paths(tmp_path)
    adopted = JournalFolder.adopt(path)
    assert adopted is not None
    assert values(adopted) == [float(step) for step in range(1000)]
    adopted.remove()
