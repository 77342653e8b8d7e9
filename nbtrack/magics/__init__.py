"""What a user types in a notebook: `%track` and `%%track`.

`extension` registers the two magics; `transform` turns the first line of a tracked cell into a
call of `cells`, which hears of every cell's begin and end; `commands` is the table of subcommands.
"""

from __future__ import annotations

from nbtrack.magics.commands import COMMANDS
from nbtrack.magics.extension import load_ipython_extension, unload_ipython_extension
from nbtrack.magics.header import CELL

__all__ = ["CELL", "COMMANDS", "load_ipython_extension", "unload_ipython_extension"]
