"""What `nbtrack doctor` finds, and that it changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nbtrack import __version__
from nbtrack.backends import Backend, open_backend
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.cli import SUCCESS, UNWELL, main
from nbtrack.client.refusals import Refusal, set_aside
from nbtrack.config import set_setting
from nbtrack.doctor import Finding, findings
from nbtrack.errors import TransportError

NOBODY = 65534  # without rights of its own on every usual system
KILLED = """
import os, nbtrack
nbtrack.start_run(run_name="cut off")
nbtrack.log(loss=1.0)
os._exit(1)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with a state folder of its own."""
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(tmp_path / "state"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def found(subject: str) -> Finding:
    (finding,) = [one for one in findings() if one.subject == subject]
    return finding


def answering(_uri: str) -> Backend:
    return open_backend("nbtrack::memory:")


def silent(uri: str) -> Backend:
    raise TransportError(f"No connection to {uri}.")


def test_a_fresh_folder_is_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == SUCCESS
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert __version__ in lines[0]
    assert list(folder.iterdir()) == []


def test_a_store_is_named_with_its_size(folder: Path) -> None:
    SqliteBackend(folder / ".nbtrack").close()
    assert f"{folder / '.nbtrack'}, 0." in found("store").text


@contextmanager
def as_nobody() -> Generator[None]:
    """Ask for permissions as somebody else where root runs the tests, who may write everywhere."""
    if os.name != "posix" or os.getuid() != 0:
        yield
        return
    os.setreuid(NOBODY, -1)  # what may be done is asked for the real user
    try:
        yield
    finally:
        os.setreuid(0, -1)


@pytest.mark.skipif(os.name != "posix", reason="a folder's permissions are those of POSIX")
def test_a_folder_that_cannot_be_written_is_a_problem() -> None:
    with tempfile.TemporaryDirectory() as place:  # anybody can enter the folders above it
        folder = Path(place)
        set_setting("tracking_uri", str(folder / "store"))
        with as_nobody():
            folder.chmod(0o777)
            assert not found("store").is_problem
            folder.chmod(0o555)
            assert found("store").text.startswith(f"{folder} cannot be written.")
        folder.chmod(0o700)


def test_a_file_in_place_of_the_folder_is_a_problem(folder: Path) -> None:
    (folder / "taken").touch(0o644)
    set_setting("tracking_uri", str(folder / "taken" / "store"))
    assert found("store").text.startswith(f"{folder / 'taken'} cannot be written.")


def test_a_folder_of_mlflow_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "0").mkdir()
    (folder / "0" / "meta.yaml").touch()
    monkeypatch.setenv("NBTRACK_TRACKING_URI", str(folder))
    finding = found("tracking")
    assert finding.is_problem
    assert "mlflow server" in finding.text


def test_a_server_that_answers_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "http://127.0.0.1:5000")
    finding = next(one for one in findings(answering) if one.subject == "connection")
    assert not finding.is_problem
    assert finding.text.startswith("it answered in ")


def test_a_server_that_is_away_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "http://127.0.0.1:5000")
    finding = next(one for one in findings(silent) if one.subject == "connection")
    assert finding.is_problem


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "http://name:secret@127.0.0.1:5000/base")
    texts = [one.text for one in findings(answering)]
    assert any("http://127.0.0.1:5000/base" in text for text in texts)
    assert not any("secret" in text for text in texts)


def test_what_a_dead_process_left_is_counted_and_stays(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED], cwd=folder, check=False)
    assert found("pending").text.startswith("1 journal and 0 offline runs wait")
    assert found("pending").is_problem


def test_refused_records_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    set_aside(Refusal(tracking_uri="here", run_id="1", what="a param", why="no"), quiet=True)
    assert main(["doctor"]) == UNWELL
    assert "PROBLEM  refused       1 record set aside." in capsys.readouterr().out
