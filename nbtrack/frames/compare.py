"""Runs side by side: what differs in params, metrics, tags, code and environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.client.directions import Given, KnownDirection, directions_of, experiment_tags
from nbtrack.entities import Run
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.changes import change_of
from nbtrack.frames.comparison import Comparison
from nbtrack.frames.frame_columns import Floats
from nbtrack.frames.origins import Origin, code_changes, origin_of
from nbtrack.frames.param_types import masked
from nbtrack.frames.scope import Runs, run_ids

_SYSTEM: Final = ("mlflow.", "nbtrack.")
_METRICS: Final = ("metric", "run_id", "run", "baseline", "value")
_CODE: Final = ("run_id", "run", "cell", "change", "removed", "added")


@dataclass(frozen=True, slots=True)
class Compared:
    """A run with what is compared of it."""

    run: Run
    name: str
    origin: Origin
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


def compare(
    runs: Runs,
    baseline: Runs | None = None,
    *,
    directions: Given = None,
    files: bool = True,
    client: Client | None = None,
) -> Comparison:
    """Tell what differs between runs, and leave out what is the same in all of them.

    Parameters
    ----------
    runs
        Ids, runs, or a frame of `nbtrack.runs()`; two at least, with the baseline.
    baseline
        The run that the others are compared with; else the first.
    directions
        `min` or `max` for all metrics, or a table by name or pattern; else tags of the runs and
        experiments, the setting `directions` and names tell.
    files
        Whether code and packages are compared: that reads two or three small files a run.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    Comparison
        With the frames `params`, `metrics`, `tags`, `environment`, `packages`, `code`, and all in
        one as `frame`. Tags of MLflow and nbtrack are left out, but for those that tell of the
        environment.

    Raises
    ------
    InvalidParameterValue
        If there is one run only.
    ResourceDoesNotExist
        If there is no such run.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> made = []
    >>> for lr, loss in ((0.1, 0.5), (0.2, 0.4)):
    ...     with nbtrack.run(run_name=f"lr {lr}", params={"lr": lr, "depth": 3}) as run:
    ...         nbtrack.log(loss=loss)
    ...     made.append(run.run_id)
    >>> found = compare(made)
    >>> found.params.values.tolist()
    [['0.1', '0.2']]
    >>> found.metrics[["metric", "delta", "change"]].round(3).values.tolist()
    [['loss', -0.1, 'better']]
    """
    asked = client or current_client()
    notes: list[str] = []
    compared = _read(asked, _ordered(runs, baseline), notes, files=files)
    known = _directions(asked, compared, directions)
    packaged = [c for c in compared if c.origin.packages is not None]
    if files and 0 < len(packaged) < len(compared):
        lacking = [c.name for c in compared if c.origin.packages is None]
        notes.append(f"packages are not recorded of {', '.join(lacking)}")
    metrics = _metric_differences(compared, known)
    return Comparison(
        run_ids=tuple(c.run.info.run_id for c in compared),
        names=tuple(c.name for c in compared),
        params=_differing(compared, [c.params for c in compared]),
        metrics=metrics,
        values=_differing(compared, [c.metrics for c in compared]),
        tags=_differing(compared, [c.tags for c in compared]),
        environment=_differing(compared, [c.origin.environment for c in compared]),
        packages=_differing(packaged, [c.origin.packages or {} for c in packaged]),
        code=_code_differences(compared),
        notes=(*notes, *_told(metrics, known)),
    )


def _ordered(runs: Runs, baseline: Runs | None) -> list[str]:
    """Return the ids of the runs, the baseline first."""
    if isinstance(runs, pd.DataFrame) and "run_ids" in runs.columns:
        raise InvalidParameterValue(
            "The frame has groups of runs. Compare them with nbtrack.compare_groups(df, metric), "
            "where df is the frame of runs."
        )
    ids = run_ids(runs)
    if baseline is not None:
        first = run_ids(baseline)
        if len(first) != 1:
            raise InvalidParameterValue(f"The baseline is {len(first)} runs. Give one of them.")
        ids = [*first, *(run_id for run_id in ids if run_id not in first)]
    if len(ids) < 2:  # noqa: PLR2004 - two make a comparison
        raise InvalidParameterValue(f"A comparison of {ids!r} needs two runs. Give more of them.")
    return ids


def _read(client: Client, ids: Sequence[str], notes: list[str], *, files: bool) -> list[Compared]:
    runs = [client.get_run(run_id) for run_id in ids]
    return [
        Compared(
            run=run,
            name=name,
            origin=origin_of(client, run, notes, files=files),
            params={param.key: param.value for param in run.data.params},
            metrics={metric.key: metric.value for metric in run.data.metrics},
            tags={t.key: t.value for t in run.data.tags if not t.key.startswith(_SYSTEM)},
        )
        for run, name in zip(runs, _names(runs), strict=True)
    ]


def _names(runs: Sequence[Run]) -> list[str]:
    """Call each run by its name and so much of its id that no two are called the same."""
    for length in (8, 12, 20):
        names = [f"{run.info.run_name} ({run.info.run_id[:length]})" for run in runs]
        if len(set(names)) == len(names):
            return names
    return [f"{run.info.run_name} ({run.info.run_id})" for run in runs]


def _directions(
    client: Client, compared: Sequence[Compared], given: Given
) -> dict[str, KnownDirection]:
    return directions_of(
        sorted({key for c in compared for key in c.metrics}),
        given,
        run_tags=[{tag.key: tag.value for tag in c.run.data.tags} for c in compared],
        experiment_tags=experiment_tags(client, (c.run.info.experiment_id for c in compared)),
    )


def _told(metrics: pd.DataFrame, known: Mapping[str, KnownDirection]) -> Iterable[str]:
    """Say what tells the directions that are not judged by a name alone."""
    for key in dict.fromkeys(metrics["metric"]):
        if known[key].source != "name":
            yield f"{key}: {known[key].way} is better, by {known[key].source}"


def _differing(
    compared: Sequence[Compared], values: Sequence[Mapping[str, str] | Mapping[str, float]]
) -> pd.DataFrame:
    """Return the keys whose values are not the same in all of the runs."""
    keys = sorted({key for found in values for key in found})
    rows = {key: [found.get(key) for found in values] for key in keys}
    differing = {key: row for key, row in rows.items() if len(set(map(repr, row))) > 1}
    names = [c.name for c in compared]
    return pd.DataFrame.from_dict(differing, orient="index", columns=names, dtype=object)


def _metric_differences(
    compared: Sequence[Compared], known: Mapping[str, KnownDirection]
) -> pd.DataFrame:
    base, *others = compared
    rows = [
        (key, c.run.info.run_id, c.name, base.metrics.get(key), c.metrics.get(key), way.way)
        for key, way in known.items()
        for c in others
        if repr(base.metrics.get(key)) != repr(c.metrics.get(key))  # a NaN equals another
    ]
    made = pd.DataFrame(rows, columns=[*_METRICS, "direction"], dtype=object)
    old, new = _floats(made["baseline"]), _floats(made["value"])
    with np.errstate(all="ignore"):  # infinities have no difference
        delta = new - old
        relative = np.where(old == 0, np.nan, delta / np.abs(old))
    made = made.assign(baseline=_logged(made["baseline"]), value=_logged(made["value"]))
    made.insert(5, "delta", delta)
    made.insert(6, "relative", relative)
    made["change"] = [
        change_of(key, after, before, way)
        for key, after, before, way in zip(made["metric"], new, old, made["direction"], strict=True)
    ]
    return made.astype(dict.fromkeys(("metric", "run_id", "run", "direction", "change"), "str"))


def _floats(column: pd.Series) -> Floats:
    return np.asarray(column.astype("float64"), dtype=np.float64)


def _logged(column: pd.Series) -> pd.api.extensions.ExtensionArray:
    """Return metrics so that a missing value differs from NaN."""
    return masked(_floats(column), np.array([value is None for value in column], dtype=bool))


def _code_differences(compared: Sequence[Compared]) -> pd.DataFrame:
    base, *others = compared
    rows = [
        (c.run.info.run_id, c.name, change.cell, change.change, change.removed, change.added)
        for c in others
        for change in code_changes(base.origin.source, c.origin.source)
    ]
    return pd.DataFrame(rows, columns=list(_CODE))
