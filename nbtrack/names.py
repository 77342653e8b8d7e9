"""Which keys the API allows: the engine refuses others, and a run in progress says so at once.

And the one tag of nbtrack that the engine reads itself.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from nbtrack.errors import InvalidParameterValue

PREVIOUS_ATTEMPT: Final = "nbtrack.attempt.previous"
"""Tag with the id of the run that the same cell made before."""
_KEY: Final = re.compile(r"[\w\-. :/]+")


def check_key(kind: str, key: str, most: int, where: str = "") -> None:
    """Refuse the key of a metric, param or tag that the API does not allow.

    Parameters
    ----------
    kind
        What it is the key of, for the message.
    key
        The key.
    most
        How many characters it may have.
    where
        Where in a request it stands, for the message.
    """
    place = f" at {where}" if where else ""
    if not key:
        message = f"The {kind} key{place} is empty. Give a non-empty text."
        raise InvalidParameterValue(message)
    if len(key) > most:
        raise InvalidParameterValue(
            f"The {kind} key {key[:40]!r}...{place} has {len(key)} characters; "
            f"the limit is {most}. Shorten it."
        )
    if not _KEY.fullmatch(key):
        bad = next(char for char in key if not _KEY.fullmatch(char))
        raise InvalidParameterValue(
            f"The {kind} key {key!r}{place} contains {bad!r}. "
            "Use letters, digits, '_', '-', '.', ':', '/' and spaces."
        )
    if posixpath.normpath(key) != key or key == "." or key.startswith(("..", "/")):
        raise InvalidParameterValue(
            f"The {kind} key {key!r}{place} is not a plain relative path: "
            f"write it as {posixpath.normpath(key).lstrip('./') or 'name'!r}."
        )
