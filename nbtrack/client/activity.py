"""Which run is active: a stack per context, and the main thread's for everybody else.

Threads and tasks that start their own runs do not mix. A run that was started on the main thread,
in a notebook cell say, is also the one that later cells and other threads see when they have
started none. What a thread or task sees of another's, it does not end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar
from weakref import ref

from nbtrack.errors import NbtrackError


class Endable(Protocol):
    """A run, as far as the stack needs to know it."""

    @property
    def status(self) -> str:
        """RUNNING, or how it ended."""
        ...

    def end(self, status: str = ..., *, wait: float = ...) -> None:
        """End it; wait so many seconds for its delivery at most."""
        ...


E = TypeVar("E", bound=Endable)


class _Place(NamedTuple):
    """The thread and the task that code runs in."""

    thread: int
    task: ref[Any] | None

    def is_here(self, here: _Place) -> bool:
        """Tell whether code here may end what was started in this place: nobody else will."""
        if self.thread != here.thread:
            return False
        task = None if self.task is None else self.task()
        return task is None or task.done() or self.task == here.task


_PARENT: Final = _Place(-1, None)


def _here() -> _Place:
    return _Place(threading.get_ident(), _task())


def _task() -> ref[Any] | None:
    asyncio = sys.modules.get("asyncio")  # without it there are no tasks
    if asyncio is None:
        return None
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs
        return None
    return None if task is None else ref(task)


class Activity(Generic[E]):
    """The runs in progress in this process."""

    def __init__(self, name: str) -> None:
        """Begin with none."""
        self._mine: ContextVar[tuple[E, ...]] = ContextVar(name, default=())
        self._main: tuple[E, ...] = ()
        self._places: dict[int, tuple[E, _Place]] = {}
        self._is_shared = False
        self._hear: Callable[[E], object] | None = None

    def share_main(self, *, is_shared: bool) -> None:
        """Say whether all tasks see the main thread's runs, as the cells of a notebook do."""
        self._is_shared = is_shared

    def watch(self, hear: Callable[[E], object] | None) -> None:
        """Have `hear(run)` called when a run becomes active; it must not raise. None ends that."""
        self._hear = hear

    def stack(self) -> tuple[E, ...]:
        """Return the runs in progress as this context sees them, the innermost last."""
        own = _running(self._mine.get())
        if own or not self._main:
            return own
        here = _here()
        if self._is_shared or here.thread != threading.main_thread().ident:
            return _running(self._main)
        return tuple(run for run in _running(self._main) if self._is_from(run, here))

    def mine(self) -> tuple[E, ...]:
        """Return those of `stack` that this thread and task answers for: a new run ends them."""
        here = _here()
        return tuple(run for run in self.stack() if self._is_from(run, here))

    def _is_from(self, run: E, here: _Place) -> bool:
        known = self._places.get(id(run))
        return known is None or known[1].is_here(here)

    def put(self, runs: tuple[E, ...]) -> None:
        """Make these the runs in progress of this context."""
        here = _here()
        self._mine.set(runs)
        if threading.current_thread() is threading.main_thread():
            self._main = runs
        for run in runs:
            if id(run) not in self._places:
                self._places[id(run)] = (run, here)
                if self._hear is not None:
                    self._hear(run)
        for key, (run, _) in list(self._places.items()):
            if run.status != "RUNNING":
                self._places.pop(key, None)

    def leave(self, run: E, status: str) -> None:
        """End a run and make the one around it the active one again."""
        self.put(tuple(other for other in self.stack() if other is not run))
        run.end(status)

    def end_all(self, status: str) -> None:
        """End every run in progress, of all threads and tasks, the latest first.

        Nobody waits for their delivery here.
        """
        known = [run for run, place in list(self._places.values()) if place != _PARENT]
        self._mine.set(())
        self._main = ()
        self._places = {}
        for run in reversed(known):
            with contextlib.suppress(NbtrackError):  # its channel is closed; the others go on
                run.end(status, wait=0.0)

    def forget(self) -> None:
        """Leave the runs of the parent to it, in a forked child, which may log to them."""
        self._places = {key: (run, _PARENT) for key, (run, _) in self._places.items()}


def _running(runs: tuple[E, ...]) -> tuple[E, ...]:
    return tuple(run for run in runs if run.status == "RUNNING")


activity: Final[Activity[Endable]] = Activity("nbtrack_runs")
"""The runs of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=activity.forget)
