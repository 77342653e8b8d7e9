"""Notices in a notebook: said in the cell that they belong to.

What the cell's own thread says is printed at once. What other threads say, the sender for one,
would come out in whatever cell last printed; it waits for the end of the cell that runs.
"""

from __future__ import annotations

import sys
import threading

from nbtrack.client.notices import speak_through


class CellNotices:
    """Collects notices and prints them in cells."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._speaking: int | None = None

    def listen(self) -> None:
        """Take all notices of this process from now on."""
        speak_through(self.hear)

    def stop(self) -> None:
        """Print what waits, and let notices go to standard error again."""
        self.print_waiting()
        speak_through(None)

    def enter_cell(self) -> None:
        """Say that the current thread runs a cell."""
        self._speaking = threading.get_ident()

    def leave_cell(self) -> None:
        """Print what other threads said while the cell ran."""
        self._speaking = None
        self.print_waiting()

    def hear(self, text: str) -> None:
        """Take a notice."""
        if threading.get_ident() == self._speaking:
            _print(text)
            return
        with self._lock:
            self._waiting.append(text)

    def print_waiting(self) -> None:
        """Print what waits, each line once."""
        with self._lock:
            lines, self._waiting = list(dict.fromkeys(self._waiting)), []
        for line in lines:
            _print(line)


def _print(text: str) -> None:
    sys.stdout.write(f"nbtrack: {text}\n")
