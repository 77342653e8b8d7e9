"""The application over a backend: requests, replies and errors."""

from __future__ import annotations

import logging

import httpx
import msgspec
import pytest

from nbtrack.api import OPERATIONS
from nbtrack.backends import Columns, RunsQuery
from nbtrack.errors import InvalidState, ResourceDoesNotExist, StoreError, TemporarilyUnavailable
from nbtrack.limits import DOCUMENTED
from nbtrack.server import create_app
from tests.server.memory_backend import MemoryBackend, in_process

API = "/api/2.0/mlflow"
ROUTES = [(op.name, route) for op in OPERATIONS.values() for route in op.routes]


@pytest.mark.parametrize(
    ("name", "route"), ROUTES, ids=[f"{name}-{route.verb}" for name, route in ROUTES]
)
def test_every_route_leads_to_its_operation(http: httpx.Client, name: str, route: object) -> None:
    assert isinstance(route, type(ROUTES[0][1]))
    path = route.path.format(experiment_id="3", model_id="m-1", tag_key="k")
    answer = http.request(route.verb, path, json=None)
    error = answer.json().get("error_code")
    assert error in {None, "INVALID_PARAMETER_VALUE", "INTERNAL_ERROR"}
    assert error is None or name in answer.text or error == "INTERNAL_ERROR"


def test_a_body_is_decoded_and_the_reply_encoded(
    http: httpx.Client, backend: MemoryBackend
) -> None:
    backend.answers["create_experiment"] = lambda request: {"experiment_id": "7"}
    answer = http.post(f"{API}/experiments/create", json={"name": "wine", "unknown": 1})
    assert (answer.status_code, answer.json()) == (200, {"experiment_id": "7"})
    assert answer.headers["content-type"] == "application/json"
    assert backend.asked[0].name == "wine"


def test_a_query_is_decoded(http: httpx.Client, backend: MemoryBackend) -> None:
    http.get(f"{API}/experiments/search", params={"order_by": ["name", "id"], "max_results": "5"})
    assert (backend.asked[0].order_by, backend.asked[0].max_results) == (("name", "id"), 5)


@pytest.mark.parametrize("key", ["a/b", "a%2Fb", "a%2fb"])
def test_a_tag_key_may_hold_a_slash(http: httpx.Client, backend: MemoryBackend, key: str) -> None:
    http.delete(f"{API}/logged-models/m-1/tags/{key}")
    assert backend.asked[0].tag_key == "a/b"


def test_a_path_is_read_as_utf_8(http: httpx.Client, backend: MemoryBackend) -> None:
    http.delete(f"{API}/logged-models/m-1/tags/größe")
    assert backend.asked[0].tag_key == "größe"


def test_a_delete_ignores_its_body(http: httpx.Client, backend: MemoryBackend) -> None:
    answer = http.request("DELETE", f"{API}/logged-models/m-1", json={"model_id": "m-1"})
    assert (answer.status_code, backend.asked[0].model_id) == (200, "m-1")


