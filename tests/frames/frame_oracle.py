"""Frames of runs and histories in plain Python, from what was logged and the words of the guides.

Nothing here is shared with nbtrack. A frame is a dictionary of columns, a column its type and its
cells: None where nothing was logged, the word "NaN" where NaN was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from tests.conformance import oracle
from tests.conformance.oracle import PlainRun, Point

Cells = tuple[str, list[Any]]
Summarized = Callable[[Sequence[Point]], float | None]
TIMES = "datetime64[ms, utc]"


def _step_of(choose: Callable[[Iterable[float]], float], points: Sequence[Point]) -> int | None:
    """Return the lowest step at which the lowest or highest number is."""
    numbers = [(step, value) for step, _, value in points if not math.isnan(value)]
    best = choose(value for _, value in numbers) if numbers else None
    return min((step for step, value in numbers if value == best), default=None)


SUMMARIES: Mapping[str, tuple[str, Summarized]] = {
    "first": ("float64", lambda points: oracle.summary(points).first[2]),
    "min": ("float64", lambda points: oracle.summary(points).low),
    "max": ("float64", lambda points: oracle.summary(points).high),
    "count": ("int64", lambda points: oracle.summary(points).count),
    "min_step": ("int64", lambda points: _step_of(min, points)),
    "max_step": ("int64", lambda points: _step_of(max, points)),
}


# --- the types of params --------------------------------------------------------------------------


def as_truth(text: str) -> bool | None:
    """Read `True` and `false`, but not `TRUE` or `1`."""
    return {"True": True, "true": True, "False": False, "false": False}.get(text)


def as_integer(text: str) -> int | None:
    """Read what is written as integers of 64 bits are, neither `007` nor `1_0`."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if str(number) == text and -(2**63) <= number < 2**63 else None


def as_number(text: str) -> float | None:
    """Read a number, NaN and infinities too, but not `007`, `1_0`, ` 1 ` or other digits."""
    digits = text.lstrip("+-")
    if "_" in text or text.strip() != text or not text.isascii():
        return None
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def as_exact_number(text: str) -> float | None:
    """Read a number, but no integer that a double does not hold."""
    number = as_number(text)
    is_whole = text.lstrip("+-").isdigit()
    if number is None or (is_whole and Fraction(text) != Fraction(number)):
        return None
    return number


def typed(texts: Sequence[str | None]) -> Cells:
    """Give a column of params the type that every text in it reads as."""
    words = {text for text in texts if text is not None}
    readers: tuple[tuple[str, Callable[[str], Any]], ...] = (
        ("boolean", as_truth),
        ("int64", as_integer),
        ("float64", as_exact_number),
    )
    for dtype, read in readers:
        if words and all(read(word) is not None for word in words):
            return dtype, [None if text is None else shown(read(text)) for text in texts]
    return "str", list(texts)


def shown(value: Any) -> Any:  # noqa: ANN401 - a cell
    """Write NaN as a word, because it does not equal itself."""
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


# --- runs -----------------------------------------------------------------------------------------


def runs_frame(
    runs: Sequence[tuple[str, PlainRun]], summaries: Sequence[str], *, is_typed: bool
) -> dict[str, Cells]:
    """Return the columns of runs, each with the id of its experiment; without artifact places."""
    plain = [run for _, run in runs]
    stages = ["deleted" if run.is_deleted else "active" for run in plain]
    ends = [run.end_time or None for run in plain]
    found: dict[str, Cells] = {
        "run_id": ("str", [run.run_id for run in plain]),
        "experiment_id": ("category", [experiment for experiment, _ in runs]),
        "run_name": ("str", [run.name for run in plain]),
        "status": ("category", [run.status for run in plain]),
        "start_time": (TIMES, [run.start_time for run in plain]),
        "end_time": (TIMES, ends),
        "lifecycle_stage": ("category", stages),
        "user_id": ("str", [run.user_id for run in plain]),
    }
    for key in _keys(run.metrics for run in plain):
        values = [run.value("metrics", key) for run in plain]
        found[f"metrics.{key}"] = ("float64", [shown(value) for value in values])
        found |= _summary_cells(key, [run.metrics.get(key) for run in plain], summaries)
    for key in _keys(run.params for run in plain):
        texts = [run.params.get(key) for run in plain]
        found[f"params.{key}"] = typed(texts) if is_typed else ("str", list(texts))
    for key in _keys({**run.tags, "mlflow.runName": ""} for run in plain):
        found[f"tags.{key}"] = ("str", [run.value("tags", key) for run in plain])
    return found


