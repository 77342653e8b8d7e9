from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.config import (
    CAPTURE,
    EXPERIMENT,
    MLFLOW_PASSWORD,
    QUIET,
    REQUEST_TIMEOUT,
    TRACKING_URI,
    Secret,
    reset_settings,
    set_setting,
    setting,
    where_from,
)
from nbtrack.config_files import user_file
from nbtrack.errors import ConfigError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in the middle of a folder tree, with no settings set in code."""
    folder = tmp_path / "project" / "notebooks"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    yield
    reset_settings()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the place of the project's pyproject.toml."""
    return tmp_path / "project" / "pyproject.toml"


@pytest.fixture
def own() -> Path:
    """Return the place of the user's file."""
    user_file().parent.mkdir(parents=True)
    return user_file()


def test_the_order_is_code_environment_project_user_default(
    project: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> tuple[str | None, str]:
        return setting(EXPERIMENT), where_from(EXPERIMENT)

    assert found() == (None, "default")
    own.write_text("[profile.default]\nexperiment = 'user'\n")
    assert found() == ("user", f"{own} [profile.default]")
    project.write_text("[tool.nbtrack]\nexperiment = 'project'\n")
    assert found() == ("project", f"{project} [tool.nbtrack]")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mlflow")
    assert found() == ("mlflow", "environment variable MLFLOW_EXPERIMENT_NAME")
    monkeypatch.setenv("NBTRACK_EXPERIMENT", "own")
    assert found() == ("own", "environment variable NBTRACK_EXPERIMENT")
    set_setting(EXPERIMENT, "code")
    assert found() == ("code", "set in this process")


def test_toml_values_are_read_by_their_kind(project: Path) -> None:
    project.write_text("[tool.nbtrack]\nquiet = true\nrequest_timeout = 7\ncapture = 'full'\n")
    assert setting(QUIET) is True
    assert setting(REQUEST_TIMEOUT) == 7.0
    assert setting(CAPTURE) == "full"


def test_only_the_nearest_pyproject_counts(project: Path) -> None:
    project.write_text("[tool.nbtrack]\ncapture = 'full'\n")
    (project.parent / "notebooks" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert setting(CAPTURE) == "source"
    (project.parent / "notebooks" / "pyproject.toml").unlink()
    assert setting(CAPTURE) == "full"


def test_a_changed_file_is_read_again(project: Path) -> None:
    project.write_text("[tool.nbtrack]\ncapture = 'full'\n")
    assert setting(CAPTURE) == "full"
    project.write_text("[tool.nbtrack]\ncapture = 'none'\n")
    os.utime(project, ns=(1, 1))
    assert setting(CAPTURE) == "none"
    project.unlink()
    assert setting(CAPTURE) == "source"


def test_profiles_are_chosen_by_a_setting(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_text("[profile.default]\nquiet = true\n[profile.lab]\ntracking_uri = 'http://lab'\n")
    assert setting(QUIET) is True
    monkeypatch.setenv("NBTRACK_PROFILE", "lab")
    assert setting(TRACKING_URI) == "http://lab"
    assert setting(QUIET) is False


def test_a_project_may_choose_the_profile(own: Path, project: Path) -> None:
    own.write_text("[profile.lab]\ntracking_uri = 'http://lab'\n")
    project.write_text("[tool.nbtrack]\nprofile = 'lab'\n")
    assert setting(TRACKING_URI) == "http://lab"


def test_secrets_may_stand_in_the_users_file(own: Path) -> None:
    own.write_text("[profile.default]\nmlflow_password = 'hunter2'\n")
    assert setting(MLFLOW_PASSWORD) == Secret("hunter2")


def test_the_users_file_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    file = tmp_path / "xdg" / "nbtrack" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[profile.default]\nquiet = true\n")
    assert where_from(QUIET) == f"{file} [profile.default]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[tool.nbtrack]\ncapture = 'all'\n",
            "[tool.nbtrack]: capture is 'all', which does not fit. Use 'none', 'source' or 'full'.",
        ),
        ("[tool.nbtrack]\ncapure = 'full'\n", "[tool.nbtrack]: There is no setting 'capure'. Did"),
        ("[tool.nbtrack]\nquiet = [1]\n", "[tool.nbtrack]: quiet is '[1]', which does not fit."),
        ("[tool]\nnbtrack = 3\n", "[tool.nbtrack] is 3, not a table."),
        ("[tool.nbtrack\n", "cannot be read as TOML: "),
        (
            "[tool.nbtrack]\nmlflow_password = 'hunter2'\n",
            "[tool.nbtrack] holds the secret mlflow_password. Such files are shared: ",
        ),
    ],
)
def test_mistakes_name_the_file(project: Path, text: str, message: str) -> None:
    project.write_text(text)
    row = MLFLOW_PASSWORD if "password" in text else QUIET if "quiet" in text else CAPTURE
    with pytest.raises(ConfigError) as caught:
        setting(row)
    assert str(caught.value).startswith(str(project))
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_unknown_profile_is_named_with_the_known_ones(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write_text("[profile.lab]\nquiet = true\n")
    monkeypatch.setenv("NBTRACK_PROFILE", "labb")
    with pytest.raises(ConfigError) as caught:
        setting(QUIET)
    assert str(caught.value) == (
        f"There is no profile 'labb' in {own}. It has 'lab': add [profile.labb]."
    )


def test_a_broken_pyproject_without_our_table_is_not_our_affair(project: Path) -> None:
    project.write_text("[tool.other\n")
    assert setting(CAPTURE) == "source"


@pytest.mark.parametrize(
    "text",
    [
        "[ tool . 'nbtrack' ]\nquiet = true\n",
        "[tool]\nnbtrack.quiet = true\n",
        "[tool]\n'nbtrack' = {quiet = true}\n",
        "tool.nbtrack.quiet = true\n",
        "tool = {nbtrack = {quiet = true}}\n",
    ],
)
def test_our_table_may_be_written_in_any_way(project: Path, text: str) -> None:
    project.write_text(text)
    assert setting(QUIET) is True


@pytest.mark.parametrize(
    "text",
    [
        "[project]\ndependencies = [\n'nbtrack==0.1',\n'nbtrack',\n]\n",
        "[tool.poetry.dependencies]\nnbtrack = '^0.1'\n",
    ],
)
def test_a_project_that_depends_on_us_is_not_read(project: Path, text: str) -> None:
    project.write_text(f"{text}[broken\n")
    assert setting(QUIET) is False


def test_a_working_folder_that_is_gone_has_no_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert setting(CAPTURE) == "source"
