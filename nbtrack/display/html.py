"""Pieces of HTML without scripts: every value is escaped, colours follow the notebook's theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

_INK: Final = "var(--jp-ui-font-color0, var(--vscode-foreground, #24292f))"


def _readable(colour: str) -> str:
    """Mix a colour with that of text: JupyterLab's green and orange are too light on white."""
    return f"color-mix(in srgb, {colour} 70%, {_INK})"


COLOURS: Final = {
    "text": "var(--jp-ui-font-color1, var(--vscode-foreground, #24292f))",
    "faint": "var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #57606a))",
    "line": "var(--jp-border-color2, var(--vscode-panel-border, #d0d7de))",
    "good": _readable("var(--jp-success-color1, #1a7f37)"),
    "bad": _readable("var(--jp-error-color1, #cf222e)"),
    "warn": _readable("var(--jp-warn-color1, #9a6700)"),
    "busy": _readable("var(--jp-info-color1, #0969da)"),
}
"""Colours by what they mean: of JupyterLab, else of VS Code, else fixed."""

STATUS_COLOURS: Final = {
    "RUNNING": "busy",
    "SCHEDULED": "busy",
    "FINISHED": "good",
    "FAILED": "bad",
    "KILLED": "warn",
    "PENDING": "busy",
    "READY": "good",
    "UPLOAD_FAILED": "bad",
}
"""Colours of the states of runs and of logged models."""


def text(value: object) -> str:
    """Escape a value, quotes included."""
    return escape(str(value), quote=True)


def span(value: object, colour: str, *, is_bold: bool = False) -> str:
    """Write a value in one of the colours."""
    weight = ";font-weight:600" if is_bold else ""
    return f'<span style="color:{COLOURS[colour]}{weight}">{text(value)}</span>'


def status_badge(status: str) -> str:
    """Write the status of a run or logged model in its colour."""
    return span(status, STATUS_COLOURS.get(status, "faint"), is_bold=True)


def box(parts: Iterable[str], edge: str = "line") -> str:
    """Frame some lines of HTML; the left edge has one of the colours."""
    style = (
        f"border:1px solid {COLOURS['line']};border-left:4px solid {COLOURS[edge]};"
        f"border-radius:4px;color:{COLOURS['text']};display:inline-block;font-size:13px;"
        "line-height:1.5;margin:6px 0;max-width:100%;padding:4px 12px"
    )
    lines = "".join(f"<div>{part}</div>" for part in parts)
    return f'<div class="nbtrack-card" style="{style}">{lines}</div>'


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table; all cells are escaped."""
    line = f"border-bottom:1px solid {COLOURS['line']}"
    head = "".join(
        f'<th style="text-align:left;padding:2px 12px 2px 0;{line}">{text(name)}</th>'
        for name in columns
    )
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    style = f"border-collapse:collapse;color:{COLOURS['text']};font-size:13px"
    return (
        f'<table class="nbtrack-table" style="{style}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _cell(value: object) -> str:
    style = "padding:2px 12px 2px 0;text-align:left;vertical-align:top;white-space:pre-wrap"
    return f'<td style="{style}">{text(value)}</td>'


def code(source: str) -> str:
    """Write source code as it is."""
    style = (
        f"border:1px solid {COLOURS['line']};color:{COLOURS['text']};font-family:"
        "var(--jp-code-font-family, monospace);overflow:auto;padding:6px"
    )
    return f'<pre style="{style}">{text(source)}</pre>'
