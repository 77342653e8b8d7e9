"""Live names for completion: kept for a few seconds, and never waited for long.

A place that is slow is asked in the background; what it answers is there at the next Tab.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from nbtrack.client import Client
from nbtrack.entities import Run
from nbtrack.errors import NbtrackError
from nbtrack.magics.session import Session
from nbtrack.magics.variables import public_names
from nbtrack.search import RUNS

KEEP_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 0.25
MOST_RUNS: Final = 200
Names = tuple[str, ...]


@dataclass(slots=True)
class _Asked:
    """What is known under a key, and the thread that asks for more."""

    names: Names = ()
    since: float = float("-inf")
    thread: threading.Thread | None = None


class NameCache:
    """Names by key, fetched at most every few seconds."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, wait: float = WAIT_SECONDS
    ) -> None:
        """Begin with no names."""
        self._clock = clock
        self._wait = wait
        self._known: dict[str, _Asked] = {}

    def get(self, key: str, fetch: Callable[[], Iterable[str]]) -> Names:
        """Return the names under a key, as far as they are known in time."""
        asked = self._known.setdefault(key, _Asked())
        if self._clock() - asked.since < KEEP_SECONDS:
            return asked.names
        thread = asked.thread
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=self._fetch, args=(asked, fetch), daemon=True)
            asked.thread = thread
            thread.start()
        thread.join(self._wait)
        return asked.names

    def _fetch(self, asked: _Asked, fetch: Callable[[], Iterable[str]]) -> None:
        with suppress(NbtrackError):  # then there is nothing to complete
            asked.names = tuple(dict.fromkeys(fetch()))
        asked.since = self._clock()


class LiveNames:
    """The names that may stand in a place, by the kind of place."""

    def __init__(self, session: Session, cache: NameCache | None = None) -> None:
        """Look names up for a session."""
        self._session = session
        self._cache = cache or NameCache()
        self._kinds: dict[str, Callable[[], Iterable[str]]] = {
            "experiment": lambda: self._stored("experiment", _experiments),
            "run": lambda: self._of_runs("run", _run_names),
            "metric": lambda: self._of_runs("metric", _metrics),
            "tag": lambda: (f"{key}=" for key in self._of_runs("tag", _tags)),
            "param": self._params,
            "variable": lambda: public_names(self._session.namespace),
            "key": lambda: (*self._prefixed("metrics"), *self._prefixed("params")),
            "filter": self._filter_keys,
        }

    def of(self, kind: str) -> list[str]:
        """Return the names of a kind; none for a kind that has no live names."""
        look_up = self._kinds.get(kind)
        try:
            return [] if look_up is None else list(look_up())
        except NbtrackError:  # completion is no place for errors; the command will tell
            return []

    def _stored(self, key: str, read: Callable[[Client], Iterable[str]]) -> Names:
        client = self._session.client
        return self._cache.get(f"{client.tracking_uri} {key}", lambda: read(client))

    def _of_runs(self, key: str, read: Callable[[Run], Iterable[str]]) -> Names:
        def fetch(client: Client) -> Iterable[str]:
            found = client.iter_runs(
                self._session.experiment_ids(),
                order_by="attributes.start_time DESC",
                limit=MOST_RUNS,
            )
            return [name for run in found for name in read(run)]

        return self._stored(key, fetch)

    def _params(self) -> Iterable[str]:
        yield from (f"{key}=" for key in self._of_runs("param", _params))
        yield from public_names(self._session.namespace)

    def _prefixed(self, prefix: str) -> Iterable[str]:
        readers = {"metrics": _metrics, "params": _params, "tags": _tags}
        kind = prefix.removesuffix("s")
        for name in self._of_runs(kind, readers[prefix]):
            yield f"{prefix}.{name}" if name.replace("_", "").isalnum() else f"{prefix}.`{name}`"

    def _filter_keys(self) -> Iterable[str]:
        yield from (f"attributes.{name}" for name, _ in RUNS.attributes.names())
        for prefix in ("metrics", "params", "tags"):
            yield from self._prefixed(prefix)


def _experiments(client: Client) -> Iterable[str]:
    return [experiment.name for experiment in client.iter_experiments()]


def _run_names(run: Run) -> Iterable[str]:
    return (run.info.run_name,)


def _metrics(run: Run) -> Iterable[str]:
    return (metric.key for metric in run.data.metrics)


def _params(run: Run) -> Iterable[str]:
    return (param.key for param in run.data.params)


def _tags(run: Run) -> Iterable[str]:
    return (tag.key for tag in run.data.tags)
