"""Runs that another server sent, put into an engine in memory so that it answers for them."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping

from nbtrack.backends.columns import Columns
from nbtrack.backends.sqlite import experiments as of_experiments
from nbtrack.backends.sqlite import inputs, metrics, values
from nbtrack.backends.sqlite.series import NAN, Point
from nbtrack.backends.sqlite.session import Session
from nbtrack.entities import DELETED, Experiment, Metric, Run

Points = Mapping[str, Mapping[str, list[Point]]]
"""All points of some metrics, by run and key."""


def load(
    tx: Session, experiments: Iterable[Experiment], runs: Iterable[Run], points: Points
) -> None:
    """Write experiments and runs with the ids and times that they have elsewhere.

    `points` holds the metrics that more is known of than the last value.
    """
    for experiment in experiments:
        _load_experiment(tx, experiment)
    for run in runs:
        _load_run(tx, run, points.get(run.info.run_id, {}))


def _load_experiment(tx: Session, it: Experiment) -> None:
    row = of_experiments.row_id(it.experiment_id)
    tx.run(
        "insert or replace into experiment "
        "(id, name, artifact_location, stage, creation_time, last_update_time) "
        "values (?, ?, ?, ?, ?, ?)",
        row,
        it.name,
        it.artifact_location or None,
        int(it.lifecycle_stage == DELETED),
        it.creation_time or 0,
        it.last_update_time or 0,
    )
    rows = [(row, tag.key, tag.value) for tag in it.tags]
    tx.many("insert or replace into experiment_tag values (?, ?, ?)", rows)


def _load_run(tx: Session, run: Run, points: Mapping[str, list[Point]]) -> None:
    info, data = run.info, run.data
    experiment = of_experiments.row_id(info.experiment_id)
    cursor = tx.db.execute(
        "insert into run (run_id, experiment, run_name, user_id, status, start_time, end_time, "
        "stage) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            info.run_id,
            experiment,
            info.run_name,
            info.user_id or "",
            info.status.value,
            info.start_time or 0,
            info.end_time,
            int(info.lifecycle_stage == DELETED),
        ),
    )
    row = int(cursor.lastrowid or 0)
    values.put_params(tx, row, {param.key: param.value for param in data.params})
    values.put_tags(tx, row, {tag.key: tag.value for tag in data.tags})
    last = {metric.key: [_point(metric)] for metric in data.metrics}
    metrics.put_points(tx, row, {**last, **points})
    inputs.put_datasets(tx, row, experiment, run.inputs.dataset_inputs)


def _point(metric: Metric) -> Point:
    value = metric.value if metric.value == metric.value else NAN
    return metric.step, metric.timestamp, value


def points_of(history: Columns) -> dict[str, dict[str, list[Point]]]:
    """Sort the rows of a history by run and key."""
    found: dict[str, dict[str, list[Point]]] = {}
    runs, keys = history.column("run_id"), history.column("key")
    rows = zip(
        _numbers(runs.data, "i"),
        _numbers(keys.data, "i"),
        _numbers(history.column("step").data, "q"),
        _numbers(history.column("timestamp").data, "q"),
        _numbers(history.column("value").data, "d"),
        strict=True,
    )
    for run, key, step, time, value in rows:
        of_run = found.setdefault(str(runs.texts[int(run)]), {})
        number = value if value == value else NAN  # noqa: PLR0124 - NaN
        of_run.setdefault(str(keys.texts[int(key)]), []).append((int(step), int(time), number))
    return found


def _numbers(data: bytes, code: str) -> array[float]:
    numbers: array[float] = array(code, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
