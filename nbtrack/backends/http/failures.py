"""How one attempt of a call can fail, and exceptions that are safe to show."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from enum import Enum

from nbtrack.errors import NbtrackError


class FailureKind(Enum):
    """What is known about the request when an attempt failed."""

    NOT_CONNECTED = "it was never sent"
    REFUSED = "it was refused before it was executed"
    LOST = "it may have been executed"


class AttemptError(Exception):
    """An attempt failed in a way that a later one may not; `error` is what the user gets."""

    def __init__(
        self, kind: FailureKind, error: NbtrackError, *, retry_after: float | None = None
    ) -> None:
        """Keep what is known, and the seconds to wait if the server named them."""
        super().__init__(str(error))
        self.kind = kind
        self.error = error
        self.retry_after = retry_after


def causes(exc: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all that stand behind it."""
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__


def frameless(exc: BaseException) -> BaseException:
    """Drop the frames of an exception and its causes: their variables hold credentials."""
    for item in causes(exc):
        item.__traceback__ = None
    return exc


def wordless(exc: BaseException) -> BaseException:
    """Drop frames and texts of an exception and its causes: the texts may quote headers."""
    for item in causes(exc):
        item.args = ()
    return frameless(exc)


def certificate_error(exc: BaseException) -> str | None:
    """Say why a certificate was refused, if that is what stands behind an exception."""
    for item in causes(exc):
        if isinstance(item, ssl.SSLCertVerificationError):
            return item.verify_message or "it cannot be verified"
    return None
