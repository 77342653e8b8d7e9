"""Runs: create, read, change, delete, restore, one by one and in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nbtrack.api import runs as api
from nbtrack.api.operation import Nothing
from nbtrack.backends.sqlite import checks, experiments, inputs, metrics, packs, values
from nbtrack.backends.sqlite.names import readable_name
from nbtrack.backends.sqlite.session import Row, Session, new_id
from nbtrack.entities import Run, RunData, RunInfo, RunInputs, RunOutputs, RunStatus
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist
from nbtrack.limits import BULK_RUNS

RUN_NAME_TAG: Final = "mlflow.runName"
COLUMNS: Final = (
    "r.id, r.run_id, r.run_name, r.experiment, r.user_id, r.status, r.start_time, r.end_time, "
    "r.stage, (select e.artifact_location from experiment e where e.id = r.experiment)"
)
_STATUS: Final = {status.value: status for status in RunStatus}


def find(tx: Session, run_id: str) -> Row:
    """Return the row of a run, active or deleted."""
    row = tx.one(f"select {COLUMNS} from run r where r.run_id = ?", run_id)
    if row is None:
        raise ResourceDoesNotExist(
            f"Run {run_id!r} does not exist. List runs with client.search_runs(['0'])."
        )
    return row


def find_active(tx: Session, run_id: str) -> int:
    """Return the row id of a run that is going to be written to."""
    row = tx.one(f"select id, stage, status in {packs.FINISHED} from run where run_id = ?", run_id)
    if row is None:
        find(tx, run_id)
    elif row[1]:
        raise InvalidParameterValue(
            f"Run {run_id!r} is deleted and cannot be written to. "
            f"Restore it with client.restore_run({run_id!r})."
        )
    else:
        if row[2]:
            tx.changed_packs.add(row[0])
        return int(row[0])
    raise AssertionError(run_id)  # find() has raised


def info(tx: Session, row: Row) -> RunInfo:
    """Turn a row into the info of a run."""
    root = row[9] or tx.settings.artifacts.experiment_root(row[3])
    return RunInfo(
        run_id=row[1],
        run_uuid=row[1],
        run_name=row[2],
        experiment_id=str(row[3]),
        user_id=row[4],
        status=_STATUS[row[5]],
        start_time=row[6],
        end_time=row[7] or None,
        artifact_uri=f"{root}/{row[1]}/artifacts",
        lifecycle_stage=experiments.STAGES[row[8]],
    )


def load(tx: Session, rows: Iterable[Row]) -> tuple[Run, ...]:
    """Turn rows into runs with all their data, one query a table."""
    found = list(rows)
    ids = [row[0] for row in found]
    latest = metrics.latest_of(tx, ids)
    params = values.params_of(tx, ids)
    tags = values.tags_of(tx, ids)
    datasets = inputs.datasets_of(tx, ids)
    models_in = inputs.model_inputs_of(tx, ids)
    models_out = inputs.model_outputs_of(tx, ids)
    return tuple(
        Run(
            info=info(tx, row),
            data=RunData(
                metrics=tuple(latest.get(row[0], ())),
                params=tuple(params.get(row[0], ())),
                tags=tuple(tags.get(row[0], ())),
            ),
            inputs=RunInputs(
                dataset_inputs=tuple(datasets.get(row[0], ())),
                model_inputs=tuple(models_in.get(row[0], ())),
            ),
            outputs=RunOutputs(model_outputs=tuple(models_out.get(row[0], ()))),
        )
        for row in found
    )


def create(tx: Session, request: api.CreateRun) -> api.RunReply:
    """Handle createRun; the experiment defaults to '0', the start to the clock."""
    experiment = experiments.find_active(tx, request.experiment_id or "0")[0]
    tags = {tag.key: tag.value for tag in request.tags}
    checks.check_distinct("tag", request.tags)
    for tag in request.tags:
        checks.check_tag(tx.limits, tag.key, tag.value)
    name = _settled_name(request.run_name, tags.get(RUN_NAME_TAG))
    checks.check_length(tx.limits, "The run name", name, tx.limits.run_name)
    tags[RUN_NAME_TAG] = name
    run_id = new_id()
    start = tx.now() if request.start_time is None else request.start_time
    cursor = tx.db.execute(
        "insert into run (run_id, experiment, run_name, user_id, status, start_time, stage) "
        "values (?, ?, ?, ?, 'RUNNING', ?, 0)",
        (run_id, experiment, name, request.user_id or "", start),
    )
    values.put_tags(tx, int(cursor.lastrowid or 0), tags)
    run = load(tx, [find(tx, run_id)])[0]
    return api.RunReply(run=Run(info=run.info, data=run.data, inputs=run.inputs))


def _settled_name(run_name: str | None, tag: str | None) -> str:
    if run_name and tag and run_name != tag:
        raise InvalidParameterValue(
            f"run_name is {run_name!r} and the tag {RUN_NAME_TAG!r} is {tag!r}. Give only one."
        )
    return run_name or tag or readable_name()


def get(tx: Session, request: api.GetRun) -> api.RunReply:
    """Handle getRun."""
    return api.RunReply(run=load(tx, [find(tx, request.run_id)])[0])


def update(tx: Session, request: api.UpdateRun) -> api.RunInfoReply:
    """Handle updateRun: status, end time and name; an empty name changes nothing."""
    run = find_active(tx, request.run_id)
    if request.status is not None:
        tx.run("update run set status = ? where id = ?", request.status.value, run)
        tx.changed_packs.add(run)
    if request.end_time is not None:
        tx.run("update run set end_time = ? where id = ?", request.end_time, run)
    if request.run_name:
        rename(tx, run, request.run_name)
        values.put_tags(tx, run, {RUN_NAME_TAG: request.run_name})
    return api.RunInfoReply(run_info=info(tx, find(tx, request.run_id)))


def rename(tx: Session, run: int, name: str) -> None:
    """Change the name in the run's own row; the tag is the caller's."""
    checks.check_length(tx.limits, "The run name", name, tx.limits.run_name)
    tx.run("update run set run_name = ? where id = ?", name, run)


def delete(tx: Session, request: api.DeleteRun) -> Nothing:
    """Handle deleteRun; the first deletion time stays when it is deleted already."""
    find(tx, request.run_id)
    tx.run(
        "update run set stage = 1, deletion_time = ? where run_id = ? and stage = 0",
        tx.now(),
        request.run_id,
    )
    return Nothing()


def restore(tx: Session, request: api.RestoreRun) -> Nothing:
    """Handle restoreRun; restoring an active run is fine."""
    find(tx, request.run_id)
    tx.run("update run set stage = 0, deletion_time = null where run_id = ?", request.run_id)
    return Nothing()


def delete_many(tx: Session, request: api.DeleteRuns) -> api.DeletedRuns:
    """Handle deleteRuns: active runs started by then, oldest first."""
    experiment = experiments.find(tx, request.experiment_id)[0]
    count = tx.run(
        "update run set stage = 1, deletion_time = ? where id in (select id from run "
        "where experiment = ? and stage = 0 and start_time <= ? "
        "order by start_time, run_id limit ?)",
        tx.now(),
        experiment,
        request.max_timestamp_millis,
        _bulk_size(request.max_runs),
    )
    return api.DeletedRuns(runs_deleted=count)


def restore_many(tx: Session, request: api.RestoreRuns) -> api.RestoredRuns:
    """Handle restoreRuns: runs deleted since then, latest deleted first."""
    experiment = experiments.find(tx, request.experiment_id)[0]
    count = tx.run(
        "update run set stage = 0, deletion_time = null where id in (select id from run "
        "where experiment = ? and stage = 1 and deletion_time >= ? "
        "order by deletion_time desc, run_id limit ?)",
        experiment,
        request.min_timestamp_millis,
        _bulk_size(request.max_runs),
    )
    return api.RestoredRuns(runs_restored=count)


def _bulk_size(max_runs: int | None) -> int:
    size = BULK_RUNS if max_runs is None else max_runs
    if not 1 <= size <= BULK_RUNS:
        message = f"max_runs is {size}. Use 1 to {BULK_RUNS}."
        raise InvalidParameterValue(message)
    return size
