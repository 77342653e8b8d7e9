"""Values without quotes: of shell lines, config files, addresses and connection strings."""

from __future__ import annotations

import re
from typing import Final

from nbtrack.context.secret_values import looks_random

Stretch = tuple[int, int]

_VALUE: Final = re.compile(r"[^\s;&|\"'`<>(){}\[\],\\]++")
_VARIABLE: Final = re.compile(r"\$\w+")
_REST: Final = re.compile(r"[^\n]*+")
_SIGN: Final = re.compile(r"(\\?[\"']?[ \t]{0,40})([=:])(?!=)([ \t]{0,40})")
_SPACE: Final = re.compile(r"[ \t]{1,40}")
_SCHEME: Final = re.compile(r"(?i)(?:basic|bearer|token|digest|apikey)[ \t]{1,4}")
_BLOCK: Final = re.compile(r"[|>]-?[ \t]*\n[ \t+-]*([^\n]*+)")

_SHELL_LINE: Final = re.compile(r"[+\- ]?[ \t]*(?:[!%]|export\b|\$ )")
_LINE_BEGINNING: Final = re.compile(r"[+\- ]?[ \t]*(?:-[ \t]+)?[\"']?\Z")
_DECLARATION: Final = re.compile(
    r"(?:[+\- ]?[ \t]*(?:ENV|ARG|export|set|setx|%env|%set_env)[ \t]+)\Z"
)
_NEXT_SETTING: Final = re.compile(r"[ \t]+\w+=")
_END_OF_LINE: Final = re.compile(r"[ \t]*\r?(?:\n|\Z)")
_TYPE: Final = re.compile(r"[A-Za-z_]+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|(?:u?int|float)\d+")
_NAME_OF_FLAG: Final = re.compile(r"[A-Z_]+|-.*")
_BEFORE: Final = 120
_LIST_SIGNS: Final = frozenset(";&?\"'")
_LEAST_DIGITS: Final = 4


def bare_value(
    text: str, name: Stretch, line_start: int, *, is_config: bool = False
) -> Stretch | None:
    """Return where the value of a name stands if it is one, and not an expression of code.

    Examples
    --------
    >>> line = "!curl --token abc"
    >>> bare_value(line, (6, 13), 0)
    (14, 17)
    """
    before = text[line_start : name[0]][-_BEFORE:]
    sign = _SIGN.match(text, name[1])
    if sign is None:
        return _after_space(text, name, before)
    if is_config and (_LINE_BEGINNING.match(before) or _DECLARATION.match(before)):
        return _rest_of_line(text, sign.end())
    value = _value_at(text, sign.end())
    if value is None:
        return None
    is_shell = is_config or _SHELL_LINE.match(text, line_start, name[0] + 1) is not None
    is_flag = text.startswith("--", name[0])
    if is_shell or is_flag or _is_plain(text, name, value, before):
        return value
    return None


def _is_plain(text: str, name: Stretch, value: Stretch, before: str) -> bool:
    """Tell whether what stands behind a name among code is a value, and no expression."""
    sign = text[name[1] : value[0]]
    if "=" in sign:
        is_tight = sign == "="
        return _is_pin(text[slice(*value)]) or (is_tight and _is_setting(text, value, before))
    return _is_entry(text, value, before)


def _value_at(text: str, position: int) -> Stretch | None:
    scheme = _SCHEME.match(text, position)
    found = _VALUE.match(text, scheme.end() if scheme else position)
    return found.span() if found and not _VARIABLE.fullmatch(found[0]) else None


def _after_space(text: str, name: Stretch, before: str) -> Stretch | None:
    """Return the value of `--token VALUE` or `%env TOKEN VALUE`."""
    is_flag = text.startswith("--", name[0])
    space = _SPACE.match(text, name[1])
    if space is None or not (is_flag or _DECLARATION.match(before)):
        return None
    found = _value_at(text, space.end())
    if found is None or (is_flag and _NAME_OF_FLAG.fullmatch(text[slice(*found)])):
        return None
    return found


def _rest_of_line(text: str, position: int) -> Stretch | None:
    block = _BLOCK.match(text, position)
    if block is not None:
        return block.span(1)
    found = _REST.match(text, position)
    if found is None:
        return None
    value = found[0].rstrip(" \t\r,")
    return (position, position + len(value)) if value else None


def _is_pin(content: str) -> bool:
    return content.isdecimal() and len(content) >= _LEAST_DIGITS


def _is_setting(text: str, value: Stretch, before: str) -> bool:
    """Tell whether `name=value` is one of a list in a text, or a line of a `.env` file."""
    following = text[value[1] : value[1] + 1]
    content = text[slice(*value)]
    if before[-1:] in _LIST_SIGNS or following in _LIST_SIGNS:
        return True
    if _NEXT_SETTING.match(text, value[1]) or looks_random(content):
        return True
    is_line = before.strip("+- ") == "" and _END_OF_LINE.match(text, value[1]) is not None
    is_indented = before.strip("+-") != "" and len(before) > 1
    return is_line and not is_indented and _TYPE.fullmatch(content) is None


def _is_entry(text: str, value: Stretch, before: str) -> bool:
    """Tell whether `name: value` is a header in quotes, or a line of YAML."""
    content = text[slice(*value)]
    following = text[value[1] : value[1] + 1]
    if before[-1:] in ("'", '"') and following == before[-1:]:
        return True
    if _LINE_BEGINNING.match(before) and _END_OF_LINE.match(text, value[1]):
        return _TYPE.fullmatch(content) is None
    return looks_random(content)
