from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest

from nbtrack.api.runs import GET_RUN, GetRun
from nbtrack.backends.http.failures import AttemptError, FailureKind
from nbtrack.backends.http.replies import failure_of, read_reply
from nbtrack.errors import (
    ApiError,
    BadRequest,
    EndpointNotFound,
    InternalError,
    InvalidParameterValue,
    InvalidState,
    PermissionDenied,
    ResourceConflict,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
    TransportError,
    Unauthenticated,
)
from tests.backends.http.scripted import Script, api, http_backend, ok, outcome, page

REQUEST = httpx.Request("POST", "http://host:5000/api/2.0/mlflow/runs/search")


def failure(status: int, content: str = "", **headers: str) -> Exception:
    """Read an answer that is an error."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, text=content, headers=names, request=REQUEST)
    return failure_of(response, now=0.0)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no run"}',
         ResourceDoesNotExist, "no run"),
        (409, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "odd"}',
         ResourceDoesNotExist, "odd"),
        (500, '{"error_code": "INVALID_STATE", "message": "deleted"}', InvalidState, "deleted"),
        (400, '{"detail": "It is a directory"}', BadRequest, "It is a directory"),
        (409, '{"error": "Somebody else"}', ResourceConflict, "Somebody else"),
        (400, '{"detail": "bad", "status": "400", "scimType": "x"}', BadRequest, "bad"),
        (400, "INVALID_PARAMETER_VALUE: too long", InvalidParameterValue, "too long"),
        (403, "Invalid Host header", PermissionDenied, "Invalid Host header"),
        (403, "", PermissionDenied, "403 Forbidden"),
        (400, "<html><title>Oh &amp; no</title></html>", BadRequest, "Oh & no"),
        (403, "<html><body><pre>Closed\n  door</pre></html>", PermissionDenied, "Closed door"),
        (418, '{"error_code": "TEAPOT", "message": "short"}', ApiError, "short"),
    ],
    ids=["json", "code beats status", "code with 500", "detail", "error", "scim", "code: text",
         "text", "empty", "title", "pre", "unknown code"],
)  # fmt: skip
def test_error_shapes_become_exceptions(
    status: int, body: str, kind: type[ApiError], message: str
) -> None:
    error = failure(status, body)
    assert type(error) is kind
    assert isinstance(error, ApiError)
    assert error.message == message
    assert error.status == status


def test_unknown_code_is_kept() -> None:
    error = failure(418, '{"error_code": "TEAPOT", "message": "short"}')
    assert isinstance(error, ApiError)
    assert error.error_code == "TEAPOT"


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, "<html><title>404 Not Found</title></html>"), (404, '{"detail": "Not Found"}'),
     (405, "<html></html>"), (404, "")],
    ids=["page", "detail", "verb", "empty"],
)  # fmt: skip
def test_not_found_without_a_code_means_no_such_method(status: int, body: str) -> None:
    assert type(failure(status, body)) is EndpointNotFound


def test_missing_login_says_what_to_do() -> None:
    error = failure(401, "You are not authenticated.")
    assert type(error) is Unauthenticated
    assert str(error) == (
        "You are not authenticated. Log in to http://host:5000: see its credentials."
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [(429, ""), (503, "<html></html>"), (503, '{"error_code": "TEMPORARILY_UNAVAILABLE"}')],
    ids=["429", "503 page", "503 json"],
)
def test_refusal_for_now_may_be_repeated(status: int, body: str) -> None:
    error = failure(status, body)
    assert isinstance(error, AttemptError)
    assert error.kind is FailureKind.REFUSED


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, ""), (504, "<html></html>"), (500, "<html></html>"), (500, "Internal Server Error"),
     (500, '{"error_code": "INTERNAL_ERROR", "message": "boom"}')],
    ids=["502", "504", "500 page", "500 text", "500 internal"],
)  # fmt: skip
def test_crash_leaves_open_what_happened(status: int, body: str) -> None:
    error = failure(status, body)
    assert isinstance(error, AttemptError)
    assert error.kind is FailureKind.LOST


def test_crash_is_an_internal_error_for_the_user() -> None:
    error = failure(500, "Internal Server Error")
    assert isinstance(error, AttemptError)
    assert type(error.error) is InternalError


def test_switched_off_artifact_serving_is_final() -> None:
    error = failure(503, '{"detail": "Artifact serving is disabled"}')
    assert type(error) is TemporarilyUnavailable


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("", None),
     (format_datetime(datetime.fromtimestamp(90, UTC), usegmt=True), 90.0)],
    ids=["seconds", "fraction", "past", "nonsense", "empty", "date"],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    error = failure(429, "", retry_after=value)
    assert isinstance(error, AttemptError)
    assert error.retry_after == seconds


def test_credentials_that_a_server_echoes_are_masked() -> None:
    error = failure(403, "Refused: Authorization: Bearer abc123 from you")
    assert str(error) == "Refused: Authorization: Bearer *** from you"


def test_closed_network_is_a_missing_permission() -> None:
    error = failure(302, location="/login.html?error=private-link-validation-error:1")
    assert type(error) is PermissionDenied


def test_redirect_that_is_not_followed_names_the_address() -> None:
    error = failure(301, location="https://host/api/2.0/mlflow/runs/search?token=secret")
    assert type(error) is TransportError
    assert "'https://host/api/2.0/mlflow/runs/search'" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("body", ["<html>Log in</html>", "[1]", "fine"], ids=str)
def test_success_that_is_no_json_object_is_a_transport_error(body: str) -> None:
    response = httpx.Response(200, text=body, request=REQUEST)
    with pytest.raises(TransportError, match="Check the tracking URI"):
        read_reply(response, now=0.0)


def test_reply_that_lacks_fields_is_a_transport_error() -> None:
    result = outcome(http_backend(Script(ok({"run": {}}))), GET_RUN, GetRun(run_id="a"))
    assert type(result) is TransportError
    assert "not what the API promises" in str(result)


def test_error_of_a_call_reaches_the_caller() -> None:
    script = Script(api(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=a not found"))
    result = outcome(http_backend(script), GET_RUN, GetRun(run_id="a"))
    assert type(result) is ResourceDoesNotExist
    assert len(script.requests) == 1


def test_wrong_address_is_said_in_plain_words() -> None:
    result = outcome(http_backend(Script(page(404))), GET_RUN, GetRun(run_id="a"))
    assert type(result) is EndpointNotFound
    assert str(result) == (
        "http://127.0.0.1:5000 has no method get_run: 404 Not Found. "
        "Check that the tracking URI is the address of an MLflow server."
    )
