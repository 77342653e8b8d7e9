"""The magics themselves: `%track` calls a subcommand, `%%track` runs a cell as a run."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from nbtrack.magics.cells import Cells
from nbtrack.magics.commands import run_line
from nbtrack.magics.completion import Completer
from nbtrack.magics.mistakes import one_line_errors
from nbtrack.magics.names import LiveNames
from nbtrack.magics.session import Session
from nbtrack.magics.surroundings import Surroundings
from nbtrack.magics.traits import SETTING_TRAITS

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class Track(Magics):
    """Experiment tracking: see `%track help`."""

    locals().update(SETTING_TRAITS)

    def __init__(self, shell: InteractiveShell) -> None:
        """Begin a session in a shell."""
        super().__init__(shell)
        self.session = Session(shell, Surroundings(shell))
        self.cells = Cells(self.session)
        self.recovery: Thread | None = None
        self.completer = Completer(LiveNames(self.session))

    @line_magic
    def track(self, line: str) -> object:
        """Track runs from a notebook: `%track SUBCOMMAND ...`. See `%track help`."""
        with one_line_errors():
            return run_line(self.session, line)

    @cell_magic("track")  # type: ignore[arg-type]
    def track_cell(self, line: str, cell: str) -> object:
        """Run a cell as a run: `%%track [NAME] [--param KEY=VALUE]...`. See `%%track --help`.

        On the first line of a cell, the cell is transformed instead, and this is not called. It is
        for those who call `run_cell_magic` themselves.
        """
        return self.cells.run_body(line, cell)
