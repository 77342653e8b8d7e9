"""One-line messages to the person at the keyboard, from wherever nbtrack has something to say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from threading import RLock

Speaker = Callable[[str], None]


def _to_standard_error(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"nbtrack: {text}\n")


class _Notices:
    """Where messages go; a notebook puts its own speaker in."""

    def __init__(self) -> None:
        self.lock = RLock()  # a signal handler may speak too
        self.speaker: Speaker = _to_standard_error
        self.said_once: set[str] = set()


_notices = _Notices()


def say(text: str, *, once: str | None = None) -> None:
    """Tell the person one line; with `once`, only the first time for that subject."""
    with _notices.lock:
        if once is not None and once in _notices.said_once:
            return
        if once is not None:
            _notices.said_once.add(once)
        speaker = _notices.speaker
    try:
        speaker(text)
    except (OSError, ValueError):  # a closed stream; the message is not worth more
        return


def log_failure(what: str, error: Exception) -> None:
    """Log an error of nbtrack's own with its traceback, for whoever reads logs."""
    from logging import getLogger  # slow to load, and rarely needed

    getLogger("nbtrack").error(what, exc_info=error)


def speak_through(speaker: Speaker | None) -> None:
    """Send messages to another place; None means standard error again."""
    with _notices.lock:
        _notices.speaker = speaker or _to_standard_error


def forget_what_was_said(subject: str | None = None) -> None:
    """Let a subject be mentioned again; None means every subject. For tests and new situations."""
    with _notices.lock:
        if subject is None:
            _notices.said_once.clear()
        else:
            _notices.said_once.discard(subject)


def _after_fork() -> None:
    _notices.lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
