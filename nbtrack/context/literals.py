"""String literals as they stand in code, in JSON, and in code that is quoted in code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal: its content stands from `start` to `end`, `after` follows the quotes."""

    start: int
    end: int
    after: int
    is_formatted: bool


_OPENING: Final = re.compile(r"([A-Za-z]{0,2})(\\?(?:\"\"\"|'''|\"|'))")
_BODIES: Final = {quote: re.compile(rf"(?:[^{quote}\\\n]|\\[\s\S])*+") for quote in ("'", '"')}
_LINE: Final = re.compile(r"[^\n]*+")
_FORMAT_CALL: Final = re.compile(r"\s{0,40}(?:\.format\b|%\s)")


def literal_at(text: str, position: int) -> Literal | None:
    """Return the literal that begins at a position; one that is not closed ends with its line."""
    opening = _OPENING.match(text, position)
    if opening is None:
        return None
    prefix, quotes = opening.groups()
    start = opening.end()
    end = _content_end(text, start, quotes)
    after = end + len(quotes) if text.startswith(quotes, end) else end
    is_formatted = "f" in prefix.lower() or _FORMAT_CALL.match(text, after) is not None
    return Literal(start, end, after, is_formatted)


def _content_end(text: str, start: int, quotes: str) -> int:
    if len(quotes) == 1:
        body = _BODIES[quotes].match(text, start)
        return body.end() if body else start
    if len(quotes) == len('"""'):
        end = text.find(quotes, start)
        if end >= 0:
            return end
    line = _LINE.match(text, start)
    line_end = line.end() if line else start
    end = text.find(quotes, start, line_end)
    return end if end >= 0 else line_end
