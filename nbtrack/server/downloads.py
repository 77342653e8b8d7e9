"""Headers of downloads: names, types, validators and byte ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from mimetypes import MimeTypes
from typing import Final
from urllib.parse import quote

from nbtrack.backends import FileStat
from nbtrack.errors import BadRequest
from nbtrack.server.exchange import Call, Headers

_BYTES: Final = "application/octet-stream"
_TYPES: Final = MimeTypes()  # the table of the standard library, not the one of this machine
_TEXTS: Final = ("MLmodel", ".cfg", ".conf", ".ini", ".log", ".toml", ".yaml", ".yml")
_RANGE: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ._+-]")


class RangeNotThere(BadRequest):
    """The file has no such bytes."""

    status = 416

    def __init__(self, text: str, size: int) -> None:
        """Keep the size of the file."""
        super().__init__(f"Range {text[:80]!r} lies outside the file. It has {size} bytes.")
        self.size = size


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a file from `start` to before `stop`; `is_part` if a range was asked for."""

    start: int
    stop: int
    is_part: bool


def file_headers(name: str, stat: FileStat | None = None) -> Headers:
    """Make the headers of a download; without `stat` its size and age are not known."""
    plain = _PLAIN.sub("_", name)
    headers = (
        ("Content-Type", content_type(name)),
        (
            "Content-Disposition",
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{_coded(name)}",
        ),
        ("Cache-Control", "no-cache"),
    )
    if stat is None:
        return headers
    dated = formatdate(stat.modified_ns // 10**9, usegmt=True)
    return (
        *headers,
        ("ETag", _etag(stat)),
        ("Last-Modified", dated),
        ("Accept-Ranges", "bytes"),
    )


def _coded(name: str) -> str:
    return quote(name.encode("utf-8", "replace"), safe="")


def content_type(name: str) -> str:
    """Guess a type from the name of a file."""
    guess, compression = _TYPES.guess_type(f"x/{name}")
    if compression:
        return _BYTES
    if guess is None:
        guess = "text/plain" if name.endswith(_TEXTS) else _BYTES
    return f"{guess}; charset=utf-8" if guess.startswith("text/") else guess


def _etag(stat: FileStat) -> str:
    return f'"{stat.modified_ns:x}-{stat.size:x}"'


def is_unchanged(call: Call, stat: FileStat) -> bool:
    """Tell whether the caller already has this file."""
    wanted = call.header("If-None-Match")
    if wanted:
        tags = [tag.strip().removeprefix("W/") for tag in wanted.split(",")]
        return "*" in tags or _etag(stat) in tags
    return _is_no_older(call.header("If-Modified-Since"), stat)


def _is_no_older(date: str, stat: FileStat) -> bool:
    try:
        return parsedate_to_datetime(date).timestamp() >= stat.modified_ns // 10**9
    except (ValueError, OverflowError, TypeError, IndexError):
        return False


def choose_span(call: Call, stat: FileStat) -> Span:
    """Work out which bytes to send. Raises RangeNotThere if the file does not have them.

    Several ranges at once, and a range of an older state of the file, get the whole file.
    """
    text = call.header("Range").replace(" ", "")
    match = _RANGE.fullmatch(text)
    whole = Span(0, stat.size, is_part=False)
    if match is None or text == "bytes=-" or not _may_resume(call, stat):
        return whole
    first, last = match.groups()
    if not first:
        start, stop = max(stat.size - int(last), 0), stat.size
    else:
        start, stop = int(first), min(int(last or stat.size) + 1, stat.size)
    if last and first and int(last) < int(first):
        return whole
    if start >= stop:
        raise RangeNotThere(text, stat.size)
    return Span(start, stop, is_part=True)


def _may_resume(call: Call, stat: FileStat) -> bool:
    condition = call.header("If-Range").strip()
    return not condition or condition in {
        _etag(stat),
        formatdate(stat.modified_ns // 10**9, usegmt=True),
    }
