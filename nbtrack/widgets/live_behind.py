"""The curve behind a live one: of the best run so far, the run before, or a run of your choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from nbtrack.backends import Columns, HistoryQuery, RunsQuery
from nbtrack.charts.reduction import envelope
from nbtrack.client import Client
from nbtrack.directions import direction
from nbtrack.entities import RunInfo
from nbtrack.errors import InvalidParameterValue
from nbtrack.widgets.live_curve import MOST_POINTS

CHOICES: Final = ("best", "previous")
MOST_STEPS: Final = 20_000
"""Longer histories are not fetched from a server for the sake of a curve behind."""
_CANDIDATES: Final = 20
_ID_LENGTH: Final = 32
_FINISHED: Final = "attributes.status = 'FINISHED'"


@dataclass(frozen=True, slots=True)
class Behind:
    """Curves of another run: its name, what it is to this one, and its points by metric."""

    run_name: str
    what: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]


def checked_choice(behind: str | None) -> str | None:
    """Return which run is wanted. Raises InvalidParameterValue for what is no choice."""
    if behind is None or behind in CHOICES:
        return behind
    if len(behind) == _ID_LENGTH and behind.isalnum():
        return behind
    raise InvalidParameterValue(
        f"behind is {behind!r}. Use 'best', 'previous', the id of a run, or None."
    )


def read_behind(
    client: Client, run: RunInfo, metrics: Sequence[str], behind: str, *, is_local: bool
) -> Behind | None:
    """Read the curves of the other run; None if there is none that has the first metric."""
    found = _run_by_id(client, behind) if behind not in CHOICES else None
    if found is None and behind in CHOICES:
        found = _finished_run(client, run, metrics[0], behind)
    if found is None:
        return None
    run_id, name = found
    if not is_local and _longest(client, run_id, metrics) > MOST_STEPS:
        return None
    columns = client.columns(HistoryQuery(run_ids=(run_id,), keys=tuple(metrics)))
    what = f"{behind} run" if behind in CHOICES else "run"
    return Behind(name, what, curves_of(columns))


def _run_by_id(client: Client, run_id: str) -> tuple[str, str]:
    info = client.get_run(run_id).info
    return info.run_id, info.run_name


def _finished_run(client: Client, run: RunInfo, metric: str, behind: str) -> tuple[str, str] | None:
    way = "ASC" if direction(metric) == "min" else "DESC"
    order = f"metrics.`{metric}` {way}" if behind == "best" else "attributes.start_time DESC"
    name = f"metrics.{metric}"
    query = RunsQuery(
        experiment_ids=(run.experiment_id,),
        filter=_FINISHED,
        order_by=(order,),
        limit=_CANDIDATES,
        select=("run_id", "run_name", name),
    )
    columns = client.columns(query)
    names = [column.name for column in columns.columns]
    if name not in names:
        return None
    values = np.frombuffer(columns.column(name).data, "<f8")
    texts = zip(columns.column("run_id").texts, columns.column("run_name").texts, strict=True)
    return _first_with_value(texts, values, but=run.run_id)


def _first_with_value(
    runs: Iterable[tuple[str | None, str | None]], values: Iterable[float], *, but: str
) -> tuple[str, str] | None:
    for (run_id, name), value in zip(runs, values, strict=True):
        if run_id is not None and run_id != but and isfinite(value):
            return run_id, name or run_id
    return None


def _longest(client: Client, run_id: str, metrics: Sequence[str]) -> int:
    known = client.get_run(run_id).data.metrics
    return max((metric.step for metric in known if metric.key in metrics), default=0)


def curves_of(columns: Columns) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
    """Return the points of each metric, at most so many that a chart stays quick."""
    keys = columns.column("key")
    codes = np.frombuffer(keys.data, "<i4")
    steps = np.frombuffer(columns.column("step").data, "<i8")
    values = np.frombuffer(columns.column("value").data, "<f8")
    found: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    for code, key in enumerate(keys.texts):
        places = np.flatnonzero(codes == code)
        if key is not None and len(places):
            x, y = steps[places], values[places]
            chosen = envelope(y, MOST_POINTS)
            found[key] = x[chosen].tolist(), y[chosen].tolist()
    return found
