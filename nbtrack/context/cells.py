"""The source of a cell: its hash, and the form in which cells are recorded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nbtrack.context.redaction import redact_source

_HASH_LENGTH: Final = 16
_OWN_MAGIC: Final = re.compile(r"\s*%%track\b[^\n]*\n?")
_CELL_LINE: Final = re.compile(r"^# %%(?:[ \t]+(.*))?$")


@dataclass(frozen=True, slots=True)
class Cell:
    """A recorded cell: its name, which may be empty, and its source."""

    name: str
    source: str


def cell_hash(source: str) -> str:
    r"""Return what tells a source from others: 16 hexadecimal digits.

    The line `%%track ...` does not count, so that the same code with other arguments is the same
    cell. Nor do secrets: a hash over a short password would give it away.

    Examples
    --------
    >>> cell_hash("%%track --param lr=0.1\nfit(lr)") == cell_hash("%%track\nfit(lr)\n")
    True
    """
    body = _OWN_MAGIC.sub("", source, count=1) if _OWN_MAGIC.match(source) else source
    lines = [line.rstrip() for line in redact_source(body).text.splitlines()]
    text = "\n".join(lines).strip("\n")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]


def join_cells(cells: Iterable[Cell]) -> str:
    """Return one text of several cells, each under a line `# %% name`."""
    return "\n".join(f"# %% {cell.name}".rstrip() + f"\n{cell.source.rstrip()}\n" for cell in cells)


def split_cells(text: str) -> list[Cell]:
    r"""Return the cells of a recorded text; one without `# %%` lines is one cell without a name.

    Examples
    --------
    >>> [cell.name for cell in split_cells("# %% load\nx = 1\n# %% fit\ny = 2\n")]
    ['load', 'fit']
    """
    cells: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        head = _CELL_LINE.match(line)
        if head is not None:
            cells.append(((head[1] or "").strip(), []))
        else:
            cells[-1][1].append(line)
    found = [Cell(name, "\n".join(lines).strip("\n")) for name, lines in cells]
    return found if len(found) == 1 or found[0].source else found[1:]
