"""Who answers which verb and path.

Paths are matched after percent-encoding was undone. So that a tag key such as `a/b` arrives whether
its slash was written plainly or as `%2F`, a parameter named `...key` or `...path` takes the rest of
the path, slashes and all; every other parameter is one segment. Whatever is served under `/api/` is
served under `/ajax-api/` as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nbtrack.api import Route
from nbtrack.errors import BadRequest, EndpointNotFound
from nbtrack.server.exchange import Handler

_ALIAS: Final = "/ajax-api/"
_TAKES_REST: Final = ("key", "path")


class WrongVerb(BadRequest):
    """The path is served, but not for this verb."""

    status = 405

    def __init__(self, verb: str, path: str, allowed: tuple[str, ...]) -> None:
        """Keep the verbs that would do."""
        verbs = ", ".join(allowed)
        super().__init__(f"{verb[:40]!r} is not allowed for {path[:200]!r}. Use {verbs}.")
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class _Place:
    """A path and its handlers by verb."""

    pattern: re.Pattern[str]
    handlers: dict[str, Handler] = field(default_factory=dict)


class Router:
    """A table of routes with their handlers."""

    def __init__(self, routes: Mapping[Route, Handler]) -> None:
        """Sort the routes by path."""
        self._places: dict[str, _Place] = {}
        for route, handler in routes.items():
            place = self._places.setdefault(route.path, _Place(_pattern(route.path)))
            place.handlers[route.verb] = handler

    def find(self, verb: str, path: str) -> tuple[Handler, dict[str, str]]:
        """Return the handler and the values that stand in the path.

        Raises EndpointNotFound for an unknown path and WrongVerb for an unknown verb.
        """
        wanted = "GET" if verb == "HEAD" else verb
        verbs: set[str] = set()
        for place, values in self._matches(path):
            if wanted in place.handlers:
                return place.handlers[wanted], values
            verbs |= place.handlers.keys()
        if not verbs:
            raise EndpointNotFound(f"There is no endpoint {path[:200]!r}. Check path and version.")
        raise WrongVerb(verb, path, tuple(sorted(verbs | ({"HEAD"} if "GET" in verbs else set()))))

    def _matches(self, path: str) -> list[tuple[_Place, dict[str, str]]]:
        paths = [path]
        if path.startswith(_ALIAS):
            paths.append("/api/" + path.removeprefix(_ALIAS))
        exact = [(self._places[text], dict[str, str]()) for text in paths if text in self._places]
        return exact or [
            (place, match.groupdict())
            for place in self._places.values()
            for text in paths
            if (match := place.pattern.fullmatch(text))
        ]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    for i, name in enumerate(parts):
        if i % 2:
            one = ".+" if name.endswith(_TAKES_REST) else "[^/]+"
            parts[i] = f"(?P<{name}>{one})"
        else:
            parts[i] = re.escape(name)
    return re.compile("".join(parts), re.DOTALL)
