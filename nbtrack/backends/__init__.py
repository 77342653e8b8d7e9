"""Backends carry out operations: over HTTP, or directly on an embedded SQLite file."""

from __future__ import annotations

from nbtrack.backends.base import Artifacts, Backend, FileStat, KnowsFiles
from nbtrack.backends.columns import Column, Columns, HistoryQuery, RunsQuery
from nbtrack.backends.places import shown_place
from nbtrack.backends.resolve import STORE_FILE, embedded_folder, open_backend

__all__ = [
    "STORE_FILE",
    "Artifacts",
    "Backend",
    "Column",
    "Columns",
    "FileStat",
    "HistoryQuery",
    "KnowsFiles",
    "RunsQuery",
    "embedded_folder",
    "open_backend",
    "shown_place",
]
