"""The rows of a frame of runs: who they are, which are drawn, which are only spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from nbtrack.charts.columns import Column
from nbtrack.charts.labels import distinct, listed, plural
from nbtrack.charts.reduction import Places

if TYPE_CHECKING:
    import pandas as pd

MOST_RUNS: Final = 5000
"""Runs that a chart with a mark a run draws at most."""


def row_names(frame: pd.DataFrame) -> list[str]:
    """Return the name of the run of each row, else the beginning of its id or its row label."""
    if "run_name" in frame.columns:
        texts = ["" if missing else str(name) for name, missing in _with_missing(frame["run_name"])]
    else:
        texts = [""] * len(frame)
    ids = row_ids(frame)
    return [text or run_id[:8] for text, run_id in zip(texts, ids, strict=True)]


def _with_missing(column: pd.Series) -> list[tuple[object, bool]]:
    return list(zip(column.tolist(), column.isna().tolist(), strict=True))


def row_ids(frame: pd.DataFrame) -> list[str]:
    """Return the run id of each row, else its row label."""
    column = frame["run_id"] if "run_id" in frame.columns else frame.index
    return [str(value) for value in column.tolist()]


def row_labels(frame: pd.DataFrame, most: int = 28) -> list[str]:
    """Return a distinct label for each row."""
    return distinct(row_names(frame), most)


def drawn_rows(columns: Sequence[Column], most: int = MOST_RUNS) -> Places:
    """Return the rows that are drawn: all, or evenly spaced ones and the extremes of columns."""
    count = len(columns[0].numbers)
    if count <= most:
        return np.arange(count)
    kept = [np.linspace(0, count - 1, most - 2 * len(columns)).astype(np.intp)]
    for column in columns:
        lengths = column.scaled()
        if column.usable.any():
            kept.append(np.array([np.nanargmin(lengths), np.nanargmax(lengths)]))
    return np.unique(np.concatenate(kept))


def rows_note(drawn: int, total: int) -> str:
    """Say how many runs are drawn; empty if all are."""
    return "" if drawn >= total else f"showing {drawn:,} of {total:,} runs"


def missing_note(columns: Sequence[Column]) -> str:
    """Say in which columns values have no place on the axis, and how many; empty if none."""
    reasons: dict[str, list[str]] = {}
    for column in columns:
        missing = int(column.missing.sum())
        others = int((~column.usable & ~column.missing).sum())
        what = "not a number above 0" if column.kind == "log" else "NaN or infinite"
        for count, reason in ((missing, "missing"), (others, what)):
            if count:
                said = f"{column.name} in {plural(count, 'run')}"
                reasons.setdefault(reason, []).append(said)
    return "; ".join(f"{reason}: {listed(said, 4)}" for reason, said in reasons.items())
