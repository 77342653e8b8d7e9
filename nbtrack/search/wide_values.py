"""The right side of a test of the wide language: numbers, texts, times and durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from nbtrack.search.fields import ValueType
from nbtrack.search.lexer import STRINGS, Kind
from nbtrack.search.reader import Reader
from nbtrack.search.source import shorten
from nbtrack.search.values import read_number, read_text
from nbtrack.search.wide_fields import Type
from nbtrack.search.wide_tree import Ago, Literal_

_UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|w)\s*")
_DURATION_ADVICE: Final = "Write it as '90s', '10m', '1h30m' or '7d'; units are ms, s, m, h, d, w."


def read_literal(reader: Reader, kind: Type) -> Literal_:
    """Read one value of a type."""
    is_text = reader.is_at(*STRINGS)
    if kind is Type.NUMBER:
        return read_number(reader, ValueType.DOUBLE)
    if kind is Type.TEXT or (kind is Type.EITHER and is_text):
        return read_text(reader, ValueType.TEXT)
    if kind is Type.DURATION:
        if is_text:
            return _duration(reader)
        return _milliseconds(read_number(reader, ValueType.NUMBER) * 1000)
    if kind is Type.TIME and (is_text or reader.next.keyword == "AGO"):
        return _time(reader) if is_text else _ago(reader)
    if not reader.is_at(Kind.NUMBER):
        raise reader.unexpected("a value", f"Write {kind.value}.")
    return read_number(reader, ValueType.NUMBER)


def _ago(reader: Reader) -> Ago:
    reader.take()
    take_symbol(reader, "(", "Write it as ago('7d').")
    if not reader.is_at(*STRINGS):
        raise reader.unexpected("a duration in quotes", "Write it as ago('7d').")
    duration = _duration(reader)
    take_symbol(reader, ")", "Write it as ago('7d').")
    return Ago(round(duration))


def _duration(reader: Reader) -> float:
    token = reader.take()
    text = token.value
    total, position = 0.0, 0
    while part := _PART.match(text, position):
        total += float(part[1]) * _UNITS[part[2]]
        position = part.end()
    if not text.strip() or position < len(text):
        problem = f"Expected a duration, found {shorten(text, 40)}"
        raise reader.mistake(problem, _DURATION_ADVICE, token.start)
    return _milliseconds(total)


def _milliseconds(number: float) -> float:
    """Undo the error of a product: 1.001 s are 1001 ms, but 1.001 * 1000 is less."""
    return round(number, 6)


def _time(reader: Reader) -> int:
    """Read a date, or a date with a time; without a zone it is UTC, as times in frames are."""
    token = reader.take()
    try:
        moment = datetime.fromisoformat(token.value.strip())
    except ValueError:
        problem = f"Expected a time, found {shorten(token.value, 40)}"
        advice = "Write it as '2026-11-01', '2026-11-01T12:30' or ago('7d')."
        raise reader.mistake(problem, advice, token.start) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def take_symbol(reader: Reader, symbol: str, advice: str) -> None:
    """Take a parenthesis or a comma."""
    if not reader.is_at_symbol(symbol):
        raise reader.unexpected(repr(symbol), advice)
    reader.take()
