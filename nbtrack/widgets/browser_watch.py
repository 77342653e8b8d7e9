"""Watching a store: something is called when it has changed, on a thread of its own.

Where the store tells its version, a look costs nothing and what is called reads only after a write.
Where nobody can tell, each look in `BLIND` counts as a change.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from nbtrack.errors import NbtrackError

SECONDS: Final = 1.0
"""Between two looks at least."""
BLIND: Final = 15
_SHARE: Final = 5
"""So many times as long as a change took to show is the wait for the next one."""


class StoreWatch:
    """Calls `changed` when the version of a store is another one than before."""

    def __init__(
        self,
        version: Callable[[], str | None],
        changed: Callable[[], object],
        failed: Callable[[NbtrackError], object],
    ) -> None:
        """Watch from now on; `failed` is told why a look failed, and the watch goes on."""
        self._version = version
        self._changed = changed
        self._failed = failed
        self._known: str | None = None
        self._looks = 0
        self._stopped = Event()
        self._stopped.set()
        self.note()

    @property
    def is_running(self) -> bool:
        """Whether it looks by itself."""
        return not self._stopped.is_set()

    def start(self) -> None:
        """Look every second, until it is stopped."""
        if self._stopped.is_set():
            self._stopped = Event()
            Thread(
                target=self._run, args=(self._stopped,), name="nbtrack-browser", daemon=True
            ).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def note(self) -> None:
        """Take the store as it is now for known."""
        try:
            self._known = self._version()
        except NbtrackError as exc:
            self._failed(exc)

    def look(self) -> bool:
        """Look once; return whether the store has changed."""
        self._looks += 1
        try:
            version = self._version()
            is_same = self._looks % BLIND != 0 if version is None else version == self._known
            if is_same:
                return False
            self._known = version
            self._changed()
        except NbtrackError as exc:
            self._failed(exc)
            return False
        return True

    def _run(self, stopped: Event) -> None:
        rest = SECONDS
        while not stopped.wait(rest):
            before = time.monotonic()
            self.look()
            rest = max(SECONDS, _SHARE * (time.monotonic() - before))
