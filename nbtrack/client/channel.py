"""The way from a run to its backend: client, journal and sender of one tracking URI.

A process has one channel for each place it tracks to; runs share it. A forked child makes its own
when it first logs. The channels are this module's state; `close_channels` ends them all.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from nbtrack.backends import Artifacts, Backend, open_backend
from nbtrack.client import journal as kinds
from nbtrack.client.client import Client
from nbtrack.client.delivery import Delivery
from nbtrack.client.journal import Journal, read_records
from nbtrack.client.journal_folder import JournalFolder
from nbtrack.client.journal_index import Owner, RunEntry, host_name
from nbtrack.client.read_after_write import flush_before_reading, read_without_flush
from nbtrack.client.refusals import Refusal, set_aside
from nbtrack.client.sender import Sender
from nbtrack.client.state_folder import new_journal_folder
from nbtrack.config import LIMITS, REQUEST_TIMEOUT, RETRY_TIMEOUT, setting
from nbtrack.entities import RunInfo
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import DOCUMENTED, MLFLOW, Limits
from nbtrack.names import check_key

MakeBackend = Callable[[str], Backend]
CALL_SECONDS: Final = 8.0
"""How long a call of the tracking layer tries before it counts the server as away."""
READ_FLUSH_SECONDS: Final = 5.0
IN_MEMORY: Final = "memory"
"""Name of a store that no other process can open."""


class Channel:
    """Client, journal and sender of one tracking URI.

    Attributes
    ----------
    limits
        How long the values may be that are logged through it.
    refusals
        What was set aside.
    away_until
        Until when, on the monotonic clock, a server that did not answer is not asked again.
    """

    def __init__(self, tracking_uri: str, make: MakeBackend | None = None) -> None:
        """Open the backend and the journal, and start the sender; `make` opens backends."""
        self.tracking_uri = tracking_uri
        self.limits = _limits_of(tracking_uri)
        self.is_local = not tracking_uri.startswith(("http:", "https:", "databricks"))
        self.refusals: list[Refusal] = []
        self.away_until = 0.0
        self.sender: Sender | None = None
        self._make = make
        self._inherited: tuple[RunEntry, ...] = ()
        self._process = os.getpid()
        self._backend, self._client, self._delivery_client = self._open_clients()
        self.journal: Journal | _ChildJournal = self._open_journal()

    def _open_clients(self) -> tuple[Backend, Client, Client]:
        """Open the backend for the user's calls, and for a server another one for delivery."""
        backend = (self._make or open_briefly)(self.tracking_uri)
        client = Client(backend=backend)
        if self.is_local or self._make is not None:
            return backend, client, client
        return backend, client, Client(backend=open_patiently(self.tracking_uri))

    def _open_journal(self) -> Journal:
        owner = Owner(
            tracking_uri=self.place,
            process=os.getpid(),
            host=host_name(),
            created=time.time_ns() // 1_000_000,
        )
        is_private = self._backend.name == IN_MEMORY
        folder = JournalFolder.in_memory() if is_private else new_journal_folder(owner)
        journal = Journal(folder, check_key=self._check_key)
        self.sender = Sender(journal, Delivery(self._delivery_client, folder, self._refused))
        self.sender.start()
        flush_before_reading(self._backend.name, self._flush_to_read)
        return journal

    @property
    def client(self) -> Client:
        """The client for calls that the user waits for."""
        self._leave_connections_to_parent()
        return self._client

    def _leave_connections_to_parent(self) -> None:
        """Open connections of its own in a forked child: two would read answers from one."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._backend, self._client, self._delivery_client = self._open_clients()

    @property
    def place(self) -> str:
        """Where the data is, so that another process finds it, and without secrets."""
        uri = self.tracking_uri
        return uri if uri.startswith("databricks") else self._backend.name

    @property
    def artifacts(self) -> Artifacts:
        """The mover of artifact bytes."""
        self._leave_connections_to_parent()
        return self._backend.artifacts

    def add_run(self, info: RunInfo, *, is_owner: bool = True) -> int:
        """Make room for a run and return its number in the journal."""
        return self.journal.add_run(info.run_id, is_owner=is_owner)

    def end_run(self, run: int, update: Mapping[str, object]) -> None:
        """Write the end of a run."""
        self.journal.document(kinds.UPDATE, run, update)
        self.journal.end_run(run)

    @property
    def journal_path(self) -> Path | None:
        """Where what is not delivered is kept; None if that is memory."""
        return self.journal.folder.path if isinstance(self.journal, Journal) else None

    def flush(self, timeout: float) -> bool:
        """Wait until everything written so far is delivered; False if it was not in time."""
        return self.sender is None or self.sender.flush(timeout)

    def waiting(self) -> int:
        """Return how many records wait to be delivered."""
        if self.sender is None or not isinstance(self.journal, Journal):
            return 0
        records = read_records(self.journal.folder, self.sender.delivered, self.journal.position())
        return sum(1 for _ in records)

    def close(self, timeout: float) -> bool:
        """Deliver what there is and end the sender; what is left stays on disk for `sync`."""
        done = self._close_journal(timeout)
        self._client.close()
        self._delivery_client.close()
        return done

    def _close_journal(self, timeout: float) -> bool:
        if isinstance(self.journal, Journal):
            self.journal.shut()
        done = self.sender is None or self.sender.stop(timeout)
        read_without_flush(self._backend.name, self._flush_to_read)
        self.journal.close(remove=done)
        return done

    def leave_at_exit(self, timeout: float) -> bool:
        """Do what `close` does but for closing connections, which the process's end does."""
        return self._close_journal(timeout)

    def leave_to_parent(self) -> None:
        """Take nothing of the parent's into a forked child: its journal, sockets and thread."""
        if isinstance(self.journal, Journal):
            folder = self.journal.folder
            self._inherited = tuple(folder.index.runs.values())
            folder.abandon()
        _left_to_parents.extend((self._client, self._delivery_client))
        self.journal = _ChildJournal(self)
        self.sender = None

    def open_in_child(self) -> Journal:
        """Open a journal of this child, in which the parent's runs have the same numbers."""
        self._leave_connections_to_parent()
        journal = self._open_journal()
        for run in self._inherited:
            journal.add_run(run.run_id, is_owner=False, number=run.number)
        self.journal = journal
        _close_with_the_child()
        return journal

    def _flush_to_read(self) -> None:
        if self.sender is not None and self.sender.problem is None:
            self.sender.flush(READ_FLUSH_SECONDS)

    def _check_key(self, key: object) -> None:
        if not isinstance(key, str):
            message = f"The metric key {key!r} is no text. Give a str."
            raise InvalidParameterValue(message)
        check_key("metric", key, self.limits.key)

    def set_aside(self, run_id: str, what: str, why: str, content: object) -> None:
        """Tell of a record that cannot be delivered, and keep it in the file of refused ones."""
        self._refused(
            Refusal(tracking_uri=self.place, run_id=run_id, what=what, why=why, content=content)
        )

    def _refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)
        set_aside(refusal)


