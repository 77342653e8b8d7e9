"""Answer operations of the API: decode the request, ask the backend, encode the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from nbtrack.api import GET, OPERATIONS, POST, Route
from nbtrack.api.operation import AnyOperation
from nbtrack.api.wire import decode_body, decode_query, encode, invalid_request
from nbtrack.backends import Backend, HistoryQuery, RunsQuery
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import Limits
from nbtrack.server.exchange import JSON, Call, Handler, Reply, reply

COLUMNS: Final = POST("/api/2.0/nbtrack/columns")
VERSION: Final = GET("/api/2.0/nbtrack/version")
MSGPACK: Final = "application/x-msgpack"
_IN_QUERY: Final = frozenset({"GET", "DELETE"})


def operation_routes(backend: Backend, limits: Limits, body_bytes: int) -> dict[Route, Handler]:
    """Make a handler for each route of each operation, and for whole tables."""
    bounds = {"log_batch": min(limits.batch_bytes or body_bytes, body_bytes)}
    handlers = {
        route: _handler(backend, op, route, bounds.get(op.name, body_bytes))
        for op in OPERATIONS.values()
        for route in op.routes
    }
    tables = {COLUMNS: _columns_handler(backend, body_bytes), VERSION: _version_handler(backend)}
    return {**handlers, **tables}


def _handler(backend: Backend, op: AnyOperation, route: Route, limit: int) -> Handler:
    def from_query(call: Call, path: Mapping[str, str]) -> Reply:
        return reply(encode(backend.call(op, decode_query(op, call.query, path))))

    def from_body(call: Call, path: Mapping[str, str]) -> Reply:
        return reply(encode(backend.call(op, decode_body(op, _json_body(call, limit), path))))

    return from_query if route.verb in _IN_QUERY else from_body


def _json_body(call: Call, limit: int) -> bytes:
    body = call.body(limit)
    kind = call.header("Content-Type")
    if body and kind.partition(";")[0].strip().lower() != JSON:
        raise InvalidParameterValue(f"Content-Type is {kind[:100]!r}. Send {JSON!r}.")
    return body


def _version_handler(backend: Backend) -> Handler:
    def version(_call: Call, _path: Mapping[str, str]) -> Reply:
        return reply(msgspec.json.encode({"version": backend.version()}))

    return version


def _columns_handler(backend: Backend, limit: int) -> Handler:
    def columns(call: Call, _path: Mapping[str, str]) -> Reply:
        body = _json_body(call, limit)
        try:
            query = msgspec.json.decode(body or b"{}", type=RunsQuery | HistoryQuery)
        except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
            raise invalid_request("columns", exc) from exc
        return reply(msgspec.msgpack.encode(backend.columns(query)), MSGPACK)

    return columns
