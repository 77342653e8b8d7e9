"""Metric histories of many runs as one DataFrame."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal, TypedDict, Unpack, get_args

import numpy as np
import pandas as pd

from nbtrack.backends.columns import Attempts
from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.entities import Run
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.history_reading import read_history
from nbtrack.frames.replaced import Replaced, replaced_among
from nbtrack.frames.sampling import envelope
from nbtrack.frames.scope import Runs, run_ids
from nbtrack.frames.typed import columns_frame
from nbtrack.search.source import suggest
from nbtrack.signatures import filled, spelled_out

Axis = Literal["step", "time", "relative"]
_TIMES: Final = frozenset({"timestamp"})
_AXES: Final = {"step": "step", "time": "timestamp", "relative": "relative"}
_SIGNS: Final = "*?["


class HistoryOptions(TypedDict, total=False):
    """The keywords of `history`."""

    wide: bool
    x: Axis
    attempts: Attempts
    sample: int | None
    client: Client | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChoice:
    """The same keywords with the values they have where nothing is said."""

    wide: bool = False
    x: Axis = "step"
    attempts: Attempts = "latest"
    sample: int | None = None
    client: Client | None = None


@spelled_out(HistoryChoice)
def history(
    runs: Runs, metrics: str | Sequence[str] | None = None, **options: Unpack[HistoryOptions]
) -> pd.DataFrame:
    """Return every point of metrics of some runs. API: getHistory.

    Parameters
    ----------
    runs
        A run or its id, several of them, or a frame that `nbtrack.runs` gave.
    metrics
        Names of metrics, or patterns such as `val_*`; None means all.
    **options
        `wide`: a column a metric instead of a row a point. `x`: by what points are placed: `step`,
        `time`, or `relative`, the seconds since the first of these points of each run. `attempts`:
        with `latest` a run is left out if a later attempt among `runs` replaces it, by the rule of
        `nbtrack.runs`; `all` keeps it. `sample`: keep about so many points of each metric of each
        run, its extremes among them; without it every point is there. `client`: where to look, if
        not where runs go to now. From servers that pack no columns the metrics are read some at
        once, and what ended runs logged is kept on disk (see `nbtrack cache`).

    Returns
    -------
    pandas.DataFrame
        Long: `run_id` and `key` (categories), `step` (int64), `timestamp` (UTC), `value` (float64),
        with `x="relative"` also `relative` (float64); run by run, key by key, in the order of
        timestamp, step, value. Wide: indexed by run and `x`, a column a metric; of several points
        at one place the last one counts. `attrs` tells the source and what was left out.

    Raises
    ------
    InvalidParameterValue
        If no run has such a metric.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run(run_name="first") as run:
    ...     run.log_series("loss", [0.5, 0.2])
    >>> nbtrack.history(run, "loss")[["key", "step", "value"]].values.tolist()
    [['loss', 0, 0.5], ['loss', 1, 0.2]]
    """
    chosen = filled(HistoryChoice, options, of="history")
    _check(chosen)
    client = chosen.client or current_client()
    ids = run_ids(runs)
    replaced = Replaced() if chosen.attempts == "all" else replaced_among(client, ids)
    kept = [run_id for run_id in ids if run_id not in replaced.run_ids]
    frame = _points(client, kept, metrics, replaced.known)
    total = len(frame)
    if chosen.x == "relative":
        frame["relative"] = _relative(frame)
    if chosen.sample is not None:
        frame = _sampled(frame, chosen.sample)
    attributes: dict[str, object] = {
        "source": client.tracking_uri,
        "runs": len(kept),
        "time": time.time(),
        "left_out": _left_out(len(ids) - len(kept), total, len(frame)),
    }
    if chosen.sample is not None:
        attributes["sampled"] = {"kept": len(frame), "of": total, "method": "min-max envelope"}
    frame = _wide(frame, _AXES[chosen.x]) if chosen.wide else frame
    frame.attrs.update(attributes)
    return frame


def _check(chosen: HistoryChoice) -> None:
    for name, value, known in (
        ("x", chosen.x, tuple(_AXES)),
        ("attempts", chosen.attempts, get_args(Attempts)),
    ):
        if value not in known:
            choices = ", ".join(known)
            raise InvalidParameterValue(f"{name} is {value!r}. Use one of {choices}.")


def _points(
    client: Client,
    ids: Sequence[str],
    metrics: str | Sequence[str] | None,
    known: Mapping[str, Run],
) -> pd.DataFrame:
    wanted = [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
    has_pattern = wanted is not None and any(sign in text for text in wanted for sign in _SIGNS)
    keys = None if wanted is None or has_pattern else tuple(dict.fromkeys(wanted))
    frame = columns_frame(read_history(client, ids, keys, known), _TIMES)
    if not wanted or not ids:
        return frame
    found = [str(key) for key in frame["key"].cat.categories]
    if has_pattern:
        found = [key for key in found if any(fnmatchcase(key, text) for text in wanted)]
        mask = frame["key"].isin(found)
        frame = frame[mask].reset_index(drop=True)
        frame["key"] = frame["key"].cat.remove_unused_categories()
    if not found:
        raise _no_such_metric(client, ids, wanted)
    return frame


def _no_such_metric(
    client: Client, ids: Sequence[str], wanted: Sequence[str]
) -> InvalidParameterValue:
    known = sorted({m.key for run_id in ids[:100] for m in client.get_run(run_id).data.metrics})
    near = suggest(wanted[0], known)
    names = ", ".join(repr(name) for name in known[:10]) or "none"
    shown = ", ".join(repr(name) for name in wanted[:5])
    return InvalidParameterValue(f"No run has a metric {shown}. {near}The runs have {names}.")


def _relative(frame: pd.DataFrame) -> pd.Series:
    first = frame.groupby("run_id", observed=True)["timestamp"].transform("min")
    seconds: pd.Series = (frame["timestamp"] - first).dt.total_seconds()
    return seconds


def _sampled(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    if frame.empty:
        return frame
    codes = frame["run_id"].cat.codes.to_numpy().astype(np.int64)
    series = codes * (frame["key"].cat.codes.max() + 1) + frame["key"].cat.codes.to_numpy()
    edges = np.flatnonzero(np.diff(series)) + 1
    values = frame["value"].to_numpy()
    parts = zip(np.concatenate([[0], edges]), np.concatenate([edges, [len(frame)]]), strict=True)
    kept = [start + envelope(values[start:end], limit) for start, end in parts]
    return frame.iloc[np.concatenate(kept)].reset_index(drop=True)


def _left_out(runs: int, points: int, kept: int) -> list[str]:
    said: list[str] = []
    if runs:
        said.append(f"{runs} runs that a later attempt among these replaces")
    if kept < points:
        said.append(f"{points - kept:,} of {points:,} points by sampling")
    return said


def _wide(frame: pd.DataFrame, x: str) -> pd.DataFrame:
    rows = frame.drop_duplicates(["run_id", "key", x], keep="last")
    by_place = rows.set_index(["run_id", x, "key"])["value"]
    wide = by_place.unstack("key")  # noqa: PD010 - a pivot table would leave NaN out
    wide.columns = pd.Index([str(name) for name in wide.columns], dtype="str")
    return wide
