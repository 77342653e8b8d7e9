"""Metric histories of ended runs on this machine's disk, so that no server is asked for them twice.

A file holds the points of one metric of one run. Its name is a hash of the server, the run, the
metric, and of what the server says of the run's end and of the metric's latest point: when any of
these changes, as after a run was resumed, the file is not found and the points are read anew.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from nbtrack.client.state_folder import state_folder, state_folders
from nbtrack.entities import Metric, Run, RunStatus
from nbtrack.errors import StoreError

FOLDER: Final = "histories"
MOST_BYTES: Final = 512 * 2**20
"""How much the files may hold together; the least recently used go first."""
_ENDED: Final = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED})
_SUFFIX: Final = ".points"
_POINT_BYTES: Final = 24
_CHECK_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one metric of one run: steps and timestamps as int64, values as float64."""

    steps: bytes
    times: bytes
    values: bytes

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(self.values) // 8


@dataclass(frozen=True, slots=True)
class CacheSize:
    """Where the cache is, how many histories it holds, and their bytes."""

    folder: Path
    files: int
    size: int


def cached_name(place: str, run: Run, metric: Metric) -> str | None:
    """Return the name of a metric's file, or None if its run may still go on."""
    info = run.info
    if info.status not in _ENDED:
        return None
    told = (place, info.run_id, metric.key, info.end_time, metric.step, metric.timestamp)
    text = "\0".join(map(str, (*told, metric.value)))
    return sha256(text.encode()).hexdigest()[:40] + _SUFFIX


def load(name: str) -> Points | None:
    """Return the points of a file; None if it is not there or damaged."""
    for folder in _folders():
        path = folder / name
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            continue
        body = data[_CHECK_BYTES:]
        if len(body) % _POINT_BYTES or zlib.crc32(body) != int.from_bytes(data[:_CHECK_BYTES]):
            continue
        size = len(body) // 3
        return Points(body[:size], body[size : 2 * size], body[2 * size :])
    return None


def keep(name: str, points: Points) -> None:
    """Write the points to their file. Where no folder can be written nothing is kept."""
    body = points.steps + points.times + points.values
    with suppress(OSError, StoreError):
        folder = state_folder() / FOLDER
        folder.mkdir(exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                file.write(zlib.crc32(body).to_bytes(_CHECK_BYTES) + body)
                file.close()
                Path(file.name).replace(folder / name)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise


def trim(most: int = MOST_BYTES) -> None:
    """Delete the least recently used files until the others hold at most so many bytes."""
    found = sorted(_files(), key=lambda file: file[2], reverse=True)
    total = 0
    for path, size, _ in found:
        total += size
        if total > most:
            with suppress(OSError):
                path.unlink()


def cache_size() -> CacheSize:
    """Return what the cache holds."""
    files = list(_files())
    folder = _folders()[0]
    return CacheSize(folder, len(files), sum(size for _, size, _ in files))


def clear() -> CacheSize:
    """Delete all that is kept, and return what it was."""
    before = cache_size()
    trim(0)
    return before


def _folders() -> list[Path]:
    return [folder / FOLDER for folder in state_folders()]


def _files() -> list[tuple[Path, int, float]]:
    """List the files with their sizes and when they were used last."""
    found: list[tuple[Path, int, float]] = []
    for folder in _folders():
        for path in folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):
                about = path.stat()
                found.append((path, about.st_size, about.st_mtime))
    return found
