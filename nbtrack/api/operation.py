"""What an operation of the API is: its name, routes, message pair and how it may be repeated.

The HTTP client, the server's routes, the engine's handlers, paging, retries, the docs and the
conformance tests all read these rows; nothing about an operation is written down a second time.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Server = Literal["databricks", "mlflow"]

DATABRICKS: Final[frozenset[Server]] = frozenset({"databricks"})
MLFLOW: Final[frozenset[Server]] = frozenset({"mlflow"})
BOTH: Final[frozenset[Server]] = frozenset({"databricks", "mlflow"})


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of requests and replies: immutable, by keyword, absent fields left out."""


class Nothing(Message, frozen=True, kw_only=True):
    """The empty object: the reply of most writes."""


class PageRequest(Message, frozen=True, kw_only=True):
    """A request that may continue where an earlier page ended."""

    page_token: str | None = None


class Page(Message, frozen=True, kw_only=True):
    """A reply that may have a successor; an empty token means the end, as an absent one does."""

    next_page_token: str | None = None


class NamesRun(Message, frozen=True, kw_only=True):
    """A request about a run, named by `run_id` or by its deprecated twin `run_uuid`."""

    run_id: str = ""
    run_uuid: str | None = None

    def __post_init__(self) -> None:
        """Let `run_uuid` stand in for an absent `run_id`; `run_id` wins when both are there."""
        _settle_run_id(self)


class RunPageRequest(PageRequest, frozen=True, kw_only=True):
    """A paged request about a run, named by `run_id` or by its deprecated twin `run_uuid`."""

    run_id: str = ""
    run_uuid: str | None = None

    def __post_init__(self) -> None:
        """Let `run_uuid` stand in for an absent `run_id`; `run_id` wins when both are there."""
        _settle_run_id(self)


def _settle_run_id(request: NamesRun | RunPageRequest) -> None:
    if request.run_uuid is not None:
        if not request.run_id:
            msgspec.structs.force_setattr(request, "run_id", request.run_uuid)
        msgspec.structs.force_setattr(request, "run_uuid", None)


Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Struct)


class Repeat(Enum):
    """Whether a call may be sent again after its reply was lost (groups A to D of the contract)."""

    FREELY = "A"
    READ_SECOND_ANSWER = "B"
    IDENTICAL_BODY = "C"
    NEVER = "D"


class Route(Struct, frozen=True):
    """A verb and a path below the tracking URI; `{name}` stands for a field of the request."""

    verb: Verb
    path: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the request's fields that stand in the path."""
        return tuple(part.split("}")[0] for part in self.path.split("{")[1:])


def GET(path: str) -> Route:  # noqa: N802 - reads as the HTTP verb
    """Declare a GET route."""
    return Route("GET", path)


def POST(path: str) -> Route:  # noqa: N802 - reads as the HTTP verb
    """Declare a POST route."""
    return Route("POST", path)


def PUT(path: str) -> Route:  # noqa: N802 - reads as the HTTP verb
    """Declare a PUT route."""
    return Route("PUT", path)


def PATCH(path: str) -> Route:  # noqa: N802 - reads as the HTTP verb
    """Declare a PATCH route."""
    return Route("PATCH", path)


def DELETE(path: str) -> Route:  # noqa: N802 - reads as the HTTP verb
    """Declare a DELETE route."""
    return Route("DELETE", path)


class Operation(Struct, Generic[Q, R], frozen=True):
    """One row of the table.

    The client uses the first route, the server accepts all of them. `method` is the name in the
    ExperimentsService, or empty for an extension that MLflow's clients need. `servers` are those
    that have the operation. `largest_page` is what a client asks for when it wants everything.
    """

    name: str
    routes: tuple[Route, ...]
    request: type[Q]
    reply: type[R]
    method: str = ""
    repeat: Repeat = Repeat.FREELY
    servers: frozenset[Server] = BOTH
    largest_page: int | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the request's text fields that must be there and not empty."""
        return _required_texts(self.request)

    @property
    def route(self) -> Route:
        """The route that the client uses."""
        return self.routes[0]

    @property
    def reads(self) -> bool:
        """Whether the call changes nothing."""
        return self.route.verb == "GET" or self.name.startswith("search_")


@cache  # to look at a message's types costs too much to do it for all of them at the start
def _required_texts(request: type[Message]) -> tuple[str, ...]:
    names = [f.name for f in msgspec.structs.fields(request) if f.required and f.type is str]
    if issubclass(request, (NamesRun, RunPageRequest)):
        names.insert(0, "run_id")
    return tuple(names)


AnyOperation = Operation[Any, Any]
