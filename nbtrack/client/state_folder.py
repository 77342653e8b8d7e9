"""Where this machine keeps journals and offline runs: a folder of the user, or a temporary one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbtrack.client.journal_folder import JournalFolder, journal_paths
from nbtrack.client.journal_index import Owner
from nbtrack.client.notices import say
from nbtrack.config import STATE_FOLDER, setting
from nbtrack.errors import StoreError

JOURNALS: Final = "journals"
OFFLINE: Final = "offline"


def state_folders() -> list[Path]:
    """Return the folders in which journals may be, the one to prefer first."""
    given = setting(STATE_FOLDER)
    if given:
        return [Path(given)]
    return [_user_folder(), *filter(_is_ours, _temporary_folders())]


def state_folder() -> Path:
    """Return the folder for what has to outlive a process; make it if need be.

    Raises
    ------
    StoreError
        If neither the user's folder nor a temporary one can be written.
    """
    problem: OSError | None = None
    places = state_folders()
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            problem = exc
            continue
        if os.access(place, os.W_OK | os.X_OK):
            return place
    message = (
        f"No folder for journals can be written: tried {', '.join(map(str, places))}"
        f"{f' ({problem.strerror})' if problem else ''}. Set NBTRACK_STATE_FOLDER to one that can."
    )
    raise StoreError(message)


def offline_folder() -> Path:
    """Return the folder of the store for runs that were begun without their server."""
    return state_folder() / OFFLINE / ".nbtrack"


def waiting_offline() -> Iterator[Path]:
    """Yield the offline stores that exist."""
    for place in state_folders():
        folder = place / OFFLINE / ".nbtrack"
        if folder.is_dir():
            yield folder


def new_journal_folder(owner: Owner) -> JournalFolder:
    """Make a journal's folder in the first place that takes it; in memory if none does."""
    problem: OSError | None = None
    for place in state_folders():
        try:
            return JournalFolder.make(place / JOURNALS, owner)
        except OSError as exc:
            problem = exc
    say(
        f"no folder for journals can be written ({problem}). Training goes on; what is logged is "
        "kept in memory, where a killed process loses what is not delivered. "
        "Set NBTRACK_STATE_FOLDER to a folder that can.",
        once="no journal",
    )
    return JournalFolder.in_memory()


def all_journals() -> Iterator[Path]:
    """Yield the journals of this machine's user, oldest first."""
    for place in state_folders():
        yield from journal_paths(place / JOURNALS)


def _user_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData/Local") / "nbtrack"
    if sys.platform == "darwin":
        return _home() / "Library/Application Support/nbtrack"
    return Path(os.environ.get("XDG_STATE_HOME") or _home() / ".local/state") / "nbtrack"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a user without an entry, in a container say
        return Path("/nonexistent")


def _temporary_folders() -> Iterator[Path]:
    """Yield a folder in each place that `tempfile`, which is slow to load, would think of."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    named = (os.environ.get(variable) for variable in ("TMPDIR", "TEMP", "TMP"))
    for place in dict.fromkeys([*named, "/tmp", "/var/tmp", "/usr/tmp"]):  # noqa: S108 - see _is_ours
        folder = Path(place or "/nonexistent").absolute()
        if folder.is_dir():
            yield folder / f"nbtrack-{user}"


def _is_ours(folder: Path) -> bool:
    """Tell whether nobody else has put a folder there, in a place where everybody may."""
    try:
        return not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    except OSError:
        return True
