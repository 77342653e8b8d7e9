"""The bridge to the databricks-sdk, against a workspace on the loopback that knows no OAuth."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from nbtrack.backends.http import open_databricks
from nbtrack.backends.http.databricks import Workspace, sdk_login
from nbtrack.config import Secret
from nbtrack.errors import ConfigError
from tests.backends.http.scripted import Script, ok, run


class NotFound(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), NotFound)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_sdk_gives_the_headers(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "sdk-token")
    found = sdk_login(Workspace(host=host, auth_type="pat"))
    assert found.host == host
    assert found.headers() == {"Authorization": Secret("Bearer sdk-token")}
    assert "sdk-token" not in repr(found.headers())


def test_same_headers_are_no_renewal(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "sdk-token")
    found = sdk_login(Workspace(host=host, auth_type="pat"))
    assert not found.renew(found.headers())
    assert found.renew({"Authorization": Secret("Bearer old")})


def test_workspace_id_of_the_sdk_is_sent(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "t")
    monkeypatch.setenv("DATABRICKS_WORKSPACE_ID", "42")
    found = sdk_login(Workspace(host=host, auth_type="pat")).headers()
    assert found["X-Databricks-Workspace-Id"] == Secret("42")


def test_kind_that_the_sdk_does_not_know_is_an_error(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^The databricks-sdk cannot log in: .*Set DATABRICKS_"):
        sdk_login(Workspace(host=host, auth_type="no-such-kind"))


def test_incomplete_login_goes_to_the_sdk(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", host)
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "github-oidc")
    with pytest.raises(ConfigError, match="databricks-sdk cannot log in"):
        open_databricks(transport=httpx.MockTransport(Script(ok({"run": run()}))))


def test_missing_sdk_names_the_extra() -> None:
    program = """
import sys
sys.modules["databricks"] = None
from nbtrack.backends.http.databricks import Workspace, sdk_login
from nbtrack.errors import MissingDependencyError
try:
    sdk_login(Workspace(auth_type="azure-cli"))
except MissingDependencyError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "kind 'azure-cli'" in done.stdout
    assert "pip install 'nbtrack[databricks]'" in done.stdout
