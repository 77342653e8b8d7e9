"""Which params matter for a metric: how much of its variation goes along with each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from nbtrack.client import Client
from nbtrack.client.directions import Given
from nbtrack.directions import Direction
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.frame_columns import (
    METRICS,
    Floats,
    named_columns,
    one_column,
    read_numbers,
    require_rows,
)
from nbtrack.frames.frame_directions import frame_directions
from nbtrack.frames.group_tests import holm
from nbtrack.frames.param_levels import Levels, levels_of
from nbtrack.frames.typed import PARAMS

_LEAST_RUNS: Final = 3
_FEW_RUNS: Final = 20
_MOST_DRAWS: Final = 5_000_000
_PERMUTATIONS: Final = (99, 999)
_MOST_PAIRED: Final = 30
_CONFOUNDED: Final = 0.8
_METHOD: Final = (
    "Share of the variance of the metric's ranks that lies between the levels of one param: eta "
    "squared, corrected for the number of levels (epsilon squared; of the Kruskal-Wallis H it is "
    "(H - k + 1) / (n - k)), 0 if that is negative. Numbers with many values are cut into bins of "
    "about equally many runs. p from {count} permutations of the metric, seed {seed}; p_holm is "
    "adjusted for the number of params. Spearman's rank correlation gives the sign."
)
_ALONE: Final = (
    "Each param is judged alone: what shows only together with another one is not seen, and "
    "shares of params that went along with each other overlap, so they do not add up to 1. "
    "Runs picked by a search are no experiment: what goes along need not be the cause."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The metric of the runs that count: its values, their ranks, and shuffled ranks."""

    metric: Floats
    ranks: Floats
    shuffled: Floats
    way: Direction


def importance(
    df: pd.DataFrame,
    metric: str,
    *,
    params: str | Sequence[str] | None = None,
    directions: Given = None,
    seed: int = 0,
    client: Client | None = None,
) -> pd.DataFrame:
    """Tell which params go along with a metric, the strongest first.

    Parameters
    ----------
    df
        A frame of `nbtrack.runs()`.
    metric
        The metric, `metrics.` may be left out; or another column of numbers.
    params
        Columns to judge, `params.` may be left out; else all `params.*`.
    directions
        `min` or `max`, if the metric's direction is not what name, tags or settings say.
    seed
        Of the permutations.
    client
        Where tags of experiments are looked up.

    Returns
    -------
    pandas.DataFrame
        `param`; `importance`, the share of variation that goes along with it, from 0 to 1; `eta2`,
        the same uncorrected; `p`, `p_holm`; `spearman`, for numbers and truth values; `better`,
        whether `higher` or `lower` values went with better metrics; `best`, the level with the
        best median; `levels`, `kind`, `n` (runs with a value); `confounded_with`, params that
        went along with this one; `note`. `attrs` tells the method, what was left out, and
        `caveats`.

    Raises
    ------
    InvalidParameterValue
        If fewer than 3 runs have a value of the metric, or no param differs between them.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "params.lr": [0.1, 0.1, 0.2, 0.2, 0.3, 0.3], "params.act": ["relu", "tanh"] * 3,
    ...     "metrics.loss": [0.9, 0.8, 0.6, 0.5, 0.3, 0.2]})
    >>> found = importance(frame, "loss")
    >>> found[["param", "importance", "better", "best"]].round(2).values.tolist()
    [['params.lr', 0.86, 'higher', '0.3'], ['params.act', 0.0, '', 'tanh']]
    """
    require_rows(df, to="reckon with")
    column = one_column(df, metric, METRICS)
    read = read_numbers(df[column])
    usable = ~np.isnan(read.floats)
    if int(usable.sum()) < _LEAST_RUNS:
        raise InvalidParameterValue(
            f"{int(usable.sum())} of {len(df)} runs have a number in {column!r}, and importance "
            f"needs {_LEAST_RUNS} at least. Take more runs, or another metric."
        )
    key = column.removeprefix(METRICS)
    known = frame_directions(df, [key], directions, client)[key]
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(read.floats[rows], kind="stable")]  # so that their order decides nothing
    outcome = _outcome(read.floats[rows], known.way, seed)
    levels, constant = _levels(df.iloc[rows], params)
    made = _table(levels, outcome)
    made["confounded_with"] = _confounded(made["param"].to_list(), levels)
    made["note"] = [_note(levels[name]) for name in made["param"]]
    made.attrs |= {"metric": column, "direction": known.way, "direction_source": known.source}
    made.attrs |= {"n": len(outcome.metric), "seed": seed, "caveats": _caveats(made, outcome)}
    made.attrs["method"] = _METHOD.format(count=len(outcome.shuffled), seed=seed)
    nan = int((~usable & ~read.missing).sum())
    made.attrs["left_out"] = _left_out(column, nan, int(read.missing.sum()), constant)
    return made


