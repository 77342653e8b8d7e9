"""Logged-in requests to one server: build, sign, send, and once more after a 401."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

import httpx

from nbtrack.api.wire import WireRequest
from nbtrack.backends.http.auth import Credentials, sign
from nbtrack.backends.http.connection import Connection
from nbtrack.backends.http.replies import read_reply
from nbtrack.backends.http.retry import Attempts, Clock

Query = Sequence[tuple[str, str]]


class Exchange:
    """What a backend and its artifacts share: connection, credentials and patience."""

    def __init__(
        self, connection: Connection, credentials: Credentials, clock: Clock, retry_timeout: float
    ) -> None:
        """Put the parts together; nothing is sent yet."""
        self.base_url = connection.base_url
        self.connection = connection
        self._credentials = credentials
        self._clock = clock
        self._retry_timeout = retry_timeout

    def attempts(self, *, may_repeat: bool) -> Attempts:
        """Start the attempts of one call."""
        return Attempts(self._clock, self._retry_timeout, may_repeat=may_repeat)

    def request(
        self,
        verb: str,
        path: str,
        *,
        query: Query = (),
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """Build a request to a path below the base URL; content must be iterable repeatedly."""
        return self.connection.request(
            verb,
            self.base_url + path,
            params=list(query) or None,
            content=content,
            headers=headers,
        )

    def wire_request(self, wire: WireRequest) -> httpx.Request:
        """Build the request of an operation."""
        headers = None if wire.body is None else {"Content-Type": "application/json"}
        return self.request(
            wire.verb, wire.path, query=wire.query, content=wire.body, headers=headers
        )

    def send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """Log the request in and send it; once more if the credentials were out of date."""
        headers = self._credentials.headers()
        sign(request, headers)
        response = self.connection.send(request, stream=stream)
        is_refused = response.status_code == HTTPStatus.UNAUTHORIZED
        if not (is_refused and self._credentials.renew(headers)):
            return response
        response.close()
        sign(request, self._credentials.headers())
        return self.connection.send(request, stream=stream)

    def fetch(self, request: httpx.Request, *, is_json: bool = True) -> bytes:
        """Send a request once and return the body of a good answer."""
        return self.read(self.send(request), is_json=is_json)

    def read(self, response: httpx.Response, *, is_json: bool = True) -> bytes:
        """Return the body of a good answer, or raise what it says."""
        return read_reply(response, now=self._clock.time_of_day(), is_json=is_json)

    def close(self) -> None:
        """Close all sockets."""
        self.connection.close()
