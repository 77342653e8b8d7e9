"""Curves of groups of runs: the mean of each group on common places, and a band around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from nbtrack.charts.labels import plural
from nbtrack.charts.reduction import MOST_POINTS, Floats, Numbers
from nbtrack.charts.series import Series, coded, require_columns
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    import pandas as pd

Band = Literal["std", "sem", "range"]
_BAND_WORDS: Final[dict[str, str]] = {
    "std": "standard deviation",
    "sem": "standard error",
    "range": "lowest and highest",
}


@dataclass(frozen=True, slots=True)
class GroupCurve:
    """The mean of a metric over the runs of a group, and what lies around it."""

    group: str
    key: str
    x: Numbers
    mean: Floats
    low: Floats
    high: Floats
    fewest: int = 0
    most: int = 0
    """How many runs it is of, where they are fewest and where they are most."""
    is_interpolated: bool = False


def mean_curves(
    series: Sequence[Series], groups: Mapping[str, object], band: Band = "std"
) -> list[GroupCurve]:
    """Return a curve for each metric and group; runs without a group are left out.

    Runs are read at the places that any of them has, or at 1,000 evenly spaced ones if there are
    more; between its own points a run is interpolated, beyond them it does not count.
    """
    if band not in get_args(Band):
        raise InvalidParameterValue(f"band is {band!r}. Use one of {', '.join(get_args(Band))}.")
    gathered: dict[tuple[str, str], list[Series]] = {}
    for one in series:
        if one.run_id in groups:
            gathered.setdefault((one.key, str(groups[one.run_id])), []).append(one)
    if not gathered:
        raise InvalidParameterValue("No run of the history has a group. Map run ids to groups.")
    return [_curve(group, key, runs, band) for (key, group), runs in gathered.items()]


def _curve(group: str, key: str, runs: Sequence[Series], band: Band) -> GroupCurve:
    x = _places(runs)
    rows = np.array([_read(run, x) for run in runs])
    there = ~np.isnan(rows)
    count = there.sum(axis=0)
    kept = count > 0
    x, rows, there, count = x[kept], rows[:, kept], there[:, kept], count[kept]
    mean = np.where(there, rows, 0.0).sum(axis=0) / count
    low, high = _band(rows, there, mean, band)
    fewest, most = (int(count.min()), int(count.max())) if len(count) else (0, 0)
    between = any(not np.array_equal(x, run.x) for run in runs)
    return GroupCurve(group, key, x, mean, low, high, fewest, most, is_interpolated=between)


def _places(runs: Sequence[Series]) -> Numbers:
    """Return the places at which runs are read."""
    places = np.unique(np.concatenate([run.x for run in runs]))
    if len(places) > MOST_POINTS:
        return np.linspace(places[0], places[-1], MOST_POINTS)
    return places


def _read(run: Series, x: Numbers) -> Floats:
    finite = np.isfinite(run.y)
    if not finite.any():
        return np.full(len(x), np.nan)
    found: Floats = np.interp(x, run.x[finite], run.y[finite], left=np.nan, right=np.nan)
    return found


def _band(rows: Floats, there: Floats, mean: Floats, band: Band) -> tuple[Floats, Floats]:
    if band == "range":
        return np.where(there, rows, np.inf).min(axis=0), np.where(there, rows, -np.inf).max(axis=0)
    count = there.sum(axis=0)
    squares = np.where(there, (rows - mean) ** 2, 0.0).sum(axis=0)
    spread = np.sqrt(squares / np.maximum(count - 1, 1))  # of one run it is 0
    if band == "sem":
        spread = spread / np.sqrt(count)
    return mean - spread, mean + spread


def band_note(band: Band, curves: Sequence[GroupCurve]) -> str:
    """Say what the lines and bands are."""
    fewest, most = min(c.fewest for c in curves), max(c.most for c in curves)
    runs = plural(most, "run") if fewest == most else f"{fewest:,} to {plural(most, 'run')}"
    each = " each" if len({curve.group for curve in curves}) > 1 else ""
    how = ", interpolated" if any(curve.is_interpolated for curve in curves) else ""
    return f"mean and {_BAND_WORDS[band]} of {runs}{each}{how}"


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """The names of the columns of a frame of group curves.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> frame = pd.DataFrame({"group": "lr=0.1", "key": "loss", "step": [0, 1], "mean": [0.9, 0.5]})
    >>> frame["ci_low"], frame["ci_high"] = [0.8, 0.4], [1.0, 0.6]
    >>> frame = frame.rename(columns={"mean": "average"})
    >>> charts.group_curves(frame, charts.GroupColumns(mean="average"))
    <Chart: Curves of loss by step for 1 group: lr=0.1. loss is lowest, 0.5, at step 1 in lr=0.1.
    Remarks: average, and from ci_low to ci_high.>
    """

    group: str = "group"
    key: str = "key"
    x: str = "step"
    mean: str = "mean"
    low: str = "ci_low"
    high: str = "ci_high"


def read_group_curves(frame: pd.DataFrame, columns: GroupColumns) -> list[GroupCurve]:
    """Return the curves that a frame holds, one row a group, metric and place."""
    names = [columns.group, columns.key, columns.x, columns.mean, columns.low, columns.high]
    require_columns(frame, names, "frame of groups")
    groups, group_names = coded(frame[columns.group])
    keys, key_names = coded(frame[columns.key])
    numbers = [frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names[2:]]
    curves: list[GroupCurve] = []
    for key, group in dict.fromkeys(zip(keys.tolist(), groups.tolist(), strict=True)):
        part = np.flatnonzero((keys == key) & (groups == group))
        order = part[np.argsort(numbers[0][part], kind="stable")]
        x, mean, low, high = (column[order] for column in numbers)
        curves.append(GroupCurve(group_names[group], key_names[key], x, mean, low, high))
    return curves


def columns_note(frame: pd.DataFrame, columns: GroupColumns) -> str:
    """Say what the bands of such a frame are."""
    confidence: object = frame.attrs.get("confidence")
    if (columns.low, columns.high) == ("ci_low", "ci_high") and isinstance(confidence, float):
        return f"{columns.mean} with {confidence:.0%} interval"
    return f"{columns.mean}, and from {columns.low} to {columns.high}"
