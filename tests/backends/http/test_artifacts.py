from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from nbtrack.backends.http import HttpBackend
from nbtrack.entities import FileInfo
from nbtrack.errors import (
    ConfigError,
    InvalidParameterValue,
    ResourceDoesNotExist,
    TransportError,
)
from tests.backends.http.scripted import FakeClock, Script, api, http_backend, ok

ROOT = "mlflow-artifacts:/1/r1/artifacts"
ROUTE = "/api/2.0/mlflow-artifacts/artifacts"
GONE = api(404, "RESOURCE_DOES_NOT_EXIST", "No such artifact")


class Breaking(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"start"
        raise httpx.ReadError("reset")


def test_upload_puts_the_bytes() -> None:
    script = Script(ok())
    http_backend(script).artifacts.write(f"{ROOT}/a b/ü?#%.txt", [b"one", b"two"])
    (request,) = script.requests
    assert request.method == "PUT"
    assert unquote(request.url.raw_path.decode()) == f"{ROUTE}/1/r1/artifacts/a b/ü?#%.txt"
    assert request.content == b"onetwo"
    assert request.headers["content-length"] == "6"
    assert "transfer-encoding" not in request.headers


def test_upload_from_an_iterator_is_repeated_whole() -> None:
    script = Script(httpx.Response(503), httpx.ReadTimeout("timed out"), ok())
    http_backend(script).artifacts.write(f"{ROOT}/a", (part for part in (b"one", b"two")))
    assert [request.content for request in script.requests] == [b"onetwo"] * 3


def test_empty_file_is_uploaded() -> None:
    script = Script(ok())
    http_backend(script).artifacts.write(f"{ROOT}/a", [])
    assert script.requests[0].headers["content-length"] == "0"


def test_refused_upload_is_an_error() -> None:
    script = Script(api(400, "INVALID_PARAMETER_VALUE", "Invalid path"))
    with pytest.raises(InvalidParameterValue, match="Invalid path"):
        http_backend(script).artifacts.write(f"{ROOT}/a", [b"x"])


def test_download_yields_the_bytes_as_they_are() -> None:
    script = Script(httpx.Response(503), httpx.Response(200, content=b"\x1f\x8bnot json"))
    content = b"".join(http_backend(script).artifacts.read(f"{ROOT}/a.gz"))
    assert content == b"\x1f\x8bnot json"
    assert script.requests[1].headers["accept-encoding"] == "identity"


def test_download_of_nothing_is_an_error() -> None:
    with pytest.raises(ResourceDoesNotExist, match="No such artifact"):
        list(http_backend(Script(GONE)).artifacts.read(f"{ROOT}/a"))


def test_download_that_breaks_off_is_not_begun_again() -> None:
    script = Script(lambda _: httpx.Response(200, stream=Breaking()))
    chunks = http_backend(script).artifacts.read(f"{ROOT}/a")
    with pytest.raises(TransportError, match=r"broke off.*Read it again"):
        list(chunks)
    assert len(script.requests) == 1


def test_listing_is_sorted() -> None:
    files = [{"path": "b", "is_dir": True}, {"path": "a", "is_dir": False, "file_size": 3}]
    script = Script(ok({"files": files}))
    found = http_backend(script).artifacts.entries(f"{ROOT}/d")
    assert found == (FileInfo(path="a", file_size=3), FileInfo(path="b", is_dir=True))
    assert dict(script.requests[0].url.params) == {"path": "1/r1/artifacts/d"}


def test_empty_listing_is_empty() -> None:
    assert http_backend(Script(ok())).artifacts.entries(ROOT) == ()


@pytest.mark.parametrize("answer", [ok(), GONE], ids=["deleted", "missing"])
def test_delete_is_fine_with_a_missing_file(answer: httpx.Response) -> None:
    script = Script(answer)
    http_backend(script).artifacts.delete(f"{ROOT}/a")
    assert (script.requests[0].method, len(script.requests)) == ("DELETE", 1)


def test_switched_off_proxy_is_final() -> None:
    clock = FakeClock()
    script = Script(httpx.Response(503, json={"detail": "Artifact serving is disabled"}))
    with pytest.raises(Exception, match="serving is disabled"):
        http_backend(script, clock).artifacts.write(f"{ROOT}/a", [b"x"])
    assert clock.sleeps == []


def test_artifacts_may_name_their_own_server() -> None:
    script = Script(ok())
    artifacts = http_backend(script).artifacts
    artifacts.write("mlflow-artifacts://127.0.0.1:5000/1/a", [b"x"])
    assert script.requests[0].url.path == f"{ROUTE}/1/a"
    with pytest.raises(ConfigError, match="another server than http://127"):
        artifacts.write("mlflow-artifacts://elsewhere/1/a", [b"x"])


@pytest.mark.parametrize("uri", ["s3://bucket/a", "dbfs:/a", "hdfs://host/a", "wasbs://c@h/a"])
def test_other_storage_is_named(uri: str) -> None:
    scheme = uri.partition(":")[0]
    with pytest.raises(ConfigError, match=f"of the kind '{scheme}'"):
        http_backend(Script(ok())).artifacts.entries(uri)


@pytest.mark.parametrize("uri", [f"{ROOT}/../x", "/data/../x", f"{ROOT}/a\\..\\x"])
def test_path_upwards_is_refused(uri: str) -> None:
    with pytest.raises(InvalidParameterValue, match=r"has a '\.\.' in its path"):
        http_backend(Script(ok())).artifacts.delete(uri)


def test_root_of_all_artifacts_is_not_deleted() -> None:
    with pytest.raises(InvalidParameterValue, match="root of all artifacts"):
        http_backend(Script(ok())).artifacts.delete("mlflow-artifacts:/")


@pytest.fixture
def local() -> HttpBackend:
    return http_backend(Script(ConnectionError("No request goes to the server.")))


@pytest.fixture(params=["path", "file"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    place = tmp_path / "with space"
    return str(place) if request.param == "path" else place.as_uri()


def test_local_files_are_written_listed_read_and_deleted(
    local: HttpBackend, folder: str, tmp_path: Path
) -> None:
    files = local.artifacts
    files.write(f"{folder}/d/a.txt", [b"one", b"two"])
    files.write(f"{folder}/b.txt", iter([b"x"]))
    assert (tmp_path / "with space" / "d" / "a.txt").read_bytes() == b"onetwo"
    assert b"".join(files.read(f"{folder}/d/a.txt")) == b"onetwo"
    assert files.entries(folder) == (
        FileInfo(path="b.txt", file_size=1),
        FileInfo(path="d", is_dir=True),
    )
    files.delete(folder)
    files.delete(folder)
    assert files.entries(folder) == ()


def test_interrupted_local_write_leaves_the_old_file(local: HttpBackend, tmp_path: Path) -> None:
    def half() -> Iterator[bytes]:
        yield b"new"
        raise KeyboardInterrupt

    uri = str(tmp_path / "a")
    local.artifacts.write(uri, [b"old"])
    with pytest.raises(KeyboardInterrupt):
        local.artifacts.write(uri, half())
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["missing", "folder"])
def test_local_read_of_no_file_is_an_error(local: HttpBackend, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ResourceDoesNotExist, match="There is no artifact"):
        list(local.artifacts.read(str(tmp_path / name)))


def test_file_on_another_machine_is_refused(local: HttpBackend) -> None:
    with pytest.raises(ConfigError, match="on another machine"):
        local.artifacts.entries("file://elsewhere/data")
