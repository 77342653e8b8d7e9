"""Runs and metric histories as pandas DataFrames."""

from __future__ import annotations

from nbtrack.frames.metrics import history_frame
from nbtrack.frames.runs import runs_frame

__all__ = ["history_frame", "runs_frame"]
