"""Groups of runs against one of them: whether they differ by more than chance, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict, Unpack

import numpy as np
import pandas as pd

from nbtrack.client import Client
from nbtrack.client.directions import Given
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.changes import change_of
from nbtrack.frames.frame_columns import (
    METRICS,
    Floats,
    named_columns,
    one_column,
    read_numbers,
    require_rows,
)
from nbtrack.frames.frame_directions import frame_directions
from nbtrack.frames.group_tests import (
    bootstrap_interval,
    hedges_g,
    holm,
    mann_whitney,
    scipy_stats,
    welch,
)
from nbtrack.frames.grouping import By, grouping_of
from nbtrack.frames.groups import check_confidence, groups
from nbtrack.frames.typed import PARAMS
from nbtrack.signatures import filled, spelled_out

Baseline = str | int | Mapping[str, object] | None
"""A group by its name, its number, or the values of its params; None is the first one."""

_LEAST: Final = 2
_MOST_LISTED: Final = 10
_METHOD: Final = (
    "Differences are group minus baseline. Welch's t test and its interval of the difference of "
    "means; Mann-Whitney U (exact below 50 runs a group without ties); percentile interval of the "
    "difference of means from {resamples} bootstrap resamples, seed {seed}; Hedges' g; Cliff's "
    "delta. Only finite values count."
)
_SEVERAL: Final = (
    "{count} groups were compared with the baseline: of such a family some p below 0.05 are "
    "expected by chance. The columns *_holm are adjusted for the {count} rows of this table (Holm "
    "1979); they do not know of metrics or tables that were looked at besides. The intervals are "
    "not adjusted."
)
_ONE: Final = (
    "One comparison, so nothing is to be adjusted in this table. If several metrics or tables are "
    "looked at, some p below 0.05 are expected by chance."
)


class CompareGroupsOptions(TypedDict, total=False):
    """The keywords of `compare_groups`."""

    by: By
    baseline: Baseline
    confidence: float
    resamples: int
    seed: int
    directions: Given
    client: Client | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareGroupsChoice:
    """The same keywords with the values they have where nothing is said."""

    by: By = None
    baseline: Baseline = None
    confidence: float = 0.95
    resamples: int = 10_000
    seed: int = 0
    directions: Given = None
    client: Client | None = None


@spelled_out(CompareGroupsChoice)
def compare_groups(
    df: pd.DataFrame, metric: str, **options: Unpack[CompareGroupsOptions]
) -> pd.DataFrame:
    """Compare groups of replicates with a baseline group in one metric. Needs SciPy.

    Parameters
    ----------
    df
        A frame of `nbtrack.runs()`.
    metric
        The metric, `metrics.` may be left out; or another column of numbers.
    **options
        `by`: columns that tell groups, as for `groups`. `baseline`: the group to compare with, by
        its name, its number, or values of its params; else the first. `confidence`: of the
        intervals. `resamples`, `seed`: of the bootstrap. `directions`: `min` or `max` if the
        metric's direction is not what its name, tags or the settings say. `client`: where tags of
        experiments are looked up.

    Returns
    -------
    pandas.DataFrame
        A row for each group but the baseline: `group`, `n`, `n_baseline`, `mean`, `mean_baseline`,
        `difference`, `ci_low`, `ci_high` (Welch), `boot_low`, `boot_high`, `t`, `df`, `p_welch`,
        `p_welch_holm`, `u`, `p_mann_whitney`, `p_mann_whitney_holm`, `hedges_g`, `cliffs_delta`,
        `change` (`better` or `worse` by the means) and `note`: what could not be reckoned, and
        why. `attrs` tells the method, the direction, and a note on multiple comparisons.

    Raises
    ------
    InvalidParameterValue
        If there is one group only, or the metric or the baseline is unknown.
    MissingDependencyError
        If SciPy is not installed.

    Examples
    --------
    >>> frame = pd.DataFrame({"params.lr": [0.1, 0.1, 0.1, 0.2, 0.2, 0.2],
    ...                       "metrics.loss": [0.50, 0.52, 0.54, 0.30, 0.31, 0.32]})
    >>> found = compare_groups(frame, "loss")
    >>> found[["group", "difference", "p_welch", "change"]].round(3).values.tolist()
    [['lr=0.2', -0.21, 0.001, 'better']]
    """
    chosen = filled(CompareGroupsChoice, options, of="compare_groups")
    require_rows(df, to="compare groups in")
    _check(chosen)
    scipy_stats()
    column = one_column(df, metric, METRICS)
    table = groups(df, chosen.by, metrics=[column], confidence=chosen.confidence)
    base = _baseline_place(table, chosen.baseline)
    made = _compared(table["group"].to_list(), _samples(df, column, chosen.by), base, chosen)
    key = column.removeprefix(METRICS)
    known = frame_directions(df, [key], chosen.directions, chosen.client)[key]
    pairs = zip(made["mean"], made["mean_baseline"], strict=True)
    changes = [change_of(key, new, old, known.way) for new, old in pairs]
    made.insert(made.shape[1] - 1, "change", changes)
    made.attrs |= table.attrs | {"grouping": table.attrs["method"]}
    made.attrs.update(_attributes(chosen, len(made)))
    made.attrs |= {"metric": column, "baseline": table["group"].iloc[base]}
    made.attrs |= {"direction": known.way, "direction_source": known.source}
    return made


def _check(chosen: CompareGroupsChoice) -> None:
    check_confidence(chosen.confidence)
    if chosen.resamples < 1:
        message = f"resamples is {chosen.resamples!r}. Use a count above 0, such as 10_000."
        raise InvalidParameterValue(message)


def _samples(df: pd.DataFrame, column: str, by: By) -> list[Floats]:
    """Return the finite values of each group, sorted: the order of runs decides nothing."""
    grouping, read = grouping_of(df, by), read_numbers(df[column])
    codes = np.where(read.usable, grouping.codes, -1)
    return [np.sort(read.floats[codes == place]) for place in range(grouping.count)]


def _baseline_place(table: pd.DataFrame, baseline: Baseline) -> int:
    labels = table["group"].to_list()
    if len(labels) < 2:  # noqa: PLR2004 - two make a comparison
        raise InvalidParameterValue(
            "There is one group only, so there is nothing to compare. Give by=[...] with params "
            "in which the runs differ."
        )
    places = _fitting(table, baseline)
    if len(places) != 1:
        found = f"{len(places)} groups" if places else "no group"
        message = f"The baseline {baseline!r} is {found}. The groups are {_listed(labels)}."
        raise InvalidParameterValue(message)
    return places[0]


def _fitting(table: pd.DataFrame, baseline: Baseline) -> list[int]:
    if baseline is None:
        return [0]
    if isinstance(baseline, int):
        return [baseline] if 0 <= baseline < len(table) else []
    if isinstance(baseline, str):
        return [at for at, label in enumerate(table["group"]) if label == baseline]
    fits = np.ones(len(table), dtype=bool)
    for name, value in baseline.items():
        column = table[named_columns(table, name, PARAMS)[0]]
        fits &= [_is_same(found, value) for found in column]
    return [int(place) for place in np.flatnonzero(fits)]


def _is_same(found: object, wanted: object) -> bool:
    is_missing = found is None or found is pd.NA or found != found  # noqa: PLR0124 - NaN differs
    return wanted is None if is_missing else found == wanted


def _listed(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _MOST_LISTED} more" if len(labels) > _MOST_LISTED else ""
    return ", ".join(map(repr, labels[:_MOST_LISTED])) + more


def _compared(
    labels: Sequence[str], samples: Sequence[Floats], base: int, chosen: CompareGroupsChoice
) -> pd.DataFrame:
    """Test each group against the baseline, and adjust for there being several."""
    others = [place for place in range(len(samples)) if place != base]
    rows = [
        {"group": labels[place], **_row(samples[place], samples[base], chosen)} for place in others
    ]
    made = pd.DataFrame(rows)
    for test in ("p_welch", "p_mann_whitney"):
        adjusted = holm(made[test].to_numpy(dtype=np.float64))
        made.insert(made.columns.to_list().index(test) + 1, f"{test}_holm", adjusted)
    return made


def _row(new: Floats, old: Floats, chosen: CompareGroupsChoice) -> dict[str, object]:
    student, ranks = welch(new, old, chosen.confidence), mann_whitney(new, old)
    rng = np.random.default_rng(chosen.seed)
    boot = bootstrap_interval(new, old, chosen.confidence, chosen.resamples, rng)
    means = [float(np.mean(group)) if len(group) else np.nan for group in (new, old)]
    return {
        "n": len(new),
        "n_baseline": len(old),
        "mean": means[0],
        "mean_baseline": means[1],
        "difference": means[0] - means[1],
        "ci_low": student.low,
        "ci_high": student.high,
        "boot_low": boot[0],
        "boot_high": boot[1],
        "t": student.t,
        "df": student.df,
        "p_welch": student.p,
        "u": ranks.u,
        "p_mann_whitney": ranks.p,
        "hedges_g": hedges_g(new, old),
        "cliffs_delta": ranks.delta,
        "note": _note(new, old),
    }


def _note(new: Floats, old: Floats) -> str:
    """Say why tests have no answer."""
    small = {"group": len(new), "baseline": len(old)}
    told = [f"the {name} has n={count}" for name, count in small.items() if count < _LEAST]
    if told:
        return f"not tested: {' and '.join(told)}, and {_LEAST} are needed"
    if new.min() == new.max() and old.min() == old.max():
        return "no t test and no g: neither group has a spread"
    return ""


def _attributes(chosen: CompareGroupsChoice, count: int) -> dict[str, object]:
    return {
        "method": _METHOD.format(resamples=chosen.resamples, seed=chosen.seed),
        "multiple_comparisons": _ONE if count == 1 else _SEVERAL.format(count=count),
        "seed": chosen.seed,
        "resamples": chosen.resamples,
    }
