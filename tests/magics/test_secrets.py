from __future__ import annotations

from pathlib import Path

import pytest

from tests.magics.conftest import Listed, RunCell, Track

AWS_KEY = "AKIA" + "IOSFODNN7EXAMPLQ"
GITHUB_TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0bC3dE6"
PASSWORD = "corr3ct-horse-battery"
CELLS = {
    "assigned": f"password = '{PASSWORD}'",
    "argument": f"def login(**more): pass\nlogin(user='ann', password='{PASSWORD}')",
    "pattern": f"key = '{AWS_KEY}'\ntoken = '{GITHUB_TOKEN}'",
    "url": f"url = 'https://ann:{PASSWORD}@host/db'",
    "raised": f"password = '{PASSWORD}'\nraise ValueError('https://ann:{PASSWORD}@host')",
    "line": f"def login(password): raise OSError\nlogin(password='{PASSWORD}')",
}


def stored_bytes(folder: Path) -> bytes:
    """Return everything that a store and the journals hold on disk."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("capture", ["none", "source", "full"])
@pytest.mark.parametrize("source", CELLS.values(), ids=CELLS)
def test_planted_secrets_never_reach_the_store(
    run_cell: RunCell, runs: Listed, tmp_path: Path, source: str, capture: str
) -> None:
    run_cell(f"%%track planted --capture {capture}\n{source}")
    assert [run.info.run_name for run in runs()] == ["planted"]
    held = stored_bytes(tmp_path / "store") + stored_bytes(tmp_path / "state")
    assert b"planted" in held
    for secret in (AWS_KEY, GITHUB_TOKEN, PASSWORD):
        assert secret.encode() not in held


def test_secrets_of_cells_between_start_and_end_are_removed_too(
    run_cell: RunCell, track: Track, tmp_path: Path
) -> None:
    track("start planted")
    run_cell(f"password = '{PASSWORD}'")
    run_cell("%track log loss=1")
    track("end")
    held = stored_bytes(tmp_path / "store")
    assert b"password = " in held
    assert PASSWORD.encode() not in held
