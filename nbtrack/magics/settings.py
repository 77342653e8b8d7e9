"""The settings as a table: each value and where it came from, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nbtrack.config import SETTINGS, Secret, look_up
from nbtrack.display import Table
from nbtrack.errors import ConfigError
from nbtrack.limits import Limits

_USER_OF_URL: Final = re.compile(r"(?<=://)[^/@\s]*@")


def settings_table(title: str, names: Iterable[str] = SETTINGS) -> Table:
    """Show settings with their values and sources."""
    return Table(title, ("setting", "value", "from"), tuple(_row(name) for name in names))


def _row(name: str) -> tuple[str, str, str]:
    try:
        found = look_up(name)
    except ConfigError as exc:
        return name, "wrong", str(exc)
    return name, shown_value(found.value), found.where


def shown_value(value: object) -> str:
    """Write the value of a setting, without secrets."""
    if value is None:
        return ""
    if isinstance(value, Secret):
        return "set, not shown"
    if isinstance(value, Limits):
        return value.name
    if isinstance(value, bool):
        return str(value).lower()
    return without_user(str(value))


def without_user(url: str) -> str:
    """Remove user and password from a URL.

    >>> without_user("https://ana:secret@host/path")
    'https://host/path'
    """
    return _USER_OF_URL.sub("", url)
