"""Artifacts as a page can show them: text, JSON, tables, images, code, differences.

A preview is a dictionary with a `kind`, its content, and in `left_out` what is missing of it. All
content is data: the page sets it as text, and an image as an image, never as markup. Of a big file
only the start is read.
"""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from nbtrack.widgets.code_colours import code_marks

MOST_BYTES: Final = 4 * 2**20
"""Of bigger files only the start is fetched."""
START_BYTES: Final = 2**18
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
_COLOURED: Final = frozenset({"code", "json"})
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


def ending_of(path: str) -> str:
    """Return the ending of a name, in small letters and without its dot."""
    return PurePosixPath(path).suffix.lower().lstrip(".")


def too_big(path: str, run_id: str, size: int | None) -> Preview:
    """Say that a file is too big for a preview, and how to have it."""
    found = f"{_big(size)} are too many for a preview of such a file."
    return {"kind": "none", "text": f"{found} {_how_to_fetch(path, run_id)}"}


def started(path: str, run_id: str, data: bytes, size: int | None) -> Preview:
    """Return what to show of a file of which only the start is known."""
    text = None if ending_of(path) in _IMAGES else _text_of(data, is_whole=False)
    if text is None:
        return too_big(path, run_id, size)
    whole_lines = text.rpartition("\n")[0] or text
    found = _shown(path, whole_lines, is_whole=False)
    rest = f"the file has {_big(size)}, and only its start was read"
    found["left_out"] = f"{_first(found)}: {rest}. {_how_to_fetch(path, run_id)}"
    return found


def _first(found: Preview) -> str:
    """Tell how much of a file is shown whose length is not known."""
    if found["kind"] == "table":
        columns = found.get("left_out", "").partition(" rows and ")[2]
        rows = f"showing the first {len(found['rows'])} rows"
        return f"{rows} and {columns}" if columns else rows
    lines = found["text"].count("\n") + 1
    if lines == 1:
        return f"showing the first {len(found['text']):,} characters"
    return f"showing the first {lines:,} lines"


def _big(size: int | None) -> str:
    return size_text(size) or f"more than {size_text(MOST_BYTES)}"


def _how_to_fetch(path: str, run_id: str) -> str:
    return f"Fetch all of it with client.download_artifact({run_id!r}, {path!r}, '.')."


def preview(path: str, data: bytes) -> Preview:
    """Return what to show of a file."""
    ending = ending_of(path)
    if ending in _IMAGES:
        address = f"data:{_IMAGES[ending]};base64,{b64encode(data).decode()}"
        return {"kind": "image", "url": address, "text": f"{path}, {size_text(len(data))}"}
    text = _text_of(data, is_whole=True)
    if text is None:
        return {"kind": "none", "text": f"{size_text(len(data))} that are no text."}
    return _shown(path, text, is_whole=True)


def _shown(path: str, text: str, *, is_whole: bool) -> Preview:
    ending = ending_of(path)
    if ending in _TABLES:
        return _table(text, _TABLES[ending])
    kind = "diff" if ending in _DIFFS else "code" if ending in _CODE else "text"
    found = _json(text, is_whole=is_whole) if ending == "json" else _lines(kind, text)
    if found["kind"] in _COLOURED and (marks := code_marks(path, found["text"])):
        found["marks"] = marks
    return found


def _text_of(data: bytes, *, is_whole: bool) -> str | None:
    if b"\0" in data[:8192]:
        return None
    try:  # a start may end within a letter
        return getincrementaldecoder("utf-8-sig")().decode(data, final=is_whole)
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


def _json(text: str, *, is_whole: bool) -> Preview:
    if not is_whole:
        return _lines("json", text)
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
