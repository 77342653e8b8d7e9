"""Metric points linked to logged models."""

from __future__ import annotations

from collections.abc import Iterable

from nbtrack.backends.sqlite.series import NAN
from nbtrack.backends.sqlite.session import Session, ids_json
from nbtrack.entities import Metric
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist


def link_points(tx: Session, run_id: str, metrics: Iterable[Metric]) -> None:
    """Store the points that name a logged model with that model.

    One model, key, timestamp, step and run has one value; another value is refused.
    """
    models: dict[str, int] = {}
    for metric in metrics:
        if metric.model_id:
            if metric.model_id not in models:
                models[metric.model_id] = _model_row(tx, metric.model_id)
            _link(tx, run_id, models[metric.model_id], metric)


def _model_row(tx: Session, model_id: str) -> int:
    row = tx.one("select id from model where model_id = ?", model_id)
    if row is None:
        message = f"Logged model {model_id!r} does not exist, so no metric can be linked to it."
        raise ResourceDoesNotExist(message)
    return int(row[0])


def _link(tx: Session, run_id: str, model: int, metric: Metric) -> None:
    place = (model, metric.key, metric.timestamp, metric.step, run_id)
    value = None if metric.value != metric.value else float(metric.value)
    row = tx.one(
        "select value from model_metric where model = ? and key = ? and time = ? and step = ? "
        "and run_id = ?",
        *place,
    )
    if row is None:
        tx.run(
            "insert into model_metric values (?, ?, ?, ?, ?, ?, ?, ?)",
            *place,
            value,
            metric.dataset_name,
            metric.dataset_digest,
        )
    elif row[0] != value:
        raise InvalidParameterValue(
            f"Logged model {metric.model_id!r} already has {metric.key!r} at step {metric.step} "
            f"and timestamp {metric.timestamp} with the value {row[0]!r}, not {value!r}. "
            "Use another step or timestamp."
        )


def points_of(tx: Session, models: Iterable[tuple[int, str]]) -> dict[int, list[Metric]]:
    """Return every linked point of models, given as row id and model id."""
    names = dict(models)
    found: dict[int, list[Metric]] = {}
    for model, key, time, step, run_id, value, name, digest in tx.all(
        "select model, key, time, step, run_id, value, dataset_name, dataset_digest "
        "from model_metric where model in (select value from json_each(?)) "
        "order by model, key, time, step, run_id",
        ids_json(names),
    ):
        point = Metric(
            key=key,
            value=NAN if value is None else value,
            timestamp=time,
            step=step,
            dataset_name=name,
            dataset_digest=digest,
            model_id=names[model],
            run_id=run_id,
        )
        found.setdefault(model, []).append(point)
    return found