def _keys(families: Any) -> list[str]:  # noqa: ANN401 - dictionaries with any values
    return sorted({key for family in families for key in family})


def _summary_cells(
    key: str, series: Sequence[list[Point] | None], summaries: Sequence[str]
) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    for name in summaries:
        dtype, summarize = SUMMARIES[name]
        cells = [None if points is None else shown(summarize(points)) for points in series]
        found[f"{name}(metrics.{key})"] = (dtype, cells)
    return found


def told_runs(frame: pd.DataFrame) -> dict[str, Cells]:
    """Say in the same words what a frame of nbtrack holds."""
    return {str(name): told_column(frame[name]) for name in frame.columns}


def told_column(column: pd.Series) -> Cells:
    """Say the type and the cells of a column; a plain type and one with missing values are one."""
    dtype = {"bool": "boolean"}.get(str(column.dtype), str(column.dtype).lower())
    if dtype == TIMES:
        missing = column.isna().tolist()
        stamps = column.astype("int64").tolist()
        return dtype, [None if gone else int(t) for t, gone in zip(stamps, missing, strict=True)]
    if dtype in {"str", "category"}:
        missing = column.isna().tolist()
        texts = column.tolist()
        return dtype, [None if gone else str(t) for t, gone in zip(texts, missing, strict=True)]
    return dtype, [None if cell is pd.NA else shown(cell) for cell in column.tolist()]


def differing(told: Mapping[str, Cells], wanted: Mapping[str, Cells]) -> dict[str, object]:
    """Return the columns that differ, as told and as wanted."""
    names = told.keys() | wanted.keys()
    pairs = {name: (told.get(name), wanted.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


# --- histories ------------------------------------------------------------------------------------

Row = tuple[str, str, int, int, Any]
"""Run, key, step, timestamp and value of a point."""


def history_rows(
    runs: Sequence[PlainRun], wanted: Callable[[PlainRun], Sequence[str]]
) -> list[Row]:
    """Return every point of the wanted metrics: run by run, key by key, in their order."""
    return [
        (run.run_id, key, step, time, shown(value))
        for run in runs
        for key in wanted(run)
        for step, time, value in oracle.distinct(run.metrics.get(key, []))
    ]


def places(rows: Sequence[Row], x: str) -> list[float]:
    """Return where each point stands: its step, its time, or the seconds since its run's first."""
    first: dict[str, int] = {}
    for run_id, _, _, time, _ in rows:
        first[run_id] = min(time, first.get(run_id, time))
    if x == "relative":
        return [(time - first[run_id]) / 1000 for run_id, _, _, time, _ in rows]
    return [row[2] if x == "step" else row[3] for row in rows]


def wide_rows(rows: Sequence[Row], x: str) -> dict[tuple[str, float], dict[str, Any]]:
    """Return the last value at each place of each run, by metric; gaps are NaN."""
    keys = {row[1] for row in rows}
    found: dict[tuple[str, float], dict[str, Any]] = {}
    for (run_id, key, _, _, value), place in zip(rows, places(rows, x), strict=True):
        found.setdefault((run_id, place), dict.fromkeys(keys, "NaN"))[key] = value
    return found


def told_history(frame: pd.DataFrame) -> list[Row]:
    """Say in the same words what a long frame holds."""
    ids, keys = (frame[name].astype(str).tolist() for name in ("run_id", "key"))
    steps, times = (frame[name].astype("int64").tolist() for name in ("step", "timestamp"))
    values = [shown(value) for value in frame["value"].tolist()]
    return list(zip(ids, keys, steps, times, values, strict=True))


def told_wide(frame: pd.DataFrame) -> dict[tuple[str, float], dict[str, Any]]:
    """Say in the same words what a wide frame holds."""
    ids = frame.index.get_level_values(0).astype(str).tolist()
    level = frame.index.get_level_values(1)
    along = level.tolist() if level.dtype.kind == "f" else level.astype("int64").tolist()
    cells = {str(name): frame[name].tolist() for name in frame.columns}
    return {
        (run_id, place): {name: shown(column[row]) for name, column in cells.items()}
        for row, (run_id, place) in enumerate(zip(ids, along, strict=True))
    }
