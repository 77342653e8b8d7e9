"""Cut a text into tokens. Nothing is refused here: what does not fit becomes a token too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    BACKTICKED = auto()
    SINGLE = auto()
    DOUBLE = auto()
    UNCLOSED = auto()
    NUMBER = auto()
    OPERATOR = auto()
    DOT = auto()
    SYMBOL = auto()
    END = auto()


NAMES: Final = frozenset({Kind.WORD, Kind.BACKTICKED, Kind.DOUBLE})
STRINGS: Final = frozenset({Kind.SINGLE, Kind.DOUBLE})

# The quantifiers of the strings are possessive: an odd quote is found in one pass, and the whole
# rest then counts as unclosed.
_TOKEN = re.compile(
    r"""
      (?P<BLANK>[ \t\r\n\f\v]+)
    | (?P<WORD>[^\W\d]\w*)
    | (?P<NUMBER>-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<BACKTICKED>`[^`]*`)
    | (?P<SINGLE>'[^']*+(?:''[^']*+)*+')
    | (?P<DOUBLE>"[^"]*+(?:""[^"]*+)*+")
    | (?P<UNCLOSED>[`'"].*)
    | (?P<OPERATOR>[=!<>]+)
    | (?P<SYMBOL>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, as written, and where it starts."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Position behind the last character."""
        return self.start + len(self.text)

    @property
    def keyword(self) -> str:
        """The word in capitals, or nothing if this is no word of ASCII letters."""
        return self.text.upper() if self.kind is Kind.WORD and self.text.isascii() else ""

    @property
    def value(self) -> str:
        """The text without its quotes; a doubled quote in a string reads as one."""
        if self.kind in STRINGS:
            quote = self.text[0]
            return self.text[1:-1].replace(quote * 2, quote)
        return self.text[1:-1] if self.kind is Kind.BACKTICKED else self.text


def tokens(text: str) -> Iterator[Token]:
    """Walk over the tokens of a text, without its blanks; the last one is END.

    A dot right behind a name is a DOT, also before digits; elsewhere it may begin a number.
    """
    previous = Token(Kind.SYMBOL, "", 0)
    position = 0
    while position < len(text):
        if text[position] == "." and previous.kind in NAMES and previous.end == position:
            kind, piece = Kind.DOT.name, "."
        else:
            kind, piece = _match(text, position)
        if kind != "BLANK":
            previous = Token(Kind[kind], piece, position)
            yield previous
        position += len(piece)
    yield Token(Kind.END, "", len(text))


def _match(text: str, position: int) -> tuple[str, str]:
    found = _TOKEN.match(text, position)
    if found is None or found.lastgroup is None:  # pragma: no cover - SYMBOL takes any character
        return Kind.SYMBOL.name, text[position]
    return found.lastgroup, found[0]
