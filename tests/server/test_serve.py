"""The application on a real socket."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from nbtrack.errors import ConfigError
from nbtrack.server import create_app, running
from tests.server.memory_backend import MemoryBackend

RUN = "/api/2.0/mlflow/runs/get?run_id=r"
FILE = "/api/2.0/mlflow-artifacts/artifacts/3/r/artifacts/a.bin"


def raw_exchange(url: str, request: bytes) -> bytes:
    """Send bytes that no HTTP library would send, and read until the connection closes."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_running_server_answers_and_ends(backend: MemoryBackend) -> None:
    with running(create_app(backend)) as url:
        assert httpx.get(url + RUN).json()["run"]["info"]["run_id"] == "r"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + RUN)


def test_a_server_does_not_say_what_runs_it(backend: MemoryBackend) -> None:
    with running(create_app(backend)) as url:
        assert "server" not in httpx.get(url + "/health").headers


def test_a_running_server_may_listen_on_ipv6(backend: MemoryBackend) -> None:
    with running(create_app(backend, bound="::1"), host="::1") as url:
        assert url.startswith("http://[::1]:")
        assert httpx.get(url + "/health").text == "OK"


@pytest.mark.parametrize("key", ["a/b", "a%2Fb", "gr%C3%B6%C3%9Fe", "100%25"])
def test_a_key_in_the_path_arrives(backend: MemoryBackend, key: str) -> None:
    with running(create_app(backend)) as url:
        answer = httpx.delete(f"{url}/api/2.0/mlflow/logged-models/m-1/tags/{key}")
    expected = {"a/b": "a/b", "a%2Fb": "a/b", "gr%C3%B6%C3%9Fe": "größe", "100%25": "100%"}
    assert (answer.status_code, backend.asked[0].tag_key) == (200, expected[key])


def test_a_large_file_goes_there_and_back(backend: MemoryBackend) -> None:
    content = bytes(range(256)) * 12_000
    with running(create_app(backend)) as url:
        assert httpx.put(url + FILE, content=content).status_code == 200
        assert httpx.put(url + FILE, content=iter([content, b"end"])).status_code == 200
        assert httpx.get(url + FILE).content == content + b"end"
        assert httpx.head(url + FILE).headers["content-length"] == str(len(content) + 3)


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense",
        b"GET / HTTP/1.1\r\nbroken header",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost",
        b"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: many",
        b"PUT /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: odd",
        b"GET / HTTP/1.0",
    ],
)
def test_broken_http_is_answered_in_json(backend: MemoryBackend, request_line: bytes) -> None:
    with running(create_app(backend)) as url:
        answer = raw_exchange(url, request_line + b"\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert body.startswith(b'{"error_code":')


@pytest.mark.parametrize("size", [b"Content-Length: 99999999", b"Transfer-Encoding: chunked"])
def test_a_large_body_of_a_stranger_is_not_read(backend: MemoryBackend, size: bytes) -> None:
    with running(create_app(backend, token="s3cret")) as url:
        answer = raw_exchange(
            url, b"PUT " + FILE.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + size + b"\r\n\r\n"
        )
        content = b"x" * 3_000_000
        stored = httpx.put(url + FILE, content=content, headers={"Authorization": "Bearer s3cret"})
    assert answer.startswith(b"HTTP/1.1 401 Unauthorized")
    assert b'"error_code":"UNAUTHENTICATED"' in answer
    assert stored.status_code == 200
    assert [len(file) for file in backend.artifacts.files.values()] == [3_000_000]


def test_a_small_body_of_a_stranger_gets_its_answer(backend: MemoryBackend) -> None:
    with running(create_app(backend, token="s3cret")) as url:
        answer = httpx.put(url + FILE, content=b"x" * 1_000_000)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")


def test_a_busy_port_is_named(backend: MemoryBackend) -> None:
    app = create_app(backend)
    with running(app) as url:
        again = running(app, port=int(url.rpartition(":")[2]))
        with pytest.raises(ConfigError, match="in use"), again:
            pass


@pytest.mark.parametrize(("host", "port"), [("no such host.", 0), ("127.0.0.1", 99_999)])
def test_a_host_or_port_that_is_none_is_named(backend: MemoryBackend, host: str, port: int) -> None:
    server = running(create_app(backend), host=host, port=port)
    with pytest.raises(ConfigError, match=str(port) if port else host), server:
        pass


def test_requests_on_their_way_are_answered_at_the_end(backend: MemoryBackend) -> None:
    begun, may_end = threading.Barrier(5), threading.Event()

    def slow(_request: object) -> dict[str, str]:
        begun.wait(10)
        may_end.wait(10)
        return {"experiment_id": "7"}

    backend.answers["create_experiment"] = slow
    with ThreadPoolExecutor(5) as pool:
        with running(create_app(backend)) as url:
            path = f"{url}/api/2.0/mlflow/experiments/create"
            sent = [pool.submit(httpx.post, path, json={"name": "x"}) for _ in range(4)]
            begun.wait(10)
            pool.submit(may_end.wait, 0.2).add_done_callback(lambda _: may_end.set())
        answers = [answer.result() for answer in sent]
    assert [answer.json() for answer in answers] == [{"experiment_id": "7"}] * 4


def test_an_idle_connection_does_not_hold_the_end_up(backend: MemoryBackend) -> None:
    with httpx.Client() as client:
        with running(create_app(backend)) as url:
            client.get(url + "/health")
        with pytest.raises(httpx.ConnectError):
            httpx.get(url + "/health")
