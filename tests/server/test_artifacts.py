"""Files through the server: downloads, uploads, listings."""

from __future__ import annotations

import httpx
import pytest

from nbtrack.server.artifacts import UPLOAD_BYTES
from tests.server.memory_backend import LAST_MODIFIED, MemoryBackend, PlainArtifacts

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
FILE = f"{PROXY}/3/r/artifacts/plot.html"
URI = "mlflow-artifacts:/3/r/artifacts/plot.html"
CONTENT = b"0123456789"


@pytest.fixture
def stored(backend: MemoryBackend) -> MemoryBackend:
    backend.artifacts.files[URI] = CONTENT
    return backend


def test_a_download_is_an_attachment(http: httpx.Client, stored: MemoryBackend) -> None:
    answer = http.get(FILE)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-disposition"].startswith('attachment; filename="plot.html"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "10"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["last-modified"] == LAST_MODIFIED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("MLmodel", "text/plain; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.png", "image/png"),
        ("a.tar.gz", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("data:text", "application/octet-stream"),
    ],
)
def test_the_type_follows_from_the_name(
    http: httpx.Client, backend: MemoryBackend, name: str, kind: str
) -> None:
    backend.artifacts.files[f"mlflow-artifacts:/{name}"] = b"x"
    assert http.get(f"{PROXY}/{name}").headers["content-type"] == kind


def test_a_name_beyond_ascii_is_coded(http: httpx.Client, backend: MemoryBackend) -> None:
    http.put(f'{PROXY}/1/größe "x".txt', content=b"x")
    answer = http.get(f'{PROXY}/1/größe "x".txt')
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"gr__e _x_.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22x%22.txt"
    )


