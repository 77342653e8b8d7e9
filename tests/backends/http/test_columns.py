from __future__ import annotations

import httpx
import msgspec
import pytest

from nbtrack.backends.column_builders import text_column
from nbtrack.backends.columns import Columns, ColumnsQuery, HistoryQuery, RunsQuery
from nbtrack.entities import ViewType
from nbtrack.errors import FilterError, InvalidParameterValue, TransportError
from tests.backends.http.scripted import FakeClock, Script, Step, api, http_backend, ok, page, run

OURS = ok({"nbtrack_columns": 1, "store_type": "sqlite"})
TABLE = Columns(rows=2, columns=(text_column("run_id", ["a", "b"]),))
PACKED = httpx.Response(200, content=msgspec.msgpack.encode(TABLE))
QUERY = RunsQuery(experiment_ids=("1",), view_type=ViewType.ALL, select=("run_id",))


def test_own_server_sends_whole_columns() -> None:
    script = Script(OURS, PACKED)
    assert http_backend(script).columns(QUERY) == TABLE
    assert [request.url.path for request in script.requests] == [
        "/api/3.0/mlflow/server-info",
        "/api/2.0/nbtrack/columns",
    ]
    assert msgspec.json.decode(script.requests[1].content, type=ColumnsQuery) == QUERY


def test_history_query_is_told_apart_on_the_wire() -> None:
    script = Script(OURS, PACKED)
    query = HistoryQuery(run_ids=("a",), keys=("loss",))
    http_backend(script).columns(query)
    assert msgspec.json.decode(script.requests[1].content, type=ColumnsQuery) == query


def test_server_is_asked_once() -> None:
    script = Script(OURS, PACKED)
    backend = http_backend(script)
    for _ in range(3):
        backend.columns(QUERY)
    assert script.paths[0] == "/api/3.0/mlflow/server-info"
    assert len(script.requests) == 4


def test_server_is_asked_with_a_limit_of_three_seconds() -> None:
    script = Script(OURS, PACKED)
    http_backend(script).columns(QUERY)
    assert script.requests[0].extensions["timeout"]["read"] == 3.0


@pytest.mark.parametrize(
    "answer",
    [
        page(404),
        ok(),
        ok({"nbtrack_columns": 0}),
        ok({"nbtrack_columns": "many"}),
        httpx.Response(503),
        httpx.Response(200, html="<html></html>"),
        httpx.ConnectTimeout("slow"),
    ],
    ids=["404", "mlflow", "no", "nonsense", "busy", "page", "timeout"],
)
def test_other_servers_send_pages(answer: Step) -> None:
    clock = FakeClock()
    script = Script(answer, ok({"runs": [run("a")]}))
    found = http_backend(script, clock).columns(QUERY)
    assert found.column("run_id").texts == ("a",)
    assert script.paths[1:] == ["runs/search"]
    assert clock.sleeps == []


def test_databricks_is_not_asked() -> None:
    script = Script(ok({"runs": [run("a")]}))
    http_backend(script, flavour="databricks").columns(QUERY)
    assert script.paths == ["runs/search"]


def test_lost_columns_are_asked_for_again() -> None:
    script = Script(OURS, httpx.ReadTimeout("timed out"), PACKED)
    assert http_backend(script).columns(QUERY) == TABLE


def test_wrong_filter_is_an_error_of_the_api() -> None:
    script = Script(OURS, api(400, "INVALID_PARAMETER_VALUE", "Bad filter"))
    with pytest.raises(InvalidParameterValue, match="Bad filter") as caught:
        http_backend(script).columns(QUERY)
    assert type(caught.value) is not FilterError


def test_columns_that_cannot_be_read_are_a_transport_error() -> None:
    script = Script(OURS, httpx.Response(200, content=b"{}"))
    with pytest.raises(TransportError, match=r"columns that .* sent cannot be read"):
        http_backend(script).columns(QUERY)
