"""A state folder and a store in the test's own folder, and no run left over."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nbtrack.client import Client
from nbtrack.client.fluent import reset, set_tracking_uri
from nbtrack.client.notices import forget_what_was_said, speak_through

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for journals and offline runs."""
    folder = tmp_path / "state"
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(folder))
    return folder


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Return what the person is told."""
    lines: list[str] = []
    forget_what_was_said()
    speak_through(lines.append)
    yield lines
    speak_through(None)


@pytest.fixture
def store(tmp_path: Path, state: Path, said: list[str]) -> Iterator[str]:
    """Track to a store of the test's own."""
    uri = str(tmp_path / "project" / ".nbtrack")
    set_tracking_uri(uri)
    yield uri
    if os.getpid() == _PROCESS:
        reset()
        set_tracking_uri(None)


@pytest.fixture
def client(store: str) -> Iterator[Client]:
    """Return a client of the store."""
    with Client(store) as found:
        yield found


_PROCESS = os.getpid()