def test_an_ajax_path_reaches_the_operation(http: httpx.Client, backend: MemoryBackend) -> None:
    assert http.get("/ajax-api/2.0/mlflow/runs/get", params={"run_id": "r"}).status_code == 200
    assert backend.asked[0].run_id == "r"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_may_be_announced_with_a_charset(http: httpx.Client, kind: str) -> None:
    answer = http.post(
        f"{API}/runs/delete", content=b'{"run_id": "r"}', headers={"Content-Type": kind}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_refused(
    http: httpx.Client, backend: MemoryBackend, kind: str
) -> None:
    answer = http.post(
        f"{API}/runs/delete", content=b'{"run_id": "r"}', headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert backend.asked == []


def test_an_empty_body_needs_no_type(http: httpx.Client, backend: MemoryBackend) -> None:
    assert http.post(f"{API}/runs/search").status_code == 200
    assert backend.asked[0].experiment_ids == ()


@pytest.mark.parametrize("body", [b"[]", b'"{}"', b"{", b"nonsense", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post(
        f"{API}/runs/delete", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_large_body_is_refused(backend: MemoryBackend) -> None:
    with in_process(create_app(backend, body_bytes=100)) as http:
        answer = http.post(f"{API}/runs/search", json={"filter": "x" * 100})
        chunks = http.post(
            f"{API}/runs/search",
            content=iter([b"x" * 60, b"x" * 60]),
            headers={"Content-Type": "application/json"},
        )
    assert answer.json()["error_code"] == chunks.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert backend.asked == []


def test_log_batch_has_the_limit_of_its_profile(backend: MemoryBackend) -> None:
    body = {"run_id": "r", "tags": [{"key": "k", "value": "x" * 1_000_000}]}
    with in_process(create_app(backend, limits=DOCUMENTED)) as http:
        assert http.post(f"{API}/runs/log-batch", json=body).status_code == 400
        assert http.post(f"{API}/runs/set-tag", json=body["tags"][0]).status_code == 200
    with in_process(create_app(backend)) as http:
        assert http.post(f"{API}/runs/log-batch", json=body).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/graphql",
        "/v1/traces",
        "/api/2.0/mlflow",
        f"{API}/runs/nothing",
        "/api/2.0/preview/mlflow/runs/get",
        "/api/3.0/mlflow/traces",
        "/api/3.0/mlflow/server-features",
    ],
)
def test_an_unknown_path_is_a_json_404(http: httpx.Client, path: str) -> None:
    answer = http.post(path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_a_wrong_verb_is_a_json_405(http: httpx.Client) -> None:
    answer = http.get(f"{API}/runs/create")
    assert (answer.status_code, answer.json()["error_code"]) == (405, "BAD_REQUEST")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("error", "status"),
    [(ResourceDoesNotExist("Gone. Look."), 404), (InvalidState("Deleted. Restore it."), 400)],
)
def test_an_error_keeps_code_and_message(
    http: httpx.Client, backend: MemoryBackend, error: ResourceDoesNotExist, status: int
) -> None:
    backend.answers["get_run"] = error
    answer = http.get(f"{API}/runs/get", params={"run_id": "r"})
    assert answer.status_code == status
    assert answer.json() == {"error_code": error.error_code, "message": error.message}


def test_a_busy_store_says_when_to_come_back(http: httpx.Client, backend: MemoryBackend) -> None:
    backend.answers["get_run"] = TemporarilyUnavailable("The store is busy. Try again.")
    answer = http.get(f"{API}/runs/get", params={"run_id": "r"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("error", [StoreError("/secret/path is full."), ValueError("inside")])
def test_an_unexpected_exception_stays_inside(
    http: httpx.Client, backend: MemoryBackend, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    backend.answers["get_run"] = error
    answer = http.get(f"{API}/runs/get", params={"run_id": "r"})
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")
    assert str(error) not in answer.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_head_has_the_headers_of_get_and_no_body(http: httpx.Client) -> None:
    get = http.get(f"{API}/runs/get", params={"run_id": "r"})
    head = http.head(f"{API}/runs/get", params={"run_id": "r"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_a_call_without_token_is_refused(backend: MemoryBackend) -> None:
    with in_process(create_app(backend, token="s3cret")) as http:
        refused = http.get(f"{API}/runs/get", params={"run_id": "r"})
        unknown = http.get("/nothing")
        let_in = http.get(
            f"{API}/runs/get", params={"run_id": "r"}, headers={"Authorization": "Bearer s3cret"}
        )
    assert refused.json()["error_code"] == unknown.json()["error_code"] == "UNAUTHENTICATED"
    assert refused.status_code == 401
    assert "Basic" in refused.headers["www-authenticate"]
    assert let_in.status_code == 200


def test_a_foreign_host_is_a_json_403(http: httpx.Client) -> None:
    answer = http.get("/health", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_columns_travel_as_msgpack(http: httpx.Client, backend: MemoryBackend) -> None:
    query = {"type": "runs", "experiment_ids": ["3"], "limit": 5, "select": ["params.*"]}
    answer = http.post("/api/2.0/nbtrack/columns", json=query)
    assert answer.headers["content-type"] == "application/x-msgpack"
    assert msgspec.msgpack.decode(answer.content, type=Columns).column("run_id").texts == ("r1",)
    assert backend.asked == [RunsQuery(experiment_ids=("3",), limit=5, select=("params.*",))]


@pytest.mark.parametrize("query", ["{}", '{"type": "other"}', '{"type": "runs"}', "[]", "{"])
def test_a_wrong_columns_query_is_refused(http: httpx.Client, query: str) -> None:
    answer = http.post(
        "/api/2.0/nbtrack/columns", content=query, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
