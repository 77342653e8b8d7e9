"""No way of failing shows a token, not even a traceback with the variables of each frame."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Callable

import httpx
import pytest

from nbtrack.api.runs import CREATE_RUN, GET_RUN, CreateRun, GetRun
from nbtrack.backends.http import FixedCredentials, HttpBackend, Timeouts, open_mlflow
from nbtrack.backends.http.auth import basic, bearer
from nbtrack.backends.http.connection import PoolTransport
from nbtrack.config import Secret
from nbtrack.errors import NbtrackError
from tests.backends.http.scripted import FakeClock, Script, Step, api, http_backend, page

SECRET = "s3cret-t0ken"
BASIC = base64.b64encode(f"ana:{SECRET}".encode()).decode()
PAIR = FixedCredentials({"Authorization": basic("ana", Secret(SECRET))})
AUTH = FixedCredentials({"Authorization": bearer(Secret(SECRET))})


def everything_shown(exc: BaseException) -> str:
    """Format an exception as the most talkative tracebacks do, with all that led to it."""
    shown = [repr(exc)]
    seen: BaseException | None = exc
    while seen is not None:
        report = traceback.TracebackException.from_exception(seen, capture_locals=True)
        shown += [*report.format(), repr(seen), repr(seen.args), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "".join(shown)


def assert_hidden(text: str) -> None:
    assert SECRET not in text
    assert BASIC not in text


@pytest.mark.parametrize(
    "step",
    [
        httpx.ReadTimeout("timed out"),
        httpx.ConnectError("refused"),
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {SECRET}'"),
        api(401, "UNAUTHENTICATED"),
        page(403, f"Refused: Bearer {SECRET}"),
        httpx.Response(500, text=f"authorization: Basic {BASIC}"),
        httpx.Response(200, html="<html>Log in</html>"),
        httpx.Response(302, headers={"location": "https://login.example.com"}),
    ],
    ids=["timeout", "refused", "header", "401", "403", "500", "login page", "redirect"],
)
@pytest.mark.parametrize("auth", [AUTH, PAIR], ids=["bearer", "basic"])
def test_failed_call_shows_no_secret(step: Step, auth: FixedCredentials) -> None:
    backend = http_backend(Script(step), auth=auth)
    with pytest.raises(NbtrackError) as caught:
        backend.call(CREATE_RUN, CreateRun(experiment_id="1"))
    assert_hidden(everything_shown(caught.value))


def test_failure_of_a_real_socket_shows_no_secret() -> None:
    backend = HttpBackend(
        "http://127.0.0.1:1",
        auth=AUTH,
        transport=PoolTransport(),
        timeouts=Timeouts(request=5, retry=5),
        clock=FakeClock().clock,
    )
    with pytest.raises(NbtrackError) as caught:
        backend.call(GET_RUN, GetRun(run_id="r1"))
    assert_hidden(everything_shown(caught.value))


def test_values_show_no_secret() -> None:
    backend = http_backend(Script(api(401, "UNAUTHENTICATED")), auth=AUTH)
    assert_hidden(f"{backend!r} {backend.name} {AUTH!r} {AUTH.headers()!r}")


def test_address_with_a_password_is_shown_without_it() -> None:
    transport = httpx.MockTransport(Script(api(401, "UNAUTHENTICATED")))
    backend = open_mlflow(f"http://ana:{SECRET}@localhost:5000/p", transport=transport)
    assert backend.name == "http://localhost:5000/p"
    with pytest.raises(NbtrackError) as caught:
        backend.call(GET_RUN, GetRun(run_id="r1"))
    assert_hidden(everything_shown(caught.value))


@pytest.mark.parametrize("make", [repr, str, "{}".format], ids=["repr", "str", "format"])
def test_secret_has_no_text_form(make: Callable[[object], str]) -> None:
    assert_hidden(make(Secret(SECRET)))


def test_secret_cannot_be_pickled_into_a_file() -> None:
    with pytest.raises(TypeError, match="not be stored"):
        pickle.dumps(Secret(SECRET))


def test_logs_show_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = http_backend(Script(httpx.Response(503)), auth=AUTH)
    with pytest.raises(NbtrackError):
        backend.call(GET_RUN, GetRun(run_id="r1"))
    assert "Trying again" in caplog.text
    assert_hidden(caplog.text + repr([vars(record) for record in caplog.records]))
