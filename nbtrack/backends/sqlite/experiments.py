"""Experiments: create, find, rename, tag, delete, restore. Their search is in `search.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nbtrack import entities
from nbtrack.api import experiments as api
from nbtrack.api.operation import Nothing
from nbtrack.backends.sqlite import checks
from nbtrack.backends.sqlite.session import Row, Session, ids_json
from nbtrack.entities import ACTIVE, DELETED, Experiment, ExperimentTag
from nbtrack.errors import (
    InvalidParameterValue,
    InvalidState,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from nbtrack.limits import SEARCH_DATASETS_EXPERIMENTS, SEARCH_DATASETS_ROWS

COLUMNS: Final = "id, name, artifact_location, stage, creation_time, last_update_time"
STAGES: Final = (ACTIVE, DELETED)
_ID: Final = re.compile(r"\d{1,18}", re.ASCII)


def row_id(text: str) -> int:
    """Return the integer behind an experiment id; refuse what is not one."""
    if not _ID.fullmatch(text):
        message = f"The experiment id {text!r} is not a number. Ids look like '0' or '12'."
        raise InvalidParameterValue(message)
    return int(text)


def find(tx: Session, experiment_id: str) -> Row:
    """Return the row of an experiment, active or deleted."""
    row = tx.one(f"select {COLUMNS} from experiment where id = ?", row_id(experiment_id))
    if row is None:
        raise ResourceDoesNotExist(
            f"Experiment {experiment_id!r} does not exist. "
            "List experiments with client.search_experiments()."
        )
    return row


def find_active(tx: Session, experiment_id: str) -> Row:
    """Return the row of an experiment that may be written to."""
    row = find(tx, experiment_id)
    if row[3]:
        raise InvalidParameterValue(
            f"Experiment {experiment_id!r} ({row[1]!r}) is deleted and cannot be written to. "
            f"Restore it with client.restore_experiment({experiment_id!r})."
        )
    return row


def load(tx: Session, rows: Iterable[Row]) -> tuple[Experiment, ...]:
    """Turn rows into entities, with their tags."""
    found = list(rows)
    tags: dict[int, list[ExperimentTag]] = {}
    for owner, key, value in tx.all(
        "select experiment, key, value from experiment_tag "
        "where experiment in (select value from json_each(?)) order by experiment, key",
        ids_json(row[0] for row in found),
    ):
        tags.setdefault(owner, []).append(ExperimentTag(key=key, value=value))
    return tuple(
        Experiment(
            experiment_id=str(row[0]),
            name=row[1],
            artifact_location=row[2] or tx.settings.artifacts.experiment_root(row[0]),
            lifecycle_stage=STAGES[row[3]],
            creation_time=row[4],
            last_update_time=row[5],
            tags=tuple(tags.get(row[0], ())),
        )
        for row in found
    )


def create(tx: Session, request: api.CreateExperiment) -> api.CreatedExperiment:
    """Handle createExperiment."""
    name = checks.check_experiment_name(tx.limits, request.name)
    location = _checked_location(tx, request.artifact_location)
    checks.check_distinct("tag", request.tags)
    for tag in request.tags:
        checks.check_experiment_tag(tx.limits, tag.key, tag.value)
    _refuse_taken(tx, name)
    now = tx.now()
    cursor = tx.db.execute(
        "insert into experiment (name, artifact_location, stage, creation_time, last_update_time) "
        "values (?, ?, 0, ?, ?)",
        (name, location, now, now),
    )
    tx.many(
        "insert into experiment_tag values (?, ?, ?)",
        [(cursor.lastrowid, tag.key, tag.value) for tag in request.tags],
    )
    return api.CreatedExperiment(experiment_id=str(cursor.lastrowid))


def _checked_location(tx: Session, location: str | None) -> str | None:
    if not location:
        return None
    checks.check_length(tx.limits, "artifact_location", location, tx.limits.artifact_location)
    if "#" in location or ";" in location or location.startswith("runs:"):
        raise InvalidParameterValue(
            f"The artifact_location {location!r} is not usable. "
            "Give a folder or a URI without '#' and ';', not a runs:/ URI."
        )
    return tx.settings.artifacts.experiment_location(location)


def _refuse_taken(tx: Session, name: str, own: int | None = None) -> None:
    row = tx.one("select id, stage from experiment where name = ?", name)
    if row is None or row[0] == own:
        return
    holder = (
        f"the deleted experiment {str(row[0])!r} holds it; "
        f"restore that with client.restore_experiment({str(row[0])!r}) or choose another name"
        if row[1]
        else f"experiment {str(row[0])!r} has it; choose another name or use that one"
    )
    message = f"The experiment name {name!r} is taken: {holder}."
    raise ResourceAlreadyExists(message)


def get(tx: Session, request: api.GetExperiment) -> api.ExperimentReply:
    """Handle getExperiment."""
    return api.ExperimentReply(experiment=load(tx, [find(tx, request.experiment_id)])[0])


def get_by_name(tx: Session, request: api.GetByName) -> api.ExperimentReply:
    """Handle getByName: the active one first, then the one deleted last."""
    row = tx.one(
        f"select {COLUMNS} from experiment where name = ? order by stage, last_update_time desc",
        request.experiment_name,
    )
    if row is None:
        raise ResourceDoesNotExist(
            f"No experiment is named {request.experiment_name!r}. "
            f"Make it with client.create_experiment({request.experiment_name!r})."
        )
    return api.ExperimentReply(experiment=load(tx, [row])[0])


def delete(tx: Session, request: api.DeleteExperiment) -> Nothing:
    """Handle deleteExperiment: every run in it is deleted too."""
    row = find(tx, request.experiment_id)
    if row[3]:
        message = f"Experiment {request.experiment_id!r} ({row[1]!r}) is deleted already."
        raise ResourceDoesNotExist(message)
    _move(tx, row[0], stage=1)
    return Nothing()


def restore(tx: Session, request: api.RestoreExperiment) -> Nothing:
    """Handle restoreExperiment: all its runs become active, whenever they were deleted."""
    row = find(tx, request.experiment_id)
    if not row[3]:
        message = (
            f"Experiment {request.experiment_id!r} ({row[1]!r}) is not deleted. "
            "There is nothing to restore."
        )
        raise ResourceDoesNotExist(message)
    _move(tx, row[0], stage=0)
    return Nothing()


def _move(tx: Session, experiment: int, *, stage: int) -> None:
    now = tx.now()
    tx.run(
        "update experiment set stage = ?, last_update_time = ? where id = ?", stage, now, experiment
    )
    if stage:
        tx.run(
            "update run set stage = 1, deletion_time = ? where experiment = ? and stage = 0",
            now,
            experiment,
        )
    else:
        tx.run(
            "update run set stage = 0, deletion_time = null where experiment = ? and stage = 1",
            experiment,
        )


def update(tx: Session, request: api.UpdateExperiment) -> Nothing:
    """Handle updateExperiment: rename."""
    row = find(tx, request.experiment_id)
    name = checks.check_experiment_name(tx.limits, request.new_name)
    if row[3]:
        raise InvalidState(
            f"Experiment {request.experiment_id!r} ({row[1]!r}) is deleted and cannot be renamed. "
            f"Restore it with client.restore_experiment({request.experiment_id!r})."
        )
    _refuse_taken(tx, name, own=row[0])
    tx.run(
        "update experiment set name = ?, last_update_time = ? where id = ?", name, tx.now(), row[0]
    )
    return Nothing()


def set_tag(tx: Session, request: api.SetExperimentTag) -> Nothing:
    """Handle setExperimentTag."""
    checks.check_experiment_tag(tx.limits, request.key, request.value)
    row = find_active(tx, request.experiment_id)
    tx.run(
        "insert or replace into experiment_tag values (?, ?, ?)", row[0], request.key, request.value
    )
    return Nothing()


def delete_tag(tx: Session, request: api.DeleteExperimentTag) -> Nothing:
    """Remove a tag of an experiment."""
    row = find_active(tx, request.experiment_id)
    if not tx.run(
        "delete from experiment_tag where experiment = ? and key = ?", row[0], request.key
    ):
        message = f"Experiment {request.experiment_id!r} has no tag {request.key!r}."
        raise ResourceDoesNotExist(message)
    return Nothing()


def search_datasets(tx: Session, request: api.SearchDatasets) -> api.DatasetSummaries:
    """List the distinct datasets of up to 20 experiments."""
    if not 1 <= len(request.experiment_ids) <= SEARCH_DATASETS_EXPERIMENTS:
        raise InvalidParameterValue(
            f"{len(request.experiment_ids)} experiment ids were given. "
            f"Give 1 to {SEARCH_DATASETS_EXPERIMENTS}."
        )
    rows = tx.all(
        "select distinct d.experiment, d.name, d.digest, t.value from dataset d "
        "join dataset_input i on i.dataset = d.id "
        "left join dataset_input_tag t on t.input = i.id and t.key = 'mlflow.data.context' "
        "where d.experiment in (select value from json_each(?)) order by d.id limit ?",
        ids_json(row_id(text) for text in request.experiment_ids),
        SEARCH_DATASETS_ROWS,
    )
    return api.DatasetSummaries(
        dataset_summaries=tuple(
            entities.DatasetSummary(experiment_id=str(e), name=n, digest=d, context=c)
            for e, n, d, c in rows
        )
    )
