"""Real sockets: connections are kept, redirects keep secrets at home, reads acknowledge at once."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import httpx
import pytest

from nbtrack.api.runs import GET_RUN, SET_TAG, GetRun, SetTag
from nbtrack.backends.http import FixedCredentials, HttpBackend, Timeouts
from nbtrack.backends.http.connection import (
    QUICKACK,
    PoolTransport,
    QuickAckBackend,
    QuickAckStream,
    Tls,
    open_transport,
)
from nbtrack.config import Secret
from nbtrack.errors import ResourceDoesNotExist, TransportError
from tests.backends.http.scripted import FakeClock, outcome, run

AUTH = FixedCredentials({"Authorization": Secret("Bearer abc")})
GET = (GET_RUN, GetRun(run_id="r1"))
TAG = (SET_TAG, SetTag(run_id="r1", key="k", value="v"))


class TinyServer:
    """An HTTP server on the loopback that keeps what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        self.sockets: set[tuple[str, int]] = set()
        self.answer: Callable[[BaseHTTPRequestHandler], None] = reply
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_all(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.seen.append((self.command, self.path, self.headers.get("authorization")))
                outer.sockets.add(self.client_address)
                outer.answer(self)

            do_GET = do_POST = handle_all  # noqa: N815 - the names that http.server looks for

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int = 200, **headers: str) -> None:
    body = json.dumps({"run": run()}).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[TinyServer]:
    tiny = TinyServer()
    yield tiny
    tiny.close()


@pytest.fixture
def other() -> Iterator[TinyServer]:
    tiny = TinyServer()
    yield tiny
    tiny.close()


@pytest.fixture
def backend(server: TinyServer) -> Iterator[HttpBackend]:
    found = HttpBackend(
        server.url,
        auth=AUTH,
        transport=PoolTransport(),
        timeouts=Timeouts(request=5, retry=5),
        clock=FakeClock().clock,
    )
    yield found
    found.close()


def test_one_connection_serves_many_calls(server: TinyServer, backend: HttpBackend) -> None:
    for _ in range(5):
        backend.call(*GET)
    assert len(server.seen) == 5
    assert len(server.sockets) == 1


def test_connection_that_the_server_closed_is_replaced(
    server: TinyServer, backend: HttpBackend
) -> None:
    server.answer = lambda handler: reply(handler, Connection="close")
    for _ in range(3):
        backend.call(*GET)
    assert len(server.sockets) == 3


def test_lost_connection_is_a_lost_reply(server: TinyServer, backend: HttpBackend) -> None:
    def hang_up_once(handler: BaseHTTPRequestHandler) -> None:
        server.answer = reply
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    server.answer = hang_up_once
    assert backend.call(*GET).run.info.run_id == "r1"
    assert len(server.seen) == 2


def redirect(status: int, url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, status, Location=url + handler.path)

    return answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_read_follows_a_redirect_without_its_login(
    server: TinyServer, other: TinyServer, backend: HttpBackend, status: int
) -> None:
    server.answer = redirect(status, other.url)
    backend.call(*GET)
    assert server.seen == [("GET", "/api/2.0/mlflow/runs/get?run_id=r1", "Bearer abc")]
    assert other.seen == [("GET", "/api/2.0/mlflow/runs/get?run_id=r1", None)]


def test_login_stays_on_the_request_within_a_host(server: TinyServer, backend: HttpBackend) -> None:
    def move(handler: BaseHTTPRequestHandler) -> None:
        server.answer = reply
        reply(handler, 307, Location="/moved")

    server.answer = move
    backend.call(*TAG)
    assert server.seen[1] == ("POST", "/moved", "Bearer abc")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_write_does_not_follow_a_redirect_that_makes_it_a_read(
    server: TinyServer, other: TinyServer, backend: HttpBackend, status: int
) -> None:
    server.answer = redirect(status, other.url)
    error = outcome(backend, *TAG)
    assert type(error) is TransportError
    assert f"'{other.url}/api/2.0/mlflow/runs/set-tag'" in str(error)
    assert other.seen == []


def test_redirects_in_a_circle_end(server: TinyServer, backend: HttpBackend) -> None:
    server.answer = redirect(307, server.url)
    assert type(outcome(backend, *GET)) is TransportError
    assert len(server.seen) == 6


def test_errors_leave_the_connection_usable(server: TinyServer, backend: HttpBackend) -> None:
    def fail(handler: BaseHTTPRequestHandler) -> None:
        body = b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}'
        handler.send_response(404)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.answer = fail
    for _ in range(2):
        assert type(outcome(backend, *GET)) is ResourceDoesNotExist
    assert len(server.sockets) == 1


def test_closed_port_is_said_in_plain_words() -> None:
    backend = HttpBackend(
        "http://127.0.0.1:1", timeouts=Timeouts(request=5, retry=5), clock=FakeClock().clock
    )
    error = outcome(backend, *GET)
    assert type(error) is TransportError
    assert str(error).startswith("No connection to http://127.0.0.1:1: ")
    assert str(error).endswith("Is the server running?")


class RecordingSocket:
    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def setsockopt(self, *option: int) -> None:
        self.log.append(option)


class RecordingStream(httpcore.NetworkStream):
    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.log.append("read")
        return b""

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the signature of httpcore
        return RecordingSocket(self.log) if info == "socket" else None

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self.log.append("tls")
        return self


class RecordingBackend(httpcore.NetworkBackend):
    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401
        return RecordingStream(self.log)


@pytest.mark.skipif(QUICKACK is None, reason="the platform has no TCP_QUICKACK")
def test_every_read_asks_to_acknowledge_at_once() -> None:
    log: list[Any] = []
    stream = QuickAckBackend(RecordingBackend(log)).connect_tcp("localhost", 80)
    stream.read(1)
    stream.read(1)
    wish = (socket.IPPROTO_TCP, QUICKACK, 1)
    assert log == [wish, "read", wish, "read"]


@pytest.mark.skipif(QUICKACK is None, reason="the platform has no TCP_QUICKACK")
def test_encrypted_streams_acknowledge_at_once_too() -> None:
    log: list[Any] = []
    stream = QuickAckStream(RecordingStream(log)).start_tls(ssl.create_default_context())
    stream.read(1)
    assert log == ["tls", (socket.IPPROTO_TCP, QUICKACK, 1), "read"]


def test_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, server: TinyServer
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    url = httpx.URL("http://tracking.example.com")
    transport = open_transport(url, Tls())
    with httpx.Client(transport=transport) as client:
        client.get("http://tracking.example.com/health")
    assert server.seen == [("GET", "http://tracking.example.com/health", None)]


def test_hosts_without_proxy_are_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "example.com")
    transport = open_transport(httpx.URL("http://tracking.example.com"), Tls())
    assert isinstance(transport, PoolTransport)
