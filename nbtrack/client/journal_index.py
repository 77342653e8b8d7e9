"""What a journal says of itself: its owner, and its index of runs and keys by number."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct, field


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes a journal, and where its records go."""

    tracking_uri: str
    process: int
    host: str
    created: int


class RunEntry(msgspec.Struct, frozen=True, kw_only=True, tag="run"):
    """A run of a journal; whoever owns it ends it."""

    number: int
    run_id: str
    is_owner: bool


class KeyEntry(msgspec.Struct, frozen=True, kw_only=True, tag="key"):
    """A metric key of a journal."""

    number: int
    name: str


class EndEntry(msgspec.Struct, frozen=True, kw_only=True, tag="end"):
    """The end of a run was written: nobody has to end it for a dead process."""

    number: int


Entry = RunEntry | KeyEntry | EndEntry


class Index(Struct):
    """What the index says: runs and keys by number."""

    runs: dict[int, RunEntry] = field(default_factory=dict[int, RunEntry])
    keys: dict[int, str] = field(default_factory=dict[int, str])
    ended: set[int] = field(default_factory=set[int])
    last_run: int = 0
    last_key: int = 0

    def next_run(self) -> int:
        """Return a number that no run has had."""
        number = self.last_run = self.last_run + 1
        return number

    def next_key(self) -> int:
        """Return a number that no key has had."""
        number = self.last_key = self.last_key + 1
        return number

    def add(self, entry: Entry) -> None:
        """Note what a line says."""
        if isinstance(entry, RunEntry):
            self.runs[entry.number] = entry
            self.last_run = max(self.last_run, entry.number)
        elif isinstance(entry, KeyEntry):
            self.keys[entry.number] = entry.name
            self.last_key = max(self.last_key, entry.number)
        else:
            self.ended.add(entry.number)


def as_line(entry: Entry) -> bytes:
    """Return the line of an entry."""
    return msgspec.json.encode(entry) + b"\n"


def read_index(path: Path) -> Index:
    """Read the index of a journal; a line that was cut off or damaged is left out."""
    found = Index()
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return found
    for line in lines[:-1]:
        try:
            found.add(msgspec.json.decode(line, type=Entry))
        except msgspec.MsgspecError:
            continue
    return found


def written_owner(owner: Owner) -> bytes:
    """Return what the owner's file says."""
    return msgspec.json.encode(owner)


def read_owner(path: Path) -> Owner | None:
    """Return whom a file names; None if the process died before it could say."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Owner)
    except (OSError, msgspec.MsgspecError):
        return None


def host_name() -> str:
    """Return the name of this machine."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")
