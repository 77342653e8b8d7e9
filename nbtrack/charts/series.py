"""A long history frame as arrays: one series a run and metric, ordered along the x axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from nbtrack.charts.reduction import Floats, Numbers, Places
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    import pandas as pd

XAxis = Literal["step", "time", "relative"]
_X_COLUMNS: Final[dict[str, str]] = {"step": "step", "time": "timestamp", "relative": "timestamp"}
_INT32: Final = 2**31


@dataclass(frozen=True, slots=True)
class Series:
    """The points of a metric of a run; `y` may hold NaN and infinities."""

    run_id: str
    key: str
    x: Numbers
    y: Floats


def require_columns(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    """Raise InvalidParameterValue if the frame is empty or lacks a column."""
    for column in columns:
        if column not in frame.columns:
            known = [str(name) for name in frame.columns]
            near = get_close_matches(column, known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known[:12])}."
            raise InvalidParameterValue(f"There is no column {column!r} in the {what}. {hint}")
    if len(frame) == 0:
        raise InvalidParameterValue(f"The {what} is empty. Choose runs that have data.")


def read_series(history: pd.DataFrame, metrics: Sequence[str], x: XAxis) -> list[Series]:
    """Return the series of some metrics, or of all, metric by metric.

    Raises
    ------
    InvalidParameterValue
        If a column is missing, there are no points, or a metric is not among them.
    """
    if x not in get_args(XAxis):
        choices = ", ".join(get_args(XAxis))
        raise InvalidParameterValue(f"x is {x!r}. Use one of {choices}.")
    require_columns(history, ["run_id", "key", _X_COLUMNS[x], "value"], "history")
    runs, run_ids = coded(history["run_id"])
    keys, names = coded(history["key"])
    places = _x_values(history, x, runs)
    values = history["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    found = [
        Series(run_ids[run], names[key], *_ordered(places[part], values[part]))
        for run, key, part in _parts(runs, keys)
    ]
    return _chosen(found, metrics)


def coded(column: pd.Series) -> tuple[Places, list[str]]:
    """Return a column of texts as codes, and the text of each code."""
    if hasattr(column, "cat"):
        return np.asarray(column.cat.codes), [str(text) for text in column.cat.categories]
    codes, texts = column.factorize()
    return np.asarray(codes, np.intp), [str(text) for text in texts]


def _parts(runs: Places, keys: Places) -> Iterator[tuple[int, int, Any]]:
    """Yield where the points of each run and metric stand."""
    pairs = runs.astype(np.int64, copy=False) * (int(keys.max()) + 1) + keys
    starts = np.concatenate(([0], np.flatnonzero(np.diff(pairs)) + 1))
    ends = np.append(starts[1:], len(pairs))
    if len(np.unique(pairs[starts])) == len(starts):  # as histories are read: no copy
        for start, end in zip(starts, ends, strict=True):
            yield int(runs[start]), int(keys[start]), slice(start, end)
        return
    order = np.argsort(pairs, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(pairs[order])) + 1):
        yield int(runs[part[0]]), int(keys[part[0]]), part


def _chosen(found: Sequence[Series], metrics: Sequence[str]) -> list[Series]:
    known = list(dict.fromkeys(series.key for series in found))
    for metric in metrics:
        if metric not in known:
            near = get_close_matches(metric, known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known[:12])}."
            raise InvalidParameterValue(f"There is no metric {metric!r} in the history. {hint}")
    places = {metric: place for place, metric in enumerate(dict.fromkeys(metrics or known))}
    kept = [series for series in found if series.key in places]
    return sorted(kept, key=lambda series: places[series.key])


def _ordered(x: Numbers, y: Floats) -> tuple[Numbers, Floats]:
    if (x[1:] < x[:-1]).any():
        order = np.argsort(x, kind="stable")
        return x[order], y[order]
    return x, y


def _x_values(history: pd.DataFrame, x: XAxis, runs: Places) -> Numbers:
    if x == "step":
        steps = history["step"].to_numpy(dtype=np.int64)
        small = len(steps) == 0 or max(abs(int(steps.min())), abs(int(steps.max()))) < _INT32
        return steps.astype(np.int32) if small else steps.astype(np.float64)
    times = times_of(history["timestamp"])
    missing = int(np.isnan(times).sum())
    if missing:
        raise InvalidParameterValue(f"{missing:,} points have no timestamp. Use x='step'.")
    if x == "time":
        return times
    first = np.full(int(runs.max()) + 1, np.inf)
    np.minimum.at(first, runs, times)
    seconds: Floats = (times - first[runs]) / 1000
    return seconds


def times_of(column: pd.Series) -> Floats:
    """Return times in milliseconds; what is missing becomes NaN."""
    if column.dtype.kind == "M":
        stamps: Floats = column.dt.as_unit("ms").astype("int64").to_numpy(np.float64, copy=True)
        stamps[column.isna().to_numpy()] = np.nan
        return stamps
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
