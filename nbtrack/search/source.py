"""The text of one filter or order_by clause, and the wording of mistakes in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nbtrack.errors import FilterError

BLANKS: Final = " \t\r\n\f\v"
MAX_LENGTH: Final = 100_000
_SHOWN: Final = 80
_BEFORE: Final = 30
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_AND = re.compile(r"\sand\s", re.IGNORECASE)


def shorten(text: str, length: int = _SHOWN) -> str:
    """Return the text in quotes for a message, cut to its first characters."""
    return repr(text if len(text) <= length else text[: length - 3] + "...")


def suggest(word: str, candidates: Iterable[str]) -> str:
    """Say which candidate was probably meant, or nothing if none is near."""
    import difflib  # here, because only mistakes need it

    known = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word[:_SHOWN].lower(), known, n=1)
    return f"Did you mean {known[near[0]]!r}? " if near else ""


class Source:
    """A text to read; `kind` is what messages call it, such as "filter".

    Raises
    ------
    FilterError
        If the text is too long, or has characters that no store can compare.
    """

    __slots__ = ("clause_start", "kind", "text")

    def __init__(self, text: str, kind: str) -> None:
        """Keep the text after a look at its length and characters."""
        self.text = text
        self.kind = kind
        self.clause_start = 0
        if len(text) > MAX_LENGTH:
            problem = f"Invalid {kind} of {len(text)} characters"
            raise self.mistake(problem, f"Keep it to {MAX_LENGTH} characters.", MAX_LENGTH)
        unreadable = _UNREADABLE.search(text)
        if unreadable:
            problem = f"Invalid character {unreadable[0]!r}"
            raise self.mistake(problem, "Leave it out.", unreadable.start())

    def mistake(self, problem: str, advice: str, position: int) -> FilterError:
        """Build the error: what is wrong, in which clause and column, and what to do."""
        where = f"in {self._clause(position)}, column {position + 1} of the {self.kind}"
        return FilterError(f"{problem} {where}. {advice}", text=self.text, position=position)

    def _clause(self, position: int) -> str:
        """Quote the comparison around a position; where it ends is a guess, good to read."""
        following = _AND.search(self.text, position)
        end = following.start() if following else len(self.text)
        start = self.clause_start
        if end - start > _SHOWN and position - start > _BEFORE:
            return shorten("..." + self.text[position - _BEFORE : end].strip(BLANKS))
        return shorten(self.text[start:end].strip(BLANKS))
