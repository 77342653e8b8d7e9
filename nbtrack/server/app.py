"""The WSGI application: guard, route, answer, and errors as JSON."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from nbtrack.errors import (
    ApiError,
    ConfigError,
    InternalError,
    TemporarilyUnavailable,
    Unauthenticated,
)
from nbtrack.limits import MLFLOW, Limits
from nbtrack.server.artifacts import artifact_routes
from nbtrack.server.calls import operation_routes
from nbtrack.server.downloads import RangeNotThere
from nbtrack.server.exchange import Call, Headers, Reply, error_reply, read_call
from nbtrack.server.guard import CHALLENGE, Guard, is_loopback
from nbtrack.server.pages import OPEN_PATHS, PAGES
from nbtrack.server.routing import Router, WrongVerb

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from nbtrack.backends import Backend

LOG: Final = logging.getLogger("nbtrack.server")
BODY_BYTES: Final = 64 << 20
_EVERYWHERE: Final = (("X-Content-Type-Options", "nosniff"),)


def create_app(
    backend: Backend,
    *,
    token: str | None = None,
    bound: str = "127.0.0.1",
    hosts: Iterable[str] = (),
    limits: Limits = MLFLOW,
    body_bytes: int = BODY_BYTES,
) -> Application:
    """Make the application that answers the Experiments API from a backend.

    Parameters
    ----------
    backend
        Carries out the operations; it stays open and is the caller's to close.
    token
        What callers must send as Bearer or as Basic password; None lets everyone in.
    bound
        The host that the server listens on; its name may stand in Host and Origin headers.
    hosts
        Further host names for these headers; `*` stands for any characters.
    limits
        Its `batch_bytes` bounds the body of log-batch. The other limits are the backend's.
    body_bytes
        The largest JSON body. Artifacts have no limit.

    Raises
    ------
    ConfigError
        If other machines can reach the host and there is no token.
    """
    if not token and not is_loopback(bound):
        raise ConfigError(
            f"Host {bound!r} can be reached from other machines, so the server needs a token. "
            "Give it one (--token or NBTRACK_SERVER_TOKEN), or use host '127.0.0.1'."
        )
    routes = {
        **operation_routes(backend, limits, body_bytes),
        **artifact_routes(backend),
        **PAGES,
    }
    return Application(Router(routes), Guard(token=token or None, bound=bound, hosts=hosts))


class Application:
    """The WSGI application; make it with `create_app`."""

    def __init__(self, router: Router, guard: Guard) -> None:
        """Tie the routes to the guard in front of them."""
        self._router = router
        self._guard = guard

    def accepts(self, authorization: str) -> bool:
        """Tell whether a caller with this Authorization header may send large bodies."""
        return self._guard.accepts(authorization)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        call = read_call(environ)
        answer = self._answer(call)
        start_response(_status_line(answer.status), [*answer.headers, *_EVERYWHERE])
        if call.verb == "HEAD":
            _close(answer.body)
            return ()
        return answer.body

    def _answer(self, call: Call) -> Reply:
        try:
            self._guard.check_names(call)
            if call.path not in OPEN_PATHS:
                self._guard.check_token(call)
            handler, values = self._router.find(call.verb, call.path)
            return handler(call, values)
        except ApiError as exc:
            return error_reply(exc, _error_headers(exc))
        except Exception:  # the edge: whatever happened, the caller gets JSON without internals
            LOG.exception("%s %.200r failed", call.verb, call.path)
            return error_reply(InternalError("The server failed. Its log says more."))


def _error_headers(error: ApiError) -> Headers:
    match error:
        case TemporarilyUnavailable():
            return (("Retry-After", "1"),)
        case Unauthenticated():
            return (("WWW-Authenticate", CHALLENGE),)
        case WrongVerb():
            return (("Allow", ", ".join(error.allowed)),)
        case RangeNotThere():
            return (("Content-Range", f"bytes */{error.size}"),)
        case _:
            return ()


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
