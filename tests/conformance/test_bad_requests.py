"""Requests with absent, empty, null or wrongly typed fields: generated from the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_origin

import httpx
import msgspec
import pytest

from nbtrack.api import METHODS, OPERATIONS
from nbtrack.api.operation import AnyOperation
from nbtrack.entities import ViewType
from tests.conformance.service import INVALID, Service, code_of

ABSENT_FIELD = object()
IN_QUERY = ("GET", "DELETE")


@dataclass(frozen=True)
class Broken:
    """A request whose one field is wrong."""

    op: AnyOperation
    field: str
    how: str
    fields: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.op.name}.{self.field} {self.how}"


def sample(annotation: object) -> object:
    """Make a value that fits a field."""
    options = [arg for arg in get_args(annotation) if arg is not type(None)]
    if get_origin(annotation) is tuple:
        return [sample(get_args(annotation)[0])] if get_args(annotation)[0] is str else []
    if options and get_origin(annotation) is not tuple:
        return sample(options[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return list(annotation)[-1].value
    kinds: dict[object, object] = {str: "1", int: 1, float: 1.0, bool: True}
    return kinds.get(annotation, 1)


def wrong(annotation: object) -> list[tuple[str, Any]]:
    """Make values that do not fit a field, each with a word for it."""
    if get_origin(annotation) is tuple:
        return [("a number", 7), ("an object", {"a": 1}), ("a list of lists", [[1]])]
    if annotation is str or str in get_args(annotation):
        return [("a number", 7), ("a list", ["x"]), ("an object", {})]
    if sample(annotation) == 1:
        return [("a word", "x"), ("a list", [1]), ("an object", {})]
    if isinstance(sample(annotation), float):
        return [("a word", "x"), ("a list", [1]), ("an object", {})]
    return [("an unknown word", "BOGUS"), ("a list", [1])]


def good_fields(op: AnyOperation) -> dict[str, Any]:
    """Make a request with every required field right."""
    found = {f.name: sample(f.type) for f in msgspec.structs.fields(op.request) if f.required}
    return {**found, **dict.fromkeys(op.required, "1")}


def broken_requests() -> Iterator[Broken]:
    """Make every request of every operation with one field wrong."""
    for op in OPERATIONS.values():
        good = good_fields(op)
        in_path = op.route.parameters
        for field in msgspec.structs.fields(op.request):
            if field.name in in_path or field.name == "run_uuid":
                continue
            cases = [] if op.route.verb in IN_QUERY else wrong(field.type)
            if field.name in op.required:
                cases += [("empty", ""), ("null", None), ("absent", ABSENT_FIELD)]
            elif field.required:
                cases += [("null", None), ("absent", ABSENT_FIELD)]
            for how, value in cases:
                fields = {**good, field.name: value}
                if value is ABSENT_FIELD or (value is None and op.route.verb in IN_QUERY):
                    del fields[field.name]
                yield Broken(op, field.name, how, fields)


BROKEN = list(broken_requests())


def send(http: httpx.Client, op: AnyOperation, fields: dict[str, Any]) -> httpx.Response:
    """Send a request as it is."""
    path = op.route.path
    for name in op.route.parameters:
        path = path.replace(f"{{{name}}}", str(fields.get(name, "1")))
    rest = {name: value for name, value in fields.items() if name not in op.route.parameters}
    if op.route.verb in IN_QUERY:
        return http.request(op.route.verb, path, params=rest)
    return http.request(op.route.verb, path, json=rest)


def answer_code(response: httpx.Response) -> str:
    """Return the error code of an answer, or its status if it holds none."""
    try:
        return str(response.json().get("error_code", response.status_code))
    except (json.JSONDecodeError, AttributeError):
        return f"no JSON, {response.status_code}"


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_server_refuses_the_field(long_lived_in_process: Service, broken: Broken) -> None:
    http = long_lived_in_process.http
    assert http is not None
    response = send(http, broken.op, broken.fields)
    assert (response.status_code, answer_code(response)) == (400, INVALID)
    assert broken.field in response.json()["message"]


REQUIRED = [
    broken
    for broken in BROKEN
    if broken.field in broken.op.required
    and broken.how in {"empty", "absent", "a number"}
    and broken.op in METHODS
    and "mlflow" in broken.op.servers
]


@pytest.mark.parametrize("broken", REQUIRED, ids=str)
def test_mlflow_refuses_the_required_field_too(mlflow: Service, broken: Broken) -> None:
    assert mlflow.http is not None
    response = send(mlflow.http, broken.op, broken.fields)
    assert answer_code(response) == INVALID


IN_PYTHON = [broken for broken in BROKEN if broken.how not in {"absent", "null"}]


@pytest.mark.parametrize("broken", IN_PYTHON, ids=str)
def test_engine_refuses_the_field_of_a_request_made_in_python(
    long_lived_embedded: Service, broken: Broken
) -> None:
    names = {f.name for f in msgspec.structs.fields(broken.op.request)}
    path = {name: "1" for name in broken.op.route.parameters if name in names}
    request = broken.op.request(**{**path, **broken.fields})
    assert code_of(lambda: long_lived_embedded.backend.call(broken.op, request)) == INVALID


@pytest.mark.parametrize("operation", ["search_runs", "search_experiments", "list_experiments"])
def test_unknown_view_is_refused(own_service: Service, operation: str) -> None:
    call = getattr(own_service.client, operation)
    name = "run_view_type" if operation == "search_runs" else "view_type"
    args = ("0",) if operation == "search_runs" else ()
    assert code_of(lambda: call(*args, **{name: "EVERYTHING"})) == INVALID
    assert code_of(lambda: call(*args, **{name: ViewType.ALL})) == "OK"


BODIES = {
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"{}"',
    "a number": b"1",
    "null": b"null",
    "not UTF-8": b"\xff\xfe",
    "a deep nest": b"[" * 5000,
    "a lone surrogate": b'{"experiment_id": "0", "run_name": "\\ud800"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_that_is_no_object_is_refused(long_lived_in_process: Service, body: bytes) -> None:
    assert long_lived_in_process.http is not None
    response = long_lived_in_process.http.post(
        "/api/2.0/mlflow/runs/create",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert (response.status_code, answer_code(response)) == (400, INVALID)


LENIENT = {
    "int64 as text": {"start_time": "12"},
    "int64 as a whole double": {"start_time": 12.0},
    "null as absent": {"start_time": 12, "run_name": None, "tags": None},
    "unknown fields": {"start_time": 12, "anything": {"at": "all"}},
}


@pytest.mark.parametrize("fields", LENIENT.values(), ids=LENIENT)
def test_odd_spellings_are_read(http_service: Service, fields: dict[str, Any]) -> None:
    assert http_service.http is not None
    body = {"experiment_id": http_service.new_experiment(), **fields}
    response = http_service.http.post("/api/2.0/mlflow/runs/create", json=body)
    assert response.json()["run"]["info"]["start_time"] == 12


SPELLINGS = {
    '"NaN"': "nan",
    '"Infinity"': "inf",
    '"-Infinity"': "-inf",
    '"0.5"': "0.5",
    "true": "1.0",
    "3": "3.0",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_values_of_metrics_are_read(in_process: Service, spelling: str) -> None:
    assert in_process.http is not None
    run_id = in_process.new_run_id()
    body = f'{{"run_id": "{run_id}", "key": "m", "value": {spelling}, "timestamp": "5"}}'
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = in_process.http.post("/api/2.0/mlflow/runs/log-metric", content=body, headers=headers)
    assert answer.json() == {}
    (metric,) = in_process.client.get_run(run_id).data.metrics
    assert str(metric.value) == SPELLINGS[spelling]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "[1]", "{}"])
def test_value_that_is_no_json_number_is_refused_or_kept(in_process: Service, literal: str) -> None:
    assert in_process.http is not None
    run_id = in_process.new_run_id()
    body = f'{{"run_id": "{run_id}", "key": "m", "value": {literal}, "timestamp": 5}}'
    headers = {"Content-Type": "application/json"}
    answer = in_process.http.post("/api/2.0/mlflow/runs/log-metric", content=body, headers=headers)
    assert answer_code(answer) == INVALID
    assert in_process.data_of(run_id)[0] == {}


def test_run_uuid_stands_in_for_run_id(http_service: Service) -> None:
    assert http_service.http is not None
    run_id = http_service.new_run_id()
    path = "/api/2.0/mlflow/runs/get"
    only = http_service.http.get(path, params={"run_uuid": run_id})
    both = http_service.http.get(path, params={"run_uuid": "other", "run_id": run_id})
    assert only.json()["run"]["info"]["run_id"] == run_id
    assert both.json() == only.json()
