"""What `nbtrack doctor` looks at: versions, the store or server, folders, and what waits.

Each check is a generator of findings. None of them writes: an embedded store is looked at from
outside, and a server gets one read.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from nbtrack import __version__
from nbtrack.backends import STORE_FILE, embedded_folder, open_backend
from nbtrack.client import Client
from nbtrack.client.journal_folder import is_alive
from nbtrack.client.refusals import refused
from nbtrack.client.state_folder import all_journals, state_folders, waiting_offline
from nbtrack.client.sync import pending
from nbtrack.config import TRACKING_URI, setting, where_from
from nbtrack.errors import NbtrackError

if TYPE_CHECKING:
    from nbtrack.backends import Backend

    Opener = Callable[[str], Backend]

PACKAGES: Final = (
    *("ipython", "ipywidgets", "anywidget", "jupyterlab", "notebook", "pandas", "plotly", "httpx"),
    *("waitress", "polars", "pyarrow", "scipy", "databricks-sdk", "mlflow", "mlflow-skinny"),
)
SECONDS: Final = 5.0
LOW_DISK: Final = 100 * 2**20
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; a problem says what to do about it."""

    subject: str
    text: str
    is_problem: bool = False

    def line(self) -> str:
        """Say it in one line."""
        return f"{'PROBLEM' if self.is_problem else 'ok':7}  {self.subject:12}  {self.text}"


def open_briefly(uri: str) -> Backend:
    """Open a server that has to answer within seconds."""
    return open_backend(uri, retry_timeout=0.0, request_timeout=SECONDS)


def findings(opener: Opener = open_briefly) -> Iterator[Finding]:
    """Look at everything, one subject after the other."""
    yield from _versions()
    yield from _target(opener)
    yield from _state()
    yield from _pending()


def _versions() -> Iterator[Finding]:
    system = f"{platform.system()} {platform.machine()}"
    yield Finding("nbtrack", f"{__version__} on Python {platform.python_version()}, {system}")
    yield Finding("environment", sys.prefix)
    found = [f"{name} {release}" for name in PACKAGES if (release := _release(name))]
    yield Finding("packages", ", ".join(found))


def _release(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _target(opener: Opener) -> Iterator[Finding]:
    """Look at what the tracking URI names."""
    try:
        uri = setting(TRACKING_URI) or ""
        source = where_from(TRACKING_URI) if uri else "no tracking URI is set"
        folder = embedded_folder(uri)
    except NbtrackError as exc:
        yield Finding("tracking", str(exc), is_problem=True)
        return
    yield Finding("tracking", f"{_shown(uri) or 'the nearest .nbtrack folder'} ({source})")
    if folder:
        yield _store(folder)
        yield _disk(folder)
    else:
        yield _server(uri, opener)


def _shown(uri: str) -> str:
    """Leave out a name and password of an address."""
    host = urlsplit(uri).netloc.rpartition("@")
    return uri.replace(f"{host[0]}@", "") if host[1] else uri


def _store(folder: Path) -> Finding:
    place, file = _nearest(folder), folder / STORE_FILE
    if not os.access(place, os.W_OK | os.X_OK):
        text = f"{place} cannot be written. Name another folder with NBTRACK_TRACKING_URI."
        return Finding("store", text, is_problem=True)
    if not file.is_file():
        return Finding("store", f"{folder} is not there yet, and is made by the first run")
    if not os.access(file, os.R_OK | os.W_OK):
        text = f"{file} cannot be read and written. Change its permissions or its owner."
        return Finding("store", text, is_problem=True)
    size = sum(path.stat().st_size for path in folder.glob(f"{STORE_FILE}*"))
    return Finding("store", f"{folder}, {size / _MIB:.1f} MiB ('nbtrack check' looks for damage)")


def _nearest(folder: Path) -> Path:
    """Return the folder, or the one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _disk(folder: Path) -> Finding:
    free = disk_usage(_nearest(folder)).free
    text = f"{free / _MIB:,.0f} MiB are free"
    if free < LOW_DISK:
        return Finding(
            "disk", f"{text}, which is little. Make room for the store.", is_problem=True
        )
    return Finding("disk", text)


def _server(uri: str, opener: Opener) -> Finding:
    began = time.perf_counter()
    try:
        with closing(Client(backend=opener(uri))) as client:
            client.search_experiments(max_results=1)
    except NbtrackError as exc:
        return Finding("connection", str(exc), is_problem=True)
    took = time.perf_counter() - began
    return Finding("connection", f"it answered in {took * 1000:.0f} ms")


def _state() -> Iterator[Finding]:
    """Look for a folder for journals."""
    places = state_folders()
    for place in places:
        if os.access(_nearest(place), os.W_OK | os.X_OK):
            yield Finding("journals", f"they are kept in {place}")
            return
    tried = ", ".join(map(str, places))
    text = f"No folder for journals can be written: {tried}. Set NBTRACK_STATE_FOLDER to one."
    yield Finding("journals", text, is_problem=True)


def _pending() -> Iterator[Finding]:
    """Count what is still to be delivered, and what was refused."""
    journals = list(all_journals())
    alive = sum(map(is_alive, journals))
    if alive:
        yield Finding("writing", f"{_counted(alive, 'process')} with a run or its journal open")
    left = len(journals) - alive
    offline = sum(map(_offline_runs, waiting_offline()))
    if left or offline:
        text = f"{_counted(left, 'journal')} and {_counted(offline, 'offline run')} wait"
        yield Finding("pending", f"{text}. Run 'nbtrack sync'.", is_problem=True)
    else:
        yield Finding("pending", "everything is delivered")
    count = sum(1 for _ in refused())
    if count:
        text = f"{_counted(count, 'record')} set aside. 'nbtrack refused' lists them."
        yield Finding("refused", text, is_problem=True)


def _offline_runs(folder: Path) -> int:
    with closing(Client(backend=open_backend(str(folder)))) as offline:
        return len(pending(offline))


def _counted(number: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
