"""Secrets that stand under a name which says so: `password = "..."`, `--token ...`, `api_key: ...`.

A name is looked for by the syllables that all of them contain, then its whole word is judged
(`secret_keys`), then what follows it: a literal, or the bare value of a shell line, a config file
or a connection string. In code a bare value is an expression, and is left alone unless something
around it says that it is none. Every step reads forward from the name and is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nbtrack.context.bare_values import bare_value
from nbtrack.context.literals import Literal, literal_at
from nbtrack.context.secret_keys import SecretKey, secret_key
from nbtrack.context.spans import Span

_SYLLABLES: Final = re.compile(
    r"pass|pwd|\bpw|secret|token|key|cred|auth|cookie|connection|login", re.IGNORECASE
)
_NAME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_LONGEST_NAME: Final = 80
_REST_OF_NAME: Final = re.compile(rf"[A-Za-z0-9_.-]{{0,{_LONGEST_NAME}}}+")

_TO_LITERAL: Final = re.compile(
    r"""
    \\?["']?                                        # a key in quotes
    [ \t]{0,40}\]?[ \t]{0,40}                       # of a subscript
    (?: :[ \t]{0,4}[A-Za-z_][\w.\[\],| \t]{0,80}?=(?!=)   # an annotation, then a value
      | :=|==|!=|=>|=|:
      | ,?\s{0,80}\\?["']?value\\?["']?[ \t]{0,4}[:=]     # {"name": KEY, "value": VALUE}
    )
    [ \t]{0,40}(?:\\\n[ \t]{0,40})?
    (?:[A-Za-z_.]{0,30}(?:SecretStr|SecretBytes|Secret|quote|quote_plus|b64decode|b64encode)\(\s{0,80})?
    (?P<open>[(\[]\s{0,200})?
    """,
    re.VERBOSE,
)
_NEXT_ARGUMENT: Final = re.compile(r"[\"'][ \t]{0,40},\s{0,80}(?=[A-Za-z]{0,2}[\"'])")
_TAKES_NAME_AND_VALUE: Final = re.compile(
    r"(?:option|set|config|setenv|putenv|getenv|setdefault|get|put|add_header|setItem|set_secret)"
    r"\([ \t\n]{0,40}[\"']\Z"
)
_LOGIN: Final = re.compile(r"(?:^|\.)(?:login|HTTP(?:Basic|Digest)Auth|BasicAuth)\Z")
_LOGIN_ARGUMENTS: Final = re.compile(r"\(\s{0,80}(?:key\s{0,4}=\s{0,4})?")
_QUOTES: Final = frozenset("\"'\\")
_AFTER_A_TEXT: Final = frozenset(" \t+)],;:%}.#=") | {""}
_LOOK_BACK: Final = 1000
_JOINED: Final = re.compile(r"[ \t]{0,40}(?:\\\n[ \t]{0,40}|\+[ \t]{0,40})?")
_JOINED_INSIDE: Final = re.compile(r"\s{0,200}[+,]?\s{0,200}")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, from `start` to `end`."""

    start: int
    end: int
    text: str


def assigned_spans(text: str, *, is_config: bool = False) -> Iterator[Span]:
    """Find the secrets that stand under a telling name; `is_config` says that no code is around."""
    position = 0
    line_start = 0
    while (name := _next_name(text, position)) is not None:
        position = name.end
        line_start = max(line_start, text.rfind("\n", line_start, name.start) + 1)
        for span in _spans_of(text, name, line_start, is_config=is_config):
            yield span
            position = max(position, span.end)


def _next_name(text: str, position: int) -> Name | None:
    found = _SYLLABLES.search(text, position)
    if found is None:
        return None
    before = text[max(position, found.start() - _LONGEST_NAME) : found.start()]
    start = found.start() - len(before) + len(before.rstrip(_NAME_CHARACTERS))
    rest = _REST_OF_NAME.match(text, found.end())
    end = rest.end() if rest else found.end()
    return Name(start, end, text[start:end])


def _spans_of(text: str, name: Name, line_start: int, *, is_config: bool) -> list[Span]:
    if _LOGIN.search(name.text) is not None:
        return _login_spans(text, name)
    key = secret_key(name.text)
    if key is None:
        return []
    position, is_open = _value_position(text, name, key)
    literal = literal_at(text, position) if position >= 0 else None
    if literal is not None and not _is_closing(text, name, literal, line_start):
        return _literal_spans(text, literal, key, is_open=is_open)
    if key.is_pair:
        return []
    span = bare_value(text, (name.start, name.end), line_start, is_config=is_config)
    if span is None:
        return []
    value = text[slice(*span)]
    if not key.is_sure:  # of a line of a script the first word
        value = value.partition(" ")[0]
    return [Span(span[0], span[0] + len(value), key.kind)] if key.removes(value) else []


def _value_position(text: str, name: Name, key: SecretKey) -> tuple[int, bool]:
    """Return where the literal of a name would stand, and whether it is in brackets."""
    found = _TO_LITERAL.match(text, name.end)
    if found is not None:
        is_open = bool(found["open"])
        return (found.end(), is_open) if is_open or not key.is_pair else (-1, False)
    found = _NEXT_ARGUMENT.match(text, name.end)
    if found is None or key.is_pair:
        return -1, False
    before = text[max(0, name.start - _LONGEST_NAME) : name.start]
    is_one = name.text.startswith("--") or _TAKES_NAME_AND_VALUE.search(before)
    return (found.end(), False) if is_one else (-1, False)


def _is_closing(text: str, name: Name, literal: Literal, line_start: int) -> bool:
    """Tell whether the quote closes a text that the name stands in: `"Password: " + name`."""
    quote = text[literal.start - 1]
    if text[name.end : name.end + 1] in _QUOTES:
        return False
    before = text[max(line_start, name.start - _LOOK_BACK) : name.start]
    content = text[literal.start : literal.end]
    return before.count(quote) % 2 == 1 and content[:1] in _AFTER_A_TEXT


def _literal_spans(text: str, literal: Literal, key: SecretKey, *, is_open: bool) -> list[Span]:
    """Mark the secrets among a literal and those that are joined to it."""
    spans: list[Span] = []
    joined = _JOINED_INSIDE if is_open and key.is_sure else _JOINED
    following: Literal | None = literal
    while following is not None:
        content = text[following.start : following.end]
        if key.removes(content, is_template=following.is_formatted):
            spans.append(Span(following.start, following.end, key.kind))
        gap = joined.match(text, following.after)
        following = literal_at(text, gap.end()) if gap is not None and gap[0] else None
    return [] if key.is_pair and len(spans) == 1 else spans


def _login_spans(text: str, name: Name) -> list[Span]:
    """Mark what a call such as `login("user", "password")` is given."""
    arguments = _LOGIN_ARGUMENTS.match(text, name.end)
    literal = literal_at(text, arguments.end()) if arguments else None
    if literal is None:
        return []
    return _literal_spans(text, literal, SecretKey("credential"), is_open=True)
