"""Runs and metric histories as pandas DataFrames."""

from __future__ import annotations

from nbtrack.frames.metrics import history_frame
from nbtrack.frames.runs import runs_frame
from nbtrack.frames.typed import as_numbers

__all__ = ["as_numbers", "history_frame", "runs_frame"]
