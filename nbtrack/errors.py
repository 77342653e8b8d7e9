"""The exceptions of nbtrack, and the one table of error code, HTTP status and class.

NbtrackError
├── ApiError                       what a server or the embedded engine answers
│   ├── InvalidParameterValue      INVALID_PARAMETER_VALUE      400
│   │   └── FilterError            the same, with the position in a filter text
│   ├── BadRequest                 BAD_REQUEST                  400
│   ├── InvalidState               INVALID_STATE                400
│   ├── ResourceAlreadyExists      RESOURCE_ALREADY_EXISTS      400
│   │   └── AlreadyExists          ALREADY_EXISTS               409
│   ├── Unauthenticated            UNAUTHENTICATED              401
│   │   └── CustomerUnauthorized   CUSTOMER_UNAUTHORIZED        401
│   ├── PermissionDenied           PERMISSION_DENIED            403
│   ├── ResourceDoesNotExist       RESOURCE_DOES_NOT_EXIST      404
│   │   └── NotFound               NOT_FOUND                    404
│   ├── EndpointNotFound           ENDPOINT_NOT_FOUND           404
│   ├── ResourceConflict           RESOURCE_CONFLICT            409
│   ├── Aborted                    ABORTED                      409
│   ├── RequestLimitExceeded       REQUEST_LIMIT_EXCEEDED       429
│   │   └── ResourceExhausted      RESOURCE_EXHAUSTED           429
│   ├── Cancelled                  CANCELLED                    499
│   ├── InternalError              INTERNAL_ERROR               500
│   │   └── DataLoss               DATA_LOSS                    500
│   ├── NotImplementedByServer     NOT_IMPLEMENTED              501
│   ├── TemporarilyUnavailable     TEMPORARILY_UNAVAILABLE      503
│   └── DeadlineExceeded           DEADLINE_EXCEEDED            504
├── TransportError                 no usable answer came from the server
├── ConfigError                    a setting, tracking URI or credential is wrong
├── StoreError                     the embedded store's file or folder cannot be used
├── ExportError                    the files of an export cannot be written
└── MissingDependencyError         an optional library is not installed
"""

from __future__ import annotations

from typing import Final


class NbtrackError(Exception):
    """Root of everything nbtrack raises on purpose.

    Examples
    --------
    >>> import nbtrack
    >>> client = nbtrack.Client("nbtrack::memory:")
    >>> try:
    ...     client.get_run("a1b2")
    ... except nbtrack.NbtrackError as error:
    ...     print(error)
    Run 'a1b2' does not exist. List runs with client.search_runs(['0']).
    """


class TransportError(NbtrackError):
    """No usable answer came: refused or lost connection, timeout, or not the API's JSON."""


class ConfigError(NbtrackError):
    """A setting, a tracking URI or a credential is wrong or missing.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.Client("ftp://models")
    Traceback (most recent call last):
    nbtrack.errors.ConfigError: A tracking URI of the kind 'ftp' is not supported. Use ...
    """


class StoreError(NbtrackError):
    """The embedded store cannot be used: foreign, newer, corrupt, read-only or full."""


class ExportError(NbtrackError):
    """The files of an export cannot be written: there already, no room, a folder to read only."""


class MissingDependencyError(NbtrackError):
    """A feature needs a library that is not installed.

    Examples
    --------
    >>> raise MissingDependencyError("An Excel file", "openpyxl", "excel")
    Traceback (most recent call last):
    nbtrack.errors.MissingDependencyError: An Excel file needs openpyxl, which is not installed.
    Install it with: pip install 'nbtrack[excel]'.
    """

    def __init__(self, feature: str, library: str, extra: str | None = None) -> None:
        """Name the feature, the library it lacks and the extra that brings it, if one does."""
        what = f"'nbtrack[{extra}]'" if extra else "nbtrack"
        super().__init__(
            f"{feature} needs {library}, which is not installed. "
            f"Install it with: pip install {what}."
        )


class ApiError(NbtrackError):
    """An answer of the API that is an error: `error_code`, `message` and HTTP `status`.

    Raise the subclass of the code. A code that nbtrack does not know becomes a plain
    `ApiError` that keeps the word.

    Examples
    --------
    >>> import nbtrack
    >>> client = nbtrack.Client("nbtrack::memory:")
    >>> try:
    ...     client.create_experiment("Default")
    ... except nbtrack.ApiError as error:
    ...     print(error.error_code, error.status)
    RESOURCE_ALREADY_EXISTS 400
    """

    error_code = "INTERNAL_ERROR"
    status = 500

    def __init__(
        self, message: str, *, error_code: str | None = None, status: int | None = None
    ) -> None:
        """Keep the message; code and status default to those of the class."""
        super().__init__(message)
        self.message = message
        if error_code is not None:
            self.error_code = error_code
        if status is not None:
            self.status = status


class InvalidParameterValue(ApiError):
    """Something in the request is wrong, or the thing may not be written to."""

    error_code = "INVALID_PARAMETER_VALUE"
    status = 400


_POINTED_WIDTH: Final = 100


class FilterError(InvalidParameterValue):
    """A filter or an order_by clause is wrong at `position` (characters from 0) of `text`.

    A traceback shows the text below the message, with a caret under the character.

    Examples
    --------
    >>> import nbtrack
    >>> client = nbtrack.Client("nbtrack::memory:")
    >>> try:
    ...     client.search_runs(["0"], filter="metrics.loss < 'low'")
    ... except nbtrack.FilterError as error:
    ...     print(error.position, error.__notes__[0])
    15 metrics.loss < 'low'
                   ^
    """

    def __init__(self, message: str, *, text: str = "", position: int = 0) -> None:
        """Keep the clause and where in it the mistake stands."""
        super().__init__(message)
        self.text = text
        self.position = position
        if text:
            self.add_note(pointed_out(text, position))


