"""Credentials: what a request carries to log in, and where an MLflow server's come from.

`Credentials` give headers whose values are `Secret`s; `sign` is the one place where they are put on
a request. `mlflow_credentials` finds those of an MLflow server, `databricks.py` those of a
workspace.
"""

from __future__ import annotations

import base64
import ipaddress
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import httpx
from msgspec import Struct, field

from nbtrack.backends.http.connection import Tls
from nbtrack.config import (
    AUTH_PLUGIN,
    AWS_SIGNING,
    CLIENT_CERTIFICATE,
    INSECURE_TLS,
    MLFLOW_PASSWORD,
    MLFLOW_TOKEN,
    MLFLOW_USERNAME,
    SERVER_CERTIFICATE,
    Secret,
    setting,
)
from nbtrack.errors import ConfigError

LoginHeaders = Mapping[str, Secret]

CREDENTIALS_FILE: Final = "~/.mlflow/credentials"
_SECTION: Final = "mlflow"


class Credentials(Protocol):
    """Logs requests in."""

    @property
    def are_there(self) -> bool:
        """Whether there is anything to send."""
        ...

    def headers(self) -> LoginHeaders:
        """Return the headers for the next request, renewed if they run out."""
        ...

    def renew(self, refused: LoginHeaders, /) -> bool:
        """Take note of a 401 to these headers; tell whether others can be had."""
        ...


class FixedCredentials(Struct, frozen=True):
    """Headers that stay as they are; without any, nobody logs in."""

    fixed: LoginHeaders = field(default_factory=dict[str, Secret])

    @property
    def are_there(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.fixed)

    def headers(self) -> LoginHeaders:
        """Return the headers."""
        return self.fixed

    def renew(self, _refused: LoginHeaders, /) -> bool:
        """Have no others."""
        return False


NO_CREDENTIALS: Final = FixedCredentials()


def basic(username: str, password: Secret) -> Secret:
    """Build the value of the Authorization header for a user and a password."""
    pair = base64.b64encode(f"{username}:{password.reveal()}".encode())
    return Secret(f"Basic {pair.decode('ascii')}")


def bearer(token: Secret) -> Secret:
    """Build the value of the Authorization header for a token."""
    text = token.reveal().strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        del text
        raise ConfigError("The token holds characters that no token has. Copy it again.")
    return Secret(f"Bearer {text}")


def sign(request: httpx.Request, headers: LoginHeaders) -> None:
    """Put the login headers on a request."""
    for name, value in headers.items():
        request.headers[name] = value.reveal()


def mlflow_credentials(username: str | None, password: Secret | None) -> Credentials:
    """Find the credentials of an MLflow server: those of the URI, the environment, the file.

    A pair of user and password beats a token, as in MLflow's client.
    """
    _refuse_plug_ins()
    if username is not None:
        return FixedCredentials({"Authorization": basic(username, password or Secret(""))})
    file = _credentials_file(Path(CREDENTIALS_FILE).expanduser())
    known_user = setting(MLFLOW_USERNAME) or file.get("mlflow_tracking_username")
    known_password = setting(MLFLOW_PASSWORD) or _hidden(file.get("mlflow_tracking_password"))
    if known_user and known_password:
        return FixedCredentials({"Authorization": basic(known_user, known_password)})
    token = setting(MLFLOW_TOKEN)
    return NO_CREDENTIALS if token is None else FixedCredentials({"Authorization": bearer(token)})


def _hidden(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _refuse_plug_ins() -> None:
    for row in (AWS_SIGNING, AUTH_PLUGIN):
        if setting(row):
            raise ConfigError(
                f"{row.variables[0]} is set, and nbtrack cannot log in that way. Unset it and use "
                "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
            )


def _credentials_file(path: Path) -> Mapping[str, str]:
    sections = read_ini(path)
    return sections.get(_SECTION, {})


def read_ini(path: Path) -> dict[str, dict[str, str]]:
    """Read a file of sections, each on its own; a missing file has none."""
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise ConfigError(f"The file {str(path)!r} cannot be read: {exc.strerror}.") from exc
    sections = _sections(body)
    if sections is None:
        raise ConfigError(f"The file {str(path)!r} is not a valid INI file. Correct it.")
    return sections


def _sections(body: bytes) -> dict[str, dict[str, str]] | None:
    from configparser import ConfigParser, Error  # slow to load, and few have such a file

    parser = ConfigParser(
        default_section="\0", interpolation=None, strict=False, allow_no_value=True
    )
    try:
        parser.read_string(body.decode("utf-8-sig"))
    except (Error, UnicodeDecodeError):  # their texts quote lines: passwords
        return None
    return {
        name: {key: value for key, value in parser.items(name) if value}
        for name in parser.sections()
    }


def mlflow_tls() -> Tls:
    """Return the TLS settings for MLflow servers."""
    return Tls(setting(INSECURE_TLS), setting(SERVER_CERTIFICATE), setting(CLIENT_CERTIFICATE))


def warn_of_open_wire(url: httpx.URL, credentials: Credentials) -> None:
    """Warn when credentials would go unencrypted to another machine."""
    if url.scheme == "http" and credentials.are_there and not is_local(url.host):
        warnings.warn(
            f"The credentials for {url.host!r} go over plain http, where others can read them. "
            "Use https.",
            stacklevel=2,
        )


def is_local(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
