"""Curves of replicates as one curve with a band: histories brought to common steps.

Between two of its points a run is a straight line; before its first and after its last one it is
not counted, and so `n` falls where runs end. A point that is NaN or infinite is a gap: it and the
lines to it are not counted either. Steps are worked off in blocks, so that many runs with many
steps of their own need no table of runs times steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.frame_columns import Floats, require_rows
from nbtrack.frames.grouped_numbers import grouped_statistics
from nbtrack.frames.groups import check_confidence

_COLUMNS: Final = ("run_id", "key", "step", "value")
_BLOCK: Final = 2_000_000
_METHOD: Final = (
    "Each run is interpolated linearly between its neighbouring points, at {steps}; it counts "
    "from its first to its last point, nothing is extrapolated; NaN and infinite points are gaps. "
    "Of several points of a run at one step the last in the frame counts."
)


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one run: steps rise, values that are not finite are NaN."""

    steps: Floats
    values: Floats


def group_history(
    history: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    steps: int | Sequence[float] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Put the curves of replicates together: mean, spread and interval at common steps.

    Parameters
    ----------
    history
        The points, in long form: `run_id`, `key`, `step`, `value`, as `nbtrack.history` gives it.
    groups
        Which runs belong together: what `nbtrack.groups` returned.
    steps
        Where to look: a list of steps, or how many at equal distances over each curve. Without
        them, at every step that a run of the group has.
    confidence
        How sure the interval of the mean is to be.

    Returns
    -------
    pandas.DataFrame
        A row for each group, metric and step at which a run counts: `group` and `key`
        (categorical), `step`, `n` (runs that count there), `mean`, `median`, `std`, `sem`,
        `ci_low`, `ci_high`, `min`, `max`. `attrs` tells how runs were brought to common steps, and
        which runs have no points.

    Raises
    ------
    InvalidParameterValue
        If one of the frames lacks a column.

    Examples
    --------
    >>> from nbtrack.frames.groups import groups
    >>> runs = pd.DataFrame({"run_id": ["a", "b"], "params.seed": [1, 2], "metrics.loss": [4, 6]})
    >>> points = pd.DataFrame({"run_id": ["a", "a", "b"], "key": "loss", "step": [0, 2, 1],
    ...                        "value": [2.0, 4.0, 6.0]})
    >>> group_history(points, groups(runs))[["step", "n", "mean"]].values.tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 4.5], [2.0, 1.0, 4.0]]
    """
    check_confidence(confidence)
    if isinstance(steps, int) and steps < 1:
        raise InvalidParameterValue(f"steps is {steps!r}. Use a count above 0, or a list of steps.")
    members = _members(groups)
    curves = _curves(history, {run_id for ids in members.values() for run_id in ids})
    keys = list(dict.fromkeys(key for key, _ in curves))
    made = pd.concat(
        [_nothing(), *_parts(curves, keys, list(members.values()), (steps, confidence))]
    )
    for column, names in (("group", list(members)), ("key", keys)):
        codes = made[column].to_numpy(dtype=np.intp)
        made[column] = pd.Categorical.from_codes(codes, pd.Index(names, dtype="str"))
    if steps is None and pd.api.types.is_integer_dtype(history["step"].dtype):
        made["step"] = made["step"].astype("int64")
    made = made.sort_values(["group", "key", "step"], kind="stable", ignore_index=True)
    made.attrs |= _attributes(curves, members, steps, confidence)
    return made


def _parts(
    curves: Mapping[tuple[str, str], Curve],
    keys: Sequence[str],
    members: Sequence[Sequence[str]],
    how: tuple[int | Sequence[float] | None, float],
) -> Iterator[pd.DataFrame]:
    """Yield the statistics of each group and metric; both are numbers still."""
    for at, run_ids in enumerate(members):
        for key in keys:
            mine = [curves[key, run_id] for run_id in run_ids if (key, run_id) in curves]
            for part in _bands(mine, *how):
                part.insert(0, "key", keys.index(key))
                part.insert(0, "group", at)
                yield part


def _members(groups: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    require_rows(groups, to="take groups from")
    if not {"group", "run_ids"} <= set(groups.columns):
        raise InvalidParameterValue(
            "The frame of groups has no columns 'group' and 'run_ids'. Make it with "
            "nbtrack.groups() from a frame that has the column 'run_id'."
        )
    return dict(zip(groups["group"], groups["run_ids"], strict=True))


def _curves(history: pd.DataFrame, wanted: set[str]) -> dict[tuple[str, str], Curve]:
    """Return the curve of each metric and run."""
    lacking = [name for name in _COLUMNS if name not in history.columns]
    if lacking:
        message = f"The frame of histories has no column {lacking[0]!r}."
        raise InvalidParameterValue(f"{message} Take it from nbtrack.history(), in long form.")
    mine = history[history["run_id"].isin(wanted)]
    parts = mine.groupby(["key", "run_id"], sort=False, observed=True)[["step", "value"]]
    return {(str(key), str(run_id)): _curve(part) for (key, run_id), part in parts}


def _curve(points: pd.DataFrame) -> Curve:
    steps = points["step"].to_numpy(dtype=np.float64)
    values = points["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    is_last = np.append(steps[1:] != steps[:-1], [True]) if len(steps) else steps.astype(bool)
    return Curve(steps[is_last], np.where(np.isfinite(values), values, np.nan)[is_last])


def _bands(
    curves: Sequence[Curve], steps: int | Sequence[float] | None, confidence: float
) -> Iterator[pd.DataFrame]:
    """Yield the statistics of some curves, a block of steps at a time."""
    if not curves:
        return
    common = _common_steps(curves, steps)
    width = max(1, _BLOCK // len(curves))
    for start in range(0, len(common), width):
        at = common[start : start + width]
        values = np.concatenate([_interpolated(curve, at) for curve in curves])
        codes = np.tile(np.arange(len(at)), len(curves))
        told = grouped_statistics(values, codes, len(at), confidence)
        part = pd.DataFrame({"step": at, **told})
        yield part[part["n"] > 0]


def _common_steps(curves: Iterable[Curve], steps: int | Sequence[float] | None) -> Floats:
    if steps is not None and not isinstance(steps, int):
        return np.unique(np.asarray(steps, dtype=np.float64))
    every: npt.NDArray[np.float64] = np.unique(np.concatenate([c.steps for c in curves]))
    return every if steps is None else np.linspace(every[0], every[-1], steps)


def _interpolated(curve: Curve, at: Floats) -> Floats:
    """Return a run's values at some steps, NaN outside of it and beside its gaps."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.interp(at, curve.steps, curve.values, left=np.nan, right=np.nan)


def _nothing() -> pd.DataFrame:
    empty = np.empty(0)
    told = grouped_statistics(empty, empty.astype(np.intp), 0, 0.5)
    codes = empty.astype(np.intp)
    return pd.DataFrame({"group": codes, "key": codes, "step": empty, **told})


def _attributes(
    curves: Mapping[tuple[str, str], Curve],
    members: Mapping[str, Sequence[str]],
    steps: int | Sequence[float] | None,
    confidence: float,
) -> dict[str, object]:
    where = "every step that a run of the group has"
    if steps is not None:
        where = f"{steps} equally distant steps" if isinstance(steps, int) else "the steps given"
    seen = {run_id for _, run_id in curves}
    gaps = [key for key, curve in curves.items() if np.isnan(curve.values).any()]
    return {
        "method": _METHOD.format(steps=where),
        "confidence": confidence,
        "without_points": [run for ids in members.values() for run in ids if run not in seen],
        "with_gaps": [f"{key} of {run_id}" for key, run_id in gaps],
    }
