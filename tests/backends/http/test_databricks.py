from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest

from nbtrack.api.runs import GET_RUN, GetRun
from nbtrack.backends.http import open_databricks
from nbtrack.backends.http.databricks import find_workspace, login, workspace_url
from nbtrack.config import Secret
from nbtrack.errors import ConfigError
from tests.backends.http.scripted import Script, ok, run

if TYPE_CHECKING:
    from pathlib import Path

HOST = "https://work.cloud.example.com"
PROFILES = f"""
[DEFAULT]
host = https://default.example.com
token = default-token

[work]
host = {HOST}/
token = work-token
workspace_id = 42

[bare]
host = {HOST}
"""


def config_file(home: Path, text: str = PROFILES) -> None:
    (home / ".databrickscfg").write_text(text, "utf-8")


def first_request(profile: str | None = None) -> httpx.Request:
    """Return what a call to the workspace of a profile sends."""
    script = Script(ok({"run": run()}))
    backend = open_databricks(profile, transport=httpx.MockTransport(script))
    backend.call(GET_RUN, GetRun(run_id="r1"))
    return script.requests[0]


def test_host_and_token_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "work.cloud.example.com:443/")
    monkeypatch.setenv("DATABRICKS_TOKEN", "env-token")
    request = first_request()
    assert str(request.url).startswith(f"{HOST}/api/2.0/mlflow/runs/get")
    assert request.headers["authorization"] == "Bearer env-token"
    assert "x-databricks-workspace-id" not in request.headers


def test_profile_gives_host_token_and_workspace_id(tmp_path: Path) -> None:
    config_file(tmp_path)
    request = first_request("work")
    assert request.url.host == "work.cloud.example.com"
    assert request.headers["authorization"] == "Bearer work-token"
    assert request.headers["x-databricks-workspace-id"] == "42"


def test_profile_may_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config_file(tmp_path)
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "work")
    assert first_request().headers["authorization"] == "Bearer work-token"


def test_environment_beats_a_named_profile_field_by_field(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config_file(tmp_path)
    monkeypatch.setenv("DATABRICKS_TOKEN", "env-token")
    request = first_request("work")
    assert request.url.host == "work.cloud.example.com"
    assert request.headers["authorization"] == "Bearer env-token"


def test_default_profile_fills_nothing_in_others(tmp_path: Path) -> None:
    config_file(tmp_path)
    assert find_workspace("bare").token is None
    assert find_workspace(None).token == Secret("default-token")


def test_settings_section_names_the_default_profile(tmp_path: Path) -> None:
    config_file(tmp_path, PROFILES + "\n[__settings__]\ndefault_profile = work\n")
    assert find_workspace(None).token == Secret("work-token")


@pytest.mark.parametrize("variable", ["DATABRICKS_HOST", "DATABRICKS_TOKEN"])
def test_file_is_not_read_if_something_is_known_already(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    config_file(tmp_path, "this is no INI file")
    monkeypatch.setenv(variable, "x")
    found = find_workspace(None)
    assert (found.host, found.token) in {("x", None), (None, Secret("x"))}


def test_file_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.cfg").write_text("[work]\nhost = a\ntoken = b\n", "utf-8")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "other.cfg"))
    assert find_workspace("work").host == "a"


def test_unknown_profile_lists_the_known_ones(tmp_path: Path) -> None:
    config_file(tmp_path)
    with pytest.raises(ConfigError, match=r"'wrok' does not exist.*DEFAULT, work, bare\."):
        find_workspace("wrok")


def test_profile_without_a_file_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'work' does not exist"):
        find_workspace("work")


def test_two_kinds_of_credentials_need_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", HOST)
    monkeypatch.setenv("DATABRICKS_TOKEN", "t")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "s")
    with pytest.raises(ConfigError, match="several kinds for Databricks: pat and oauth-m2m"):
        find_workspace(None)
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "pat")
    assert first_request().headers["authorization"] == "Bearer t"


def test_password_pair_is_sent_as_basic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", HOST)
    monkeypatch.setenv("DATABRICKS_USERNAME", "ana")
    monkeypatch.setenv("DATABRICKS_PASSWORD", "pass")
    expected = base64.b64encode(b"ana:pass").decode()
    assert first_request().headers["authorization"] == f"Basic {expected}"


def test_incomplete_login_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", HOST)
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "id")
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "oauth-m2m")
    with pytest.raises(ConfigError, match="DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET"):
        login(find_workspace(None))


def test_missing_host_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "t")
    with pytest.raises(ConfigError, match="host of the Databricks workspace is not known"):
        open_databricks()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("a.example.com", "https://a.example.com"),
        ("https://a.example.com/", "https://a.example.com"),
        ("https://a.example.com:443", "https://a.example.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://a.example.com/?o=123", "https://a.example.com"),
    ],
)
def test_host_becomes_an_address(host: str, url: str) -> None:
    assert workspace_url(host) == url


@pytest.mark.parametrize("host", ["ftp://a", "https://", "https:///x"])
def test_host_that_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        workspace_url(host)


def test_other_kinds_of_login_are_left_to_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "no-such-kind")
    workspace = find_workspace(None)
    assert login(workspace) is None
