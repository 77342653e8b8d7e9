"""Run the notebooks from top to bottom and store them with their outputs.

Give paths, or none for all. Each runs in an empty folder; an error ends it and leaves the file as
it was, and so does an output that names a place of this machine or who uses it. What an editor
notes is left out, so that a difference in git is one of the notebook.
"""

# mypy: untyped-calls-exclude="nbformat"

from __future__ import annotations

import getpass
import re
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
SECONDS_PER_CELL = 300
PLACES = (
    r"/(?:tmp|root|home|Users|private|var/folders)/[^\s\"'<]*",
    r"[A-Za-z]:\\+Users\b",
    r"(?:127\.0\.0\.1|localhost):\d+",
    r"\bipykernel_\d+",
)
BINARY = re.compile(r"base64,[A-Za-z0-9+/=]*")


def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook and return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(
            notebook, timeout=SECONDS_PER_CELL, resources=resources, coalesce_streams=True
        ).execute()
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


def traces(notebook: nbformat.NotebookNode, names: Iterable[str]) -> list[str]:
    """List what the outputs of a notebook tell of the machine: places, ports, and these names."""
    words = (rf"(?<!\w){re.escape(name)}(?!\w)" for name in names)
    pattern = re.compile("|".join((*PLACES, *words)))
    outputs = [cell.get("outputs", []) for cell in notebook.cells]
    return [found for text in _texts(outputs) for found in pattern.findall(BINARY.sub("", text))]


def _texts(value: object) -> Iterator[str]:
    """Give every text within a value of JSON but the numbers of charts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from () if key == "bdata" else _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def names_here() -> set[str]:
    """Return the names of this machine and of who uses it."""
    return {socket.gethostname(), getpass.getuser()}


def main() -> None:
    """Run what was asked for."""
    asked = [Path(name) for name in sys.argv[1:]]
    for path in asked or sorted(ROOT.glob("notebooks/*.ipynb")):
        print(f"==> {path.name}", flush=True)
        notebook = run(path)
        if found := traces(notebook, names_here()):
            sys.exit(f"{path.name} is left as it was: its outputs would hold {', '.join(found)}.")
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
