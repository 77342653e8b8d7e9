"""Whatever is sent, the answer is JSON and never a failure of the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.api import OPERATIONS, Operation, Route
from nbtrack.server import create_app
from tests.server.memory_backend import MemoryBackend, in_process

CALLS = [(op, route) for op in OPERATIONS.values() for route in op.routes]
VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]
FIELDS = sorted({name for op in OPERATIONS.values() for name in op.request.__struct_fields__})
ANSWERS = {200, 206, 304, 400, 401, 403, 404, 405, 416, 501}
JSON = {"Content-Type": "application/json"}

ODD_TEXTS = ["", "0", "-1", "1e400", "NaN", "9" * 5000, "ALL", "/", "../x", "\ud800", "\x00", "%00"]
texts = st.text(max_size=20) | st.sampled_from(ODD_TEXTS)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
ids = st.sampled_from(["0", "1", "RUN", "MODEL"])  # the two words stand for ids that exist
WORDS = [
    "metrics.",
    "params.",
    "tags.",
    "attributes.",
    "datasets.",
    "`",
    "loss",
    "name",
    "run_id",
    "status",
    "start_time",
]
SIGNS = [
    "=",
    "<",
    ">=",
    "!=",
    "LIKE",
    "ILIKE",
    "IN",
    "(",
    ")",
    ",",
    "'a'",
    '"b%"',
    "1",
    "-1.5e9",
    "AND",
    "OR",
    "IS",
    "NOT",
    "NULL",
    "DESC",
    "ASC",
]
clauses = st.lists(st.sampled_from([*WORDS, *SIGNS, " "]), max_size=8).map("".join) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner),
    max_leaves=12,
)
points = st.fixed_dictionaries(
    {"key": texts, "value": scalars, "timestamp": scalars, "step": scalars},
    optional={"model_id": ids},
)
plausible: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("experiment_id", "run_id", "run_uuid", "model_id", "source_run_id"), ids),
    **dict.fromkeys(("experiment_ids", "run_ids"), st.lists(ids, max_size=3)),
    **dict.fromkeys(("name", "key", "metric_key", "run_name", "new_name", "path"), texts),
    **dict.fromkeys(("max_results", "start_time", "end_time", "step", "max_runs"), st.integers()),
    **dict.fromkeys(("max_timestamp_millis", "min_timestamp_millis"), st.integers()),
    **dict.fromkeys(("tags", "params", "metrics"), st.lists(points, max_size=3)),
    "filter": clauses,
    "order_by": st.lists(clauses, max_size=3),
    "page_token": texts,
}
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8).map(json.dumps)
paths = st.text(max_size=40).filter(lambda path: not path.startswith("/"))
quiet = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def near_calls(draw: st.DrawFn) -> tuple[Route, dict[str, Any]]:
    """Draw a route with a message whose fields are mostly of the right kind."""
    op, route = draw(st.sampled_from(CALLS))
    return route, draw(messages(op))


def messages(op: Operation[Any, Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: plausible.get(name, texts) | values for name in op.request.__struct_fields__}
    return st.fixed_dictionaries({}, optional=fields)


def path_of(route: Route) -> str:
    return route.path.format(experiment_id="0", model_id="MODEL", tag_key="k")


@pytest.fixture
def send(engine_http: httpx.Client) -> Callable[..., None]:
    """Send a call to a store with a run and a model, and check the answer."""
    api = "/api/2.0/mlflow"
    run = engine_http.post(f"{api}/runs/create", json={"experiment_id": "0"}).json()
    model = engine_http.post(f"{api}/logged-models", json={"experiment_id": "0"}).json()
    run_id, model_id = run["run"]["info"]["run_id"], model["model"]["info"]["model_id"]

    def with_ids(text: str) -> str:
        return text.replace("RUN", run_id).replace("MODEL", model_id)

    def sender(verb: str, path: str, body: str = "") -> None:
        content = with_ids(body)
        check(engine_http.request(verb, with_ids(path), content=content, headers=JSON))

    return sender


def check(answer: httpx.Response) -> None:
    assert answer.status_code in ANSWERS
    assert "html" not in answer.headers.get("content-type", "")
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert set(answer.json()) == {"error_code", "message"}


@quiet
@given(call=near_calls())
def test_nearly_right_bodies(send: Callable[..., None], call: tuple[Route, dict[str, Any]]) -> None:
    route, message = call
    send(route.verb, path_of(route), json.dumps(message))


@quiet
@given(call=near_calls())
def test_nearly_right_queries(
    send: Callable[..., None], call: tuple[Route, dict[str, Any]]
) -> None:
    route, message = call
    query = [
        (name, str(item).encode("utf-8", "surrogatepass"))
        for name, value in message.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    encoded = "&".join(f"{name}={quote(value)}" for name, value in query)
    send(route.verb, f"{path_of(route)}?{encoded}")


@quiet
@given(call=st.sampled_from(CALLS), body=bodies.map(str.encode) | st.binary(max_size=60))
def test_any_body(
    engine_http: httpx.Client, call: tuple[Operation[Any, Any], Route], body: bytes
) -> None:
    route = call[1]
    check(engine_http.request(route.verb, path_of(route), content=body, headers=JSON))


@quiet
@given(verb=st.sampled_from(VERBS), path=paths, query=st.text(max_size=20))
@pytest.mark.parametrize("start", ["", "/api/2.0/mlflow", "/ajax-api/2.0/mlflow/logged-models"])
def test_any_path(http: httpx.Client, start: str, verb: str, path: str, query: str) -> None:
    url = f"{start}/{quote(path, safe='/')}"
    check(http.request(verb, url, params={"path": query, "run_id": query}))


ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@quiet
@given(verb=st.sampled_from(VERBS), path=texts.map(lambda text: text.encode("utf-8", "replace")))
def test_any_artifact_path(engine_http: httpx.Client, verb: str, path: bytes) -> None:
    check(engine_http.request(verb, f"{ARTIFACTS}/{quote(path)}", content=b"x"))
    check(engine_http.request("GET", f"{ARTIFACTS}?path={quote(path)}"))
    check(engine_http.request("GET", f"/get-artifact?run_id=r&path={quote(path)}"))


HEADERS = [
    "Host",
    "Origin",
    "Authorization",
    "Content-Type",
    "Content-Length",
    "Range",
    "If-Range",
    "If-None-Match",
    "If-Modified-Since",
    "Transfer-Encoding",
]
STARTS = ["bytes=", "Basic ", "Bearer ", "http://", "bytes=0-", "", "[::1]:", "9" * 30]
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
lines = st.builds(lambda start, rest: (start + rest).strip(), st.sampled_from(STARTS), printable)


@quiet
@given(headers=st.dictionaries(st.sampled_from(HEADERS), lines), token=st.sampled_from([None, "t"]))
@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/search", "/get-artifact?run_id=r&path=a"])
def test_any_headers(
    backend: MemoryBackend, path: str, headers: dict[str, str], token: str | None
) -> None:
    backend.artifacts.files["mlflow-artifacts:/3/r/artifacts/a"] = b"0123456789"
    with in_process(create_app(backend, token=token)) as http:
        for verb in ("GET", "POST"):
            check(http.request(verb, path, content=b"{}", headers=headers))


RUNS = {"type": st.just("runs"), "experiment_ids": st.lists(ids)}
HISTORY = {"type": st.just("history"), "run_ids": st.lists(ids)}
queries = st.fixed_dictionaries(
    RUNS, optional={"filter": clauses, "order_by": st.lists(clauses), "select": st.lists(texts)}
) | st.fixed_dictionaries(HISTORY, optional={"keys": st.lists(texts)})


@quiet
@given(query=queries | values)
def test_any_columns_query(send: Callable[..., None], query: object) -> None:
    send("POST", "/api/2.0/nbtrack/columns", json.dumps(query))