def pointed_out(text: str, position: int) -> str:
    """Return a text, or the part of a long one around a position, and a caret below that place."""
    from unicodedata import east_asian_width

    start = max(0, position - _POINTED_WIDTH // 2)
    shown = text[start : start + _POINTED_WIDTH]
    shown = "".join(char if char.isprintable() else " " for char in shown)
    before = shown[: position - start]
    wide = sum(east_asian_width(char) in "WF" for char in before)
    return f"{shown}\n{' ' * (len(before) + wide)}^"


class BadRequest(ApiError):
    """The request as a whole cannot be answered."""

    error_code = "BAD_REQUEST"
    status = 400


class InvalidState(ApiError):
    """The thing is in a state that does not allow the call.

    MLflow answers 500 here, which makes its own client retry for minutes; nbtrack says 400.
    """

    error_code = "INVALID_STATE"
    status = 400


class ResourceAlreadyExists(ApiError):
    """The name is taken."""

    error_code = "RESOURCE_ALREADY_EXISTS"
    status = 400


class AlreadyExists(ResourceAlreadyExists):
    """The name is taken, in the other word that Databricks uses."""

    error_code = "ALREADY_EXISTS"
    status = 409


class Unauthenticated(ApiError):
    """The credentials are missing or wrong."""

    error_code = "UNAUTHENTICATED"
    status = 401


class CustomerUnauthorized(Unauthenticated):
    """The credentials are not accepted by this workspace."""

    error_code = "CUSTOMER_UNAUTHORIZED"
    status = 401


class PermissionDenied(ApiError):
    """The caller may not do this."""

    error_code = "PERMISSION_DENIED"
    status = 403


class ResourceDoesNotExist(ApiError):
    """There is no such experiment, run, model, tag or artifact.

    Examples
    --------
    >>> import nbtrack
    >>> client = nbtrack.Client("nbtrack::memory:")
    >>> client.get_experiment("7")
    Traceback (most recent call last):
    nbtrack.errors.ResourceDoesNotExist: Experiment '7' does not exist. List experiments with ...
    """

    error_code = "RESOURCE_DOES_NOT_EXIST"
    status = 404


class NotFound(ResourceDoesNotExist):
    """Nothing was found, in the other word that Databricks uses."""

    error_code = "NOT_FOUND"
    status = 404


class EndpointNotFound(ApiError):
    """The server does not have this method."""

    error_code = "ENDPOINT_NOT_FOUND"
    status = 404


class ResourceConflict(ApiError):
    """Another writer was there at the same time."""

    error_code = "RESOURCE_CONFLICT"
    status = 409


class Aborted(ApiError):
    """The server gave the call up because of a conflict."""

    error_code = "ABORTED"
    status = 409


class RequestLimitExceeded(ApiError):
    """Too many requests in a short time."""

    error_code = "REQUEST_LIMIT_EXCEEDED"
    status = 429


class ResourceExhausted(RequestLimitExceeded):
    """A quota is used up."""

    error_code = "RESOURCE_EXHAUSTED"
    status = 429


class Cancelled(ApiError):
    """The call was cancelled."""

    error_code = "CANCELLED"
    status = 499


class InternalError(ApiError):
    """The server failed."""

    error_code = "INTERNAL_ERROR"
    status = 500


class DataLoss(InternalError):
    """The server lost data."""

    error_code = "DATA_LOSS"
    status = 500


class NotImplementedByServer(ApiError):
    """The server knows the method and does not offer it."""

    error_code = "NOT_IMPLEMENTED"
    status = 501


class TemporarilyUnavailable(ApiError):
    """The server is busy or down; the same call may work soon."""

    error_code = "TEMPORARILY_UNAVAILABLE"
    status = 503


class DeadlineExceeded(ApiError):
    """The server took too long."""

    error_code = "DEADLINE_EXCEEDED"
    status = 504


_CLASSES: tuple[type[ApiError], ...] = (
    InvalidParameterValue,
    BadRequest,
    InvalidState,
    ResourceAlreadyExists,
    AlreadyExists,
    Unauthenticated,
    CustomerUnauthorized,
    PermissionDenied,
    ResourceDoesNotExist,
    NotFound,
    EndpointNotFound,
    ResourceConflict,
    Aborted,
    RequestLimitExceeded,
    ResourceExhausted,
    Cancelled,
    InternalError,
    DataLoss,
    NotImplementedByServer,
    TemporarilyUnavailable,
    DeadlineExceeded,
)

ERRORS_BY_CODE: dict[str, type[ApiError]] = {cls.error_code: cls for cls in _CLASSES}

ERRORS_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthenticated,
    403: PermissionDenied,
    404: NotFound,
    409: ResourceConflict,
    429: RequestLimitExceeded,
    499: Cancelled,
    500: InternalError,
    501: NotImplementedByServer,
    503: TemporarilyUnavailable,
    504: DeadlineExceeded,
}


def api_error(message: str, *, error_code: str | None, status: int) -> ApiError:
    """Build the exception of an error answer: by its code if known, else by its status."""
    known = ERRORS_BY_CODE.get(error_code or "")
    cls = known or ERRORS_BY_STATUS.get(status, ApiError)
    return cls(message, error_code=error_code or cls.error_code, status=status)
