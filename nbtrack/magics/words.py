"""Cut the text behind a magic into words, as a shell does or as Python expressions stand.

A quote begins where a word or the value behind `=` begins, so that an apostrophe in a note and a
backslash in a path mean themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from IPython.core.error import UsageError

_QUOTES: Final = "\"'"
_OPENING: Final = dict(zip("([{", ")]}", strict=True))


@dataclass(slots=True)
class Word:
    """A word without its quotes, and as it was typed."""

    text: str = ""
    raw: str = ""

    @property
    def is_quoted(self) -> bool:
        """Whether the word began with a quote, so that it is no option."""
        return self.raw[:1] in ("'", '"')


@dataclass(slots=True)
class _Cutter:
    """Walks over a line; `place` is the next character."""

    line: str
    place: int = 0
    word: Word = field(default_factory=Word)

    def take(self, *, keep: bool = True) -> str:
        """Take one character into the word; `keep` says whether it is part of its text."""
        character = self.line[self.place]
        self.place += 1
        self.word.raw += character
        if keep:
            self.word.text += character
        return character

    def take_quoted(self, *, keep: bool) -> None:
        """Take everything up to the closing quote; `keep` keeps the quotes themselves."""
        quote = self.take(keep=keep)
        while self.place < len(self.line):
            if self.line.startswith("\\" + quote, self.place):
                self.take(keep=keep)
                self.take()
            elif self.line[self.place] == quote:
                self.take(keep=keep)
                return
            else:
                self.take()
        raise UsageError(f"The quote {quote} has no end in {self.line.strip()!r}. Close it.")


def split_words(line: str) -> list[Word]:
    r"""Split at spaces outside of quotes.

    >>> [word.text for word in split_words("base --tag team='the a' it's C:\\data")]
    ['base', '--tag', 'team=the a', "it's", 'C:\\data']
    """
    return list(_cut(_Cutter(line)))


def _cut(cutter: _Cutter) -> Iterator[Word]:
    while cutter.place < len(cutter.line):
        character = cutter.line[cutter.place]
        if character.isspace():
            if cutter.word.raw:
                yield cutter.word
            cutter.word = Word()
            cutter.place += 1
        elif character in _QUOTES and cutter.word.raw[-1:] in ("", "="):
            cutter.take_quoted(keep=False)
        else:
            cutter.take()
    if cutter.word.raw:
        yield cutter.word


def split_expressions(line: str) -> list[Word]:
    """Split at spaces outside of quotes and brackets; quotes stay, for they belong to Python.

    >>> [word.text for word in split_expressions('loss=d["a b"] acc=max(x, y) step=i')]
    ['loss=d["a b"]', 'acc=max(x, y)', 'step=i']
    """
    return list(_cut_expressions(_Cutter(line)))


def _cut_expressions(cutter: _Cutter) -> Iterator[Word]:
    closing: list[str] = []
    while cutter.place < len(cutter.line):
        character = cutter.line[cutter.place]
        if character.isspace() and not closing:
            if cutter.word.raw:
                yield cutter.word
            cutter.word = Word()
            cutter.place += 1
        elif character in _QUOTES:
            cutter.take_quoted(keep=True)
        else:
            if character in _OPENING:
                closing.append(_OPENING[character])
            elif closing and character == closing[-1]:
                closing.pop()
            cutter.take()
    if cutter.word.raw:
        yield cutter.word
