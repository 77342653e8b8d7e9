"""Part runs into groups of replicates: which columns tell the groups, and how groups are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.frame_columns import Codes, column_codes, joint_codes, named_columns
from nbtrack.frames.replicates import without_replicates
from nbtrack.frames.typed import PARAMS

By = str | Sequence[str] | None
"""Columns that tell groups, `params.` may be left out; None finds replicates by themselves."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Runs in groups: `codes` is the group of each row, `keys` the columns that tell them."""

    keys: tuple[str, ...]
    codes: Codes
    count: int
    method: str
    replicates: tuple[str, ...] = ()
    varying: tuple[str, ...] = field(default=())
    """Params that differ within groups though nothing says that they are of replicates."""

    @property
    def firsts(self) -> Codes:
        """The first row of each group."""
        return np.unique(self.codes, return_index=True)[1].astype(np.intp)


def grouping_of(frame: pd.DataFrame, by: By = None) -> Grouping:
    """Part the rows of a frame into groups.

    Raises
    ------
    InvalidParameterValue
        If a column of `by` is not there, or there are no params to find replicates by.
    """
    params = [str(name) for name in frame.columns if str(name).startswith(PARAMS)]
    if by is None:
        return _found(frame, params)
    keys = named_columns(frame, by, PARAMS)
    codes, count = joint_codes((column_codes(frame[key])[0] for key in keys), len(frame))
    others = [name for name in params if name not in set(keys)]
    kept, replicates = without_replicates(_varying_within(frame, others, codes))
    method = f"runs alike in {', '.join(keys)}" if keys else "all runs are one group"
    return Grouping(tuple(keys), codes, count, method, tuple(replicates), tuple(kept))


def _found(frame: pd.DataFrame, params: Sequence[str]) -> Grouping:
    if not params:
        raise InvalidParameterValue(
            "The frame has no column 'params.*', so replicates cannot be found. "
            "Take it with columns=['run_id', 'params.*', 'metrics.*'], or give by=[...]."
        )
    keys, replicates = without_replicates(params)
    codes, count = joint_codes((column_codes(frame[key])[0] for key in keys), len(frame))
    varying = _varying_within(frame, replicates, codes)
    aside = f" but {', '.join(replicates)}" if replicates else ""
    return Grouping(tuple(keys), codes, count, f"runs alike in all params{aside}", tuple(varying))


def _varying_within(frame: pd.DataFrame, columns: Iterable[str], codes: Codes) -> list[str]:
    """Return the columns that have several values in one of the groups."""
    groups = int(codes.max(initial=-1)) + 1
    pairs = ((name, column_codes(frame[name])[0]) for name in columns)
    return [name for name, found in pairs if joint_codes([codes, found], len(codes))[1] > groups]


def group_labels(frame: pd.DataFrame, grouping: Grouping) -> list[str]:
    """Call each group by the keys that differ between groups: `lr=0.1, depth=3`."""
    firsts = frame.iloc[grouping.firsts]
    telling = [key for key in grouping.keys if len(set(column_codes(firsts[key])[0])) > 1]
    if not telling:
        return ["all"] * grouping.count
    parts = [[f"{key.removeprefix(PARAMS)}={_shown(v)}" for v in firsts[key]] for key in telling]
    labels = [", ".join(named) for named in zip(*parts, strict=True)]
    twice = {label for label in labels if labels.count(label) > 1} if _repeats(labels) else set()
    return [f"{name} #{at}" if name in twice else name for at, name in enumerate(labels)]


def _repeats(labels: Sequence[str]) -> bool:
    return len(set(labels)) < len(labels)


def _shown(value: object) -> str:
    return "missing" if value is None or value is pd.NA or value is pd.NaT else str(value)
