"""Pieces of SQL with the values of their parameters, and how pages continue where one ended."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from nbtrack.entities import Int64
from nbtrack.errors import InvalidParameterValue

SortValue = bool | Int64 | float | str


class Sql(Struct, frozen=True):
    """SQL text and the values of its question marks, in order."""

    text: str
    values: tuple[object, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        """Put two pieces behind each other."""
        return Sql(f"{self.text} {other.text}", self.values + other.values)


def all_of(parts: Sequence[Sql]) -> Sql:
    """Join conditions by AND, as a balanced tree: SQLite limits how deep a chain may be."""
    if not parts:
        return Sql("true")
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = all_of(parts[:middle]), all_of(parts[middle:])
    return Sql(f"({left.text} and {right.text})", left.values + right.values)


def any_of(parts: Sequence[Sql]) -> Sql:
    """Join conditions by OR, as a balanced tree."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = any_of(parts[:middle]), any_of(parts[middle:])
    return Sql(f"({left.text} or {right.text})", left.values + right.values)


class SortKey(Struct, frozen=True):
    """An expression to sort by, never null, and its direction."""

    sql: Sql
    ascending: bool = True


def order_sql(keys: Sequence[SortKey]) -> Sql:
    """Return the ORDER BY of some keys."""
    parts = [Sql(f"{k.sql.text}{'' if k.ascending else ' desc'}", k.sql.values) for k in keys]
    return Sql(
        "order by " + ", ".join(p.text for p in parts), tuple(v for p in parts for v in p.values)
    )


def after_sql(keys: Sequence[SortKey], last: Sequence[object]) -> Sql:
    """Return the condition that a row comes after the one with these sort values."""
    key, value = keys[0], last[0]
    beyond = Sql(f"{key.sql.text} {'>' if key.ascending else '<'} ?", (*key.sql.values, value))
    if len(keys) == 1:
        return beyond
    equal = Sql(f"{key.sql.text} = ?", (*key.sql.values, value))
    rest = after_sql(keys[1:], last[1:])
    both = all_of([equal, rest])
    return Sql(f"({beyond.text} or {both.text})", beyond.values + both.values)


def token(query: object, last: Sequence[Any]) -> str:
    """Make a page token: the sort values of the page's last row, bound to the query."""
    body = msgspec.msgpack.encode([_fingerprint(query), list(last)])
    return base64.urlsafe_b64encode(body).decode()


def read_token(text: str, query: object) -> list[SortValue]:
    """Return the sort values in a page token. Raises InvalidParameterValue for any other text."""
    try:
        body = base64.b64decode(text, altchars=b"-_", validate=True)
        mark, last = msgspec.msgpack.decode(body, type=tuple[bytes, list[SortValue]])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as exc:
        raise _bad_token(text, "is not one that this store made") from exc
    if mark != _fingerprint(query):
        raise _bad_token(text, "belongs to another query")
    return last


def _bad_token(text: str, what: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"The page_token {text[:40]!r} {what}. Repeat the query that gave it, or leave it out."
    )


def _fingerprint(query: object) -> bytes:
    from hashlib import blake2b

    return blake2b(msgspec.json.encode(query), digest_size=8).digest()
