"""Logged models: create, read, finalize, tag, add params, delete. Searches are in `search.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from nbtrack.api import logged_models as api
from nbtrack.api.operation import Nothing
from nbtrack.backends.sqlite import checks, experiments, model_metrics
from nbtrack.backends.sqlite.names import readable_name
from nbtrack.backends.sqlite.session import Row, Session, ids_json, new_id
from nbtrack.entities import (
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
)
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist

COLUMNS: Final = (
    "m.id, m.model_id, m.experiment, m.name, m.model_type, m.source_run_id, m.status, m.stage, "
    "m.creation_time, m.last_update_time, "
    "(select e.artifact_location from experiment e where e.id = m.experiment)"
)
_FINAL: Final = (
    LoggedModelStatus.LOGGED_MODEL_READY,
    LoggedModelStatus.LOGGED_MODEL_UPLOAD_FAILED,
)


def find(tx: Session, model_id: str, *, allow_deleted: bool = True) -> Row:
    """Return the row of a logged model."""
    row = tx.one(f"select {COLUMNS} from model m where m.model_id = ?", model_id)
    if row is None or (row[7] and not allow_deleted):
        state = "is deleted" if row else "does not exist"
        raise ResourceDoesNotExist(
            f"Logged model {model_id!r} {state}. "
            "List models with client.search_logged_models(['0'])."
        )
    return row


def load(tx: Session, rows: Iterable[Row]) -> tuple[LoggedModel, ...]:
    """Turn rows into logged models with all their data, one query a table."""
    found = list(rows)
    ids = ids_json(row[0] for row in found)
    params: dict[int, list[LoggedModelParameter]] = {}
    for owner, key, value in tx.all(
        "select model, key, value from model_param "
        "where model in (select value from json_each(?)) order by model, key",
        ids,
    ):
        params.setdefault(owner, []).append(LoggedModelParameter(key=key, value=value))
    tags: dict[int, list[LoggedModelTag]] = {}
    for owner, key, value in tx.all(
        "select model, key, value from model_tag "
        "where model in (select value from json_each(?)) order by model, key",
        ids,
    ):
        tags.setdefault(owner, []).append(LoggedModelTag(key=key, value=value))
    points = model_metrics.points_of(tx, ((row[0], row[1]) for row in found))
    return tuple(
        LoggedModel(
            info=_info(tx, row, tuple(tags.get(row[0], ()))),
            data=LoggedModelData(
                params=tuple(params.get(row[0], ())), metrics=tuple(points.get(row[0], ()))
            ),
        )
        for row in found
    )


def _info(tx: Session, row: Row, tags: tuple[LoggedModelTag, ...]) -> LoggedModelInfo:
    return LoggedModelInfo(
        model_id=row[1],
        experiment_id=str(row[2]),
        name=row[3],
        creation_timestamp_ms=row[8],
        last_updated_timestamp_ms=row[9],
        artifact_uri=artifact_uri(tx, row),
        status=LoggedModelStatus(row[6]),
        model_type=row[4],
        source_run_id=row[5],
        tags=tags,
    )


def artifact_uri(tx: Session, row: Row) -> str:
    """Return the artifact root of a logged model."""
    root = row[10] or tx.settings.artifacts.experiment_root(row[2])
    return f"{root}/models/{row[1]}/artifacts"


def create(tx: Session, request: api.CreateLoggedModel) -> api.LoggedModelReply:
    """Handle createLoggedModel: the model starts as LOGGED_MODEL_PENDING."""
    experiment = experiments.find_active(tx, request.experiment_id)[0]
    name = request.name or readable_name()
    checks.check_model_name(tx.limits, name)
    checks.check_distinct("param", request.params)
    checks.check_distinct("tag", request.tags)
    model_id, now = f"m-{new_id()}", tx.now()
    cursor = tx.db.execute(
        "insert into model (model_id, experiment, name, model_type, source_run_id, status, stage, "
        "creation_time, last_update_time) values (?, ?, ?, ?, ?, 'LOGGED_MODEL_PENDING', 0, ?, ?)",
        (
            model_id,
            experiment,
            name,
            request.model_type or "",
            request.source_run_id or "",
            now,
            now,
        ),
    )
    row_id = int(cursor.lastrowid or 0)
    _put_params(tx, row_id, {param.key: param.value for param in request.params})
    _put_tags(tx, row_id, request.tags)
    return _reply(tx, model_id)


def _reply(tx: Session, model_id: str) -> api.LoggedModelReply:
    return api.LoggedModelReply(model=load(tx, [find(tx, model_id)])[0])


def get(tx: Session, request: api.GetLoggedModel) -> api.LoggedModelReply:
    """Handle getLoggedModel; a deleted one is found only if asked for."""
    row = find(tx, request.model_id, allow_deleted=bool(request.allow_deleted))
    return api.LoggedModelReply(model=load(tx, [row])[0])


def delete(tx: Session, request: api.DeleteLoggedModel) -> Nothing:
    """Handle deleteLoggedModel; there is no way back."""
    find(tx, request.model_id)
    tx.run(
        "update model set stage = 1, last_update_time = ? where model_id = ? and stage = 0",
        tx.now(),
        request.model_id,
    )
    return Nothing()


def finalize(tx: Session, request: api.FinalizeLoggedModel) -> api.LoggedModelReply:
    """Handle finalizeLoggedModel: READY or UPLOAD_FAILED, from any status."""
    if request.status not in _FINAL:
        raise InvalidParameterValue(
            f"The status {request.status.value!r} is not final. "
            f"Use {' or '.join(status.value for status in _FINAL)}."
        )
    find(tx, request.model_id)
    tx.run(
        "update model set status = ?, last_update_time = ? where model_id = ?",
        request.status.value,
        tx.now(),
        request.model_id,
    )
    return _reply(tx, request.model_id)


def log_params(tx: Session, request: api.LogLoggedModelParams) -> Nothing:
    """Handle logLoggedModelParams: written once; the same value again is fine."""
    row = find(tx, request.model_id)
    checks.check_distinct("param", request.params)
    _put_params(tx, row[0], {param.key: param.value for param in request.params})
    return Nothing()


def _put_params(tx: Session, model: int, params: Mapping[str, str]) -> None:
    known: dict[str, str] = dict(
        tx.all("select key, value from model_param where model = ?", model)
    )
    for key, value in params.items():
        checks.check_key(tx.limits, "param", key)
        checks.check_length(tx.limits, f"The param key {key[:40]!r}", key, tx.limits.model_text)
        if known.get(key, value) != value:
            raise InvalidParameterValue(
                f"The param {key!r} of the model was logged as {known[key][:250]!r} and cannot "
                f"change to {value[:250]!r}. Params are written once: use another key."
            )
    fresh = [(model, key, value) for key, value in params.items() if key not in known]
    tx.many("insert into model_param values (?, ?, ?)", fresh)


def set_tags(tx: Session, request: api.SetLoggedModelTags) -> Nothing:
    """Handle setLoggedModelTags: others stay, the last of equal keys wins."""
    _put_tags(tx, find(tx, request.model_id)[0], request.tags)
    return Nothing()


def _put_tags(tx: Session, model: int, tags: Iterable[LoggedModelTag]) -> None:
    rows = []
    for tag in tags:
        checks.check_key(tx.limits, "tag", tag.key)
        rows.append((model, tag.key, tag.value))
    tx.many("insert or replace into model_tag values (?, ?, ?)", rows)


def delete_tag(tx: Session, request: api.DeleteLoggedModelTag) -> Nothing:
    """Handle deleteLoggedModelTag."""
    row = find(tx, request.model_id)
    if not tx.run("delete from model_tag where model = ? and key = ?", row[0], request.tag_key):
        message = f"Logged model {request.model_id!r} has no tag {request.tag_key!r}."
        raise ResourceDoesNotExist(message)
    return Nothing()
