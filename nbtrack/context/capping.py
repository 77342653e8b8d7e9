"""Texts that are cut to a size: the cut is marked, and says how much was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHORT: Final = 250
"""The longest value of a tag that every backend takes in a batch."""


@dataclass(frozen=True, slots=True)
class Capped:
    """A text, or the beginning of one, and how many characters of it were left out."""

    text: str
    left_out: int = 0


def capped(text: str, most: int) -> Capped:
    r"""Cut a text of many lines behind the last line that fits, and mark the cut.

    Examples
    --------
    >>> print(capped("one\ntwo\nthree\n", 9).text)
    one
    two
    [cut: 6 characters left out]
    <BLANKLINE>
    """
    if len(text) <= most:
        return Capped(text)
    end = text.rfind("\n", 0, most) + 1 or most
    left_out = len(text) - end
    line = "" if text[end - 1 : end] == "\n" else "\n"
    return Capped(f"{text[:end]}{line}[cut: {left_out} characters left out]\n", left_out)


def capped_line(text: str, most: int = SHORT) -> str:
    """Cut a text of one line, of which the end says the most, as of a path.

    Examples
    --------
    >>> capped_line("/a/long/path/to/notebook.ipynb", 18)
    '… /notebook.ipynb'
    """
    if len(text) <= most:
        return text
    end = text[len(text) - most + 2 :]
    slash = end.find("/")
    return "… " + (end[slash:] if slash >= 0 else end)
