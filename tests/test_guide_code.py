"""The Python in the guides: all of it compiles, and what nbtrack can run alone runs."""

from __future__ import annotations

import ast
import doctest
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from nbtrack.backends import open_backend
from nbtrack.server import create_app, running

ROOT = Path(__file__).parents[1]
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
TRANSFORM = TransformerManager().transform_cell  # type: ignore[no-untyped-call]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Runs blocks as the cells of a notebook, and ends with the first error.
CELLS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for block in json.load(sys.stdin):
    shell.run_cell(block).raise_error()
"""
LOOKED_THROUGH = """
import nbtrack
for lr in (0.1, 0.01):
    with nbtrack.run(params={"lr": lr, "optimizer": "adam"}) as run:
        run.log(loss=lr)
"""
SHOWN = "print(len(browser.frame), len(view.frame), browser.code, sep='|')"


def blocks(path: Path) -> list[str]:
    """Return the blocks of Python of a guide."""
    return BLOCK.findall(path.read_text("utf-8"))


def plain(path: Path, *words: str) -> list[str]:
    """Return the blocks that are no doctest, which run elsewhere, and that hold a word."""
    found = [block for block in blocks(path) if ">>> " not in block]
    return [block for block in found if not words or any(word in block for word in words)]


def run_cells(cells: list[str], folder: Path) -> str:
    """Run cells in a process of its own, with a store in a folder, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", CELLS],
        input=json.dumps(cells),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", [p for p in GUIDES if blocks(p)], ids=lambda path: path.name)
def test_python_in_a_guide_compiles(path: Path) -> None:
    for block in blocks(path):
        examples = doctest.DocTestParser().get_examples(block)
        sources = [example.source for example in examples] or [block]
        for source in sources:
            ast.parse(TRANSFORM(source))


def test_readme_runs_as_it_stands(tmp_path: Path) -> None:
    printed = run_cells([*plain(ROOT / "README.md"), "print(len(runs), nbtrack.count())"], tmp_path)
    assert printed.splitlines()[-1] == "6 7"


def test_views_of_the_guide_are_made(tmp_path: Path) -> None:
    cells = [LOOKED_THROUGH, *plain(ROOT / "docs" / "views.md"), SHOWN]
    printed = run_cells(cells, tmp_path)
    assert printed.splitlines()[-1].startswith("1|2|nbtrack.runs(")


def test_code_of_mlflow_runs_against_nbtracks_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = plain(ROOT / "docs" / "moving.md", "import mlflow")
    shown = "print(runs[['tags.mlflow.runName', 'params.lr', 'tags.team']].values.tolist())"
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    backend = open_backend(str(tmp_path / "store"), proxied_artifacts=True)
    with running(create_app(backend)) as url:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        printed = run_cells([block, shown], tmp_path)
    backend.close()
    assert printed.splitlines()[-1] == "[['first', '0.1', 'vision']]"
