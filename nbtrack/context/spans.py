"""Stretches of a text that hold a secret, and the text without them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """Where a secret stands in a text, and what kind of secret it is."""

    start: int
    end: int
    kind: str


def mark(kind: str) -> str:
    """Return what stands in the place of a secret.

    Examples
    --------
    >>> mark("password")
    '[removed: password]'
    """
    return f"[removed: {kind}]"


def merged(spans: Iterable[Span]) -> list[Span]:
    """Order spans and join those that overlap; the first of them, then the longest, names both."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if found and span.start < found[-1].end:
            last = found[-1]
            found[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            found.append(span)
    return found


def without(text: str, spans: Iterable[Span]) -> str:
    """Return the text with a mark in the place of each span; they must be merged."""
    pieces: list[str] = []
    position = 0
    for span in spans:
        pieces += (text[position : span.start], mark(span.kind))
        position = span.end
    return "".join((*pieces, text[position:]))
