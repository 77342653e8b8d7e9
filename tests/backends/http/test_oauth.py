from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx
import pytest

from nbtrack.api.operation import Repeat
from nbtrack.api.runs import CREATE_RUN, GET_RUN, CreateRun, GetRun
from nbtrack.backends.http import HttpBackend, open_databricks
from nbtrack.errors import ConfigError, TransportError, Unauthenticated
from tests.backends.http.scripted import FakeClock, ok, outcome, run

HOST = "https://work.example.com"
GET = (GET_RUN, GetRun(run_id="r1"))


class Workspace:
    """A workspace with a login server; `tokens` counts those it has given out."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.tokens = 0
        self.lifetime: object = 3600
        self.config = httpx.Response(200, json={"oidc_endpoint": f"{HOST}/oidc", "workspace_id": 7})
        self.endpoint = f"{HOST}/oidc/v1/token"
        self.token_error: httpx.Response | None = None
        self.stale: set[str] = set()
        self.last: httpx.Request | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.paths.append(path)
        if path == "/.well-known/databricks-config":
            return self.config
        if path.endswith("/.well-known/oauth-authorization-server"):
            return ok({"token_endpoint": self.endpoint})
        self.last = request
        if path == "/oidc/v1/token":
            return self._token()
        stale = request.headers["authorization"] in self.stale
        return httpx.Response(401) if stale else ok({"run": run()})

    def _token(self) -> httpx.Response:
        if self.token_error is not None:
            return self.token_error
        self.tokens += 1
        token = {"access_token": f"token-{self.tokens}", "token_type": "Bearer"}
        return ok({**token, "expires_in": self.lifetime})


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("DATABRICKS_HOST", HOST)
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "the id")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "the-secret")
    return Workspace()


def opened(workspace: Workspace, clock: FakeClock | None = None) -> HttpBackend:
    transport = httpx.MockTransport(workspace)
    return open_databricks(transport=transport, clock=(clock or FakeClock()).clock)


def test_first_call_fetches_a_token(workspace: Workspace) -> None:
    opened(workspace).call(*GET)
    assert workspace.paths == [
        "/.well-known/databricks-config",
        "/oidc/.well-known/oauth-authorization-server",
        "/oidc/v1/token",
        "/api/2.0/mlflow/runs/get",
    ]
    assert workspace.last is not None
    assert workspace.last.headers["authorization"] == "Bearer token-1"
    assert workspace.last.headers["x-databricks-workspace-id"] == "7"


def test_token_request_carries_id_and_secret(workspace: Workspace) -> None:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return workspace(request)

    open_databricks(transport=httpx.MockTransport(keep), clock=FakeClock().clock).call(*GET)
    pair = base64.b64encode(b"the%20id:the-secret").decode()
    assert seen[2].headers["authorization"] == f"Basic {pair}"
    assert parse_qs(seen[2].content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["all-apis"],
    }


def test_token_is_used_until_a_minute_before_its_end(workspace: Workspace) -> None:
    clock = FakeClock()
    backend = opened(workspace, clock)
    for passed in (0, 3539, 2, 0):
        clock.time += passed
        backend.call(*GET)
    assert workspace.tokens == 2


def test_refused_token_is_renewed_once(workspace: Workspace) -> None:
    workspace.stale = {"Bearer token-1"}
    opened(workspace).call(*GET)
    assert workspace.tokens == 2
    assert workspace.paths.count("/api/2.0/mlflow/runs/get") == 2


def test_second_refusal_is_final(workspace: Workspace) -> None:
    workspace.stale = {"Bearer token-1", "Bearer token-2"}
    assert type(outcome(opened(workspace), *GET)) is Unauthenticated
    assert workspace.tokens == 2


def test_threads_share_one_token(workspace: Workspace) -> None:
    backend = opened(workspace)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: backend.call(*GET), range(16)))
    assert workspace.tokens == 1


def test_older_workspace_is_asked_at_its_own_address(workspace: Workspace) -> None:
    workspace.config = httpx.Response(404, html="<html></html>")
    opened(workspace).call(*GET)
    assert workspace.paths[1] == "/oidc/.well-known/oauth-authorization-server"


def test_account_id_is_filled_in(workspace: Workspace) -> None:
    endpoint = "https://accounts.example.com/oidc/accounts/{account_id}"
    workspace.config = ok({"oidc_endpoint": endpoint, "account_id": "acc"})
    opened(workspace).call(*GET)
    assert workspace.paths[1].startswith("/oidc/accounts/acc/.well-known/")


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_client", "error_description": "Client authentication failed"},
        {"errorCode": "invalid_client", "errorSummary": "Client authentication failed"},
    ],
    ids=["oauth", "okta"],
)
def test_refused_login_is_unauthenticated(workspace: Workspace, body: dict[str, str]) -> None:
    workspace.token_error = httpx.Response(401, json=body)
    error = outcome(opened(workspace), *GET)
    assert type(error) is Unauthenticated
    assert "cannot log in" in str(error)
    assert "Client authentication failed" in str(error)


def test_busy_login_server_is_asked_again(workspace: Workspace) -> None:
    clock = FakeClock()
    workspace.token_error = httpx.Response(503, headers={"Retry-After": "5"})
    backend = opened(workspace, clock)
    assert isinstance(outcome(backend, *GET), Exception)
    assert set(clock.sleeps) == {5.0}


def test_lost_token_leaves_the_call_unsent_and_is_repeated(workspace: Workspace) -> None:
    assert CREATE_RUN.repeat is Repeat.NEVER
    workspace.token_error = httpx.Response(502)
    clock = FakeClock()
    outcome(opened(workspace, clock), CREATE_RUN, CreateRun(experiment_id="1"))
    assert len(clock.sleeps) > 3
    assert not [path for path in workspace.paths if path.startswith("/api/")]


def test_token_that_cannot_be_read_is_not_shown(workspace: Workspace) -> None:
    workspace.lifetime = "soon"
    error = outcome(opened(workspace), *GET)
    assert type(error) is TransportError
    assert "token-1" not in str(error)


def test_secret_is_not_sent_over_open_http(workspace: Workspace) -> None:
    workspace.endpoint = "http://work.example.com/oidc/v1/token"
    error = outcome(opened(workspace), *GET)
    assert type(error) is ConfigError
    assert "/oidc/v1/token" not in workspace.paths
