"""Carry a run from one backend to another: params, tags, whole histories, artifacts, inputs."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from nbtrack.backends import HistoryQuery
from nbtrack.client.carry_models import SOURCE_TAG, carry_models, copy_files
from nbtrack.client.client import Client
from nbtrack.client.start import (
    DEFAULT_EXPERIMENT,
    EXPERIMENT_TAG,
    PARENT_TAG,
    TARGET_TAG,
    experiment_named,
)
from nbtrack.entities import Metric, Run

_OURS: Final = frozenset({TARGET_TAG, EXPERIMENT_TAG})
_INT32: Final = struct.Struct("<i")


def carry_over(source: Client, run: Run, target: Client, parent: str | None = None) -> str:
    """Make the same run in another backend and return its id there.

    A tag with the old id keeps a repeat from making a second one. `parent` is the id that the
    run's parent has in the target.
    """
    old = {tag.key: tag.value for tag in run.data.tags}
    experiment_id = _experiment(source, run, target, parent)
    run_id = _found(target, experiment_id, run.info.run_id)
    if run_id is None:
        tags = {key: value for key, value in old.items() if key not in _OURS}
        if parent is not None:
            tags[PARENT_TAG] = parent
        run_id = target.create_run(
            experiment_id,
            run_name=run.info.run_name,
            start_time=run.info.start_time,
            tags={**tags, SOURCE_TAG: run.info.run_id},
        ).info.run_id
    params = {param.key: param.value for param in run.data.params}
    target.log_many(run_id, metrics=_points(source, run.info.run_id), params=params)
    copy_files(source.run_artifacts(run.info.run_id), target.run_artifacts(run_id))
    models = carry_models(source, run, target, (experiment_id, run_id))
    if run.inputs.dataset_inputs or models.inputs:
        target.log_inputs(run_id, datasets=run.inputs.dataset_inputs, models=models.inputs)
    if models.outputs:
        target.log_outputs(run_id, models=models.outputs)
    target.update_run(run_id, status=run.info.status, end_time=run.info.end_time)
    return run_id


def _experiment(source: Client, run: Run, target: Client, parent: str | None) -> str:
    """Return where in the target a run goes: a child goes where its parent is, if it did so."""
    old = {tag.key: tag.value for tag in run.data.tags}
    if EXPERIMENT_TAG in old:
        return old[EXPERIMENT_TAG]
    own = run.info.experiment_id
    if parent is not None and parent != old[PARENT_TAG]:
        was = source.get_run(old[PARENT_TAG]).info.experiment_id
        if was == own:
            return target.get_run(parent).info.experiment_id
    if own == DEFAULT_EXPERIMENT:
        return own
    return experiment_named(target, source.get_experiment(own).name)


def _found(target: Client, experiment_id: str, source_id: str) -> str | None:
    text = f"tags.`{SOURCE_TAG}` = '{source_id}'"
    for run in target.iter_runs([experiment_id], filter=text, limit=1):
        return run.info.run_id
    return None


def _points(source: Client, run_id: str) -> Iterator[Metric]:
    columns = source.columns(HistoryQuery(run_ids=(run_id,)))
    keys = columns.column("key")
    numbers = zip(
        _INT32.iter_unpack(keys.data),
        struct.iter_unpack("<q", columns.column("step").data),
        struct.iter_unpack("<q", columns.column("timestamp").data),
        struct.iter_unpack("<d", columns.column("value").data),
        strict=True,
    )
    for (code,), (step,), (timestamp,), (value,) in numbers:
        key = keys.texts[code]
        if key is not None:
            yield Metric(key=key, value=value, timestamp=timestamp, step=step)
