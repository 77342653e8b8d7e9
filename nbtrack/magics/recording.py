"""Which cells a run saw and what each logged, as it is kept with the run."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from nbtrack.client import Client
from nbtrack.context import Cell, join_cells
from nbtrack.context.tags import CELL_SOURCE_FILE
from nbtrack.errors import NbtrackError

CELLS_FILE: Final = "nbtrack/cells.json"


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


def read_recording(client: Client, run_id: str) -> Recording | None:
    """Return what a run has recorded of its cells, or None."""
    text = read_text(client, run_id, CELLS_FILE)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Recording)
    except msgspec.MsgspecError:  # somebody else's file
        return None


def recorded_source(client: Client, run_id: str) -> str | None:
    """Return the code of a run: its cells, with a head each if they are several."""
    recording = read_recording(client, run_id)
    cells = [] if recording is None else list(recording.latest.values())
    if len(cells) > 1:
        return join_cells(Cell(cell.cell, cell.source) for cell in cells)
    return cells[0].source if cells else read_text(client, run_id, CELL_SOURCE_FILE)


def read_text(client: Client, run_id: str, path: str) -> str | None:
    """Return an artifact of a run as text; None if there is none."""
    try:
        return client.read_artifact(run_id, path).decode("utf-8", "replace")
    except NbtrackError:
        return None
