"""Read the right side of a comparison, as its operator and the type of its field demand."""

from __future__ import annotations

import re
from typing import Final

from nbtrack.entities import LoggedModelStatus
from nbtrack.limits import INT64_MAX, INT64_MIN
from nbtrack.search.fields import LISTS, NULLS, PATTERNS, Operator, ValueType
from nbtrack.search.lexer import NAMES, STRINGS, Kind, Token
from nbtrack.search.reader import Reader
from nbtrack.search.source import shorten
from nbtrack.search.tree import Value

_INTEGER = re.compile(r"(-?)0*([0-9]+)")
_INT64_DIGITS: Final = 20
_NUMBER_ADVICE: Final = "Write a number such as 0.5, -1 or 1e-3, without quotes."
_NUMBER_TYPES: Final = frozenset({ValueType.DOUBLE, ValueType.NUMBER, ValueType.INTEGER})
_WORD_ADVICE: Final = {
    "NULL": "Use IS NULL or IS NOT NULL, with params and tags.",
    "NAN": "NaN cannot be searched for; compare with a number.",
    "INF": "Write 1e400 for infinity.",
    "INFINITY": "Write 1e400 for infinity.",
}


def read_value(reader: Reader, operator: Operator, value_type: ValueType) -> Value:
    """Read a number, a string, a list of strings, or nothing."""
    if operator in NULLS:
        return None
    if operator in LISTS:
        return _read_list(reader, value_type)
    if operator in PATTERNS:
        return read_text(reader, ValueType.TEXT)
    if value_type in _NUMBER_TYPES:
        return read_number(reader, value_type)
    return read_text(reader, value_type)


def read_number(reader: Reader, value_type: ValueType) -> float:
    """Read a number, as a double or exact as the type says."""
    token = reader.next
    if token.kind is not Kind.NUMBER:
        raise reader.unexpected("a numeric value", _number_advice(token))
    reader.take()
    if reader.is_adjacent and reader.is_at(Kind.WORD, Kind.NUMBER, Kind.SYMBOL):
        _refuse_tail(reader, token)
    number = _as_number(token.text)
    if value_type is ValueType.INTEGER and isinstance(number, float):
        problem = f"Expected an integer, found {shorten(token.text, 40)}"
        advice = "Write it without fraction and exponent, and within 64 bits."
        raise reader.mistake(problem, advice, token.start)
    return float(number) if value_type is ValueType.DOUBLE else number


def _number_advice(token: Token) -> str:
    if token.keyword in _WORD_ADVICE:
        return _WORD_ADVICE[token.keyword]
    fields = "A field stands on the left only. " if token.kind is Kind.WORD else ""
    return fields + _NUMBER_ADVICE


def _refuse_tail(reader: Reader, number: Token) -> None:
    """Refuse `0x1` and `1.5.2`; AND and what can end a clause may touch a number."""
    if reader.next.keyword == "AND" or reader.next.text in {")", ",", ";"}:
        return
    found = number.text + reader.next.text
    problem = f"Expected a numeric value, found {shorten(found, 40)}"
    raise reader.mistake(problem, _NUMBER_ADVICE, number.start)


def _as_number(text: str) -> float:
    """Keep an integer of 64 bits; longer ones become doubles like all other numbers."""
    if _INTEGER.fullmatch(text) and len(text) <= _INT64_DIGITS:
        number = int(text)
        if INT64_MIN <= number <= INT64_MAX:
            return number
    return float(text)


def read_text(reader: Reader, value_type: ValueType) -> str:
    """Read a quoted string, checked as the type says."""
    token = reader.next
    if token.kind not in STRINGS:
        raise reader.unexpected("a quoted string", _text_advice(token))
    reader.take()
    if value_type is ValueType.MODEL_STATUS:
        return _full_status(token.value)
    if value_type is ValueType.INTEGER_TEXT:
        return _integer_text(reader, token)
    return token.value


def _text_advice(token: Token) -> str:
    if token.keyword in _WORD_ADVICE:
        return _WORD_ADVICE[token.keyword]
    if token.kind in NAMES or token.kind is Kind.NUMBER:
        return f"Put the value in single quotes, such as {shorten(token.value, 40)}."
    return "Write the value in single or double quotes."


def _full_status(word: str) -> str:
    """Complete `READY`; an unknown word stays and finds nothing."""
    full = f"LOGGED_MODEL_{word}"
    return full if full in LoggedModelStatus.__members__ else word


def _integer_text(reader: Reader, token: Token) -> str:
    """Check that a string holds an integer, and leave out zeros at its start."""
    found = _INTEGER.fullmatch(token.value)
    if found is None:
        problem = f"Expected an integer in quotes, found {shorten(token.value, 40)}"
        raise reader.mistake(problem, "Write an id such as '42'.", token.start)
    return found[2] if found[2] == "0" else found[1] + found[2]


def _read_list(reader: Reader, value_type: ValueType) -> tuple[str, ...]:
    """Read strings in parentheses; a comma may follow the last one."""
    if not reader.is_at_symbol("("):
        raise reader.unexpected("a list in parentheses", "Write it as in IN ('a', 'b').")
    reader.take()
    values = [read_text(reader, value_type)]
    while reader.is_at_symbol(","):
        reader.take()
        if reader.is_at_symbol(")"):
            break
        values.append(read_text(reader, value_type))
    if not reader.is_at_symbol(")"):
        raise reader.unexpected("a comma or a closing parenthesis", "Write ('a', 'b').")
    reader.take()
    return tuple(values)
