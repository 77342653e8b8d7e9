"""What a server refused for good: told once, and kept whole in a file of the state folder."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from nbtrack.client.notices import say
from nbtrack.client.state_folder import state_folder, state_folders
from nbtrack.errors import StoreError

REFUSED: Final = "refused.jsonl"
_SHOWN: Final = 100


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was set aside: of which run, what it was, why, and its whole content."""

    tracking_uri: str
    run_id: str
    what: str
    why: str
    content: Any = None
    time: int = 0

    def line(self) -> str:
        """Say it in one line."""
        return f"run {self.run_id[:8]}: {self.what} was refused and set aside: {self.why}"


def shown(value: object) -> str:
    """Return the beginning of a value, for a message."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def set_aside(refusal: Refusal, *, quiet: bool = False) -> None:
    """Keep a refused record and tell of it, for one subject once."""
    kept = msgspec.structs.replace(refusal, time=time.time_ns() // 1_000_000)
    with contextlib.suppress(OSError, StoreError):
        path = state_folder() / REFUSED
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, msgspec.json.encode(kept) + b"\n")
        finally:
            os.close(file)
    if not quiet:
        say(refusal.line(), once=f"refused {refusal.run_id} {refusal.what.partition(' = ')[0]}")


def refused() -> Iterator[Refusal]:
    """Yield what was set aside on this machine, the oldest first."""
    for place in state_folders():
        try:
            lines = (place / REFUSED).read_bytes().splitlines()
        except OSError:
            continue
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):
                yield msgspec.json.decode(line, type=Refusal)
