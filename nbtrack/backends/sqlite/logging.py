"""What is logged to a run: points, params, tags, batches, inputs, outputs, old-style models."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from nbtrack.api import metrics as metrics_api
from nbtrack.api import runs as api
from nbtrack.api.operation import Nothing
from nbtrack.api.wire import encode
from nbtrack.backends.sqlite import checks, inputs, metrics, model_metrics, runs, values
from nbtrack.backends.sqlite.session import Session
from nbtrack.entities import Metric
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import BATCH_ITEMS, BATCH_METRICS, BATCH_PARAMS, BATCH_TAGS

MODEL_HISTORY_TAG: Final = "mlflow.log-model.history"
_MODEL_KEYS: Final = ("artifact_path", "flavors", "utc_time_created", "run_id")
_KEPT_MODEL_KEYS: Final = ("run_id", "artifact_path", "utc_time_created", "model_uuid", "flavors")
_ITEM_BYTES: Final = 40


def log_metric(tx: Session, request: metrics_api.LogMetric) -> Nothing:
    """Handle logMetric: one point, linked to a logged model if one is named."""
    point = Metric(
        key=request.key,
        value=request.value,
        timestamp=request.timestamp,
        step=request.step,
        model_id=request.model_id,
        dataset_name=request.dataset_name,
        dataset_digest=request.dataset_digest,
    )
    groups = metrics.points_by_key(tx, (point,))
    run = runs.find_active(tx, request.run_id)
    model_metrics.link_points(tx, request.run_id, (point,))
    metrics.put_points(tx, run, groups)
    return Nothing()


def log_param(tx: Session, request: api.LogParam) -> Nothing:
    """Handle logParam."""
    limits = tx.limits
    sizes = (limits.param_value, limits.param_value_bytes)
    checks.check_param(limits, request.key, request.value, *sizes)
    run = runs.find_active(tx, request.run_id)
    values.put_params(tx, run, {request.key: request.value})
    return Nothing()


def set_tag(tx: Session, request: api.SetTag) -> Nothing:
    """Handle setTag; `mlflow.runName` renames the run too, unless it is empty."""
    checks.check_tag(tx.limits, request.key, request.value)
    run = runs.find_active(tx, request.run_id)
    _put_tags(tx, run, {request.key: request.value})
    return Nothing()


def delete_tag(tx: Session, request: api.DeleteTag) -> Nothing:
    """Handle deleteTag."""
    return values.delete_tag(tx, runs.find_active(tx, request.run_id), request)


def _put_tags(tx: Session, run: int, tags: dict[str, str]) -> None:
    name = tags.get(runs.RUN_NAME_TAG)
    if name is not None:
        if name:
            runs.rename(tx, run, name)
        else:
            del tags[runs.RUN_NAME_TAG]
    values.put_tags(tx, run, tags)


def log_batch(tx: Session, request: api.LogBatch) -> Nothing:
    """Handle logBatch: everything is checked first, then written, all or nothing."""
    checks.check_run_id(request.run_id)
    _check_batch(tx, request)
    groups = metrics.points_by_key(tx, request.metrics)
    run = runs.find_active(tx, request.run_id)
    values.put_params(tx, run, {param.key: param.value for param in request.params})
    model_metrics.link_points(tx, request.run_id, request.metrics)
    if groups:
        metrics.put_points(tx, run, groups)
    if request.tags:
        _put_tags(tx, run, {tag.key: tag.value for tag in request.tags})
    return Nothing()


def _check_batch(tx: Session, request: api.LogBatch) -> None:
    _check_points(request.metrics)
    counts = (len(request.metrics), len(request.params), len(request.tags))
    limits = (BATCH_METRICS, BATCH_PARAMS, BATCH_TAGS)
    for kind, count, limit in zip(("metrics", "params", "tags"), counts, limits, strict=True):
        if count > limit:
            raise _too_many(f"{count} {kind}", limit)
    if sum(counts) > BATCH_ITEMS:
        raise _too_many(f"{sum(counts)} items together", BATCH_ITEMS)
    checks.check_distinct("param", request.params)
    for param in request.params:
        checks.check_param(tx.limits, param.key, param.value, tx.limits.batch_param_value, None)
    for tag in request.tags:
        checks.check_key(tx.limits, "tag", tag.key)
        what = f"The value of tag {tag.key!r}"
        checks.check_length(tx.limits, what, tag.value, tx.limits.batch_tag_value)
    _check_size(tx, request)


def _check_points(points: object) -> None:
    """Refuse what is no sequence of points; requests made in Python have not been decoded."""
    if not isinstance(points, (list, tuple)):
        message = f"metrics is {points!r:.60}. It must be a list of metrics."
        raise InvalidParameterValue(message)
    for index, point in enumerate(points):
        if not isinstance(point, Metric):
            message = f"metrics[{index}] is {point!r:.60}. It must be a Metric."
            raise InvalidParameterValue(message)


def _too_many(what: str, limit: int) -> InvalidParameterValue:
    message = f"The batch holds {what}; the limit is {limit}. client.log_many() splits batches."
    return InvalidParameterValue(message)


def _check_size(tx: Session, request: api.LogBatch) -> None:
    most = tx.limits.batch_bytes
    if most is None:
        return
    longest = tx.limits.key * 6 + _ITEM_BYTES * 4  # a point whose key is escaped throughout
    pairs: list[checks.KeyValue] = [*request.params, *request.tags]
    texts = sum(len(pair.key) + len(pair.value) + _ITEM_BYTES for pair in pairs) * 6
    if len(request.metrics) * longest + texts <= most:
        return
    size = len(encode(request))
    if size > most:
        raise _too_many(f"{size} bytes of JSON", most)


def log_inputs(tx: Session, request: api.LogInputs) -> Nothing:
    """Handle logInputs."""
    checks.check_run_id(request.run_id)
    run = runs.find_active(tx, request.run_id)
    row = tx.one("select experiment from run where id = ?", run)
    inputs.put_inputs(tx, run, row[0] if row else 0, request)
    return Nothing()


def log_outputs(tx: Session, request: api.LogOutputs) -> Nothing:
    """Handle logOutputs."""
    inputs.put_outputs(tx, runs.find_active(tx, request.run_id), request.models)
    return Nothing()


def log_model(tx: Session, request: api.LogModel) -> Nothing:
    """Handle logModel: append to the JSON list in the tag `mlflow.log-model.history`."""
    model = _model_document(request.model_json)
    run = runs.find_active(tx, request.run_id)
    kept = {key: model[key] for key in _KEPT_MODEL_KEYS if key in model}
    row = tx.one(
        "select value from tag where run = ? and key = (select id from key where name = ?)",
        run,
        MODEL_HISTORY_TAG,
    )
    history = [*_history(row[0] if row else "[]"), kept]
    text = msgspec.json.encode(history).decode()
    values.put_tags(tx, run, {MODEL_HISTORY_TAG: text})
    return Nothing()


def _history(text: str) -> list[Any]:
    try:
        return msgspec.json.decode(text, type=list[Any])
    except msgspec.MsgspecError as exc:
        message = f"The tag {MODEL_HISTORY_TAG!r} is {text[:60]!r}, not a JSON list. Delete it."
        raise InvalidParameterValue(message) from exc


def _model_document(text: str) -> dict[str, Any]:
    try:
        model = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as exc:
        message = f"model_json is {text[:60]!r}, not a JSON object: {exc}."
        raise InvalidParameterValue(message) from exc
    absent = [key for key in _MODEL_KEYS if key not in model]
    if absent:
        message = f"model_json lacks {', '.join(absent)}. It needs {', '.join(_MODEL_KEYS)}."
        raise InvalidParameterValue(message)
    return model