def _outcome(values: Floats, way: Direction, seed: int) -> Outcome:
    ranks = _ranks(values)
    fewest, most = _PERMUTATIONS
    count = max(fewest, min(most, _MOST_DRAWS // len(ranks)))
    rng = np.random.default_rng(seed)
    return Outcome(values, ranks, rng.permuted(np.tile(ranks, (count, 1)), axis=1), way)


def _ranks(values: Floats) -> Floats:
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)


def _levels(
    df: pd.DataFrame, params: str | Sequence[str] | None
) -> tuple[dict[str, Levels], list[str]]:
    """Return the levels of params that differ, and the names of those that do not."""
    if params is not None:
        names = named_columns(df, params, PARAMS)
    else:
        names = [str(name) for name in df.columns if str(name).startswith(PARAMS)]
    found = {name: levels_of(df[name]) for name in names}
    differing = {name: levels for name, levels in found.items() if levels.count > 1}
    if not differing:
        raise InvalidParameterValue(
            f"None of {len(names)} params differs between the {len(df)} runs that have the metric. "
            "Take runs with different params, and columns=['params.*', 'metrics.*']."
        )
    return differing, [name for name in names if name not in differing]


def _table(levels: dict[str, Levels], outcome: Outcome) -> pd.DataFrame:
    rows = [{"param": name, **_judged(found, outcome)} for name, found in levels.items()]
    made = pd.DataFrame(rows)
    made.insert(4, "p_holm", holm(made["p"].to_numpy(dtype=np.float64)))
    order = ["importance", "p", "param"]
    return made.sort_values(order, ascending=[False, True, True], ignore_index=True)


def _judged(levels: Levels, outcome: Outcome) -> dict[str, object]:
    share, p = _variance_share(levels, outcome)
    runs, count = len(outcome.ranks), levels.count
    corrected = (share * (runs - 1) - (count - 1)) / (runs - count) if runs > count else np.nan
    rho = _spearman(levels, outcome.ranks)
    return {
        "importance": corrected if np.isnan(corrected) else max(0.0, corrected),
        "eta2": share,
        "p": p,
        "spearman": rho,
        "better": _better(rho, outcome.way),
        "best": _best(levels, outcome),
        "levels": count,
        "kind": levels.kind,
        "n": len(levels.codes) - levels.missing,
    }


def _variance_share(levels: Levels, outcome: Outcome) -> tuple[float, float]:
    """Return the share of the ranks' variance between levels, and its p by permutation."""
    total = float(np.var(outcome.ranks)) * len(outcome.ranks)
    if total == 0 or levels.is_sparse:
        return np.nan, np.nan
    found = _between(levels, outcome.ranks[np.newaxis])[0]
    by_chance = _between(levels, outcome.shuffled)
    as_large = int((by_chance >= found * (1 - 1e-12)).sum())
    return float(found / total), (1 + as_large) / (1 + len(by_chance))


def _between(levels: Levels, ranks: Floats) -> Floats:
    """Return the sum of squares between levels, for each row of ranks."""
    rows, count = len(ranks), levels.count
    places = levels.codes + count * np.arange(rows)[:, np.newaxis]
    apart = ranks - ranks[0].mean()
    sums = np.bincount(places.ravel(), weights=apart.ravel(), minlength=rows * count)
    return np.asarray((sums.reshape(rows, count) ** 2 / levels.sizes).sum(axis=1))


def _spearman(levels: Levels, ranks: Floats) -> float:
    known = ~np.isnan(levels.numbers)
    if not levels.numbers.size or len(np.unique(levels.numbers[known])) < 2:  # noqa: PLR2004
        return np.nan
    mine, theirs = _ranks(levels.numbers[known]), _ranks(ranks[known])
    if theirs.min() == theirs.max():
        return np.nan
    return float(np.corrcoef(mine, theirs)[0, 1])


def _better(rho: float, way: Direction) -> str:
    if np.isnan(rho) or rho == 0:
        return ""
    return "higher" if (rho > 0) == (way == "max") else "lower"


def _best(levels: Levels, outcome: Outcome) -> str:
    """Return the level with the best median; the first of several."""
    medians = [float(np.median(outcome.metric[levels.codes == at])) for at in range(levels.count)]
    best = np.argmin(medians) if outcome.way == "min" else np.argmax(medians)
    return levels.names[int(best)]


def _confounded(names: Sequence[str], levels: dict[str, Levels]) -> list[str]:
    """Name for each param those that went along with it; only the strongest ones are looked at."""
    found: dict[str, list[str]] = {name: [] for name in names}
    looked = [name for name in names[:_MOST_PAIRED] if not levels[name].is_sparse]
    for at, one in enumerate(looked):
        for other in looked[at + 1 :]:
            if cramers_v(levels[one], levels[other]) >= _CONFOUNDED:
                found[one].append(other)
                found[other].append(one)
    return [", ".join(others) for others in found.values()]


def cramers_v(one: Levels, other: Levels) -> float:
    """Return how closely two params went along, from 0 to 1, corrected for bias (Bergsma 2013)."""
    runs, table = len(one.codes), np.zeros((one.count, other.count))
    np.add.at(table, (one.codes, other.codes), 1)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / runs
    phi2 = float(((table - expected) ** 2 / expected).sum()) / runs
    rows, columns = table.shape
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (runs - 1))
    least = min(rows - (rows - 1) ** 2 / (runs - 1), columns - (columns - 1) ** 2 / (runs - 1))
    return float(np.sqrt(phi2 / (least - 1))) if least > 1 else 0.0


