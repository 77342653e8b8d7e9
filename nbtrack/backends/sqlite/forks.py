"""Keep connections out of forks.

SQLite keeps its locks in a table of the process, which a forked child inherits although it holds
none of them: the child then waits for a writer that is not there, or its log is deleted under its
hands when the parent closes the file. So a fork waits until no connection is lent, and closes the
idle ones. Both processes open new ones when they need them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Protocol
from weakref import WeakSet

LONGEST_WAIT: Final = 30.0


class Forkable(Protocol):
    """A pool of connections."""

    def before_fork(self) -> None:
        """Close the idle connections."""
        ...

    def after_fork_in_child(self) -> None:
        """Forget locks that threads of the parent may hold."""
        ...


class ForkGate:
    """Lets a fork wait until no thread has a connection, and threads until the fork is done."""

    def __init__(self) -> None:
        """Open the gate."""
        self.pools: WeakSet[Forkable] = WeakSet()
        self._changed = threading.Condition()
        self._lent = 0
        self._is_forking = False
        self._own = threading.local()

    @contextmanager
    def lending(self) -> Generator[None]:
        """Count a connection as lent; a fork waits for its return."""
        depth: int = getattr(self._own, "depth", 0)
        if not depth:  # a thread that has one already must not wait for the next
            with self._changed:
                self._changed.wait_for(lambda: not self._is_forking)
                self._lent += 1
        self._own.depth = depth + 1
        try:
            yield
        finally:
            self._own.depth = depth
            if not depth:
                with self._changed:
                    self._lent -= 1
                    self._changed.notify_all()

    def before(self) -> None:
        """Close the gate and all idle connections; give up waiting after a while."""
        own = 1 if getattr(self._own, "depth", 0) else 0
        with self._changed:
            self._changed.wait_for(lambda: not self._is_forking, LONGEST_WAIT)
            self._is_forking = True
            self._changed.wait_for(lambda: self._lent <= own, LONGEST_WAIT)
        for pool in list(self.pools):
            pool.before_fork()

    def after_in_parent(self) -> None:
        """Open the gate."""
        with self._changed:
            self._is_forking = False
            self._changed.notify_all()

    def after_in_child(self) -> None:
        """Start anew: the threads of the parent are not here."""
        self._changed = threading.Condition()
        self._lent = 1 if getattr(self._own, "depth", 0) else 0
        self._is_forking = False
        for pool in list(self.pools):
            pool.after_fork_in_child()


GATE: Final = ForkGate()

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(
        before=GATE.before,
        after_in_parent=GATE.after_in_parent,
        after_in_child=GATE.after_in_child,
    )
