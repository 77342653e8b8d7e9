"""The two tables of an export: runs at once, the points of their metrics part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from nbtrack.client import Client
from nbtrack.frames.history_reading import read_history
from nbtrack.frames.typed import columns_frame

HISTORY: Final = ("run_id", "key", "step", "timestamp", "value")
"""The columns of the table of points."""

_TIMES: Final = frozenset({"timestamp"})
_FIRST: Final = 8
_MOST: Final = 1_000
_POINTS: Final = 500_000
_ROWS: Final = 5_000


class Part(NamedTuple):
    """Points of some runs of one experiment."""

    experiment_id: str
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What an export writes.

    runs
        The table of runs.
    experiment_ids
        The experiment of each row of it; empty if the format does not ask.
    experiments
        The experiments that were asked for, if any were.
    history
        Reads the points of the runs; None if they are not wanted.
    about
        Where all this is from: source, filter, time.
    digits
        How many significant digits numbers have in tables for readers; None for all.
    """

    runs: pd.DataFrame
    experiment_ids: Sequence[str]
    experiments: Sequence[str]
    history: Callable[[], Iterator[Part]] | None
    about: Mapping[str, object]
    digits: int | None = None


def history_parts(
    client: Client,
    runs: Mapping[str, Sequence[str]],
    keys: Sequence[str] | None,
    done: Callable[[int], object],
) -> Iterator[Part]:
    """Yield the points of runs, about half a million at a time, and a run at least.

    Parameters
    ----------
    client
        Where to look.
    runs
        Run ids by experiment.
    keys
        Metrics to read; None means all of them.
    done
        Called with the number of runs that have been read.
    """
    size = _FIRST
    for experiment_id, ids in runs.items():
        start = 0
        while start < len(ids):
            some = ids[start : start + size]
            frame = history_of(client, some, keys)
            yield Part(experiment_id, frame)
            done(len(some))
            start += len(some)
            fitting = _POINTS * len(some) // max(1, len(frame))
            size = max(1, min(fitting, 4 * size, _MOST))


def history_of(
    client: Client, run_ids: Iterable[str], keys: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return every point of some runs with the columns of `HISTORY`."""
    return columns_frame(read_history(client, tuple(run_ids), keys), _TIMES)


def slices(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Cut frames into pieces whose rows may become Python objects."""
    for frame in frames:
        for start in range(0, len(frame), _ROWS):
            yield frame.iloc[start : start + _ROWS]


def history_frames(tables: Tables) -> Iterator[pd.DataFrame]:
    """Yield the frames of points, none if they are not wanted."""
    if tables.history is not None:
        yield from (part.frame for part in tables.history())