@pytest.mark.parametrize(
    ("asked", "content", "note"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=3-5", b"345", "bytes 3-5/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=-99", CONTENT, "bytes 0-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_range_is_a_part(
    http: httpx.Client, stored: MemoryBackend, asked: str, content: bytes, note: str
) -> None:
    answer = http.get(FILE, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, content)
    assert answer.headers["content-range"] == note
    assert answer.headers["content-length"] == str(len(content))


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=5-2", "bytes=x"])
def test_other_ranges_give_the_whole_file(
    http: httpx.Client, stored: MemoryBackend, asked: str
) -> None:
    answer = http.get(FILE, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_is_refused(http: httpx.Client, stored: MemoryBackend, asked: str) -> None:
    answer = http.get(FILE, headers={"Range": asked})
    assert (answer.status_code, answer.json()["error_code"]) == (416, "BAD_REQUEST")
    assert answer.headers["content-range"] == "bytes */10"


def test_a_range_of_an_older_state_gives_the_whole_file(
    http: httpx.Client, stored: MemoryBackend
) -> None:
    headers = {"Range": "bytes=7-", "If-Range": '"older"'}
    assert http.get(FILE, headers=headers).content == CONTENT
    headers["If-Range"] = http.get(FILE).headers["etag"]
    assert http.get(FILE, headers=headers).content == b"789"


def test_an_unchanged_file_is_not_sent_again(http: httpx.Client, stored: MemoryBackend) -> None:
    etag = http.get(FILE).headers["etag"]
    for headers in ({"If-None-Match": f'"x", {etag}'}, {"If-Modified-Since": LAST_MODIFIED}):
        answer = http.get(FILE, headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
    assert http.get(FILE, headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_mover_that_knows_no_sizes_still_sends(
    http: httpx.Client, backend: MemoryBackend
) -> None:
    backend.artifacts = PlainArtifacts()
    backend.artifacts.files[URI] = CONTENT
    answer = http.get(FILE, headers={"Range": "bytes=1-2"})
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert "etag" not in answer.headers


@pytest.mark.parametrize("mover", [None, PlainArtifacts()])
def test_a_missing_file_is_a_404(
    http: httpx.Client, backend: MemoryBackend, mover: PlainArtifacts | None
) -> None:
    backend.artifacts = mover or backend.artifacts
    answer = http.get(FILE)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_an_empty_file_is_a_file(http: httpx.Client, backend: MemoryBackend) -> None:
    assert http.put(FILE, content=b"").status_code == 200
    answer = http.get(FILE)
    assert (answer.content, answer.headers["content-length"]) == (b"", "0")


def test_an_upload_is_stored_whole(http: httpx.Client, backend: MemoryBackend) -> None:
    content = bytes(range(256)) * 5_000
    answer = http.put(FILE, content=content)
    assert (answer.status_code, answer.content) == (200, b"")
    assert backend.artifacts.files == {URI: content}


def test_an_upload_in_chunks_is_stored(http: httpx.Client, backend: MemoryBackend) -> None:
    http.put(FILE, content=iter([b"ab", b"cd"]))
    assert backend.artifacts.files == {URI: b"abcd"}


def test_an_upload_that_breaks_off_is_not_stored(
    http: httpx.Client, backend: MemoryBackend
) -> None:
    answer = http.put(FILE, content=b"abc", headers={"Content-Length": "5"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "BAD_REQUEST")
    assert backend.artifacts.files == {}


def test_a_listing_has_base_names(http: httpx.Client, stored: MemoryBackend) -> None:
    answer = http.get(PROXY, params={"path": "3/r/artifacts"})
    assert answer.json() == {"files": [{"path": "plot.html", "is_dir": False, "file_size": 10}]}
    assert http.get(PROXY, params={"path": "9"}).json() == {}


def test_a_deletion_removes_the_file(http: httpx.Client, stored: MemoryBackend) -> None:
    assert http.delete(FILE).json() == {}
    assert stored.artifacts.files == {}
    assert http.delete(PROXY).status_code == 405


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_an_absolute_path_is_refused(http: httpx.Client, verb: str) -> None:
    answer = http.request(verb, f"{PROXY}/%2Fetc/passwd")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("name", ["run_id", "run_uuid"])
def test_a_file_of_a_run(http: httpx.Client, stored: MemoryBackend, name: str) -> None:
    answer = http.get("/get-artifact", params={name: "r", "path": "plot.html"})
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_file_of_a_model(http: httpx.Client, backend: MemoryBackend) -> None:
    backend.artifacts.files["mlflow-artifacts:/3/models/m-1/artifacts/a/MLmodel"] = b"x"
    path = "/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files"
    assert http.get(path, params={"artifact_file_path": "a/MLmodel"}).content == b"x"
    assert http.get(path).json()["error_code"] == "BAD_REQUEST"


UPLOAD = "/ajax-api/2.0/mlflow/upload-artifact"


def test_the_ui_uploads_a_file_of_a_run(http: httpx.Client, backend: MemoryBackend) -> None:
    params = {"run_uuid": "r", "path": "plot.html"}
    assert http.post(UPLOAD, params=params, content=b"x").status_code == 200
    assert backend.artifacts.files == {URI: b"x"}


@pytest.mark.parametrize(
    ("params", "content"),
    [
        ({"path": "a"}, b"x"),
        ({"run_uuid": "r"}, b"x"),
        ({"run_uuid": "r", "path": "a"}, b""),
        ({"run_uuid": "r", "path": "a"}, b"x" * (UPLOAD_BYTES + 1)),
    ],
    ids=["no run", "no path", "no data", "too large"],
)
def test_a_wrong_upload_is_refused(
    http: httpx.Client, backend: MemoryBackend, params: dict[str, str], content: bytes
) -> None:
    answer = http.post(UPLOAD, params=params, content=content)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert backend.artifacts.files == {}


@pytest.mark.parametrize(
    "path",
    [
        "..%2Fx",
        "a/..%2F..%2Fx",
        "%2e%2e/x",
        "%252e%252e/x",
        "a%5C..%5Cx",
        "a%00b",
        "file:x",
        "C:/x",
        "a%23b",
        "x" * 300,
    ],
)
@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_the_engine_refuses_a_path_that_leads_elsewhere(
    engine_http: httpx.Client, verb: str, path: str
) -> None:
    url = httpx.URL(f"http://127.0.0.1:5000{PROXY}/").copy_with(raw_path=f"{PROXY}/{path}".encode())
    answer = engine_http.request(verb, url, content=b"x")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", "3/r"), ("PUT", "3/r"), ("PUT", "3/r/a.txt/b"), ("PUT", "3/r/c/")]
)
def test_files_and_folders_do_not_mix(engine_http: httpx.Client, verb: str, path: str) -> None:
    assert engine_http.put(f"{PROXY}/3/r/a.txt", content=b"x").status_code == 200
    answer = engine_http.request(verb, f"{PROXY}/{path}", content=b"x")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_engine_knows_size_and_age(engine_http: httpx.Client) -> None:
    engine_http.put(f"{PROXY}/3/r/a.txt", content=b"0123")
    first = engine_http.get(f"{PROXY}/3/r/a.txt")
    assert first.headers["content-length"] == "4"
    again = engine_http.get(f"{PROXY}/3/r/a.txt", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    part = engine_http.get(f"{PROXY}/3/r/a.txt", headers={"Range": "bytes=1-2"})
    assert part.content == b"12"


def test_a_tree_is_removed(engine_http: httpx.Client) -> None:
    engine_http.put(f"{PROXY}/3/r/deep/a.txt", content=b"x")
    assert engine_http.delete(f"{PROXY}/3/r").status_code == 200
    assert engine_http.delete(f"{PROXY}/3/r").status_code == 200
    assert engine_http.get(PROXY, params={"path": "3"}).json() == {}
