"""The notebooks as they are stored; that they run, and print what is stored, is nbval's task."""

# mypy: untyped-calls-exclude="nbformat"

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from nbtrack.api import METHODS
from tools.run_notebooks import names_here, tidy, traces

NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))
NAMES = [path.name for path in NOTEBOOKS]
LARGEST = 300_000
STRICT = ["03_search_and_dataframes.ipynb", "05_backends.ipynb", "06_experiments_api.ipynb"]


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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_outputs_do_not_tell_of_a_machine(path: Path) -> None:
    assert traces(nbformat.read(path, as_version=4), names_here()) == []


@pytest.mark.parametrize(
    "text",
    [
        "store /tmp/tmpab12/store",
        "/home/ana/.nbtrack",
        "C:\\Users\\ana",
        "http://127.0.0.1:40151",
        "ipykernel_812",
        "{'ana': 1}",
        "on box-7",
    ],
)
def test_what_tells_of_a_machine_is_found(text: str) -> None:
    output = nbformat.v4.new_output("display_data", {"text/html": ["<b>", text]})
    cell = nbformat.v4.new_code_cell(outputs=[output])
    assert traces(nbformat.v4.new_notebook(cells=[cell]), ["ana", "box-7"])


def test_a_name_within_a_word_or_in_binary_data_is_no_trace() -> None:
    data = {
        "text/plain": "bananas",
        "application/x+json": {"bdata": "/ana/"},
        "text/html": "base64,/ana/ ",
    }
    output = nbformat.v4.new_output("display_data", data)
    cell = nbformat.v4.new_code_cell(outputs=[output])
    assert traces(nbformat.v4.new_notebook(cells=[cell]), ["ana"]) == []


@pytest.mark.parametrize("name", STRICT)
def test_each_output_is_compared_where_the_output_is_the_point(name: str) -> None:
    (path,) = [path for path in NOTEBOOKS if path.name == name]
    tags = [cell.metadata.get("tags") for cell in nbformat.read(path, as_version=4).cells]
    assert [found for found in tags if found] == []


def test_a_notebook_calls_every_method_of_the_api() -> None:
    (path,) = [path for path in NOTEBOOKS if path.name == "06_experiments_api.ipynb"]
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert [op.name for op in METHODS if f"client.{op.name}(" not in code] == []
