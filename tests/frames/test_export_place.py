"""An export is there complete or not at all: killed, refused, without room, twice at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pandas as pd
import pytest

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.errors import ExportError
from nbtrack.frames.export import Exported, export
from nbtrack.frames.export_formats import FORMATS
from nbtrack.frames.export_place import placed
from tests.frames.messy import messy_client
from tests.frames.slow_backend import SlowBackend

ROOT = Path(__file__).parents[2]
SUFFIXES = [form.suffixes[0] for form in FORMATS.values() if form.has_history]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with messy_client(tmp_path) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder for exports."""
    made = tmp_path / "exports"
    made.mkdir()
    return made


def content(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def visible(folder: Path) -> list[str]:
    """Return the names in a folder that are not hidden."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def hidden(folder: Path) -> list[str]:
    """Return the other names in a folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def kill_while_it_exports(store: Path, dest: Path, *words: str) -> None:
    """Start an export in a process of its own, and kill that in the middle of it."""
    command = [sys.executable, "-m", "tests.frames.killed_export", str(store), str(dest), *words]
    pipe = subprocess.PIPE
    env = {**os.environ, "TMPDIR": str(store.parent)}  # openpyxl leaves files there
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        process.kill()
        process.wait(60)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_killed_export_leaves_nothing_under_its_name(
    client: Client, tmp_path: Path, folder: Path, suffix: str
) -> None:
    kill_while_it_exports(tmp_path / ".nbtrack", folder / f"out{suffix}")
    assert visible(folder) == []
    (left,) = folder.iterdir()
    assert left.name.startswith(f".out{suffix}.")
    assert left.name.endswith(".partial")
    assert export(folder / f"out{suffix}", client=client).runs == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_killed_overwrite_leaves_what_was_there(
    client: Client, tmp_path: Path, folder: Path, suffix: str
) -> None:
    export(folder / f"out{suffix}", client=client)
    before = content(folder)
    kill_while_it_exports(tmp_path / ".nbtrack", folder / f"out{suffix}", "overwrite")
    assert before.items() <= content(folder).items()


def test_an_error_in_the_middle_leaves_nothing(
    client: Client, tmp_path: Path, folder: Path
) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    slow = Client(backend=SlowBackend(SqliteBackend(tmp_path / ".nbtrack"), fail))
    with slow, pytest.raises(KeyboardInterrupt):
        export(folder / "out", client=slow)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_there_is_not_replaced(client: Client, folder: Path, suffix: str) -> None:
    export(folder / f"out{suffix}", client=client)
    before = content(folder)
    with pytest.raises(ExportError, match=r"exists already\. Choose another name, or replace"):
        export(folder / f"out{suffix}", client=client)
    assert content(folder) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_overwrite_replaces_all_of_it(client: Client, folder: Path, suffix: str) -> None:
    first = export(folder / f"out{suffix}", client=client)
    names = sorted(content(folder))
    second = export(first.path, "params.lr = '0.5'", client=client, overwrite=True)
    assert (first.runs, second.runs) == (3, 1)
    assert hidden(folder) == []
    if suffix:
        assert sorted(content(folder)) == names
    else:
        assert pd.read_parquet(first.path / "runs")["run_name"].tolist() == ["run 1"]


def test_overwrite_takes_a_file_for_a_folder(client: Client, folder: Path) -> None:
    (folder / "out").write_text("old")
    export(folder / "out", client=client, overwrite=True)
    assert (folder / "out" / "manifest.json").is_file()
    assert (visible(folder), hidden(folder)) == (["out"], [])


@pytest.mark.parametrize("suffix", ["", ".csv"])
def test_overwrite_spares_a_folder_that_no_export_made(
    client: Client, folder: Path, suffix: str
) -> None:
    mine = folder / f"mine{suffix}"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ExportError, match="a folder that no such export made"):
        export(mine, client=client, overwrite=True)
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_overwrite_spares_an_export_into_which_something_was_put(
    client: Client, folder: Path
) -> None:
    done = export(folder / "out", client=client)
    (done.path / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match="a folder that no such export made"):
        export(done.path, client=client, overwrite=True)


def test_a_link_is_followed(client: Client, folder: Path) -> None:
    (folder / "target").mkdir()
    (folder / "link.csv").symlink_to(folder / "target" / "real.csv")
    export(folder / "link.csv", client=client, history=False)
    assert (folder / "link.csv").is_symlink()
    assert visible(folder / "target") == ["real.csv"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_of_two_exports_at_once_one_is_there_and_one_is_told(
    client: Client, tmp_path: Path, folder: Path, suffix: str
) -> None:
    both = Barrier(2, timeout=60)
    waited: set[int] = set()

    def run(number: int) -> Exported | ExportError:
        def meet() -> None:
            if number not in waited:
                waited.add(number)
                both.wait()

        with Client(backend=SlowBackend(SqliteBackend(tmp_path / ".nbtrack"), meet)) as slow:
            try:
                return export(folder / f"out{suffix}", client=slow)
            except ExportError as exc:
                return exc

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run, range(2)))
    (done,) = (one for one in found if isinstance(one, Exported))
    (error,) = (one for one in found if isinstance(one, ExportError))
    assert "exists already" in str(error)
    assert done.path.exists()
    assert hidden(folder) == []
    assert sum(map(len, content(folder).values())) == done.size


def test_a_name_taken_meanwhile_is_kept_and_the_files_beside_are_taken_back(folder: Path) -> None:
    names = ("a.history.csv", "a.csv")

    def write() -> None:
        with placed(folder, names, lambda _: False, overwrite=False) as scratch:
            for name in names:
                (scratch / name).write_text("new")
            (folder / "a.csv").write_text("of somebody else")

    with pytest.raises(ExportError, match="exists already"):
        write()
    assert content(folder) == {"a.csv": b"of somebody else"}


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Return a folder that cannot be written to, be it by root."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    return Path("/sys") if os.access(folder, os.W_OK) else folder


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="there may be no folder closed to root")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_to_read_only_is_told(client: Client, closed: Path, suffix: str) -> None:
    with pytest.raises(ExportError, match=r"failed: .*\. Nothing was left there\.") as caught:
        export(closed / f"out{suffix}", client=client)
    assert "Choose a folder that you may write to." in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are those of POSIX")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_without_room_the_rest_is_removed(
    client: Client, tmp_path: Path, folder: Path, suffix: str
) -> None:
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from nbtrack.backends.sqlite import SqliteBackend\n"
        "from nbtrack.client import Client\n"
        "from nbtrack.frames.export import export\n"
        f"client = Client(backend=SqliteBackend(Path({str(tmp_path / '.nbtrack')!r})))\n"
        "client.get_experiment('0')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        f"try: export({str(folder / f'out{suffix}')!r}, client=client)\n"
        "except Exception as exc: print(type(exc).__name__, exc)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("ExportError The export to")
    assert "Free some space or choose another disk." in done.stdout
    assert list(folder.iterdir()) == []
