"""Responses to bytes or exceptions: every shape of an error that servers and proxies send."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx
import msgspec

from nbtrack.backends.http.failures import AttemptError, FailureKind
from nbtrack.errors import (
    ApiError,
    EndpointNotFound,
    InternalError,
    PermissionDenied,
    TransportError,
    api_error,
)

LONGEST_TEXT: Final = 500
_REFUSED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_LOST: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_NO_SUCH_METHOD: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_CODE_AND_TEXT: Final = re.compile(r"([A-Z][A-Z0-9_]{3,}): (.+)", re.DOTALL)
_PAGE_TEXTS: Final = (
    re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE),
)
_TAGS: Final = re.compile(r"<[^>]+>")
_CREDENTIALS: Final = re.compile(r"\b(bearer|basic)\s+[^\s\"'<>,;]+", re.IGNORECASE)
_CLOSED_NETWORK: Final = "error=private-link-validation-error"


class _ErrorBody(msgspec.Struct):
    """The fields in which the various servers put the code and the text."""

    error_code: object = None
    message: object = None
    detail: object = None
    error: object = None
    error_description: object = None
    error_summary: object = msgspec.field(name="errorSummary", default=None)

    @property
    def code(self) -> str | None:
        return self.error_code if isinstance(self.error_code, str) and self.error_code else None

    @property
    def text(self) -> str | None:
        found = (
            self.message,
            self.detail,
            self.error_description,
            self.error_summary,
            self.error,
        )
        return next((text for text in found if isinstance(text, str) and text), None)


def read_reply(response: httpx.Response, *, now: float, is_json: bool = True) -> bytes:
    """Return the body of a good answer.

    Parameters
    ----------
    response
        What came, its body read.
    now
        The time of day in seconds, for a Retry-After that is a date.
    is_json
        Whether the body has to be a JSON object.

    Raises
    ------
    AttemptError
        If the server refused for now, or it is unknown what it did.
    ApiError
        If the answer is an error.
    TransportError
        If it is not an answer of the API.
    """
    if not response.is_success:
        raise failure_of(response, now=now)
    content = response.content
    if is_json and content.lstrip()[:1] not in {b"{", b""}:
        kind = response.headers.get("content-type", "no content type")
        raise TransportError(
            f"{_place(response)} answered with {kind!r} instead of JSON, as a login page or a "
            "proxy does. Check the tracking URI and your access to it."
        )
    return content


def failure_of(response: httpx.Response, *, now: float) -> Exception:
    """Build the exception of an answer that is not a success."""
    status = response.status_code
    if response.is_redirect:
        return _redirect_error(response)
    body = _error_body(response)
    error = _error_of(response, body)
    retry_after = _retry_after(response, now)
    if status in _REFUSED and not _is_switched_off(body, retry_after):
        return AttemptError(FailureKind.REFUSED, error, retry_after=retry_after)
    if status in _LOST or _is_crash(status, body, error):
        return AttemptError(FailureKind.LOST, error, retry_after=retry_after)
    return error


def _is_switched_off(body: _ErrorBody, retry_after: float | None) -> bool:
    """Tell MLflow's 503 for good, "artifact serving is disabled", from one for now."""
    return body.detail is not None and body.code is None and retry_after is None


def _is_crash(status: int, body: _ErrorBody, error: ApiError) -> bool:
    is_unexplained = body.code is None or isinstance(error, InternalError)
    return status == HTTPStatus.INTERNAL_SERVER_ERROR and is_unexplained


def _redirect_error(response: httpx.Response) -> Exception:
    location = response.headers.get("location", "")
    if _CLOSED_NETWORK in location:
        return PermissionDenied(
            f"{_place(response)} is closed to this network. Use its private link."
        )
    target = location.partition("?")[0]
    return TransportError(
        f"{_place(response)} sends the request on to {target!r}, which a write does not follow. "
        "Make that address the tracking URI, without what starts at /api."
    )


def _error_body(response: httpx.Response) -> _ErrorBody:
    try:
        return msgspec.json.decode(response.content, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    text = response.text.strip()
    if "<html" in text[:LONGEST_TEXT].lower() or text[:1] == "<":
        return _ErrorBody(message=_page_text(text))
    if match := _CODE_AND_TEXT.fullmatch(text):
        return _ErrorBody(error_code=match[1], message=match[2])
    return _ErrorBody(message=text)


def _page_text(page: str) -> str | None:
    from html import unescape  # its table of entities is large, and pages come from proxies

    for pattern in _PAGE_TEXTS:
        if match := pattern.search(page):
            return unescape(" ".join(_TAGS.sub(" ", match[1]).split())) or None
    return None


def _error_of(response: httpx.Response, body: _ErrorBody) -> ApiError:
    status = response.status_code
    text = body.text or f"{status} {response.reason_phrase}".strip()
    text = _CREDENTIALS.sub(r"\1 ***", text)
    if body.code is None:
        text = text[:LONGEST_TEXT]
        if status in _NO_SUCH_METHOD:
            return EndpointNotFound(text, status=status)
        if status == HTTPStatus.UNAUTHORIZED:
            text = f"{text.rstrip('.')}. Log in to {_place(response)}: see its credentials."
    return api_error(text, error_code=body.code, status=status)


def _retry_after(response: httpx.Response, now: float) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None


def _place(response: httpx.Response) -> str:
    url = response.request.url
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
