"""Exports for readers: tables in Markdown and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from nbtrack.frames.export_lines import number_text
from nbtrack.frames.export_tables import HISTORY, Tables, history_frames, slices
from nbtrack.frames.export_values import is_text, is_time, plain_values

_MARKDOWN: Final = re.compile(r"[\\`*\[\]<>|~$&#]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_LATEX_SIGN: Final = re.compile("|".join(re.escape(sign) for sign in _LATEX))
_DASHES: Final = re.compile("-(?=-)")
_AFTER_A_ROW: Final = ("[", "*")
"""What would belong to the end of the row before."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a language writes a table."""

    escaped: Callable[[str], str]
    head: Callable[[str, Sequence[str], Sequence[bool]], str]
    row: Callable[[Iterable[str]], str]
    foot: str


def write_markdown(tables: Tables, target: Path) -> None:
    """Write the runs as a table of GitHub's Markdown, and their points as another."""
    _write(MARKDOWN, tables, target)


def write_latex(tables: Tables, target: Path) -> None:
    r"""Write the runs as a `tabular` that needs no package, and their points."""
    _write(LATEX, tables, target)


def _write(dialect: Dialect, tables: Tables, target: Path) -> None:
    names = [str(name) for name in tables.runs.columns]
    right = [not is_text(column) and not is_time(column) for _, column in tables.runs.items()]
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_table(dialect, "", (names, right), [tables.runs], tables.digits))
        if tables.history is not None:
            shape = (HISTORY, [name in {"step", "value"} for name in HISTORY])
            frames = history_frames(tables)
            file.writelines(_table(dialect, "History", shape, frames, tables.digits))


def _table(
    dialect: Dialect,
    title: str,
    shape: tuple[Sequence[str], Sequence[bool]],
    frames: Iterable[pd.DataFrame],
    digits: int | None,
) -> Iterator[str]:
    names, right = shape
    yield dialect.head(title, [dialect.escaped(name) for name in names], right)
    for piece in slices(frames):
        columns = [
            _cells(piece.iloc[:, place], dialect.escaped, digits) for place in range(len(names))
        ]
        yield from (dialect.row(cells) for cells in zip(*columns, strict=True))
    yield dialect.foot


def _cells(column: pd.Series, escaped: Callable[[str], str], digits: int | None) -> list[str]:
    values = plain_values(column)
    return [
        "" if value is None else escaped(value if isinstance(value, str) else _shown(value, digits))
        for value in values
    ]


def _shown(value: object, digits: int | None) -> str:
    if isinstance(value, float) and digits is not None:
        return number_text(float(f"{value:.{digits}g}"))
    return number_text(value) if isinstance(value, (bool, int, float)) else str(value)


def markdown_text(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is, on one line.

    >>> markdown_text("a|b val_loss _x_")
    'a\\|b val_loss \\_x\\_'
    """
    return _BREAK.sub("<br>", _MARKDOWN.sub(lambda found: f"\\{found[0]}", text))


def latex_text(text: str) -> str:
    r"""Write a text so that LaTeX prints it as it is, on one line.

    >>> latex_text("50% of $x_1$")
    '50\\% of \\$x\\_1\\$'
    """
    escaped = _LATEX_SIGN.sub(lambda found: _LATEX[found[0]], _BREAK.sub(" ", text))
    apart = _DASHES.sub("-{}", escaped)
    return "{}" + apart if apart.startswith(_AFTER_A_ROW) else apart


def _markdown_head(title: str, names: Sequence[str], right: Sequence[bool]) -> str:
    heading = f"\n## {title}\n\n" if title else ""
    return heading + _markdown_row(names) + _markdown_row("---:" if r else "---" for r in right)


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _latex_head(title: str, names: Sequence[str], right: Sequence[bool]) -> str:
    gap = "\n\\bigskip\n\n" if title else ""
    layout = "".join("r" if r else "l" for r in right)
    return f"{gap}\\begin{{tabular}}{{{layout}}}\n\\hline\n{_latex_row(names)}\\hline\n"


def _latex_row(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\\n"


MARKDOWN: Final = Dialect(markdown_text, _markdown_head, _markdown_row, "")
LATEX: Final = Dialect(latex_text, _latex_head, _latex_row, "\\hline\n\\end{tabular}\n")
