"""Which parts of a code are keywords, strings, numbers, comments and names.

Pygments, which comes with IPython, reads the code. The parts are lengths and words, never markup:
the page cuts the text by them, and sets every part as text.
"""

from __future__ import annotations

from importlib import import_module
from itertools import groupby
from typing import Any, Final

Mark = tuple[str, int]
"""What a part is, and its length as a page counts it; the words are those of `details.css`."""
_WORDS: Final = (
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Comment", "comment"),
    ("Token.Name.Builtin", "name"),
    ("Token.Name.Class", "name"),
    ("Token.Name.Decorator", "name"),
    ("Token.Name.Function", "name"),
    ("Token.Name.Tag", "name"),
)


def code_marks(path: str, text: str) -> list[Mark]:
    """Return the parts of a code in their order; none if its language is not known.

    >>> code_marks("a.py", "x = 'y'")
    [('', 4), ('string', 3)]
    """
    lexer = _lexer(path)
    if lexer is None:
        return []
    found = ((_word(str(kind)), _length(part)) for kind, part in lexer.get_tokens(text))
    return [
        (word, sum(length for _, length in parts))
        for word, parts in groupby(found, key=lambda mark: mark[0])
    ]


def _lexer(path: str) -> Any | None:  # noqa: ANN401 - Pygments has no types
    try:
        lexers = import_module("pygments.lexers")
    except ImportError:
        return None
    known = lexers.find_lexer_class_for_filename(path)
    return None if known is None else known(stripnl=False, ensurenl=False)


def _word(kind: str) -> str:
    return next((word for start, word in _WORDS if kind.startswith(start)), "")


def _length(text: str) -> int:
    """Count as JavaScript does, for which letters beyond 16 bits are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
