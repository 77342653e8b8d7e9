"""The store's file: foreign, damaged, newer, read-only, full, closed; and its migrations."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nbtrack.api.runs import CreateRun, LogBatch
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.backends.sqlite.artifacts import ArtifactFolder
from nbtrack.backends.sqlite.backend import HANDLERS
from nbtrack.backends.sqlite.connection import Connections
from nbtrack.backends.sqlite.migrate import integrity_problems, open_store
from nbtrack.backends.sqlite.schema import MIGRATIONS, Migration
from nbtrack.backends.sqlite.session import Known, Session, Settings
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.errors import StoreError
from nbtrack.limits import MLFLOW

NOBODY = 65534
ADDED = Migration("alter table run add column note text;\n")
BROKEN = Migration("create table added (id integer);\ninsert into nothing values (1);\n")


def database(path: Path, script: str) -> Path:
    """Make a SQLite database."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    return path


def dump(path: Path) -> list[str]:
    """Return all that a database holds, and its version."""
    with closing(sqlite3.connect(path)) as db:
        version = db.execute("pragma user_version").fetchone()[0]
        return [str(version), *db.iterdump()]


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]


FOREIGN = {
    "mlflow": (
        "create table alembic_version (v); create table experiments (id); create table runs (id);",
        "MLflow.*mlflow server",
    ),
    "other": ("create table recipes (id);", "something else.*recipes"),
}


@pytest.mark.parametrize(("script", "words"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_database_is_refused_and_left_as_it_is(
    tmp_path: Path, script: str, words: str
) -> None:
    path = database(tmp_path / "store.db", script)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=words):
        SqliteBackend(tmp_path)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["store.db"]


@pytest.mark.parametrize(
    "content", [b"hello, world", b"x", b"\0" * 5000], ids=["text", "1", "zeros"]
)
def test_file_that_is_no_database_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not an nbtrack store"):
        SqliteBackend(tmp_path)
    assert path.read_bytes() == content
    assert names(tmp_path) == ["store.db"]


def test_header_without_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(StoreError):
        SqliteBackend(tmp_path)
    assert path.read_bytes().endswith(b"\xff" * 5000)


def test_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    with Client(backend=SqliteBackend(tmp_path)) as client:
        assert client.get_experiment("0").name == "Default"


def filled(folder: Path) -> Path:
    """Make a store with a run; return its file, with nothing left in a journal."""
    with Client(backend=SqliteBackend(folder, journal_mode="delete")) as client:
        client.create_run("0", run_name="kept")
    return folder / "store.db"


def run_names(folder: Path) -> list[str]:
    """Return the names of the runs of a store."""
    with Client(backend=SqliteBackend(folder)) as client:
        return [run.info.run_name for run in client.search_runs("0").runs]


def test_store_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"version 99.*newer nbtrack.*pip install -U nbtrack"):
        SqliteBackend(tmp_path)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["store.db"]


def test_damaged_store_says_so(tmp_path: Path) -> None:
    path = filled(tmp_path)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="damaged"), closing(SqliteBackend(tmp_path)) as engine:
        Client(backend=engine).search_runs("0")


