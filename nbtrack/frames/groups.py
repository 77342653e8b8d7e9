"""Runs that differ in their seed only, as one row each: means, spreads and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.frame_columns import METRICS, Codes, named_columns, read_numbers, require_rows
from nbtrack.frames.grouped_numbers import grouped_statistics
from nbtrack.frames.grouping import By, Grouping, group_labels, grouping_of

_MOST_NAMED: Final = 10
_KEPT: Final = ("source", "filter", "time")


def groups(
    df: pd.DataFrame,
    by: By = None,
    *,
    metrics: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Put replicates together: a row for each group of runs, with the spread of each metric.

    Parameters
    ----------
    df
        A frame of `nbtrack.runs()`, or of MLflow's `search_runs`.
    by
        Columns that tell the groups; `params.` may be left out, patterns are allowed. Without
        them, runs are replicates if all their params are equal but for those whose names speak of
        seeds or folds: `seed`, `random_state`, `rng`, `fold`, `cv_fold`, `cv`, `split`,
        `replicate`, `repeat`, `trial` and the like.
    metrics
        Columns to tell of, `metrics.` may be left out; without them all `metrics.*`.
    confidence
        How sure the interval of the mean is to be.

    Returns
    -------
    pandas.DataFrame
        In the order in which groups first come: `group` (a name made of what differs), the
        columns that tell groups, `n` (runs), `run_ids`, and for each metric `n(metrics.loss)`
        (runs with a finite value, which all that follows is of), `mean(...)`, `median(...)`,
        `std(...)` (of a sample), `sem(...)`, `ci_low(...)`, `ci_high(...)` (Student's t),
        `min(...)`, `max(...)`, `nonfinite(...)` (runs with NaN or an infinity) and `missing(...)`.
        `attrs` tells the method, the columns, params that vary within groups, and names the runs
        that were left out.

    Raises
    ------
    InvalidParameterValue
        If the frame is empty, or a column is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"params.lr": [0.1, 0.1, 0.2], "params.seed": [1, 2, 1],
    ...                       "metrics.loss": [0.5, 0.7, 0.4]})
    >>> found = groups(frame)
    >>> found[["group", "n", "mean(metrics.loss)"]].values.tolist()
    [['lr=0.1', 2, 0.6], ['lr=0.2', 1, 0.4]]
    >>> found.attrs["method"]
    'runs alike in all params but params.seed'
    """
    require_rows(df, to="group")
    check_confidence(confidence)
    grouping = grouping_of(df, by)
    columns = metric_columns(df, metrics)
    data: dict[str, object] = {"group": group_labels(df, grouping)}
    firsts = df.iloc[grouping.firsts].reset_index(drop=True)
    data |= {key: firsts[key] for key in grouping.keys}
    data["n"] = np.bincount(grouping.codes, minlength=grouping.count)
    if "run_id" in df.columns:
        data["run_ids"] = _run_ids(df, grouping)
    left_out: list[str] = []
    for name in columns:
        data |= _told(df, name, grouping, confidence)
        left_out += _left_out(df, name)
    made = pd.DataFrame(data, index=pd.RangeIndex(grouping.count), copy=False)
    made.attrs.update(_attributes(df, grouping, columns))
    made.attrs |= {"confidence": confidence, "left_out": left_out}
    return made


def metric_columns(df: pd.DataFrame, metrics: str | Sequence[str] | None) -> list[str]:
    """Return the columns of metrics that are meant; all of them by default."""
    if metrics is not None:
        return named_columns(df, metrics, METRICS)
    found = [str(name) for name in df.columns if str(name).startswith(METRICS)]
    if not found:
        raise InvalidParameterValue(
            "The frame has no column 'metrics.*'. Take it with columns=['metrics.*', 'params.*'], "
            "or name other columns with metrics=[...]."
        )
    return found


def check_confidence(confidence: float) -> None:
    """Raise InvalidParameterValue unless it is between 0 and 1."""
    if not 0 < confidence < 1:
        message = f"confidence is {confidence!r}. Use a number between 0 and 1, such as 0.95."
        raise InvalidParameterValue(message)


def _told(df: pd.DataFrame, name: str, grouping: Grouping, confidence: float) -> dict[str, object]:
    read = read_numbers(df[name])
    found = grouped_statistics(read.floats, grouping.codes, grouping.count, confidence)
    missing = _count(grouping, read.missing)
    nonfinite = _count(grouping, ~read.usable & ~read.missing)
    told = {**found, "nonfinite": nonfinite, "missing": missing}
    return {f"{statistic}({name})": values for statistic, values in told.items()}


def _count(grouping: Grouping, flags: np.ndarray) -> Codes:
    return np.bincount(grouping.codes[flags], minlength=grouping.count).astype(np.intp)


def _run_ids(df: pd.DataFrame, grouping: Grouping) -> pd.Series:
    order = np.argsort(grouping.codes, kind="stable")
    ends = np.cumsum(np.bincount(grouping.codes, minlength=grouping.count))[:-1]
    ids = df["run_id"].to_numpy(dtype=object)[order]
    return pd.Series([tuple(part) for part in np.split(ids, ends)], dtype=object)


def _left_out(df: pd.DataFrame, name: str) -> list[str]:
    """Name the runs whose value of a metric does not count."""
    read = read_numbers(df[name])
    kinds = {
        "NaN": np.isnan(read.floats) & ~read.missing,
        "infinite": np.isinf(read.floats),
        "missing": read.missing,
    }
    return [f"{name} is {kind} in {_named(df, at)}" for kind, at in kinds.items() if at.any()]


def _named(df: pd.DataFrame, flags: np.ndarray) -> str:
    column = next((c for c in ("run_id", "run_name") if c in df.columns), None)
    source = df.index.to_series() if column is None else df[column]
    names = [str(name) for name in source[flags].head(_MOST_NAMED)]
    count = int(flags.sum())
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{count} run{'s' * (count > 1)}: {', '.join(names)}{more}"


def _attributes(df: pd.DataFrame, grouping: Grouping, columns: Sequence[str]) -> dict[str, object]:
    kept: dict[str, object] = {key: df.attrs[key] for key in _KEPT if key in df.attrs}
    return {
        **kept,
        "method": grouping.method,
        "by": list(grouping.keys),
        "replicates": list(grouping.replicates),
        "varying": list(grouping.varying),
        "metrics": list(columns),
        "statistics": "of finite values; std with n - 1; interval of the mean by Student's t",
    }
