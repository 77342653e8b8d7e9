"""The wire format: stored requests and replies, and what a real MLflow server sends."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from nbtrack import entities
from nbtrack.api import OPERATIONS
from nbtrack.api.wire import decode_body, decode_query, encode, to_wire
from tests.conformance.calls import CALLS, prepare
from tests.conformance.coverage import CELLS, YES
from tests.conformance.differences import SHAPES
from tests.conformance.opening import over_http
from tests.conformance.recording import FOLDER, Recorder, record
from tests.conformance.service import MLFLOW, Service

DOCUMENTED = json.loads((FOLDER / "documented.json").read_text("utf-8"))


def exact(value: object) -> str:
    """Write JSON so that 3 and 3.0 differ and the order of fields does not matter."""
    return json.dumps(value, sort_keys=True)


def stored(name: str) -> dict[str, Any]:
    """Read the stored exchange of an operation."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def test_every_operation_is_stored() -> None:
    names = {path.stem for path in FOLDER.glob("*.json")} - {"documented"}
    assert names == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_exchange_is_the_stored_one(tmp_path: Path, name: str) -> None:
    assert exact(record(name, tmp_path)) == exact(stored(name))


@pytest.mark.parametrize("name", OPERATIONS)
def test_stored_reply_is_decoded_and_encoded_exactly(name: str) -> None:
    reply = stored(name)["reply"]
    decoded = msgspec.convert(reply, OPERATIONS[name].reply, strict=False)
    assert exact(json.loads(encode(decoded))) == exact(reply)


@pytest.mark.parametrize("name", OPERATIONS)
def test_stored_request_is_read_and_sent_exactly(name: str) -> None:
    op, request = OPERATIONS[name], stored(name)
    path_values = dict(zip(op.route.parameters, parts(request["path"], op.route.path), strict=True))
    if request["body"] is None:
        decoded = decode_query(op, [(k, v) for k, v in request["query"]], path_values)
    else:
        decoded = decode_body(op, json.dumps(request["body"]).encode(), path_values)
    sent = to_wire(op, decoded)
    assert (sent.verb, [list(pair) for pair in sent.query]) == (request["verb"], request["query"])
    assert exact(json.loads(sent.body or b"null")) == exact(request["body"])


def parts(path: str, pattern: str) -> list[str]:
    """Return what stands in a path for the parameters of its pattern."""
    pairs = zip(path.split("/"), pattern.split("/"), strict=True)
    return [value for value, name in pairs if name.startswith("{")]


@pytest.mark.parametrize("example", DOCUMENTED, ids=[e["what"] for e in DOCUMENTED])
def test_documented_entity_is_read_and_written_exactly(example: dict[str, Any]) -> None:
    kind = getattr(entities, example["entity"])
    decoded = msgspec.json.decode(json.dumps(example["json"]), type=kind, strict=False)
    assert exact(json.loads(encode(decoded))) == exact(example["json"])


def shape(value: object, path: str = "") -> set[str]:
    """Return the paths of all fields of some JSON, with the kind of each value."""
    if isinstance(value, dict):
        return {each for key, item in value.items() for each in shape(item, f"{path}.{key}")}
    if isinstance(value, list):
        return {each for item in value for each in shape(item, f"{path}[]")}
    return {f"{path}: {type(value).__name__}"}


WITH_MLFLOW = [name for name in OPERATIONS if CELLS[name, MLFLOW] == YES]


@pytest.mark.parametrize("name", WITH_MLFLOW)
def test_mlflow_answers_in_the_same_shape(mlflow: Service, name: str) -> None:
    assert mlflow.http is not None
    recorder = Recorder(httpx.HTTPTransport())
    with closing(over_http(str(mlflow.http.base_url), recorder)) as backend:
        CALLS[name](prepare(Service(MLFLOW, backend)))
    theirs = shape(recorder.last["reply"])
    ours = shape(stored(name)["reply"])
    assert theirs ^ ours == SHAPES.get(name, frozenset()) | {
        field for field in theirs if field.endswith(".workspace: str")
    }
