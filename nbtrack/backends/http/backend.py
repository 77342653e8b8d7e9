"""The backend over HTTP: an operation becomes a request, the response becomes the reply."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from nbtrack.api.operation import Operation, Q, R, Repeat, Server
from nbtrack.api.wire import decode_reply, to_wire
from nbtrack.backends.base import Artifacts
from nbtrack.backends.columns import Columns, ColumnsQuery, RunsQuery
from nbtrack.backends.http.artifacts import HttpArtifacts
from nbtrack.backends.http.auth import NO_CREDENTIALS, Credentials, warn_of_open_wire
from nbtrack.backends.http.connection import Connection, Tls, open_transport
from nbtrack.backends.http.exchange import Exchange
from nbtrack.backends.http.failures import AttemptError
from nbtrack.backends.http.fallbacks import FALLBACKS, complete_request, no_such_method
from nbtrack.backends.http.lost_replies import RECOVERIES, Recovery, Refusal
from nbtrack.backends.http.retry import Attempts, Clock
from nbtrack.backends.paged_columns import columns_from_pages
from nbtrack.config import REQUEST_TIMEOUT, RETRY_TIMEOUT, setting
from nbtrack.errors import ApiError, EndpointNotFound, NbtrackError, TransportError

SERVER_INFO: Final = "/api/3.0/mlflow/server-info"
SERVER_INFO_SECONDS: Final = 3.0
COLUMNS: Final = "/api/2.0/nbtrack/columns"
VERSION: Final = "/api/2.0/nbtrack/version"


class Timeouts(Struct, frozen=True):
    """Seconds for one request, and in all while a call is tried again."""

    request: float
    retry: float


class _ServerInfo(msgspec.Struct):
    nbtrack_columns: int = 0


class _StoreVersion(msgspec.Struct):
    version: str | None = None


class HttpBackend:
    """Carries out operations on a server; safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: Credentials = NO_CREDENTIALS,
        flavour: Server = "mlflow",
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare to talk to the server at a URL; nothing is sent yet.

        Parameters
        ----------
        base_url
            What stands before `/api`. A user and password in it are dropped: see `open_mlflow`.
        auth
            What logs requests in.
        flavour
            The kind of server. nbtrack's own passes for an MLflow server.
        transport
            What moves requests instead of sockets, such as an application in this process.
        timeouts
            How long to wait; the settings request_timeout and retry_timeout if not given.
        clock
            Time, sleep and chance.
        """
        url = httpx.URL(base_url).copy_with(userinfo=b"", query=None, fragment=None)
        warn_of_open_wire(url, auth)
        timeouts = timeouts or Timeouts(setting(REQUEST_TIMEOUT), setting(RETRY_TIMEOUT))
        transport = open_transport(url, Tls()) if transport is None else transport
        connection = Connection(str(url).rstrip("/"), transport, timeouts.request)
        self._flavour: Server = flavour
        self._exchange = Exchange(connection, auth, clock or Clock(), timeouts.retry)
        self._artifacts = HttpArtifacts(self._exchange)
        self._lacking: set[str] = set()
        self._lock = Lock()
        self._has_columns: bool | None = None

    @property
    def name(self) -> str:
        """The URL of the server, without credentials."""
        return self._exchange.base_url

    @property
    def artifacts(self) -> Artifacts:
        """The mover of artifact bytes."""
        return self._artifacts

    def call(self, op: Operation[Q, R], request: Q) -> R:
        """Carry out one operation, in several calls if the server lacks it."""
        if op.name not in self._lacking:
            try:
                return self._call(op, complete_request(request))
            except EndpointNotFound as exc:
                if op.name not in FALLBACKS:
                    raise no_such_method(op, self._flavour, self.name, exc) from exc
                self._lacking.add(op.name)
        reply: R = FALLBACKS[op.name](self, request)
        return reply

    def _call(self, op: Operation[Q, R], request: Q) -> R:
        recovery: Recovery[Q, R] | None = RECOVERIES.get(op.name)
        if recovery is not None and recovery.prepare is not None:
            request = recovery.prepare(request)
        may_repeat = op.repeat is not Repeat.NEVER or recovery is not None
        attempts = self._exchange.attempts(may_repeat=may_repeat)
        if recovery is None:
            return attempts.repeat(partial(self._once, op, request))
        return attempts.repeat(partial(self._carefully, op, request, recovery, attempts))

    def _carefully(
        self, op: Operation[Q, R], request: Q, recovery: Recovery[Q, R], attempts: Attempts
    ) -> R:
        if attempts.lost_error is None:
            return self._once(op, request)
        reply = self._look(request, recovery, attempts.lost_error)
        if reply is not None:
            return reply
        try:
            return self._once(op, request)
        except ApiError as exc:
            if recovery.second_answer is None:
                raise
            reply = recovery.second_answer(self._once, request, Refusal(exc, attempts.first_time))
            if reply is None:
                raise
            return reply

    def _look(self, request: Q, recovery: Recovery[Q, R], lost: NbtrackError) -> R | None:
        if recovery.look is None:
            return None
        try:
            return recovery.look(self._once, request)
        except ApiError as exc:
            raise lost from exc

    def _once(self, op: Operation[Q, R], request: Q) -> R:
        content = self._exchange.fetch(self._exchange.wire_request(to_wire(op, request)))
        try:
            return decode_reply(op, content)
        except msgspec.MsgspecError as exc:
            message = f"The reply of {self.name} to {op.name} is not what the API promises: {exc}."
            raise TransportError(message) from exc

    def columns(self, query: ColumnsQuery) -> Columns:
        """Return a whole table as columns: packed by nbtrack's own server, else from pages."""
        if self._can_send_columns():
            return self._packed_columns(query)
        return columns_from_pages(self, query)

    def can_answer(self, query: ColumnsQuery) -> bool:
        """Tell whether the server has columns of its own, or can do without."""
        return not isinstance(query, RunsQuery) or query.is_plain or self._can_send_columns()

    def version(self) -> str | None:
        """Ask nbtrack's own server for its store's version; others cannot tell."""
        if not self._can_send_columns():
            return None
        attempts = self._exchange.attempts(may_repeat=True)
        content = attempts.repeat(
            lambda: self._exchange.fetch(self._exchange.request("GET", VERSION))
        )
        return msgspec.json.decode(content, type=_StoreVersion).version

    def _packed_columns(self, query: ColumnsQuery) -> Columns:
        request = partial(
            self._exchange.request,
            "POST",
            COLUMNS,
            content=msgspec.json.encode(query),
            headers={"Content-Type": "application/json", "Accept": "application/msgpack"},
        )
        attempts = self._exchange.attempts(may_repeat=True)
        content = attempts.repeat(lambda: self._exchange.fetch(request(), is_json=False))
        try:
            return msgspec.msgpack.decode(content, type=Columns)
        except msgspec.MsgspecError as exc:
            message = f"The columns that {self.name} sent cannot be read: {exc}."
            raise TransportError(message) from exc

    def _can_send_columns(self) -> bool:
        with self._lock:
            if self._has_columns is None:
                self._has_columns = self._flavour == "mlflow" and self._offers_columns()
            return self._has_columns

    def _offers_columns(self) -> bool:
        request = self._exchange.request("GET", SERVER_INFO)
        request.extensions["timeout"] = httpx.Timeout(SERVER_INFO_SECONDS).as_dict()
        try:
            info = msgspec.json.decode(self._exchange.fetch(request), type=_ServerInfo)
        except (AttemptError, NbtrackError, msgspec.MsgspecError):
            return False
        return info.nbtrack_columns == 1

    def close(self) -> None:
        """Close all sockets; the backend is not used afterwards."""
        self._exchange.close()

    def __repr__(self) -> str:
        return f"HttpBackend({self.name!r}, flavour={self._flavour!r})"
