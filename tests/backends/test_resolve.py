from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.api.experiments import CREATE_EXPERIMENT, CreateExperiment
from nbtrack.backends import Backend, open_backend
from nbtrack.backends.http import HttpBackend
from nbtrack.backends.resolve import default_folder
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.config import reset_settings, set_setting
from nbtrack.entities import ExperimentTag
from nbtrack.errors import ConfigError, InvalidParameterValue, StoreError
from nbtrack.limits import DOCUMENTED

Open = Callable[..., Backend]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Return `open_backend`, in an empty working folder; what it opens is closed at the end."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    found: list[Backend] = []

    def open_one(*args: object, **options: object) -> Backend:
        found.append(open_backend(*args, **options))  # type: ignore[arg-type]
        return found[-1]

    yield open_one
    for backend in found:
        backend.close()
    reset_settings()


def mlflow_database(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("create table alembic_version (version_num varchar(32) not null)")
    connection.close()
    return path


@pytest.mark.parametrize("uri", ["http://localhost:5000", "https://host/prefix"])
def test_address_opens_an_http_backend(opened: Open, uri: str) -> None:
    backend = opened(uri)
    assert isinstance(backend, HttpBackend)
    assert backend.name == uri


@pytest.mark.parametrize("uri", ["databricks", "databricks:", "databricks://"])
def test_databricks_opens_the_workspace_of_the_environment(
    opened: Open, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "https://work.example.com")
    monkeypatch.setenv("DATABRICKS_TOKEN", "t")
    assert opened(uri).name == "https://work.example.com"


def test_databricks_profile_is_read(opened: Open, tmp_path: Path) -> None:
    (tmp_path / ".databrickscfg").write_text("[prof]\nhost = a.example.com\ntoken = t\n", "utf-8")
    assert opened("databricks://prof").name == "https://a.example.com"


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("databricks://scope:prefix", "names a secret scope"),
        ("databricks-uc", "names a model registry"),
        ("databricks-uc://prof", "names a model registry"),
        ("postgresql://ana:hunter2@host/db", "of the kind 'postgresql' is not supported"),
        ("sqlite:///none.db", "no existing nbtrack store"),
        ("file://elsewhere/data", "on another machine"),
    ],
)
def test_uri_that_cannot_be_opened_is_refused(opened: Open, uri: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        opened(uri)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "uri", ["data", "nbtrack:data", "nbtrack://data", "./data", "file:data", "data/.nbtrack"]
)
def test_folder_opens_the_store_in_it(opened: Open, tmp_path: Path, uri: str) -> None:
    assert isinstance(opened(uri), SqliteBackend)
    assert (tmp_path / "work" / "data" / ".nbtrack" / "store.db").is_file()


def test_absolute_file_uri_is_decoded(opened: Open, tmp_path: Path) -> None:
    opened((tmp_path / "with space").as_uri())
    assert (tmp_path / "with space" / ".nbtrack" / "store.db").is_file()


def test_folder_that_is_a_store_is_opened_itself(opened: Open, tmp_path: Path) -> None:
    opened("data").close()
    (tmp_path / "work" / "data" / ".nbtrack").rename(tmp_path / "work" / "moved")
    opened("moved")
    assert not (tmp_path / "work" / "moved" / ".nbtrack").exists()


@pytest.mark.parametrize("form", ["sqlite:///{}", "{}", "nbtrack:{}"])
def test_file_of_a_store_opens_that_store(opened: Open, tmp_path: Path, form: str) -> None:
    opened("data").close()
    file = tmp_path / "work" / "data" / ".nbtrack" / "store.db"
    assert isinstance(opened(form.format(file)), SqliteBackend)


@pytest.mark.parametrize("form", ["sqlite:///{}", "{}"])
def test_mlflow_database_is_refused_by_name(opened: Open, tmp_path: Path, form: str) -> None:
    path = mlflow_database(tmp_path / "mlflow.db")
    with pytest.raises(ConfigError, match="is an MLflow database"):
        opened(form.format(path))


def test_foreign_database_is_refused(opened: Open, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("create table t (a)")
    connection.close()
    with pytest.raises(ConfigError, match=r"not the store\.db of an nbtrack store"):
        opened(str(tmp_path / "other.db"))
    (tmp_path / "other.db").rename(tmp_path / "store.db")
    with pytest.raises(StoreError):
        opened(f"sqlite:///{tmp_path}/store.db")


def test_file_that_is_no_database_is_refused(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", "utf-8")
    with pytest.raises(ConfigError, match="is a file and no store"):
        opened(str(tmp_path / "notes.txt"))


def test_file_store_of_mlflow_is_refused(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("experiment_id: '0'", "utf-8")
    with pytest.raises(ConfigError, match="MLflow's file store"):
        opened(str(tmp_path / "mlruns"))
    assert isinstance(opened(str(tmp_path)), SqliteBackend)


def test_memory_leaves_nothing_on_disk(opened: Open, tmp_path: Path) -> None:
    assert isinstance(opened("nbtrack::memory:"), SqliteBackend)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("uri", [None, ""])
def test_nothing_named_opens_the_default_store(
    opened: Open, tmp_path: Path, uri: str | None
) -> None:
    opened(uri)
    assert (tmp_path / "work" / ".nbtrack" / "store.db").is_file()


def test_setting_names_the_backend(opened: Open) -> None:
    set_setting("tracking_uri", "http://localhost:5000")
    assert opened().name == "http://localhost:5000"
    assert isinstance(opened("nbtrack::memory:"), SqliteBackend)


def test_default_store_is_the_nearest_upwards(tmp_path: Path) -> None:
    start = tmp_path / "project" / "notebooks" / "deep"
    start.mkdir(parents=True)
    (tmp_path / "project" / ".git").mkdir()
    assert default_folder(start) == tmp_path / "project" / ".nbtrack"
    (tmp_path / ".nbtrack").mkdir()
    assert default_folder(start) == tmp_path / ".nbtrack"
    (tmp_path / "project" / "notebooks" / ".nbtrack").mkdir()
    assert default_folder(start) == tmp_path / "project" / "notebooks" / ".nbtrack"


def test_limits_come_from_the_setting_unless_given(opened: Open) -> None:
    long_tag = ExperimentTag(key="k", value="v" * 30_000)
    request = CreateExperiment(name="n", tags=(long_tag,))
    set_setting("limits", "mlflow")
    with pytest.raises(InvalidParameterValue):
        opened("nbtrack::memory:").call(CREATE_EXPERIMENT, request)
    created = opened("nbtrack::memory:", limits=DOCUMENTED).call(CREATE_EXPERIMENT, request)
    assert created.experiment_id == "1"


def test_resolving_is_light() -> None:
    program = "import sys, nbtrack.backends.resolve; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"httpx", "sqlite3", "tenacity"} & set(done.stdout.split())


def test_opening_a_server_is_light() -> None:
    program = (
        "import sys, nbtrack.backends as b; b.open_backend('http://host'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"configparser", "sqlite3", "tenacity", "tomllib"} & set(done.stdout.split())
