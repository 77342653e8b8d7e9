"""Deliver everything that waits on this machine: journals, and runs that were begun offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbtrack.client.carry import carry_over
from nbtrack.client.channel import MakeBackend, open_channels, open_patiently
from nbtrack.client.client import Client
from nbtrack.client.file_lock import FileLock
from nbtrack.client.recovery import Recovered, recover, told
from nbtrack.client.sending import is_passing
from nbtrack.client.start import PARENT_TAG, TARGET_TAG
from nbtrack.client.state_folder import waiting_offline
from nbtrack.entities import Run, RunStatus
from nbtrack.errors import NbtrackError, ResourceDoesNotExist

DONE_TAG: Final = "nbtrack.sync.run_id"
FLUSH_SECONDS: Final = 30.0
_LOCK_FILE: Final = "sync.lock"


@dataclass(slots=True)
class Synced:
    """What `sync` did: new run ids by the offline ones, recovered journals, what still waits."""

    run_ids: dict[str, str] = field(default_factory=dict[str, str])
    recovered: list[Recovered] = field(default_factory=list[Recovered])
    waiting: list[str] = field(default_factory=list[str])

    @property
    def is_complete(self) -> bool:
        """Whether nothing waits any more."""
        return not self.waiting and all(result.problem is None for result in self.recovered)

    def lines(self) -> Iterator[str]:
        """Say it, a line each."""
        yield from told(self.recovered)
        for old, new in self.run_ids.items():
            yield f"offline run {old[:8]} is carried over as {new}."
        yield from self.waiting
        if self.is_complete:
            yield "everything is delivered."


def sync(*, make: MakeBackend = open_patiently) -> Synced:
    """Deliver this process's journals, those of dead ones, and offline runs that have ended.

    An offline run gets a new id on its server; the offline one keeps it in a tag, and parents are
    mapped. What cannot be delivered yet stays, and is named in `waiting`.

    Parameters
    ----------
    make
        How the backend of a tracking URI is opened.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run():
    ...     nbtrack.log(loss=0.5)
    >>> done = nbtrack.sync()
    >>> done.is_complete, list(done.lines())
    (True, ['everything is delivered.'])
    """
    result = Synced()
    for channel in open_channels():
        if not channel.flush(FLUSH_SECONDS):
            result.waiting.append(f"{channel.place} does not take what waits for it yet.")
    result.recovered = recover(make=make)
    for folder in list(waiting_offline()):
        _sync_offline(folder, make, result)
    return result


def _sync_offline(folder: Path, make: MakeBackend, result: Synced) -> None:
    """Carry over the runs of an offline store; one process at a time, or runs come twice."""
    try:
        lock = FileLock(folder / _LOCK_FILE)
    except OSError as exc:
        result.waiting.append(f"the offline store {folder} cannot be used ({exc}).")
        return
    try:
        if not lock.acquire():
            result.waiting.append(f"another process carries over the runs of {folder}.")
            return
        with closing(Client(backend=make(str(folder)))) as offline:
            carrier = _Carrier(offline, make, result)
            try:
                carrier.carry_all()
            finally:
                carrier.close()
    except OSError as exc:
        result.waiting.append(f"the offline store {folder} cannot be locked ({exc}).")
    finally:
        lock.close()


def pending(offline: Client) -> list[Run]:
    """Return offline runs that have not been carried over, the oldest first."""
    ids = [experiment.experiment_id for experiment in offline.iter_experiments()]
    text = f"tags.`{TARGET_TAG}` IS NOT NULL AND tags.`{DONE_TAG}` IS NULL"
    return list(offline.iter_runs(ids, filter=text, order_by=["start_time ASC"]))


def parents_first(runs: Sequence[Run]) -> list[Run]:
    """Sort runs so that each comes behind its parent; two of one millisecond come in any order."""
    waiting = {run.info.run_id: run for run in runs}
    ordered: list[Run] = []

    def take(run_id: str | None) -> None:
        run = waiting.pop(run_id or "", None)
        if run is not None:
            take(_tag(run, PARENT_TAG))
            ordered.append(run)

    for run in runs:
        take(run.info.run_id)
    return ordered


def _tag(run: Run, key: str) -> str | None:
    return next((tag.value for tag in run.data.tags if tag.key == key), None)


class _Carrier:
    """Carries the runs of an offline store to where they belong, parents before children."""

    def __init__(self, offline: Client, make: MakeBackend, result: Synced) -> None:
        self._offline = offline
        self._make = make
        self._result = result
        self._targets: dict[str, Client] = {}
        self._away: dict[str, str] = {}

    def carry_all(self) -> None:
        """Carry over what has ended, and note what waits."""
        for run in parents_first(pending(self._offline)):
            why = self._why_waiting(run)
            if why is not None:
                self._result.waiting.append(f"offline run {run.info.run_name} {why}")

    def close(self) -> None:
        """Release connections."""
        for client in self._targets.values():
            client.close()

    def _why_waiting(self, run: Run) -> str | None:
        if run.info.status is RunStatus.RUNNING:
            return "has not ended yet."
        uri = _tag(run, TARGET_TAG) or ""
        if uri in self._away:
            return f"waits for {uri}: {self._away[uri]}"
        parent = _tag(run, PARENT_TAG)
        if parent is not None:
            parent = self._new_id(parent)
            if parent is None:
                return "waits for its parent."
        try:
            new = carry_over(self._offline, run, self._target(uri), parent)
        except NbtrackError as exc:
            if is_passing(exc):
                self._away[uri] = str(exc)
            return f"waits for {uri}: {exc}"
        self._offline.set_tag(run.info.run_id, DONE_TAG, new)
        self._result.run_ids[run.info.run_id] = new
        return None

    def _target(self, uri: str) -> Client:
        if uri not in self._targets:
            self._targets[uri] = Client(backend=self._make(uri))
        return self._targets[uri]

    def _new_id(self, run_id: str) -> str | None:
        """Return where a run is now: the id itself if it was never offline, None if it waits."""
        try:
            return _tag(self._offline.get_run(run_id), DONE_TAG)
        except ResourceDoesNotExist:
            return run_id
