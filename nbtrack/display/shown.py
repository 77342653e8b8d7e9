"""What a notebook shows: a text and the same in HTML; and tables of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from nbtrack.display import html


@dataclass(frozen=True, slots=True)
class Card:
    """Something to show, in two forms; `html` is escaped already."""

    text: str
    html: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title and column names, shown as a table and usable as data."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        """Walk over the rows."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)

    def __repr__(self) -> str:
        if not self.rows:
            return f"{self.title}: nothing"
        return "\n".join([self.title, *text_table(self.columns, self.rows)])

    @property
    def html(self) -> str:
        """The table in HTML; all cells are escaped."""
        title = html.span(self.title, "text", is_bold=True)
        if not self.rows:
            return f"<div>{title}: {html.span('nothing', 'faint')}</div>"
        return f"<div>{title}</div>{html.table(self.columns, self.rows)}"

    def _repr_html_(self) -> str:
        return self.html


def text_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table in plain text."""
    head = [list(columns)] if any(columns) else []
    cells = [*head, *(line for row in rows for line in _lines(row))]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    for row in cells:
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {line}".rstrip()


def _lines(row: Sequence[object]) -> Iterator[list[str]]:
    """Yield the lines that a row takes, for a cell may have several."""
    columns = [str(value).splitlines() for value in row]
    for line in zip_longest(*columns, fillvalue=""):
        yield list(line)
