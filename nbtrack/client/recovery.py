"""What dead processes left behind on this machine: deliver it, and end their runs.

A journal's lock is free when its process is gone. Whoever looks next takes the lock, delivers what
was not delivered, and sets the runs that the process did not end to KILLED, with the time of their
last record. Runs that other machines left behind have no journal here: `orphans` lists them, and
`mend` ends one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbtrack.backends import STORE_FILE
from nbtrack.client.channel import IN_MEMORY, MakeBackend, open_patiently
from nbtrack.client.client import Client
from nbtrack.client.delivery import Delivery
from nbtrack.client.file_lock import is_held
from nbtrack.client.journal import Position, read_records
from nbtrack.client.journal_folder import (
    INDEX_FILE,
    OWNER_FILE,
    JournalFolder,
    is_alive,
    remove_tree,
)
from nbtrack.client.journal_index import Owner, RunEntry, host_name, read_index
from nbtrack.client.notices import log_failure, say
from nbtrack.client.refusals import Refusal, set_aside
from nbtrack.client.state_folder import JOURNALS, all_journals, state_folders
from nbtrack.entities import ACTIVE, Run, RunInfo, RunStatus
from nbtrack.errors import NbtrackError, ResourceDoesNotExist, StoreError

_DRAFT_SECONDS: Final = 60.0
_TRIES: Final = 3
_TRY_SECONDS: Final = 0.003


@dataclass(slots=True)
class Recovered:
    """What was done for one dead process."""

    owner: Owner
    path: Path
    points: int = 0
    killed: list[RunInfo] = field(default_factory=list[RunInfo])
    refused: list[str] = field(default_factory=list[str])
    problem: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the store that the process wrote to does not exist any more."""
        return _is_gone(self.owner.tracking_uri)

    def lines(self) -> Iterator[str]:
        """Say it, a line each."""
        process = self.owner.process
        for info in self.killed:
            moment = time.strftime("%H:%M:%S", time.localtime((info.end_time or 0) / 1000))
            yield (
                f"run {info.run_name} was cut off at {moment} when process {process} died"
                f"{self._waiting()}, and it is KILLED now. Go on with it: "
                f"nbtrack.start_run(run_id={info.run_id!r})"
            )
        if self.points and not self.killed:
            yield f"{self.points} points that process {process} had left are delivered."
        yield from self.refused

    def _waiting(self) -> str:
        return f"; {self.points} waiting points are delivered" if self.points else ""


def told(results: Iterable[Recovered], *, of_gone_stores: bool = True) -> Iterator[str]:
    """Say what was done for dead processes, and then what could not be, a line for each place."""
    stuck: dict[str, list[Recovered]] = {}
    for result in results:
        yield from result.lines()
        if result.problem is not None and (of_gone_stores or not result.is_gone):
            stuck.setdefault(result.owner.tracking_uri, []).append(result)
    for place, kept in stuck.items():
        yield (
            f"what {len(kept)} dead process{'es' * (len(kept) > 1)} left for {place} cannot be "
            f"delivered yet ({kept[0].problem}) It is kept in {kept[0].path.parent}; "
            "nbtrack sync tries again."
        )


def recover(*, make: MakeBackend = open_patiently) -> list[Recovered]:
    """Deliver the journals of dead processes of this machine and end their runs."""
    return list(_recover_each(make))


def _recover_each(make: MakeBackend) -> Iterator[Recovered]:
    _remove_drafts()
    problems: dict[str, str] = {}
    for path in list(all_journals()):
        result = _adopted(path, make, problems)
        if result is not None:
            yield result


def recover_in_background() -> threading.Thread:
    """Begin to do so in a thread that tells what it did."""
    thread = threading.Thread(target=_recover_and_tell, name="nbtrack-recovery", daemon=True)
    thread.start()
    return thread


def _recover_and_tell() -> None:
    try:
        for line in told(_recover_each(open_patiently), of_gone_stores=False):
            say(line)
    except Exception as error:  # noqa: BLE001 - the user's work must go on
        log_failure("recovery failed", error)


def gather(run_id: str, *, make: MakeBackend = open_patiently) -> list[Recovered]:
    """Deliver what dead processes, such as workers, logged to a run of this one."""
    found: list[Recovered] = []
    for path in list(all_journals()):
        runs = read_index(path / INDEX_FILE).runs.values()
        if any(run.run_id == run_id and not run.is_owner for run in runs):
            result = _adopted(path, make, {})
            found += [] if result is None else [result]
    for result in found:
        for line in result.refused:
            say(line)
    return found


