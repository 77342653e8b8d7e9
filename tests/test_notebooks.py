"""The notebooks as they are stored; that they run is nbval's task."""

# mypy: untyped-calls-exclude="nbformat"

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from nbtrack.api import METHODS
from tools.run_notebooks import tidy

NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))
NAMES = [path.name for path in NOTEBOOKS]
LARGEST = 300_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_notebook_is_stored_as_run_notebooks_leaves_it(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    assert stored == tidy(deepcopy(stored))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_notebook_is_stored_with_the_outputs_of_one_run(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    counts = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_notebook_is_small(path: Path) -> None:
    assert path.stat().st_size < LARGEST


def test_a_notebook_calls_every_method_of_the_api() -> None:
    (path,) = [path for path in NOTEBOOKS if path.name == "06_experiments_api.ipynb"]
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert [op.name for op in METHODS if f"client.{op.name}(" not in code] == []
