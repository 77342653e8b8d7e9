"""Look, once in a process, whether dead processes have left journals; it costs a listing."""

from __future__ import annotations

import os
from typing import Final

from nbtrack.client.journal_folder import is_alive
from nbtrack.client.state_folder import all_journals


class _Looked:
    """In which process that was done."""

    process = 0


_looked: Final = _Looked()


def look_once() -> None:
    """Deliver and end in the background what dead processes left, if there is anything."""
    if _looked.process == os.getpid():
        return
    _looked.process = os.getpid()
    if not all(is_alive(path) for path in all_journals()):
        from nbtrack.client.recovery import recover_in_background

        recover_in_background()


def look_again() -> None:
    """Let the next client look anew; for tests."""
    _looked.process = 0