_left_to_parents: Final[list[Client]] = []
"""Clients that a child must not even close: their connections are the parent's."""


class _ChildJournal:
    """Stands for the journal of a forked child until something is logged there."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.RLock()

    def _opened(self) -> Journal:
        with self._lock:
            current = self._channel.journal
            return current if isinstance(current, Journal) else self._channel.open_in_child()

    def add_run(self, run_id: str, *, is_owner: bool) -> int:
        """Open the journal and note a run of this child."""
        return self._opened().add_run(run_id, is_owner=is_owner)

    def metric(self, run: int, key: str, step: int, time: int, value: float) -> None:
        """Open the journal and write there."""
        self._opened().metric(run, key, step, time, value)

    def document(self, kind: int, run: int, content: object) -> None:
        """Open the journal and write there."""
        self._opened().document(kind, run, content)

    def end_run(self, number: int) -> None:
        """Open the journal and note the end of a run of this child."""
        self._opened().end_run(number)

    def spool(self, name: str) -> Path:
        """Open the journal and return the path for a file that waits in it."""
        return self._opened().spool(name)

    def close(self, *, remove: bool) -> None:
        """Do nothing: nothing was opened."""


def _close_with_the_child() -> None:
    """Deliver at the end of a child of multiprocessing, which runs no exit functions."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, close_channels, args=(CALL_SECONDS,), exitpriority=10)


def _limits_of(tracking_uri: str) -> Limits:
    if tracking_uri.startswith("databricks"):
        return DOCUMENTED
    return MLFLOW if tracking_uri.startswith("http") else setting(LIMITS)


class _Channels:
    """The channels of this process, by tracking URI."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # a signal handler may close them
        self.open: dict[str, Channel] = {}


_channels: Final = _Channels()


def open_briefly(tracking_uri: str) -> Backend:
    """Open a backend for calls that the user waits for: it does not try for long."""
    return open_backend(
        tracking_uri,
        retry_timeout=_longest_try(),
        request_timeout=min(CALL_SECONDS, setting(REQUEST_TIMEOUT)),
    )


def open_patiently(tracking_uri: str) -> Backend:
    """Open a backend for delivery: a slow server has its time, one that is away is not asked on."""
    return open_backend(tracking_uri, retry_timeout=_longest_try())


def _longest_try() -> float:
    return min(CALL_SECONDS, setting(RETRY_TIMEOUT))


def channel_to(tracking_uri: str, *, make: MakeBackend | None = None) -> Channel:
    """Return the channel to a tracking URI, opening it at the first call."""
    with _channels.lock:
        channel = _channels.open.get(tracking_uri)
        if channel is None:
            channel = _channels.open[tracking_uri] = Channel(tracking_uri, make)
        return channel


def open_channels() -> list[Channel]:
    """Return the channels of this process."""
    with _channels.lock:
        return list(_channels.open.values())


def close_channels(timeout: float, *, at_exit: bool = False) -> list[Channel]:
    """Close all channels within a time; return those that could not deliver everything.

    At the end of the process connections are left to it: a signal may have come in their midst.
    """
    with _channels.lock:
        channels, _channels.open = list(_channels.open.values()), {}
    end = time.monotonic() + timeout
    leave = Channel.leave_at_exit if at_exit else Channel.close
    return [channel for channel in channels if not leave(channel, max(end - time.monotonic(), 0.1))]


def _after_fork() -> None:
    _channels.lock = threading.RLock()
    for channel in _channels.open.values():
        channel.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
