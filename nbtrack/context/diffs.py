"""Differences between what two runs recorded: code cell by cell, and named values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from nbtrack.context.cells import Cell, split_cells

Change = Literal["same", "changed", "added", "removed"]
MOST_LINES: Final = 5_000
_ALIKE: Final = 0.5


@dataclass(frozen=True, slots=True)
class CellDiff:
    """How a cell differs: `lines` are those of a unified diff, without its head."""

    name: str
    change: Change
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueDiff:
    """How a named value differs; None is a value that one side does not have."""

    key: str
    before: str | None
    after: str | None


def value_diffs(before: Mapping[str, object], after: Mapping[str, object]) -> list[ValueDiff]:
    """Return the values that differ, by key: params, versions of packages, environment.

    Examples
    --------
    >>> value_diffs({"lr": 0.1, "depth": 3}, {"lr": 0.2, "depth": 3})
    [ValueDiff(key='lr', before='0.1', after='0.2')]
    """
    pairs = [
        ValueDiff(key, _shown(before, key), _shown(after, key))
        for key in sorted(before.keys() | after.keys())
    ]
    return [pair for pair in pairs if pair.before != pair.after]


def line_diff(before: str, after: str) -> tuple[str, ...]:
    r"""Return the lines of a unified diff of two sources, without its head.

    Examples
    --------
    >>> line_diff("a = 1\nb = 2", "a = 1\nb = 3")
    ('@@ -1,2 +1,2 @@', ' a = 1', '-b = 2', '+b = 3')
    """
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MOST_LINES:  # comparing takes the square of it
        return (f"[{len(old)} and {len(new)} lines are too long to compare]",)
    return tuple(difflib.unified_diff(old, new, lineterm=""))[2:]


def cell_diffs(before: str, after: str) -> list[CellDiff]:
    """Compare two recorded sources cell by cell, in the order of the later one.

    Cells of the same name belong together, then equal ones, then those that are most alike.
    Removed cells come last.
    """
    old, new = split_cells(before), split_cells(after)
    if len(old) == len(new) == 1:
        return [_compared(old[0], new[0])]
    partners = _partners(old, new)
    found = [
        _compared(old[partners[place]], cell) if place in partners else _added(cell)
        for place, cell in enumerate(new)
    ]
    gone = [cell for place, cell in enumerate(old) if place not in partners.values()]
    return found + [CellDiff(cell.name, "removed", line_diff(cell.source, "")) for cell in gone]


def _compared(old: Cell, new: Cell) -> CellDiff:
    lines = line_diff(old.source, new.source)
    return CellDiff(new.name or old.name, "changed" if lines else "same", lines)


def _added(cell: Cell) -> CellDiff:
    return CellDiff(cell.name, "added", line_diff("", cell.source))


def _partners(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """Return the place of the older cell for the place of each newer one that has one."""
    partners: dict[int, int] = {}
    for fits in (_same_name, _same_source, _alike):
        for place, cell in enumerate(new):
            free = [at for at in range(len(old)) if at not in partners.values()]
            if place in partners:
                continue
            found = next((at for at in free if fits(old[at], cell)), None)
            if found is not None:
                partners[place] = found
    return partners


def _same_name(old: Cell, new: Cell) -> bool:
    return bool(old.name) and old.name == new.name


def _same_source(old: Cell, new: Cell) -> bool:
    return old.source == new.source


def _alike(old: Cell, new: Cell) -> bool:
    lines = (old.source.splitlines(), new.source.splitlines())
    if sum(map(len, lines)) > MOST_LINES:
        return False
    return difflib.SequenceMatcher(None, *lines, autojunk=False).ratio() >= _ALIKE


def _shown(values: Mapping[str, object], key: str) -> str | None:
    return str(values[key]) if key in values else None
