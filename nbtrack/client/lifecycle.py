"""The end of the process: runs in progress get the right status, and what is logged is delivered.

A script that ends cleanly ends its runs as FINISHED, one that an error or a code of `sys.exit` ends
as FAILED, one that is told to stop (SIGTERM, Ctrl-C) as KILLED. In a kernel, runs that are in
progress when it shuts down are KILLED. A process that is killed outright cannot say anything: see
`recovery`.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final, NoReturn

from nbtrack.client.activity import activity
from nbtrack.client.channel import Channel, close_channels
from nbtrack.client.notices import say
from nbtrack.entities import RunStatus

EXIT_SECONDS: Final = 10.0
TERMINATE_SECONDS: Final = 5.0
End = Callable[[str], None]


class _Watch:
    """Whether the end of the process is watched, and what is known of it."""

    def __init__(self) -> None:
        self.end: End | None = None
        self.process = 0
        self.exit_code: object = None
        self.is_kernel = False


_watch: Final = _Watch()


def watch_exit(end: End) -> None:
    """Have `end(status)` called when this process ends; the first call sets it up."""
    _watch.exit_code = None  # whoever called sys.exit before was caught: the process lives
    if _watch.process == os.getpid():
        return
    is_first = _watch.process == 0
    _watch.process = os.getpid()
    _watch.end = end
    _watch_child()
    if is_first:  # a forked child has inherited the rest
        atexit.register(_at_exit)
        _watch_exit_codes()
        _watch_terminate()


def runs_in_kernel(*, is_kernel: bool) -> None:
    """Say whether this process is a kernel, whose end kills the runs in progress."""
    _watch.is_kernel = is_kernel
    activity.share_main(is_shared=is_kernel)


def status_of(error: BaseException | None) -> str:
    """Return the status of a run that an error ended, or none."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return RunStatus.FINISHED.value
    if isinstance(error, KeyboardInterrupt):
        return RunStatus.KILLED.value
    return RunStatus.FAILED.value


def _watch_child() -> None:
    """End the runs of a child of multiprocessing, which runs no exit functions."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing import util

        util.Finalize(None, _at_child_exit, exitpriority=20)


def _at_child_exit() -> None:
    _finish(status_of(sys.exc_info()[1]), EXIT_SECONDS)


def _watch_exit_codes() -> None:
    """Note the code that `sys.exit` is called with: no exit function is told it."""
    before = sys.exit

    def exit(code: object = None, /) -> NoReturn:  # noqa: A001 - its name shows in tracebacks
        if threading.current_thread() is threading.main_thread():
            _watch.exit_code = code
        before(code)  # type: ignore[arg-type]

    sys.exit = exit


def _watch_terminate() -> None:
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # who asks twice does not want to wait
    try:
        _finish(RunStatus.KILLED.value, TERMINATE_SECONDS)
    finally:
        os.kill(os.getpid(), number)


def _at_exit() -> None:
    _finish(_status_at_exit(), EXIT_SECONDS)


def _status_at_exit() -> str:
    if _watch.is_kernel:
        return RunStatus.KILLED.value
    # The interpreter notes what ends a script; at a prompt it notes what did not end anything.
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    return status_of(error or SystemExit(_watch.exit_code))


def _finish(status: str, timeout: float) -> None:
    """End the runs of this process, of a forked child those that it started itself."""
    if _watch.end is not None:
        _watch.end(status)
    for channel in close_channels(timeout, at_exit=True):
        say(_undelivered(channel))


def _undelivered(channel: Channel) -> str:
    where = channel.place or "the store"
    if channel.journal_path is None:
        return f"{channel.waiting()} records for {where} could not be delivered and are lost."
    return (
        f"{channel.waiting()} records are not delivered to {where} yet; they are kept in "
        f"{channel.journal_path}. Deliver them with: nbtrack sync"
    )
