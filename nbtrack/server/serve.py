"""Run an application on a socket: until a signal comes, or for the time of a with-block."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from nbtrack.errors import ConfigError, MissingDependencyError

if TYPE_CHECKING:
    from nbtrack.server.app import Application
    from nbtrack.server.channels import Listener

THREADS: Final = 16
LARGEST_PORT: Final = 65_535
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def serve(
    app: Application,
    *,
    host: str = "127.0.0.1",
    port: int = 5000,
    announce: Callable[[str], object] = lambda _url: None,
) -> None:
    """Answer calls until SIGINT or SIGTERM, then finish the requests on their way.

    Call it from the main thread. `announce` is given the URL once the socket listens; port 0 takes
    a free one. Raises ConfigError if the host or port cannot be had.
    """
    listener, url = _listen(app, host, port)
    before = {number: signal.signal(number, lambda *_: listener.stop()) for number in _SIGNALS}
    try:
        announce(url)
        listener.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(app: Application, *, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """Run an application in a background thread and yield its URL; port 0 takes a free one."""
    listener, url = _listen(app, host, port)
    thread = threading.Thread(target=listener.run, name="nbtrack-server", daemon=True)
    thread.start()
    try:
        yield url
    finally:
        listener.stop()
        thread.join()


def _listen(app: Application, host: str, port: int) -> tuple[Listener, str]:
    try:
        from nbtrack.server.channels import Listener
    except ModuleNotFoundError as exc:
        if exc.name != "waitress":
            raise
        raise MissingDependencyError("The server", "waitress", "server") from exc
    bound = _bind(host, port)
    name = f"[{host}]" if ":" in host else host
    return Listener(app, bound, THREADS), f"http://{name}:{bound.getsockname()[1]}"


def _bind(host: str, port: int) -> socket.socket:
    if not 0 <= port <= LARGEST_PORT:
        raise ConfigError(f"Port {port} does not exist. Choose one from 0 to {LARGEST_PORT}.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as exc:
        message = f"Host {host!r} is not known here. Use a name or address of this machine."
        raise ConfigError(message) from exc
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as exc:
        bound.close()
        raise ConfigError(_why_not_bound(exc, host, port)) from exc
    return bound


def _why_not_bound(exc: OSError, host: str, port: int) -> str:
    if exc.errno == errno.EADDRINUSE:
        return f"Port {port} of {host!r} is in use. Choose another one, or 0 for a free one."
    if exc.errno == errno.EACCES:
        return f"Port {port} of {host!r} is not allowed to this user. Choose one above 1023."
    return f"Cannot listen on port {port} of {host!r}: {exc}. Choose another host or port."