def test_integrity_check_finds_damage(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with closing(SqliteBackend(tmp_path)) as engine:
        assert engine.integrity_problems() == []
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma writable_schema = on")
        db.execute("update sqlite_master set rootpage = 3 where name = 'run_newest'")
        db.commit()
    with closing(SqliteBackend(tmp_path)) as engine:
        assert engine.integrity_problems() != []


# --- migrations -----------------------------------------------------------------------------------


def test_migration_keeps_the_data_and_leaves_a_backup(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = dump(path)
    with closing(Connections(path, "delete")) as pool:
        open_store(pool, (*MIGRATIONS, ADDED))
        with pool.reading() as db:
            assert db.execute("select run_name, note from run").fetchall() == [("kept", None)]
            assert db.execute("pragma user_version").fetchone() == (len(MIGRATIONS) + 1,)
    backup = tmp_path / f"store.db.v{len(MIGRATIONS)}.backup"
    assert dump(backup) == before


def test_failed_migration_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = dump(path)
    with (
        closing(Connections(path, "delete")) as pool,
        pytest.raises(StoreError, match="nothing"),
    ):
        open_store(pool, (*MIGRATIONS, ADDED, BROKEN))
    assert dump(path)[0] in {before[0], str(len(MIGRATIONS) + 1)}
    with closing(sqlite3.connect(path)) as db:
        assert not db.execute("select 1 from sqlite_master where name = 'added'").fetchall()
    with closing(Connections(path)) as pool:
        open_store(pool, (*MIGRATIONS, ADDED))
        assert integrity_problems(pool) == []


def test_failed_first_migration_leaves_the_store_readable(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = dump(path)
    with closing(Connections(path, "delete")) as pool, pytest.raises(StoreError):
        open_store(pool, (*MIGRATIONS, BROKEN))
    assert dump(path) == before
    assert run_names(tmp_path) == ["kept"]


def test_several_openers_migrate_once(tmp_path: Path) -> None:
    path = filled(tmp_path)

    def open_newer(_: int) -> int:
        with closing(Connections(path)) as pool:
            open_store(pool, (*MIGRATIONS, ADDED))
            with pool.reading() as db:
                version: int = db.execute("pragma user_version").fetchone()[0]
                return version

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(open_newer, range(8))) == {len(MIGRATIONS) + 1}


def test_store_in_the_present_version_gets_no_backup(tmp_path: Path) -> None:
    filled(tmp_path)
    assert run_names(tmp_path) == ["kept"]
    assert not list(tmp_path.glob("*.backup"))


# --- places ---------------------------------------------------------------------------------------


@contextmanager
def as_somebody() -> Generator[Path]:
    """Give a folder that is read-only to this user, who is not root for as long."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        is_root = os.geteuid() == 0
        try:
            folder.chmod(0o755)
            filled(folder)
            (folder / "store.db").chmod(0o444)
            folder.chmod(0o555)
            if is_root:
                os.seteuid(NOBODY)
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(stat.S_IRWXU)


@pytest.mark.skipif(os.name != "posix", reason="has no such permissions")
def test_store_in_a_read_only_folder_says_so() -> None:
    with (
        as_somebody() as folder,
        pytest.raises(StoreError, match=r"read-only|cannot be opened"),
        closing(SqliteBackend(folder)) as engine,
    ):
        Client(backend=engine).create_run("0")


@pytest.mark.skipif(os.name != "posix", reason="has no such permissions")
def test_new_store_in_a_read_only_folder_says_so() -> None:
    with as_somebody() as folder, pytest.raises(StoreError, match="cannot be made"):
        SqliteBackend(folder / "new")


def test_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        SqliteBackend(tmp_path / "taken")


def test_new_folder_is_kept_out_of_git(tmp_path: Path) -> None:
    SqliteBackend(tmp_path / "new").close()
    assert (tmp_path / "new" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", ["", ".nbtrack/store.db"], ids=["folder", "file"])
def test_second_opening_keeps_the_locks_of_the_first(tmp_path: Path, name: str) -> None:
    """Else another process takes this one for gone, and removes the log that it writes to."""
    program = (
        "import sys; from nbtrack.client import Client\n"
        "with Client(sys.argv[1]) as client:\n"
        "    print(*[run.info.run_name for run in client.search_runs('0').runs])\n"
        "    client.create_run('0', run_name='theirs')"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with Client(str(tmp_path)) as first, Client(str(tmp_path / name)):
        first.create_run("0", run_name="before")
        subprocess.run(command, check=True, capture_output=True)
        first.create_run("0", run_name="after")
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert set(done.stdout.split()) == {"before", "theirs", "after"}
        assert {run.info.run_name for run in first.search_runs("0").runs} > {"before", "after"}


def test_closed_store_says_so(tmp_path: Path) -> None:
    engine = SqliteBackend(tmp_path)
    engine.close()
    with pytest.raises(StoreError, match="was closed"):
        Client(backend=engine).get_experiment("0")


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_journal_mode_is_the_one_asked_for(tmp_path: Path, mode: str) -> None:
    with Client(backend=SqliteBackend(tmp_path, journal_mode=mode)) as client:
        client.create_run("0")
        assert (tmp_path / "store.db-wal").exists() == (mode == "wal")
    with closing(sqlite3.connect(tmp_path / "store.db")) as db:
        assert db.execute("pragma journal_mode").fetchone() == (mode,)


def test_moved_store_finds_its_artifacts(tmp_path: Path) -> None:
    with Client(backend=SqliteBackend(tmp_path / "old")) as client:
        run_id = client.create_run("0").info.run_id
        client.upload_bytes(run_id, "f", b"1")
    (tmp_path / "old").rename(tmp_path / "new")
    with Client(backend=SqliteBackend(tmp_path / "new")) as client:
        assert client.read_artifact(run_id, "f") == b"1"


# --- a full disk ----------------------------------------------------------------------------------


def test_full_disk_loses_the_call_and_nothing_else(tmp_path: Path) -> None:
    settings = Settings(MLFLOW, lambda: 1000, ArtifactFolder(tmp_path, proxied=False))
    with closing(Connections(tmp_path / "store.db")) as pool:
        open_store(pool)
        with pool.writing() as db:
            reply = HANDLERS["create_run"](Session(db, settings, Known()), CreateRun())
            run_id = reply.run.info.run_id
        with pool.bare() as db:
            pages = db.execute("pragma page_count").fetchone()[0]
            db.execute(f"pragma max_page_count = {pages + 20}")
        written: list[str] = []

        def fill() -> None:
            for number in range(1000):
                key = f"m{number}"
                points = tuple(Metric(key=key, value=1.0, timestamp=n) for n in range(1000))
                with pool.writing() as db:
                    request = LogBatch(run_id=run_id, metrics=points)
                    HANDLERS["log_batch"](Session(db, settings, Known()), request)
                written.append(key)

        with pytest.raises(StoreError, match="full; nothing of this call was written"):
            fill()
        assert integrity_problems(pool) == []
    with Client(backend=SqliteBackend(tmp_path)) as client:
        keys = [metric.key for metric in client.get_run(run_id).data.metrics]
        assert keys == written
        assert written
        client.log_param(run_id, "after", "1")