def _adopted(path: Path, make: MakeBackend, problems: dict[str, str]) -> Recovered | None:
    """Do what is to be done for a journal; `problems` are those of places that were tried."""
    folder = _adopt(path)
    if folder is None:
        return None
    owner = folder.owner()
    if owner is None or owner.tracking_uri == IN_MEMORY:
        folder.remove()
        return None
    if owner.host != host_name():
        folder.close()
        return None
    place = owner.tracking_uri
    if place in problems:
        folder.close()
        return Recovered(owner, path, problem=problems[place])
    result = _recover(folder, owner, make)
    if result.problem is not None:
        problems[place] = result.problem
    return result


def _adopt(path: Path) -> JournalFolder | None:
    """Take over a journal; who only looks whether its owner lives holds the lock for a moment."""
    for _ in range(_TRIES):
        folder = JournalFolder.adopt(path)
        if folder is not None:
            return folder
        time.sleep(_TRY_SECONDS)
    return None


def _recover(folder: JournalFolder, owner: Owner, make: MakeBackend) -> Recovered:
    result = Recovered(owner, folder.path or Path())
    try:
        if _is_gone(owner.tracking_uri):  # opening it would make it again
            raise StoreError("The store is gone.")
        with closing(Client(backend=make(owner.tracking_uri))) as client:
            _deliver(folder, client, result)
    except (NbtrackError, OSError) as exc:
        result.problem = str(exc)
        folder.close()
    else:
        folder.remove()
    return result


def _is_gone(place: str) -> bool:
    return Path(place).is_absolute() and not Path(place, STORE_FILE).exists()


def _deliver(folder: JournalFolder, client: Client, result: Recovered) -> None:
    def report(refusal: Refusal) -> None:
        set_aside(refusal, quiet=True)
        result.refused.append(refusal.line())

    last_times = _last_times(folder)
    delivery = Delivery(client, folder, report)
    position: Position | None = Position(*folder.cursor())
    while position is not None:
        position = delivery.deliver_chunk(position)
        result.points = delivery.delivered
    elsewhere = _runs_of_the_living(but=folder.path)
    for entry in folder.index.runs.values():
        if entry.is_owner and entry.run_id not in elsewhere:
            _end(client, entry, last_times.get(entry.number, 0), result)


def _last_times(folder: JournalFolder) -> dict[int, int]:
    """Return the time of the last record of each run, by number, as far as they are still here."""
    found: dict[int, int] = {}
    for record in read_records(folder, Position(0, 0)):
        found[record.run] = max(record.time, found.get(record.run, 0))
    return found


def _end(client: Client, entry: RunEntry, last_time: int, result: Recovered) -> None:
    try:
        run = client.get_run(entry.run_id)
    except ResourceDoesNotExist:
        return
    if run.info.status is RunStatus.RUNNING and run.info.lifecycle_stage == ACTIVE:
        result.killed.append(mend(client, run, last_time))


def mend(client: Client, run: Run, last_time: int = 0) -> RunInfo:
    """End a run that nobody ends any more: KILLED, at the time of its last record."""
    times = [metric.timestamp for metric in run.data.metrics]
    start = run.info.start_time or 0
    now = time.time_ns() // 1_000_000
    end = min(max([start, last_time, *times]), max(now, start))
    return client.update_run(run.info.run_id, status=RunStatus.KILLED, end_time=end)


def orphans(client: Client) -> list[Run]:
    """Return runs that are RUNNING though no process of this machine is at work on them."""
    living = _runs_of_the_living()
    experiments = [e.experiment_id for e in client.iter_experiments()]
    if not experiments:
        return []
    running = client.iter_runs(experiments, filter="status = 'RUNNING'")
    return [run for run in running if run.info.run_id not in living]


def _runs_of_the_living(but: Path | None = None) -> set[str]:
    """Return the runs in progress in processes that hold their journal's lock."""
    found: set[str] = set()
    for path in all_journals():
        index = read_index(path / INDEX_FILE)
        if path != but and is_alive(path):
            owned = (run for run in index.runs.values() if run.is_owner)
            found |= {run.run_id for run in owned if run.number not in index.ended}
    return found


def _remove_drafts() -> None:
    """Delete what processes left that died while they made or removed a journal."""
    for place in state_folders():
        for path in (place / JOURNALS).glob(".*"):
            try:
                is_old = time.time() - path.stat().st_mtime > _DRAFT_SECONDS
            except OSError:
                continue
            if is_old and not is_held(path / OWNER_FILE):
                remove_tree(path)


__all__ = ["Recovered", "gather", "mend", "orphans", "recover", "recover_in_background", "told"]
