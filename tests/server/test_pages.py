"""What the server says about itself."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from packaging.version import Version

from nbtrack import __version__
from nbtrack.server import create_app
from tests.server.memory_backend import MemoryBackend, in_process


def test_health_is_a_plain_ok(http: httpx.Client) -> None:
    answer = http.get("/health")
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["content-type"] == "text/plain"


def test_version_is_a_bare_number(http: httpx.Client) -> None:
    assert Version(http.get("/version").text).major == 3


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_server_info_claims_nothing_but_whole_tables(http: httpx.Client, prefix: str) -> None:
    info = http.get(f"{prefix}/3.0/mlflow/server-info").json()
    assert (info["nbtrack_columns"], info["nbtrack_version"]) == (1, __version__)
    assert {key for key, value in info.items() if value is False} == {
        "workspaces_enabled",
        "trace_archival_enabled",
        "multipart_uploads_enabled",
        "multipart_downloads_enabled",
        "presigned_upload_run_id_supported",
        "presigned_upload_model_id_supported",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/version", 200),
        ("/api/3.0/mlflow/server-info", 200),
        ("/ajax-api/3.0/mlflow/server-info", 200),
        ("/.well-known/databricks-config", 404),
    ],
)
def test_open_pages_need_no_token(backend: MemoryBackend, path: str, status: int) -> None:
    with in_process(create_app(backend, token="s3cret")) as http:
        assert http.get(path).status_code == status


def test_host_metadata_are_a_json_404(http: httpx.Client) -> None:
    assert http.get("/.well-known/databricks-config").json()["error_code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/api/2.0/mlflow-artifacts/mpu/create/1/r/artifacts/a.txt"),
        ("POST", "/api/2.0/mlflow-artifacts/mpu/complete/1/r/artifacts/a.txt"),
        ("POST", "/ajax-api/2.0/mlflow-artifacts/mpu/abort/1/r/artifacts/a.txt"),
        ("GET", "/api/2.0/mlflow-artifacts/presigned/1/r/artifacts/a.txt"),
    ],
)
def test_parts_and_presigned_urls_are_not_implemented(
    http: httpx.Client, verb: str, path: str
) -> None:
    answer = http.request(verb, path)
    assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")


@pytest.mark.parametrize("word", ["upload", "download"])
def test_presigned_urls_of_runs_are_refused(http: httpx.Client, word: str) -> None:
    answer = http.post(f"/api/2.0/mlflow/artifacts/presigned-{word}-url", json={})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_server_knows_no_store() -> None:
    folder = Path(__file__).parents[2] / "nbtrack" / "server"
    assert not [path for path in folder.glob("*.py") if "sqlite" in path.read_text("utf-8")]
