"""`%%track ARGS` on the first line of a cell becomes one ordinary statement.

The cell keeps its number of lines, so that line numbers, top-level `await`, `Out[n]` and errors are
as without the magic. IPython runs transforms more than once for a cell: this one is pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile
from typing import Final

from IPython.core.inputtransformer2 import make_tokens_by_line

from nbtrack.magics.syntax import HELP_FLAGS
from nbtrack.magics.words import split_words

ENTRY: Final = "__nbtrack__"
"""The name under which a transformed cell reaches nbtrack, while it runs."""
_HEAD: Final = re.compile(r"%%track(?=\s|$)[ \t]*(?P<arguments>[^\r\n]*)")
_MAGIC: Final = re.compile(r"%%(?P<name>\w+)")
_CODE: Final = re.compile(r"\s*[^#\s]")


def replace_head(lines: list[str]) -> list[str]:
    """Turn the first line of a tracked cell into a call; leave other cells as they are."""
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    head = _HEAD.match(lines[first])
    if head is None:
        return lines if lines[first].startswith("%%") else _without_stray_head(lines)
    arguments, body = head["arguments"].strip(), lines[first + 1 :]
    if is_help(arguments):
        return [f"{ENTRY}.help()\n"]
    below = _magic_below(body)
    if below is not None:
        return [f"{ENTRY}.misplaced_magic({below!r})\n"]
    return _without_stray_head([*lines[:first], f"{ENTRY}.begin({arguments!r})\n", *body])


def is_tracked(source: str) -> bool:
    """Say whether a cell begins with `%%track`."""
    return _HEAD.match(source.lstrip()) is not None


def is_help(arguments: str) -> bool:
    """Say whether the arguments ask for help, in which case the cell does not run."""
    if not any(flag in arguments for flag in HELP_FLAGS):
        return False
    try:
        return any(word.raw in HELP_FLAGS for word in split_words(arguments))
    except Exception:  # noqa: BLE001 - what is wrong with the arguments is said when the cell runs
        return False


def _magic_below(body: Sequence[str]) -> str | None:
    code = next(iter(dropwhile(lambda line: not _CODE.match(line), body)), "")
    magic = _MAGIC.match(code)
    return None if magic is None else magic["name"]


def _without_stray_head(lines: list[str]) -> list[str]:
    """Refuse `%%track` at the beginning of a statement further down, but not in a string."""
    places = {place for place, line in enumerate(lines) if _HEAD.match(line)}
    if places:
        starts = {tokens[0].start[0] - 1 for tokens in make_tokens_by_line(lines) if tokens}
        places &= starts
    return [f"{ENTRY}.misplaced({min(places) + 1})\n"] if places else lines
