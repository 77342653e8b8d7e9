from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.context.git import MOST_READ, git_state, without_user
from tests.context.repositories import git, repository


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


def test_commit_branch_and_remote_are_told(repo: Path) -> None:
    git(repo, "remote", "add", "backup", "https://backup.example.org/x.git")
    git(repo, "remote", "add", "origin", "https://ann:hunter2@example.org/ann/code.git")
    (repo / "deep").mkdir()
    state = git_state(repo / "deep")
    assert state is not None
    assert Path(state.root) == repo.resolve()
    assert state.commit == git(repo, "rev-parse", "HEAD")
    assert (state.branch, state.diff) == ("main", None)
    assert state.remote == "https://example.org/ann/code.git"


def test_a_folder_without_repository_is_nothing(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / "missing") is None


def test_a_machine_without_git_is_nothing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    assert git_state(repo) is None


def test_a_git_that_hangs_is_nothing(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n/bin/sleep 3600 &\n/bin/sleep 3600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    assert git_state(repo) is None


def test_an_empty_repository_has_a_branch_and_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    state = git_state(tmp_path, with_diff=True)
    assert state is not None
    assert (state.branch, state.commit, state.diff, state.remote) == ("main", None, None, None)


def test_a_detached_head_has_no_branch(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "--detach")
    state = git_state(repo)
    assert state is not None
    assert state.branch is None
    assert state.commit is not None


def test_the_diff_holds_staged_and_unstaged_changes_and_no_notebook(repo: Path) -> None:
    for name in ("staged.py", "work.ipynb"):
        (repo / name).write_text("new = 1\n")
    git(repo, "add", ".")
    (repo / "train.py").write_text("epochs = 2\n")
    (repo / "deep").mkdir()
    state = git_state(repo / "deep", with_diff=True)
    assert state is not None
    assert state.diff is not None
    assert "-epochs = 1\n+epochs = 2\n" in state.diff
    assert "b/staged.py" in state.diff
    assert "work.ipynb" not in state.diff
    assert state.is_diff_whole


def test_a_huge_diff_is_read_in_part_and_says_so(repo: Path) -> None:
    (repo / "train.py").write_text("a line of text\n" * (MOST_READ // 10))
    state = git_state(repo, with_diff=True)
    assert state is not None
    assert state.diff is not None
    assert not state.is_diff_whole
    assert state.diff.endswith("\n")
    assert len(state.diff) <= MOST_READ


SETTINGS = {
    "core.fsmonitor": "{}",
    "diff.external": "{}",
    "diff.own.textconv": "{}",
    "diff.own.command": "{}",
    "filter.own.clean": "{}",
    "filter.own.process": "{}",
    "core.pager": "{}",
    "core.hooksPath": ".hooks",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_program_of_the_repository_is_started(repo: Path, tmp_path: Path, name: str) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    (repo / ".hooks").mkdir()
    (repo / ".hooks" / "post-index-change").symlink_to(trap)
    (repo / ".gitattributes").write_text("*.py diff=own filter=own\n")
    (repo / "train.py").write_text("epochs = 2\n")
    git(repo, "config", name, SETTINGS[name].format(trap))
    state = git_state(repo, with_diff=True)
    assert not (tmp_path / "sprung").exists()
    assert state is not None
    assert state.diff is not None
    assert "+epochs = 2" in state.diff


def test_git_variables_of_the_environment_do_not_lead_astray(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    state = git_state(repo)
    assert state is not None
    assert Path(state.root) == repo.resolve()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ann@example.org/x.git", "https://example.org/x.git"),
        ("https://ann:p@ss@example.org/x.git", "https://example.org/x.git"),
        ("ssh://git@example.org:22/x.git", "ssh://git@example.org:22/x.git"),
        ("ssh://ann:pw@example.org/x.git", "ssh://example.org/x.git"),
        ("git@example.org:ann/x.git", "git@example.org:ann/x.git"),
        ("/srv/git/x.git", "/srv/git/x.git"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_password(address: str, shown: str) -> None:
    assert without_user(address) == shown
