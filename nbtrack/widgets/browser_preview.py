"""Artifacts as a page can show them: text, JSON, tables, images, code, differences.

A preview is a dictionary with a `kind`, its content, and in `left_out` what is missing of it. All
content is data: the page sets it as text, and an image as an image, never as markup.
"""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

MOST_BYTES: Final = 4 * 2**20
"""Bigger files are not fetched."""
MOST_LINES: Final = 300
MOST_LETTERS: Final = 40_000
MOST_ROWS: Final = 50
MOST_COLUMNS: Final = 20
MOST_CELL: Final = 200
_IMAGES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
_CODE: Final = frozenset(
    {
        *("py", "r", "sh", "sql", "js", "ts", "c", "h", "cpp", "rs", "go", "jl"),
        *("toml", "yaml", "yml", "ini", "cfg"),
    }
)
_DIFFS: Final = frozenset({"diff", "patch"})
_TABLES: Final = {"csv": ",", "tsv": "\t"}
Preview = dict[str, Any]


def size_text(size: int | None) -> str:
    """Write a number of bytes.

    >>> size_text(12), size_text(2_500), size_text(3_200_000), size_text(None)
    ('12 B', '2.5 kB', '3.2 MB', '')
    """
    if size is None:
        return ""
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} B"


def too_big(path: str, size: int, run_id: str) -> Preview:
    """Say that a file is too big to be fetched for a preview, and how to have it."""
    call = f"client.download_artifact({run_id!r}, {path!r}, '.')"
    return {
        "kind": "none",
        "text": f"{size_text(size)} are too many for a preview. Fetch the file with {call}.",
    }


def preview(path: str, data: bytes) -> Preview:
    """Return what to show of a file."""
    ending = PurePosixPath(path).suffix.lower().lstrip(".")
    if ending in _IMAGES:
        address = f"data:{_IMAGES[ending]};base64,{b64encode(data).decode()}"
        return {"kind": "image", "url": address, "text": f"{path}, {size_text(len(data))}"}
    text = _text_of(data)
    if text is None:
        return {"kind": "none", "text": f"{size_text(len(data))} that are no text."}
    if ending == "json":
        return _json(text)
    if ending in _TABLES:
        return _table(text, _TABLES[ending])
    kind = "diff" if ending in _DIFFS else "code" if ending in _CODE else "text"
    return _lines(kind, text)


def _text_of(data: bytes) -> str | None:
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _lines(kind: str, text: str) -> Preview:
    lines = text[:MOST_LETTERS].splitlines()
    shown = lines[:MOST_LINES]
    found: Preview = {"kind": kind, "text": "\n".join(shown)}
    if len(lines) > len(shown) or len(text) > MOST_LETTERS:
        total = text.count("\n") + (not text.endswith("\n"))
        found["left_out"] = f"showing {len(shown):,} of {total:,} lines"
        if len(shown) == total:
            found["left_out"] = f"showing {MOST_LETTERS:,} of {len(text):,} characters"
    return found


def _json(text: str) -> Preview:
    try:
        value = json.loads(text)
        return _lines("json", json.dumps(value, indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return _lines("text", text)


def _table(text: str, between: str) -> Preview:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=between))
    except csv.Error:
        return _lines("text", text)
    if not rows:
        return {"kind": "none", "text": "The file is empty."}
    head, body = rows[0], rows[1:]
    left_out = []
    if len(body) > MOST_ROWS:
        left_out.append(f"{MOST_ROWS} of {len(body):,} rows")
    if len(head) > MOST_COLUMNS:
        left_out.append(f"{MOST_COLUMNS} of {len(head):,} columns")
    found: Preview = {
        "kind": "table",
        "columns": _cells(head),
        "rows": [_cells(row) for row in body[:MOST_ROWS]],
    }
    return {**found, "left_out": f"showing {' and '.join(left_out)}"} if left_out else found


def _cells(row: list[str]) -> list[str]:
    return [
        cell if len(cell) <= MOST_CELL else f"{cell[: MOST_CELL - 1]}…"
        for cell in row[:MOST_COLUMNS]
    ]
