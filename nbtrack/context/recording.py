"""What a run has recorded of its code and packages, read from the texts that are kept with it.

A reader returns the text of an artifact of one run, or None; so nothing here needs a client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from nbtrack.context.cells import Cell, join_cells
from nbtrack.context.tags import (
    CELL_SOURCE_FILE,
    GIT_BRANCH,
    GIT_COMMIT,
    HOST,
    PACKAGES_FILE,
    PYTHON,
)

CELLS_FILE: Final = "nbtrack/cells.json"
Reader = Callable[[str], str | None]

_ENVIRONMENT: Final = {
    "git commit": GIT_COMMIT,
    "git branch": GIT_BRANCH,
    "host": HOST,
    "python": PYTHON,
}


class RecordedCell(Struct, frozen=True, kw_only=True):
    """One time that a cell ran while the run went on; the source is without secrets."""

    cell: str
    number: int
    execution_count: int | None = None
    source: str = ""

    @property
    def label(self) -> str:
        """How the cell is called: the number in brackets beside it, else its id."""
        return f"[{self.execution_count}]" if self.execution_count is not None else self.cell


class Recording(Struct, frozen=True, kw_only=True):
    """The cells of a run in the order in which they ran; keys by the number of their cell."""

    cells: tuple[RecordedCell, ...] = ()
    logged: dict[str, int] = {}
    out_of_order: tuple[int, ...] = ()

    def encoded(self) -> str:
        """Write it as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()

    def cell_of(self, key: str) -> RecordedCell | None:
        """Return the cell that logged a key last."""
        number = self.logged.get(key)
        return next((cell for cell in self.cells if cell.number == number), None)

    @property
    def latest(self) -> dict[str, RecordedCell]:
        """Each cell as it ran last, in the order in which they first ran."""
        return {cell.cell: cell for cell in self.cells}


def recorded_cells(read: Reader) -> Recording | None:
    """Return what a run has recorded of its cells, or None."""
    text = read(CELLS_FILE)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Recording)
    except msgspec.MsgspecError:  # somebody else's file
        return None


def recorded_source(read: Reader) -> str | None:
    """Return the code of a run: its cells, with a head each if they are several."""
    recording = recorded_cells(read)
    cells = [] if recording is None else list(recording.latest.values())
    if len(cells) > 1:
        return join_cells(Cell(cell.cell, cell.source) for cell in cells)
    return cells[0].source if cells else read(CELL_SOURCE_FILE)


def recorded_packages(read: Reader) -> dict[str, str]:
    """Return the versions of the packages of a run; none if it has not recorded them."""
    try:
        found = json.loads(read(PACKAGES_FILE) or "{}").get("packages", {})
        return {str(name): str(version) for name, version in found.items()}
    except (ValueError, AttributeError):  # somebody else's file
        return {}


def recorded_environment(tags: Mapping[str, str]) -> dict[str, str]:
    """Return where a run was at work, from its tags: git, host, Python."""
    return {name: tags[key] for name, key in _ENVIRONMENT.items() if key in tags}
