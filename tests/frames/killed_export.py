"""A program that exports a store and stops at the first read of points; its tests kill it there.

Arguments: the folder of the store, the place of the export, and `overwrite` or nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.frames.export import export
from tests.frames.slow_backend import SlowBackend


def wait() -> None:
    """Tell that half of the export is written, and wait for the end."""
    print("reading", flush=True)  # noqa: T201 - the test waits for it
    sys.stdin.read()


if __name__ == "__main__":
    folder, dest, *words = sys.argv[1:]
    with Client(backend=SlowBackend(SqliteBackend(Path(folder)), wait)) as client:
        export(dest, client=client, overwrite="overwrite" in words)
