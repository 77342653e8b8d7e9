"""The examples in the guides run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDES = [
    path
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    ended = doctest.testfile(str(path), module_relative=False, optionflags=flags, encoding="utf-8")
    assert ended.attempted
    assert ended.failed == 0
