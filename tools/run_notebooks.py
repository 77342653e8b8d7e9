"""Run the notebooks from top to bottom and store them with their outputs.

Give paths, or none for all. Each runs in an empty folder; an error ends it and leaves the file as
it was. What changes from run to run or from machine to machine is left out, so that a difference
in git is one of the notebook.
"""

# mypy: untyped-calls-exclude="nbformat"

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
SECONDS_PER_CELL = 300


def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook and return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=SECONDS_PER_CELL, resources=resources).execute()
    return tidy(notebook)


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out times, versions, the state of widgets and what an editor noted."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
    return notebook


def main() -> None:
    """Run what was asked for."""
    asked = [Path(name) for name in sys.argv[1:]]
    for path in asked or sorted(ROOT.glob("notebooks/*.ipynb")):
        print(f"==> {path.name}", flush=True)
        nbformat.write(run(path), path)


if __name__ == "__main__":
    main()
