"""The same search again: the frames read last, for as long as nobody has written to the store.

Frames are shared without a copy: pandas copies a column when someone changes it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

import pandas as pd

from nbtrack.client import Client

MOST_BYTES: Final = 128 * 2**20
"""How much the remembered frames may hold together, texts not counted."""


class _Known(NamedTuple):
    """A frame, the version of the store that it was read from, and its size in bytes."""

    version: str
    frame: pd.DataFrame
    size: int


class _Memory:
    """Frames by what was asked of which place, the least recently used first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: OrderedDict[Hashable, _Known] = OrderedDict()

    def find(self, question: Hashable, version: str) -> pd.DataFrame | None:
        with self.lock:
            known = self.known.get(question)
            if known is None or known.version != version:
                return None
            self.known.move_to_end(question)
            return known.frame

    def keep(self, question: Hashable, version: str, frame: pd.DataFrame) -> None:
        size = int(frame.memory_usage(index=False).sum())
        with self.lock:
            self.known.pop(question, None)
            if size > MOST_BYTES:
                return
            self.known[question] = _Known(version, frame, size)
            total = sum(known.size for known in self.known.values())
            while total > MOST_BYTES:
                total -= self.known.popitem(last=False)[1].size


_memory: Final = _Memory()


def remembered(
    client: Client, question: Hashable, read: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """Return the frame that `read` makes, from memory if the store is as it was.

    Parameters
    ----------
    client
        Where it is read; what cannot tell a version of its store is read every time.
    question
        What it depends on besides the store.
    read
        Reads it.
    """
    version = client.version()
    if version is None:
        return read()
    asked = (client.tracking_uri, question)
    # A write that comes after the version was asked makes the next version another one.
    frame = _memory.find(asked, version)
    if frame is None:
        frame = read()
        _memory.keep(asked, version, frame)
    return frame.copy(deep=False)
