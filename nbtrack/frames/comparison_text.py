"""Sections of a comparison as text and as HTML without scripts; every value is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Final

import pandas as pd

MOST_ROWS: Final = 30
MOST_CHARACTERS: Final = 60
MOST_CODE_LINES: Final = 20
MOST_CODE_CHARACTERS: Final = 120
_CODE: Final = ("removed", "added")
_SPACE: Final = "padding:2px 12px 2px 0"
_COLOURS: Final = {
    "better": "var(--jp-success-color1, #1a7f37)",
    "worse": "var(--jp-error-color1, #cf222e)",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a title."""

    title: str
    frame: pd.DataFrame

    @property
    def head(self) -> list[str]:
        """The names of the columns."""
        return [str(name) for name in self.frame.columns]

    def rows(self) -> list[list[str]]:
        """Return the cells of the rows that are shown, as text."""
        shown = self.frame.head(MOST_ROWS).itertuples(index=False, name=None)
        return [[_shown(v, name) for v, name in zip(row, self.head, strict=True)] for row in shown]

    @property
    def rest(self) -> str:
        """What is said of rows that are not shown."""
        hidden = len(self.frame) - MOST_ROWS
        return f"and {hidden} more rows in .{self.title}" if hidden > 0 else ""


def text_of(title: str, sections: Iterable[Section], notes: Iterable[str]) -> str:
    """Write the sections as plain text."""
    lines = [title]
    filled = [section for section in sections if len(section.frame)]
    for section in filled:
        lines += ["", section.title, *_table(section)]
    if not filled:
        lines.append("  no differences")
    return "\n".join([*lines, *(f"note: {note}" for note in notes)])


def html_of(title: str, sections: Iterable[Section], notes: Iterable[str]) -> str:
    """Write the sections as HTML."""
    filled = [section for section in sections if len(section.frame)]
    body = "".join(map(_html_section, filled)) or "<div>no differences</div>"
    told = "".join(f'<div style="opacity:0.7">{escape(note)}</div>' for note in notes)
    return f'<div class="nbtrack-comparison"><b>{escape(title)}</b>{body}{told}</div>'


def _shown(value: object, column: str) -> str:
    if value is None or value is pd.NA:
        return "-"
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - NaN differs
            return "nan"
        return f"{value:+.1%}" if column == "relative" else f"{value:.5g}"
    text = str(value)
    if column in _CODE:
        return _cut_code(text)
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def _cut_code(code: str) -> str:
    """Return the first lines of code, and how many more there are; a frame has all of it."""
    lines = code.splitlines()
    shown = [
        line if len(line) <= MOST_CODE_CHARACTERS else f"{line[: MOST_CODE_CHARACTERS - 1]}…"
        for line in lines[:MOST_CODE_LINES]
    ]
    rest = len(lines) - len(shown)
    return "\n".join([*shown, *([f"… and {rest:,} more lines"] if rest else [])])


def _table(section: Section) -> Iterator[str]:
    rows = [section.head, *(line for row in section.rows() for line in _lines(row))]
    widths = [max(map(len, column)) for column in _columns(rows)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
    if section.rest:
        yield f"  {section.rest}"


def _columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[row[place] for row in rows] for place in range(len(rows[0]))]


def _lines(row: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines that a row takes, for code may have several."""
    for line in zip_longest(*(cell.splitlines() for cell in row), fillvalue=""):
        yield list(line)


def _html_section(section: Section) -> str:
    head = "".join(
        f'<th style="text-align:left;{_SPACE}">{escape(name)}</th>' for name in section.head
    )
    rows = (f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in section.rows())
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    rest = f"<div>{escape(section.rest)}</div>" if section.rest else ""
    return f'<div style="margin-top:6px">{escape(section.title)}</div>{table}{rest}'


def _html_cell(text: str) -> str:
    colour = f";color:{_COLOURS[text]}" if text in _COLOURS else ""
    style = f"text-align:left;vertical-align:top;white-space:pre-wrap;{_SPACE}{colour}"
    return f'<td style="{style}">{escape(text)}</td>'
