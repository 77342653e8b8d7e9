from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest

from nbtrack import __version__
from nbtrack.api.runs import GET_RUN, GetRun
from nbtrack.backends.http import FixedCredentials, open_mlflow
from nbtrack.backends.http.auth import bearer
from nbtrack.config import Secret
from nbtrack.errors import ConfigError
from tests.backends.http.scripted import URL, Script, http_backend, ok, run

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = FixedCredentials({"Authorization": Secret("Bearer abc")})


def sent(uri: str = URL) -> str | None:
    """Return the Authorization header that an MLflow server at a URI gets."""
    script = Script(ok({"run": run()}))
    backend = open_mlflow(uri, transport=httpx.MockTransport(script))
    backend.call(GET_RUN, GetRun(run_id="r1"))
    header: str | None = script.requests[0].headers.get("authorization")
    return header


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def credentials_file(home: Path, text: str) -> None:
    (home / ".mlflow").mkdir()
    (home / ".mlflow" / "credentials").write_text(text, "utf-8")


def test_without_credentials_nothing_is_sent() -> None:
    assert sent() is None


def test_pair_of_the_uri_is_decoded_and_sent() -> None:
    assert sent("http://ana:p%40ss@127.0.0.1:5000") == basic("ana", "p@ss")


def test_pair_of_the_uri_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "env")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "env")
    assert sent("http://ana:pass@127.0.0.1:5000") == basic("ana", "pass")


def test_basic_beats_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ana")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "süß")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")
    assert sent() == basic("ana", "süß")


def test_token_is_used_if_the_pair_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ana")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")
    assert sent() == "Bearer abc"


def test_file_fills_what_the_environment_leaves_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials_file(
        tmp_path,
        "[mlflow]\nmlflow_tracking_username = file\nmlflow_tracking_password = 100%\n",
    )
    assert sent() == basic("file", "100%")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ana")
    assert sent() == basic("ana", "100%")


def test_broken_credentials_file_is_named_without_its_text(tmp_path: Path) -> None:
    credentials_file(tmp_path, "mlflow_tracking_password hunter2\n")
    with pytest.raises(ConfigError, match="not a valid INI file") as caught:
        sent()
    assert "hunter2" not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MLFLOW_TRACKING_AWS_SIGV4", "true"), ("MLFLOW_TRACKING_AUTH", "plugin")],
)
def test_plug_ins_of_mlflow_are_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"^{variable} is set, and nbtrack cannot log in"):
        sent()


@pytest.mark.parametrize("token", ["a b", "a\nb", "ä", "a\x00b"], ids=repr)
def test_token_with_strange_characters_is_refused_unseen(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bearer(Secret(token))
    assert token not in str(caught.value)


def test_white_space_around_a_token_is_dropped() -> None:
    assert bearer(Secret(" abc\n")).reveal() == "Bearer abc"


def test_requests_say_who_sends_them() -> None:
    script = Script(ok({"run": run()}))
    http_backend(script).call(GET_RUN, GetRun(run_id="r1"))
    assert script.requests[0].headers["user-agent"] == f"nbtrack/{__version__}"
    assert script.requests[0].headers["accept"] == "application/json"


def test_path_prefix_is_kept_and_final_slash_dropped() -> None:
    script = Script(ok({"run": run()}))
    backend = http_backend(script, base_url="http://127.0.0.1:5000/prefix/")
    backend.call(GET_RUN, GetRun(run_id="r1"))
    assert str(script.requests[0].url) == (
        "http://127.0.0.1:5000/prefix/api/2.0/mlflow/runs/get?run_id=r1"
    )
    assert backend.name == "http://127.0.0.1:5000/prefix"


def test_credentials_over_open_http_to_another_machine_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="go over plain http"):
        http_backend(Script(ok()), auth=TOKEN, base_url="http://tracking.example.com")


@pytest.mark.parametrize(
    "url",
    ["http://localhost:5000", "http://127.0.0.2", "http://[::1]:5000", "https://example.com"],
)
def test_local_and_encrypted_addresses_need_no_warning(url: str) -> None:
    http_backend(Script(ok()), auth=TOKEN, base_url=url)


def test_open_http_without_credentials_needs_no_warning() -> None:
    http_backend(Script(ok()), base_url="http://tracking.example.com")


@pytest.mark.parametrize(
    "uri", ["http://", "http://user:hunter2@", "http://h:port", "http://h?token=hunter2"]
)
def test_unusable_address_is_refused_without_showing_it(uri: str) -> None:
    with pytest.raises(ConfigError, match="not the address of a server") as caught:
        open_mlflow(uri)
    assert "hunter2" not in str(caught.value)


def test_contradicting_tls_settings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", "ca.pem")
    with pytest.raises(ConfigError, match="contradict each other"):
        open_mlflow("https://localhost")


@pytest.mark.parametrize(
    "variable", ["MLFLOW_TRACKING_SERVER_CERT_PATH", "MLFLOW_TRACKING_CLIENT_CERT_PATH"]
)
def test_missing_certificate_file_is_named(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "nowhere.pem")
    with pytest.raises(ConfigError, match=r"'nowhere\.pem' cannot be read"):
        open_mlflow("https://localhost")
