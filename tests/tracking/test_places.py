"""Where nothing can be written: training goes on, and the person is told once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nbtrack.client import Client
from nbtrack.client.state_folder import state_folders
from nbtrack.entities import RunStatus
from tests.tracking.victims import run_script

if TYPE_CHECKING:
    from pathlib import Path

TRAIN = """
import nbtrack
run = nbtrack.start_run(run_name="train")
for step in range(30_000):
    run.log_metric("loss", step)
run.log_params(lr=0.1)
run.log_text("hello", "a.txt")
"""


def assert_everything_is_there(store: Path) -> None:
    with Client(str(store)) as client:
        (run,) = client.iter_runs(["0"])
        assert run.info.status is RunStatus.FINISHED
        assert run.data.params[0].value == "0.1"
        values = [point.value for point in client.iter_history(run.info.run_id, "loss")]
        assert values == [float(step) for step in range(30_000)]
        assert client.read_artifact(run.info.run_id, "a.txt") == b"hello"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".nbtrack"


@pytest.mark.parametrize("place", ["/proc/nbtrack", "/dev/null/nbtrack"])
def test_no_folder_for_journals(tmp_path: Path, project: Path, place: str) -> None:
    settings = {"NBTRACK_TRACKING_URI": str(project), "NBTRACK_STATE_FOLDER": place}
    ended = run_script(TRAIN, cwd=tmp_path, **settings)
    assert ended.code == 0, ended.err
    (line,) = ended.err.splitlines()
    assert "no folder for journals can be written" in line
    assert "kept in memory" in line
    assert_everything_is_there(project)


@pytest.mark.parametrize("home", ["/nonexistent/home", "/proc", ""])
def test_a_home_that_cannot_be_written(tmp_path: Path, project: Path, home: str) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    settings = {"NBTRACK_TRACKING_URI": str(project), "HOME": home, "TMPDIR": str(temporary)}
    ended = run_script(TRAIN, cwd=tmp_path, **settings)
    assert (ended.code, ended.err) == (0, "")
    assert_everything_is_there(project)


def test_a_disk_that_is_full_in_mid_run(tmp_path: Path, project: Path) -> None:
    fill = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
"""
    full, free = (
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, hard))" for size in ("100", "hard")
    )
    script = TRAIN.replace(
        "for step", f"run.log_metric('first', 0); run.flush(); {full}\nfor step"
    ).replace("run.log_params", f"{free}\nrun.log_params")
    settings = {
        "NBTRACK_TRACKING_URI": str(project),
        "NBTRACK_STATE_FOLDER": str(tmp_path / "state"),
    }
    ended = run_script(fill + script, cwd=tmp_path, **settings)
    assert ended.code == 0, ended.err
    journal = [line for line in ended.err.splitlines() if "journal" in line and "memory" in line]
    assert len(journal) == 1
    assert_everything_is_there(project)


def test_a_state_folder_that_is_deleted_in_mid_run(tmp_path: Path, project: Path) -> None:
    state = tmp_path / "state"
    script = TRAIN.replace("run.log_params", f"shutil.rmtree({str(state)!r}); run.log_params")
    settings = {"NBTRACK_TRACKING_URI": str(project), "NBTRACK_STATE_FOLDER": str(state)}
    ended = run_script(f"import shutil\n{script}", cwd=tmp_path, **settings)
    assert ended.code == 0, ended.err
    assert_everything_is_there(project)


def test_a_store_that_becomes_read_only_keeps_the_training_going(
    tmp_path: Path, project: Path
) -> None:
    script = """
        import nbtrack, sqlite3, sys
        run = nbtrack.start_run()
        run.log(loss=0)
        run.flush()
        blocker = sqlite3.connect(sys.argv[1] if len(sys.argv) > 1 else PATH)
        blocker.execute("drop table metric")
        blocker.commit()
        for step in range(100):
            run.log(loss=step)
        print(run.flush(5))
    """.replace("PATH", repr(str(project / "store.db")))
    settings = {
        "NBTRACK_TRACKING_URI": str(project),
        "NBTRACK_STATE_FOLDER": str(tmp_path / "state"),
    }
    ended = run_script(script, cwd=tmp_path, **settings)
    assert (ended.code, ended.out) == (0, ["False"])
    waits = [line for line in ended.err.splitlines() if "delivery waits" in line]
    assert len(waits) == 1
    assert "nbtrack sync" in ended.err.splitlines()[-1]


def test_a_temporary_folder_of_somebody_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ours = tmp_path / f"nbtrack-{os.getuid()}"
    assert ours in state_folders()
    ours.symlink_to("/proc/self")
    assert ours in state_folders()  # the link is ours
    if os.getuid() == 0:
        os.chown(ours, 1, 1, follow_symlinks=False)
        assert ours not in state_folders()


def test_a_power_cut_setting_has_the_disk_write(tmp_path: Path, project: Path) -> None:
    script = f"""
import os
synced = []
def note(event, args):
    if event == "open" and str(args[0]).endswith((".log", "index")):
        if args[2] == os.O_RDONLY | os.O_CLOEXEC:
            synced.append(str(args[0])[-5:])
import sys
sys.addaudithook(note)
{TRAIN}
import time
time.sleep(0.3)
print(sorted(set(synced)))
"""
    settings = {
        "NBTRACK_TRACKING_URI": str(project),
        "NBTRACK_STATE_FOLDER": str(tmp_path / "state"),
        "NBTRACK_SURVIVE_POWER_CUT": "true",
    }
    ended = run_script(script, cwd=tmp_path, **settings)
    assert ended.code == 0, ended.err
    assert ended.out == ["['1.log', '2.log', 'index']"]
    assert_everything_is_there(project)
