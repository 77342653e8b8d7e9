"""What a comparison leaves in a notebook without a kernel: its pages as tables and pictures.

All of it has a bounded size. Every part has its share, and one that does not fit into what those
before have left is named instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from nbtrack.charts import picture_html
from nbtrack.display import Card
from nbtrack.display.html import span
from nbtrack.errors import NbtrackError
from nbtrack.widgets.comparison_groups import statistics
from nbtrack.widgets.comparison_state import Shown

MOST_BYTES: Final = 190_000
"""Of the HTML, together with the table of the runs."""
_LEAST: Final = 8_000  # a smaller picture shows nothing
_MOST_GROUPS: Final = 20
_TELLING: Final = 2

Piece = tuple[str, str]
"""The text and the HTML of a part; no HTML if there is nothing to show."""
_NOTHING: Final[Piece] = ("", "")


@dataclass(frozen=True, slots=True)
class _Part:
    """A page: how it is called, its share of the bytes, and what makes it within some bytes."""

    name: str
    most: int
    make: Callable[[Shown, int], Piece]


def still(shown: Shown, runs: Card) -> Card:
    """Show the table of the runs, what differs, and the other pages that have something to show."""
    comparison = shown.comparison
    pieces = [(runs.text, runs.html), (repr(comparison), comparison.html)]
    room = MOST_BYTES - sum(len(html.encode()) for _, html in pieces)
    left_out: list[str] = []
    for part in _PARTS:
        text, html = _made(part, shown, min(part.most, room))
        size = len(html.encode())
        if size <= room:
            pieces.append((text, html))
            room -= size
        else:
            left_out.append(part.name)
    if left_out:
        words = f"Left out, so that the notebook stays small: {', '.join(left_out)}."
        pieces.append((words, f"<div>{span(words, 'faint')}</div>"))
    text = "\n".join(text for text, _ in pieces if text)
    return Card(text, f"<div>{''.join(_spaced(html for _, html in pieces))}</div>")


def _spaced(parts: Iterator[str]) -> Iterator[str]:
    return (f'<div style="margin-bottom:12px">{part}</div>' for part in parts if part)


def _made(part: _Part, shown: Shown, room: int) -> Piece:
    with suppress(NbtrackError):  # there may be nothing to draw
        return part.make(shown, max(room, _LEAST))
    return _NOTHING


def _curves(shown: Shown, room: int) -> Piece:
    return "", picture_html(shown.curves, room)


def _scatter(shown: Shown, room: int) -> Piece:
    """Draw against a param that differs; against time there is little to see."""
    return ("", picture_html(shown.scatter, room)) if shown.differing_params else _NOTHING


def _parallel(shown: Shown, room: int) -> Piece:
    return "", picture_html(shown.parallel, room)


def _groups(shown: Shown, _room: int) -> Piece:
    """Tell of groups if runs repeat each other, or else each group is a run."""
    if not shown.metric or (shown.groups["n"] < _TELLING).all():
        return _NOTHING
    table = statistics(shown, most=_MOST_GROUPS)
    return table.text, table.html


_PARTS: Final = (
    _Part("curves", 50_000, _curves),
    _Part("groups", 25_000, _groups),
    _Part("scatter", 30_000, _scatter),
    _Part("parallel axes", 35_000, _parallel),
)
"""The parts in the order in which they are shown."""
