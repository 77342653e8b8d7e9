"""Pieces that pages of a comparison are made of: sentences and tables, all values escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ipywidgets import HTML

from nbtrack.display import Card, Table
from nbtrack.display.html import span, table, text

MOST_ROWS: Final = 50


def said(words: str) -> HTML:
    """Make a plain sentence."""
    return HTML(f"<div>{text(words)}</div>")


def titled_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    notes: Iterable[str] = (),
    most: int = MOST_ROWS,
) -> HTML:
    """Make a table under its title; what is left out and remarks stand below."""
    return HTML(table_card(title, columns, rows, notes, most).html)


def table_card(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    notes: Iterable[str] = (),
    most: int = MOST_ROWS,
) -> Card:
    """Return the same as text and HTML, without a widget."""
    left_out = [f"Showing {most} of {len(rows):,} rows."] if len(rows) > most else []
    remarks = [*left_out, *notes]
    below = "".join(f"<div>{span(note, 'faint')}</div>" for note in remarks)
    shown = f'<div style="overflow-x:auto">{table(columns, rows[:most])}</div>'
    html = f"<div><div>{span(title, 'text', is_bold=True)}</div>{shown}{below}</div>"
    return Card(
        "\n".join([repr(Table(title, tuple(columns), tuple(map(tuple, rows[:most])))), *remarks]),
        html,
    )


def cut(value: object, most: int = 80) -> str:
    """Return a text of bounded length.

    >>> cut("abcdef", 4)
    'abc…'
    """
    whole = str(value)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"
