"""Who may call: the names in the Host and Origin headers, and the token.

A page of another site can make a browser send requests to a server on this machine. It gives itself
away by its Origin, or, when it points its own name at this machine, by the Host. So both must name
this server.
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from nbtrack.errors import PermissionDenied, Unauthenticated
from nbtrack.server.exchange import Call

CHALLENGE: Final = 'Bearer realm="nbtrack", Basic realm="nbtrack", charset="UTF-8"'
_AUTHORITY: Final = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:/@\s]+))(?::\d*)?")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address always means this machine itself."""
    address = _address(host)
    if address is not None:
        return address.is_loopback
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _host_name(authority: str) -> str | None:
    """Return the host of `host:port`, in lower case and without brackets."""
    match = _AUTHORITY.fullmatch(authority.strip())
    return (match["v6"] or match["name"]).lower().rstrip(".") if match else None


class Guard:
    """Lets calls in, or raises PermissionDenied or Unauthenticated."""

    def __init__(self, *, token: str | None, bound: str, hosts: Iterable[str]) -> None:
        """Take the token, the address that the server listens on, and extra host names.

        An extra name may hold `*`.
        """
        self._token = None if token is None else token.encode()
        self._beyond_loopback = not is_loopback(bound)
        self._hosts = [bound.lower(), *(_host_name(host) or host.lower() for host in hosts)]

    def check_names(self, call: Call) -> None:
        """Refuse a call that is addressed to, or comes from a page of, a foreign host."""
        host = call.header("Host")
        if not self._is_known(_host_name(host)):
            raise PermissionDenied(
                f"Host {host[:200]!r} is not a name of this server. "
                "Start it with that name among the allowed hosts."
            )
        origin = call.header("Origin")
        if origin and not self._is_known(_origin_host(origin)):
            raise PermissionDenied(
                f"Calls from pages of {origin[:200]!r} are not allowed. "
                "Start the server with that host among the allowed hosts."
            )

    def _is_known(self, host: str | None) -> bool:
        if not host:
            return False
        if is_loopback(host) or any(fnmatchcase(host, known) for known in self._hosts):
            return True
        address = _address(host)
        return self._beyond_loopback and address is not None and address.is_private

    def check_token(self, call: Call) -> None:
        """Refuse a call without the token, as Bearer or as the password of Basic."""
        header = call.header("Authorization")
        if self.accepts(header):
            return
        if _credential(header) is None:
            raise Unauthenticated("This server needs a token. Send it as Bearer or Basic password.")
        raise Unauthenticated("The token is wrong. Send the one that the server was given.")

    def accepts(self, authorization: str) -> bool:
        """Tell whether an Authorization header holds the token, or none is needed."""
        given = _credential(authorization)
        return self._token is None or (
            given is not None and hmac.compare_digest(given, self._token)
        )


def _origin_host(origin: str) -> str | None:
    try:
        return _host_name(urlsplit(origin).netloc)
    except ValueError:
        return None


def _credential(header: str) -> bytes | None:
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip().encode("latin-1", "replace")  # as WSGI read it
        case "basic":
            try:
                return b64decode(value.strip(), validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return None
        case _:
            return None
