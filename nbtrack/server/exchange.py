"""One exchange over HTTP: what came in, `Call`, and what goes out, `Reply`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from nbtrack.api.wire import error_body
from nbtrack.errors import ApiError, BadRequest, InvalidParameterValue

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

Headers = tuple[tuple[str, str], ...]

JSON: Final = "application/json"
CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Call:
    """A request: verb, decoded path, query pairs, and access to headers and body."""

    verb: str
    path: str
    query: tuple[tuple[str, str], ...]
    environ: WSGIEnvironment

    def header(self, name: str) -> str:
        """Return a header, or an empty text."""
        key = name.upper().replace("-", "_")
        return str(self.environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}", ""))

    def argument(self, name: str) -> str:
        """Return the first value of a query parameter, or an empty text."""
        return next((value for key, value in self.query if key == name), "")

    @property
    def length(self) -> int | None:
        """The announced size of the body; None if it comes in chunks of unknown number."""
        text = str(self.environ.get("CONTENT_LENGTH") or "")
        if not text:
            return None if "HTTP_TRANSFER_ENCODING" in self.environ else 0
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(1 << 63))):
            raise BadRequest(f"Content-Length is {text[:40]!r}. Send a number of bytes.")
        return int(text)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body piece by piece. Raises BadRequest if it ends before its length."""
        left = self.length
        while left is None or left > 0:
            chunk = self.environ["wsgi.input"].read(CHUNK if left is None else min(CHUNK, left))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            yield chunk
        if left:
            raise BadRequest(f"The body ended {left} bytes early. Send it again.")

    def body(self, limit: int) -> bytes:
        """Return the whole body. Raises InvalidParameterValue if it is over the limit."""
        if (self.length or 0) > limit:
            raise too_large(limit)
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks():
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            parts.append(chunk)
        return b"".join(parts)


def too_large(limit: int) -> InvalidParameterValue:
    """Say that a body is over its limit."""
    return InvalidParameterValue(
        f"The body of the request is larger than {limit} bytes. Send less at once."
    )


def read_call(environ: WSGIEnvironment) -> Call:
    """Read verb, path and query out of a WSGI environment.

    WSGI hands the path over with percent-encoding undone and bytes as Latin-1 characters. A slash
    that was written `%2F` is a plain slash by then; see `routing.py`.
    """
    raw = environ.get("PATH_INFO") or "/"
    try:
        path = raw.encode("latin-1").decode()
    except UnicodeError:
        path = raw
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return Call(environ["REQUEST_METHOD"].upper(), path, tuple(query), environ)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the body in pieces, status and headers."""

    body: Iterable[bytes]
    status: int = 200
    headers: Headers = ()


Handler = Callable[[Call, Mapping[str, str]], Reply]


def reply(
    content: bytes, content_type: str = JSON, *, status: int = 200, headers: Headers = ()
) -> Reply:
    """Answer with a body that is all there."""
    own = (("Content-Type", content_type), ("Content-Length", str(len(content))))
    return Reply((content,), status, own + headers)


def error_reply(error: ApiError, headers: Headers = ()) -> Reply:
    """Answer with an error's status and its JSON body."""
    return reply(error_body(error), status=error.status, headers=headers)
