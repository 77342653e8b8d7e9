"""Which handler a verb and path lead to."""

from __future__ import annotations

import pytest

from nbtrack.api import DELETE, GET, OPERATIONS, PATCH, POST
from nbtrack.errors import EndpointNotFound
from nbtrack.server.exchange import Handler, reply
from nbtrack.server.routing import Router, WrongVerb


def handler(text: str) -> Handler:
    return lambda _call, _path: reply(text.encode())


ONE, TWO, THREE = handler("one"), handler("two"), handler("three")
ROUTER = Router(
    {
        GET("/api/2.0/mlflow/models/{model_id}"): ONE,
        PATCH("/api/2.0/mlflow/models/{model_id}"): TWO,
        POST("/api/2.0/mlflow/models/search"): THREE,
        DELETE("/api/2.0/mlflow/models/{model_id}/tags/{tag_key}"): ONE,
        GET("/api/2.0/files/{artifact_path}"): ONE,
        GET("/ajax-api/2.0/mlflow/ui-only"): TWO,
    }
)


def test_a_segment_becomes_a_value() -> None:
    assert ROUTER.find("PATCH", "/api/2.0/mlflow/models/m-1") == (TWO, {"model_id": "m-1"})


def test_a_written_out_path_beats_a_parameter() -> None:
    assert ROUTER.find("POST", "/api/2.0/mlflow/models/search") == (THREE, {})


def test_a_key_at_the_end_takes_slashes() -> None:
    found = ROUTER.find("DELETE", "/api/2.0/mlflow/models/m-1/tags/a/b//c")
    assert found == (ONE, {"model_id": "m-1", "tag_key": "a/b//c"})


def test_a_path_takes_slashes_and_line_breaks() -> None:
    assert ROUTER.find("GET", "/api/2.0/files/a/b\n.txt")[1] == {"artifact_path": "a/b\n.txt"}


def test_an_id_takes_no_slash() -> None:
    with pytest.raises(EndpointNotFound):
        ROUTER.find("GET", "/api/2.0/mlflow/models/m-1/unknown")


def test_every_path_has_an_ajax_twin() -> None:
    assert ROUTER.find("GET", "/ajax-api/2.0/mlflow/models/m-1") == (ONE, {"model_id": "m-1"})


def test_an_ajax_path_has_no_plain_twin() -> None:
    assert ROUTER.find("GET", "/ajax-api/2.0/mlflow/ui-only") == (TWO, {})
    with pytest.raises(EndpointNotFound):
        ROUTER.find("GET", "/api/2.0/mlflow/ui-only")


def test_head_is_answered_as_get() -> None:
    assert ROUTER.find("HEAD", "/api/2.0/mlflow/models/m-1")[0] is ONE


def test_a_wrong_verb_names_the_right_ones() -> None:
    with pytest.raises(WrongVerb) as caught:
        ROUTER.find("PUT", "/api/2.0/mlflow/models/m-1")
    assert caught.value.allowed == ("GET", "HEAD", "PATCH")


def test_no_two_operations_share_a_route() -> None:
    routes = [route for op in OPERATIONS.values() for route in op.routes]
    assert len(routes) == len(set(routes))
