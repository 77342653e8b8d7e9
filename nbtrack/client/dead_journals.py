"""Look whether dead processes have left journals, whenever somebody begins; it costs a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nbtrack.client.journal_folder import is_alive
from nbtrack.client.state_folder import all_journals

if TYPE_CHECKING:
    from pathlib import Path

_seen: Final[set[Path]] = set()
"""What this process has tried to deliver: what cannot be is not tried, and told of, each time."""


def look_for_the_dead() -> None:
    """Deliver and end in the background what dead processes left, if there is anything new."""
    dead = {path for path in all_journals() if not is_alive(path)}
    if dead <= _seen:
        return
    _seen.update(dead)
    from nbtrack.client.recovery import recover_in_background

    recover_in_background()
