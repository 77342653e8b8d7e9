"""The two files in which settings may stand: the project's pyproject.toml and the user's own.

Both are read when a setting is looked up and nothing before them in the order had it. What was
read is kept until the file changes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from msgspec import Struct, field

from nbtrack.errors import ConfigError

DEFAULT_PROFILE: Final = "default"
_PROJECT_FILE: Final = "pyproject.toml"
_OUR_TABLE: Final = (
    rb"""^\s*(\[?\s*["']?tool\b.*\bnbtrack\b"""
    rb"""|["']?nbtrack["']?\s*(\.|=\s*[^\s"'=]))"""
)
"""How `[tool.nbtrack]` may begin. A project that merely depends on nbtrack has no such line."""


class FileValues(Struct, frozen=True):
    """The settings of one table of one file, as TOML wrote them."""

    where: str
    values: dict[str, object]


def project_values(start: Path) -> FileValues | None:
    """Return `[tool.nbtrack]` of the nearest pyproject.toml upwards, or None."""
    for folder in (start, *start.parents):
        path = folder / _PROJECT_FILE
        document = _read(path, _has_our_table)
        if document is None:
            continue
        tool = document.get("tool")
        values = tool.get("nbtrack") if isinstance(tool, dict) else None
        return _table(f"{path} [tool.nbtrack]", values) if values is not None else None
    return None


def user_values(profile: str) -> FileValues | None:
    """Return `[profile.NAME]` of the user's file.

    Raises
    ------
    ConfigError
        If there is no such profile; only the default one may be missing.
    """
    path = user_file()
    profiles = _table(f"{path} [profile]", (_read(path, bool) or {}).get("profile") or {}).values
    if profile in profiles:
        return _table(f"{path} [profile.{profile}]", profiles[profile])
    if profile == DEFAULT_PROFILE:
        return None
    known = ", ".join(map(repr, profiles)) or "none"
    message = f"There is no profile {profile!r} in {path}. It has {known}: add [profile.{profile}]."
    raise ConfigError(message)


def user_file() -> Path:
    """Return where the user's settings stand, whether the file exists or not."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library/Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "nbtrack" / "config.toml"


def _table(where: str, values: object) -> FileValues:
    if not isinstance(values, dict):
        raise ConfigError(f"{where} is {values!r}, not a table. Write one setting a line below it.")
    return FileValues(where, values)


Stamp = tuple[int, int]
Document = dict[str, object]


class _Documents(Struct):
    """What was read, by path, with the time and size that the file had."""

    lock: Lock = field(default_factory=Lock)
    known: dict[Path, tuple[Stamp, Document]] = field(
        default_factory=dict[Path, tuple[Stamp, Document]]
    )


_documents: Final = _Documents()


def _has_our_table(body: bytes) -> bool:
    return b"nbtrack" in body and re.search(_OUR_TABLE, body, re.MULTILINE) is not None


def _read(path: Path, matters: Callable[[bytes], bool]) -> Document | None:
    """Return a TOML file's content, empty if it does not matter; None if there is no file."""
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        with _documents.lock:
            known = _documents.known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        body = path.read_bytes()
    except OSError:
        return None
    document = _parse(path, body) if matters(body) else {}
    with _documents.lock:
        _documents.known[path] = (stamp, document)
    return document


def _parse(path: Path, body: bytes) -> Document:
    import tomllib  # costs more than the rest, and most projects have no settings here

    try:
        return tomllib.loads(body.decode("utf-8"))
    except ValueError as exc:  # no UTF-8, or no TOML
        raise ConfigError(f"{path} cannot be read as TOML: {exc}. Correct the file.") from exc
