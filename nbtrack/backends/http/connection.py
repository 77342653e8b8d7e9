"""The connection to one server: a pool of sockets, TLS, proxies, redirects, and what went wrong.

`Connection` sends requests through one `httpx.Client`. Beneath it stands `PoolTransport`, a small
transport over httpcore whose sockets acknowledge at once (`QuickAckStream`): a server that writes
its answer in two segments without TCP_NODELAY waits for the acknowledgement of the first, and the
kernel would delay that by 40 ms. Behind a proxy httpx's own transport is used.
"""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import httpcore
import httpx
from msgspec import Struct

from nbtrack import __version__
from nbtrack.backends.http.failures import (
    AttemptError,
    FailureKind,
    certificate_error,
    frameless,
    wordless,
)
from nbtrack.errors import ConfigError, TransportError

CONNECT_TIMEOUT: Final = 10.0
MOST_REDIRECTS: Final = 5
MOST_CONNECTIONS: Final = 20
IDLE_SECONDS: Final = 5.0
READING_VERBS: Final = frozenset({"GET", "HEAD"})
BODY_KEEPING: Final = frozenset({307, 308})

QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)

_HTTPX_ERRORS: Final[dict[type[Exception], type[httpx.TransportError]]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
}
_NOT_CONNECTED: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_LOST: Final = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)


class Tls(Struct, frozen=True):
    """Whom to trust and what to show: files of certificates, or no check at all."""

    insecure: bool = False
    server_certificate: str | None = None
    client_certificate: str | None = None


class QuickAckStream(httpcore.NetworkStream):
    """A stream that asks the kernel before each read to acknowledge at once."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        """Wrap a connected stream."""
        self._stream = stream
        self._socket: socket.socket | None = stream.get_extra_info("socket")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there; the kernel takes the wish back by itself, so it is renewed."""
        if self._socket is not None and QUICKACK is not None:
            try:
                self._socket.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
            except OSError:  # not a TCP socket, or closed: the read will tell
                self._socket = None
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Encrypt the stream from here on."""
        return QuickAckStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        """Return what the wrapped stream knows about itself."""
        return self._stream.get_extra_info(info)


class QuickAckBackend(httpcore.NetworkBackend):
    """Opens sockets with TCP_NODELAY (httpcore sees to it) whose reads acknowledge at once."""

    def __init__(self, backend: httpcore.NetworkBackend | None = None) -> None:
        """Wrap the backend that opens the sockets."""
        self._backend = httpcore.SyncBackend() if backend is None else backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection."""
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return QuickAckStream(stream)


class PoolTransport(httpx.BaseTransport):
    """A transport over one httpcore pool, HTTP/1.1."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Open a pool; without a context https trusts the usual authorities."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=QuickAckBackend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the response with its body still to be read."""
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("The body of a request must be a synchronous stream.")
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _httpx_errors():
            response = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=url,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all sockets."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _httpx_errors() -> Generator[None]:
    try:
        yield
    except tuple(_HTTPX_ERRORS) as exc:
        raise _HTTPX_ERRORS[type(exc)](str(exc)) from exc


def open_transport(url: httpx.URL, tls: Tls) -> httpx.BaseTransport:
    """Open the transport to a server, through a proxy if the environment names one."""
    context = _tls_context(tls) if url.scheme == "https" else None
    proxy = _proxy_of(url)
    if proxy is None:
        return PoolTransport(context)
    return httpx.HTTPTransport(proxy=proxy, verify=True if context is None else context)


def _proxy_of(url: httpx.URL) -> str | None:
    proxies = urllib.request.getproxies()
    if urllib.request.proxy_bypass(url.host):
        return None
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _tls_context(tls: Tls) -> ssl.SSLContext:
    if tls.insecure and tls.server_certificate:
        raise ConfigError(
            "Both MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are set, "
            "which contradict each other. Unset one of them."
        )
    try:
        context = _trust(tls)
        if tls.client_certificate:
            context.load_cert_chain(tls.client_certificate)
    except (OSError, ssl.SSLError) as exc:
        files = f"{tls.server_certificate or tls.client_certificate!r}"
        raise ConfigError(f"The certificates of {files} cannot be read: {exc}.") from exc
    return context


def _trust(tls: Tls) -> ssl.SSLContext:
    if tls.server_certificate is None:
        return httpx.create_ssl_context(verify=not tls.insecure)
    if Path(tls.server_certificate).is_dir():
        return ssl.create_default_context(capath=tls.server_certificate)
    return ssl.create_default_context(cafile=tls.server_certificate)


class Connection:
    """Sends requests to one server and says in nbtrack's words what went wrong."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport, timeout: float) -> None:
        """Open a client on a transport; sockets open with the first request."""
        self.base_url = base_url
        self._timeout = timeout
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
            headers={"User-Agent": f"nbtrack/{__version__}", "Accept": "application/json"},
        )
        self.request = partial(self._client.build_request)

    def send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """Send a request and follow redirects; with `stream` the caller closes the response.

        Headers that log in do not follow to another host (httpx drops them), and a redirect that
        would turn a write into a read is not followed.
        """
        with self.failures():
            response = self._client.send(request, stream=stream)
            for _ in range(MOST_REDIRECTS):
                following = _following(request, response)
                if following is None:
                    return response
                response.close()
                response = self._client.send(following, stream=stream)
            return response

    @contextmanager
    def failures(self) -> Generator[None]:
        """Turn what httpx raises into `AttemptError`, or `TransportError` if it is for good."""
        try:
            yield
        except httpx.HTTPError as exc:
            is_known = isinstance(exc, (*_NOT_CONNECTED, *_LOST))
            raise self._failure(exc) from (frameless if is_known else wordless)(exc)

    def _failure(self, exc: httpx.HTTPError) -> Exception:
        if certificate := certificate_error(exc):
            return TransportError(
                f"The certificate of {self.base_url} is not trusted: {certificate}. "
                "Name a file of certificates that vouches for it in SSL_CERT_FILE."
            )
        if isinstance(exc, _NOT_CONNECTED):
            message = f"No connection to {self.base_url}: {_reason(exc)}. Is the server running?"
            return AttemptError(FailureKind.NOT_CONNECTED, TransportError(message))
        if isinstance(exc, _LOST):
            message = f"No answer from {self.base_url}: {_reason(exc)}."
            return AttemptError(FailureKind.LOST, TransportError(message))
        return TransportError(f"The request to {self.base_url} failed: {type(exc).__name__}.")

    def close(self) -> None:
        """Close all sockets."""
        self._client.close()


def _following(request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
    if request.method in READING_VERBS or response.status_code in BODY_KEEPING:
        return response.next_request
    return None


def _reason(exc: httpx.HTTPError) -> str:
    words = str(exc).rstrip(".")
    if isinstance(exc, httpx.TimeoutException):
        return "it took too long" + (f" ({words})" if words else "")
    return words or type(exc).__name__
