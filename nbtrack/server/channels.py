"""What nbtrack changes about waitress: JSON errors, no large bodies of strangers, a calm end.

`Listener` is one bound socket with waitress on it. Its loop runs in the thread that calls `run`,
the application in waitress's worker threads. `stop` may be called from anywhere, also from a signal
handler: the loop then takes no more connections, waits until every request that is on its way has
been answered, and returns.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import BadRequest as InvalidHttp
from waitress.utilities import Error

from nbtrack.errors import BadRequest, Unauthenticated
from nbtrack.server.exchange import Reply, error_reply
from nbtrack.server.guard import CHALLENGE

if TYPE_CHECKING:
    from nbtrack.server.app import Application

LARGEST_UPLOAD: Final = 1 << 44
STRANGERS_BODY: Final = 1 << 20
CONNECTIONS: Final = 1000
RECEIVED_AT_ONCE: Final = 1 << 18
PATIENCE: Final = 8.0
"""Seconds that requests on their way may still take after `stop`."""


class StrangerError(Error):
    """A large body comes from a caller without the token: it is not even taken in."""

    code = 401
    reason = "Unauthorized"


class GatedSettings(Adjustments):
    """Settings of waitress that also know whose large bodies are taken in."""

    def __init__(self, app: Application, bound: socket.socket, threads: int) -> None:
        """Keep the application, which is asked about the Authorization header."""
        super().__init__(
            sockets=[bound],
            threads=threads,
            ident=None,
            max_request_body_size=LARGEST_UPLOAD,
            connection_limit=CONNECTIONS,
            recv_bytes=RECEIVED_AT_ONCE,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
        )
        self.app = app


class GatedParser(HTTPRequestParser):
    """Refuses a large body at its header, before it fills the disk.

    A small one is read first: an answer to a client that is still sending may get lost.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Read the header and decide whether the body may come."""
        super().parse_header(header_plus)
        is_large = self.chunked or self.content_length > STRANGERS_BODY
        app = self.adj.app if isinstance(self.adj, GatedSettings) else None
        if is_large and app and not app.accepts(self.headers.get("AUTHORIZATION", "")):
            self.body_rcv = None
            self.content_length = 0
            self.error = StrangerError("The token is missing or wrong")


class JsonErrorTask(ErrorTask):
    """Answers a request that waitress itself refuses: the API's body instead of plain text."""

    def execute(self) -> None:
        """Send the error of the request."""
        parser: object = self.request  # not the Error that the stubs say
        refused = parser.error if isinstance(parser, HTTPRequestParser) else None
        answer = refusal(refused or InvalidHttp("Unknown reason"))
        self.status = f"{answer.status} {refused.reason if refused else 'Bad Request'}"
        self.response_headers = [*self.response_headers, *answer.headers]
        self.set_close_on_finish()
        for content in answer.body:
            self.content_length = len(content)
            self.write(content)


def refusal(refused: Error) -> Reply:
    """Turn an error of waitress into the API's."""
    text = " ".join(refused.body.split())
    if isinstance(refused, StrangerError):
        challenge = (("WWW-Authenticate", CHALLENGE),)
        return error_reply(Unauthenticated(f"{text}. Send it as Bearer."), challenge)
    message = f"The request is not valid HTTP: {text}."
    return error_reply(BadRequest(message, status=refused.code))


class JsonErrorChannel(HTTPChannel):
    """A connection whose error answers are JSON."""

    error_task_class = JsonErrorTask
    parser_class = GatedParser


class JsonErrorServer(TcpWSGIServer):
    """A server whose connections answer errors in JSON."""

    channel_class = JsonErrorChannel


class Listener:
    """A server on one bound socket."""

    def __init__(self, app: Application, bound: socket.socket, threads: int) -> None:
        """Start to listen; calls are answered once `run` is called."""
        self._map: dict[int, socket.socket] = {}  # channels, as waitress keeps them
        self._server = JsonErrorServer(
            app,
            map=self._map,
            _sock=bound,
            adj=GatedSettings(app, bound, threads),
            sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
            bind_socket=False,
        )
        self._stopping = threading.Event()

    def run(self) -> None:
        """Answer calls until `stop`, then finish those on their way."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
        wasyncore.dispatcher.close(self._server)  # the socket, not the connections
        deadline = time.monotonic() + PATIENCE
        while self._close_idle() and time.monotonic() < deadline:
            wasyncore.loop(timeout=0.05, use_poll=True, map=self._map, count=1)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map)

    def stop(self) -> None:
        """Ask `run` to come to an end."""
        self._stopping.set()
        self._server.pull_trigger()

    def _close_idle(self) -> bool:
        """Close connections without work, and tell whether there are others."""
        channels = [channel for channel in self._map.values() if isinstance(channel, HTTPChannel)]
        for channel in channels:
            if not (channel.requests or channel.request or channel.total_outbufs_len):
                channel.will_close = True
        return bool(channels)