def _note(levels: Levels) -> str:
    runs = len(levels.codes)
    if levels.is_sparse:
        return f"{levels.count} values in {runs} runs: too few runs for each to be judged"
    told = f"{levels.missing} runs have none, which is a level" if levels.missing else ""
    binned = f"in {levels.count} bins" if levels.is_binned else ""
    return "; ".join(part for part in (binned, told) if part)


def _caveats(made: pd.DataFrame, outcome: Outcome) -> list[str]:
    told = [_ALONE]
    runs = len(outcome.metric)
    if outcome.ranks.min() == outcome.ranks.max():
        told.append("The metric is the same in all runs, so nothing can be told.")
    if runs < _FEW_RUNS:
        told.append(f"{runs} runs are few: look at p_holm before the order of the params.")
    together = made.loc[made["confounded_with"] != "", "param"]
    if len(together):
        told.append(
            f"These went along with another one (Cramer's V of {_CONFOUNDED} or more), so their "
            f"parts cannot be told apart: {', '.join(together)}."
        )
    if len(made) > _MOST_PAIRED:
        told.append(f"Which went along with each other was asked of the first {_MOST_PAIRED} only.")
    return told


def _left_out(column: str, nan: int, missing: int, constant: Sequence[str]) -> list[str]:
    told = {f"{nan} runs in which {column} is NaN": nan, f"{missing} runs without it": missing}
    same = f"params that are the same in all runs: {', '.join(constant)}"
    return [text for text, count in {**told, same: len(constant)}.items() if count]
