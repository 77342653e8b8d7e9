"""OAuth for service principals: a token for a client id and secret, fetched when it is needed."""

from __future__ import annotations

from threading import Lock
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from msgspec import Struct

from nbtrack.backends.http.auth import LoginHeaders, basic, bearer, sign
from nbtrack.backends.http.connection import Connection
from nbtrack.backends.http.failures import AttemptError, FailureKind
from nbtrack.backends.http.replies import read_reply
from nbtrack.backends.http.retry import Clock
from nbtrack.config import Secret
from nbtrack.errors import ApiError, ConfigError, EndpointNotFound, TransportError, Unauthenticated

REFRESH_BEFORE_END: Final = 60.0
WORKSPACE_HEADER: Final = "X-Databricks-Workspace-Id"
S = TypeVar("S", bound=msgspec.Struct)
_SERVER_PATH: Final = "/.well-known/oauth-authorization-server"


class _HostFacts(msgspec.Struct):
    oidc_endpoint: str = ""
    workspace_id: str | int | None = None
    account_id: str | None = None


class _ServerFacts(msgspec.Struct):
    token_endpoint: str


class _TokenReply(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0

    def __repr__(self) -> str:
        return "_TokenReply(***)"


class Principal(Struct, frozen=True):
    """Who logs in: the id and secret of a service principal, and what is known of its place."""

    client_id: str
    client_secret: Secret
    account_id: str | None = None
    workspace_id: str | None = None


class _Token(Struct, frozen=True):
    headers: LoginHeaders
    end: float


class OAuthCredentials:
    """Credentials of a service principal; one thread at a time fetches a token for all."""

    are_there = True

    def __init__(self, connection: Connection, principal: Principal, clock: Clock) -> None:
        """Ask nothing yet: the first request fetches the first token."""
        self._connection = connection
        self._principal = principal
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None
        self._token_endpoint: str | None = None
        self._workspace_id = principal.workspace_id

    def headers(self) -> LoginHeaders:
        """Return headers whose token lives for another minute at least."""
        with self._lock:
            if self._token is None or self._token.end - self._clock.now() < REFRESH_BEFORE_END:
                self._token = self._fetch()
            return self._token.headers

    def renew(self, refused: LoginHeaders, /) -> bool:
        """Forget the refused token, unless another thread has already replaced it."""
        with self._lock:
            if self._token is not None and self._token.headers is refused:
                self._token = None
            return True

    def _fetch(self) -> _Token:
        endpoint = self._token_endpoint or self._discover()
        self._token_endpoint = endpoint
        request = self._connection.request(
            "POST", endpoint, data={"grant_type": "client_credentials", "scope": "all-apis"}
        )
        principal = self._principal
        # Both parts are percent-encoded first, as RFC 6749 asks for.
        user, secret = quote(principal.client_id, safe=""), principal.client_secret
        sign(request, {"Authorization": basic(user, Secret(quote(secret.reveal(), safe="")))})
        started = self._clock.now()
        reply = _decode(self._ask(request), _TokenReply)
        headers = {"Authorization": bearer(Secret(reply.access_token))}
        if self._workspace_id:
            headers[WORKSPACE_HEADER] = Secret(self._workspace_id)
        return _Token(headers, started + reply.expires_in)

    def _discover(self) -> str:
        base = self._connection.base_url
        asked = self._connection.request("GET", f"{base}/.well-known/databricks-config")
        facts = _decode(self._ask(asked, is_optional=True), _HostFacts)
        issuer = facts.oidc_endpoint or f"{base}/oidc"  # the latter on older workspaces
        account = self._principal.account_id or facts.account_id or ""
        issuer = issuer.replace("{account_id}", account).rstrip("/")
        if facts.workspace_id and not self._workspace_id:
            self._workspace_id = str(facts.workspace_id)
        asked = self._connection.request("GET", f"{issuer}{_SERVER_PATH}")
        found = _decode(self._ask(asked), _ServerFacts).token_endpoint
        if urlsplit(found).scheme != "https" and urlsplit(base).scheme == "https":
            raise ConfigError(f"{base} wants the client secret over plain http. It is not sent.")
        return found

    def _ask(self, request: httpx.Request, *, is_optional: bool = False) -> bytes:
        try:
            response = self._connection.send(request)
            return read_reply(response, now=self._clock.time_of_day()) or b"{}"
        except AttemptError as failure:
            if failure.kind is FailureKind.REFUSED:
                raise
            # The call itself has not been sent yet, so any call may be tried again.
            raise AttemptError(FailureKind.NOT_CONNECTED, failure.error) from failure.__cause__
        except ApiError as exc:
            if is_optional and isinstance(exc, EndpointNotFound):
                return b"{}"
            message = f"The service principal cannot log in to {self._connection.base_url}: {exc}"
            raise Unauthenticated(message, status=exc.status) from None


def _decode(content: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except msgspec.MsgspecError:
        what = kind.__name__.strip("_")
    del content  # a traceback may show the variables of this frame
    raise TransportError(f"The login server's answer cannot be read as {what}. Try again.")
