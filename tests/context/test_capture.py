from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.context import LEVELS, CaptureRequest, Level, capture, cell_hash, tags
from nbtrack.context.capture import DIFF_CHARACTERS, SOURCE_CHARACTERS
from nbtrack.errors import ConfigError
from tests.context.planted import CARRIERS, FORMS
from tests.context.repositories import git, repository

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


def request(level: Level, folder: Path, source: str = "fit()\n") -> CaptureRequest:
    return CaptureRequest(
        level=level,
        cell_source=source,
        cell_id="4f3c-aa",
        execution_count=7,
        notebook="work/train.ipynb",
        environ={},
        user="ann",
        folder=folder,
    )


def test_level_none_tells_only_who_and_where_from(repo: Path) -> None:
    captured = capture(request("none", repo))
    assert captured.tags == {
        "mlflow.user": "ann",
        "mlflow.source.name": "train.ipynb",
        "mlflow.source.type": "NOTEBOOK",
    }
    assert captured.artifacts == {}


def test_level_source_adds_cell_notebook_and_git(repo: Path) -> None:
    git(repo, "remote", "add", "origin", "https://ann:hunter2@example.org/code.git")
    (repo / "train.py").write_text("epochs = 2\n")
    captured = capture(request("source", repo))
    assert captured.tags == {
        "mlflow.user": "ann",
        "mlflow.source.name": "train.ipynb",
        "mlflow.source.type": "NOTEBOOK",
        "mlflow.source.git.commit": git(repo, "rev-parse", "HEAD"),
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.repoURL": "https://example.org/code.git",
        "nbtrack.cell.id": "4f3c-aa",
        "nbtrack.cell.hash": cell_hash("fit()\n"),
        "nbtrack.cell.execution_count": "7",
        "nbtrack.notebook.path": "work/train.ipynb",
        "nbtrack.capture.level": "source",
        "nbtrack.capture.removed": "0",
    }
    assert captured.artifacts == {"nbtrack/cell.py": "fit()\n"}


def test_level_full_adds_diff_packages_and_environment(repo: Path) -> None:
    (repo / "train.py").write_text("epochs = 2\n")
    captured = capture(request("full", repo))
    files = captured.artifacts
    assert set(files) == {
        "nbtrack/cell.py",
        "nbtrack/git.diff",
        "nbtrack/packages.json",
        "nbtrack/environment.json",
    }
    assert "+epochs = 2" in files["nbtrack/git.diff"]
    assert json.loads(files["nbtrack/packages.json"])["packages"]["pytest"] == pytest.__version__
    assert json.loads(files["nbtrack/environment.json"])["user"] == "ann"
    assert captured.tags["nbtrack.python"] == ".".join(map(str, sys.version_info[:3]))
    assert captured.tags["nbtrack.host"]


SCRIPT = """
from nbtrack.context import CaptureRequest, capture
print(capture(CaptureRequest(environ={})).tags)
"""


def test_a_script_is_local_and_named(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    found = ast.literal_eval(done.stdout)
    assert found[tags.SOURCE_TYPE] == "LOCAL"
    assert found[tags.SOURCE_NAME] == str(script)
    assert found[tags.USER]


def test_a_notebook_without_a_name_is_one(tmp_path: Path) -> None:
    captured = capture(CaptureRequest(is_notebook=True, environ={}, folder=tmp_path))
    assert captured.tags[tags.SOURCE_TYPE] == "NOTEBOOK"
    assert captured.tags[tags.SOURCE_NAME] == "<notebook>"


def test_the_code_is_where_the_notebook_is(repo: Path) -> None:
    found = capture(CaptureRequest(notebook=str(repo / "train.ipynb"), environ={}))
    assert found.tags[tags.GIT_COMMIT] == git(repo, "rev-parse", "HEAD")


def test_an_unknown_level_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'most'.*Use 'none', 'source' or 'full'"):
        capture(CaptureRequest(level="most"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=20)
@given(data=st.data())
def test_planted_secrets_are_in_nothing_that_was_captured(
    form: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = data.draw(FORMS[form])
    source = CARRIERS[data.draw(st.sampled_from(list(CARRIERS)))](secret)
    level = data.draw(st.sampled_from(LEVELS))
    captured = capture(request(level, tmp_path_factory.getbasetemp(), source))
    everything = [*captured.tags.values(), *captured.artifacts.values()]
    assert not [text for text in everything if secret[-16:] in text]


def test_planted_secrets_are_not_in_the_diff_nor_in_a_tag(repo: Path) -> None:
    token = "dapi" + "0123456789abcdef" * 2
    (repo / "train.py").write_text(f'token = "{token}"\npassword = "hunter2"\n')
    git(repo, "checkout", "--quiet", "-b", f"try-{token}")
    captured = capture(request("full", repo))
    everything = "".join([*captured.tags.values(), *captured.artifacts.values()])
    assert token not in everything
    assert "hunter2" not in everything
    assert dict(captured.kinds) == {"databricks token": 2, "password": 1}
    assert captured.tags["nbtrack.capture.removed"] == "3"


def test_a_long_source_is_cut_and_the_whole_is_kept_aside(tmp_path: Path) -> None:
    source = 'password = "hunter2"\n' + "x = 1\n" * SOURCE_CHARACTERS
    captured = capture(request("source", tmp_path, source))
    text = captured.artifacts[tags.CELL_SOURCE_FILE]
    assert len(text) < SOURCE_CHARACTERS + 100
    assert text.endswith(f"[cut: {captured.left_out[tags.CELL_SOURCE_FILE]} characters left out]\n")
    whole = captured.overflow[tags.CELL_SOURCE_FILE]
    assert whole == source.replace("hunter2", "[removed: password]")


def test_a_long_diff_is_cut(repo: Path) -> None:
    (repo / "train.py").write_text("a line of text\n" * (DIFF_CHARACTERS // 10))
    captured = capture(request("full", repo))
    assert len(captured.artifacts[tags.DIFF_FILE]) < DIFF_CHARACTERS + 100
    assert captured.left_out[tags.DIFF_FILE] > 0


def test_tags_are_short_enough_for_every_backend(repo: Path) -> None:
    branch = "/".join(["feature"] * 20)
    git(repo, "checkout", "--quiet", "-b", branch)
    long = CaptureRequest(
        notebook="/".join(["folder"] * 100) + "/train.ipynb",
        cell_id="c" * 1000,
        user="u" * 1000,
        environ={},
        folder=repo,
    )
    captured = capture(long)
    assert max(map(len, captured.tags.values())) <= 250
    assert captured.tags[tags.NOTEBOOK_PATH].endswith("folder/train.ipynb")
