"""Runs and metric histories as pandas DataFrames."""

from __future__ import annotations

from nbtrack.frames.compare import compare_frame
from nbtrack.frames.metrics import history_frame
from nbtrack.frames.runs import attempts_frame, runs
from nbtrack.frames.typed import as_numbers

__all__ = ["as_numbers", "attempts_frame", "compare_frame", "history_frame", "runs"]
