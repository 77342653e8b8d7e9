"""How the text of a setting becomes a value: one reader for each kind of setting.

A reader raises ValueError with what would have fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

from nbtrack.directions import Directions, read_direction
from nbtrack.limits import PROFILES, Limits

W = TypeVar("W", bound=str)


class Secret:
    """A text that is never shown: ask for it with `reveal` where it goes on the wire."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hide the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret must not be stored or sent to another process.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest  # loads OpenSSL, which most processes do without

        return compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))


def read_text(value: str) -> str | None:
    """Take the text as it is; an empty one is none."""
    return value or None


def read_secret(value: str) -> Secret | None:
    """Hide the text; an empty one is none."""
    return Secret(value) if value else None


def read_seconds(value: str) -> float:
    """Read a number of seconds above 0."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise ValueError("a number of seconds above 0")
    return seconds


def read_flag(value: str) -> bool:
    """Read yes or no."""
    words = {"true": True, "1": True, "false": False, "0": False, "": False}
    if value.lower() not in words:
        raise ValueError("'true' or 'false'")
    return words[value.lower()]


def read_limits(value: str) -> Limits:
    """Find a profile of limits by its name."""
    if value not in PROFILES:
        raise ValueError(_one_of(PROFILES))
    return PROFILES[value]


def read_directions(value: str) -> Directions:
    """Read which way metrics get better: `loss=min, val_*=max`, or a table as Python or JSON.

    >>> read_directions("loss=min, val_*=max")
    {'loss': 'min', 'val_*': 'max'}
    """
    found = Directions()
    for name, word in _pairs(value):
        way = read_direction(word)
        if not name or way is None:
            raise ValueError("NAME=min or NAME=max, with commas between them")
        found[name] = way
    return found


def _pairs(value: str) -> list[tuple[str, object]]:
    if not value.lstrip().startswith("{"):
        parts = [part.rpartition("=") for part in value.split(",") if part.strip()]
        return [(name.strip(), word) for name, _, word in parts]
    from ast import literal_eval

    try:
        table: dict[str, object] = literal_eval(value)  # as TOML's tables and %config come here
        return [(str(name), word) for name, word in table.items()]
    except (SyntaxError, AttributeError) as exc:
        raise ValueError("a table of NAME = 'min' or 'max'") from exc


def one_of(*words: W) -> Callable[[str], W]:
    """Make a reader that takes one of some words."""
    known: dict[str, W] = {word: word for word in words}

    def read(value: str) -> W:
        if value not in known:
            raise ValueError(_one_of(known))
        return known[value]

    return read


def _one_of(words: Iterable[str]) -> str:
    *most, last = map(repr, words)
    return f"{', '.join(most)} or {last}"
