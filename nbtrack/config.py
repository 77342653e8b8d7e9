"""The settings of nbtrack: one table of rows, and the places where a value may stand.

A `Setting` is a row: name, environment variables, default, how its text is read, whether it is a
secret. `setting` asks the sources in their order: a value set in code, nbtrack's own variables,
then those of MLflow and Databricks, then the default. A further source is one more function in
`_SOURCES`.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, Generic, Literal, NoReturn, TypeVar, overload

from nbtrack.errors import ConfigError
from nbtrack.limits import DOCUMENTED, PROFILES, Limits

T = TypeVar("T")
JournalMode = Literal["auto", "wal", "delete"]
OWN_PREFIX: Final = "NBTRACK_"


class Secret:
    """A text that is never shown: ask for it with `reveal` where it goes on the wire."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hide the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret must not be stored or sent to another process.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One row of the table; `read` turns text into a value and raises ValueError with what fits."""

    name: str
    variables: tuple[str, ...]
    default: T
    help: str
    read: Callable[[str], T]
    secret: bool = False


AnySetting = Setting[Any]


def _text(value: str) -> str | None:
    return value or None


def _secret(value: str) -> Secret | None:
    return Secret(value) if value else None


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise ValueError("a number of seconds above 0")
    return seconds


def _flag(value: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False, "": False}
    if value.lower() not in words:
        raise ValueError("'true' or 'false'")
    return words[value.lower()]


def _limits(value: str) -> Limits:
    if value not in PROFILES:
        raise ValueError(_one_of(PROFILES))
    return PROFILES[value]


def _journal_mode(value: str) -> JournalMode:
    modes: dict[str, JournalMode] = {"auto": "auto", "wal": "wal", "delete": "delete"}
    if value not in modes:
        raise ValueError(_one_of(modes))
    return modes[value]


def _one_of(words: dict[str, Any]) -> str:
    *most, last = map(repr, words)
    return f"{', '.join(most)} or {last}"


def _text_row(name: str, help: str, *variables: str) -> Setting[str | None]:  # noqa: A002
    return Setting(name, variables, None, help, _text)


def _secret_row(name: str, help: str, *variables: str) -> Setting[Secret | None]:  # noqa: A002
    return Setting(name, variables, None, help, _secret, secret=True)


TRACKING_URI: Final = _text_row(
    "tracking_uri",
    "Where the data is: a URL, databricks, or a folder.",
    "NBTRACK_TRACKING_URI",
    "MLFLOW_TRACKING_URI",
)
LIMITS: Final[Setting[Limits]] = Setting(
    "limits",
    ("NBTRACK_LIMITS",),
    DOCUMENTED,
    "How long keys and values in an embedded store may be: documented or mlflow.",
    _limits,
)
JOURNAL_MODE: Final[Setting[JournalMode]] = Setting(
    "journal_mode",
    ("NBTRACK_JOURNAL_MODE",),
    "auto",
    "Journal of the embedded store: wal, delete (for network drives) or auto.",
    _journal_mode,
)
REQUEST_TIMEOUT: Final = Setting(
    "request_timeout",
    ("NBTRACK_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_TIMEOUT"),
    120.0,
    "Seconds to wait for the answer to one request.",
    _seconds,
)
RETRY_TIMEOUT: Final = Setting(
    "retry_timeout",
    ("NBTRACK_RETRY_TIMEOUT",),
    300.0,
    "Seconds to go on trying while a server is busy or away.",
    _seconds,
)
MLFLOW_USERNAME: Final = _text_row(
    "mlflow_username", "User of an MLflow server with login.", "MLFLOW_TRACKING_USERNAME"
)
MLFLOW_PASSWORD: Final = _secret_row(
    "mlflow_password", "Password of that user.", "MLFLOW_TRACKING_PASSWORD"
)
MLFLOW_TOKEN: Final = _secret_row(
    "mlflow_token",
    "Bearer token for an MLflow server, if user and password are not both known.",
    "MLFLOW_TRACKING_TOKEN",
)
INSECURE_TLS: Final = Setting(
    "insecure_tls",
    ("MLFLOW_TRACKING_INSECURE_TLS",),
    default=False,
    help="Whether to accept any certificate of an MLflow server.",
    read=_flag,
)
SERVER_CERTIFICATE: Final = _text_row(
    "server_certificate",
    "File or folder of certificates that vouch for an MLflow server.",
    "MLFLOW_TRACKING_SERVER_CERT_PATH",
)
CLIENT_CERTIFICATE: Final = _text_row(
    "client_certificate",
    "PEM file with the certificate and key to show to an MLflow server.",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH",
)
AWS_SIGNING: Final = Setting(
    "aws_signing",
    ("MLFLOW_TRACKING_AWS_SIGV4",),
    default=False,
    help="Signing of requests for AWS; not supported, and refused when it is asked for.",
    read=_flag,
)
AUTH_PLUGIN: Final = _text_row(
    "auth_plugin",
    "Login plug-in of MLflow's client; not supported, and refused when it is asked for.",
    "MLFLOW_TRACKING_AUTH",
)
DATABRICKS_HOST: Final = _text_row(
    "databricks_host", "Address of a Databricks workspace.", "DATABRICKS_HOST"
)
DATABRICKS_TOKEN: Final = _secret_row(
    "databricks_token", "Personal access token.", "DATABRICKS_TOKEN"
)
DATABRICKS_CLIENT_ID: Final = _text_row(
    "databricks_client_id", "Id of a service principal.", "DATABRICKS_CLIENT_ID"
)
DATABRICKS_CLIENT_SECRET: Final = _secret_row(
    "databricks_client_secret", "Secret of a service principal.", "DATABRICKS_CLIENT_SECRET"
)
DATABRICKS_USERNAME: Final = _text_row(
    "databricks_username", "User name (old login).", "DATABRICKS_USERNAME"
)
DATABRICKS_PASSWORD: Final = _secret_row(
    "databricks_password", "Password (old login).", "DATABRICKS_PASSWORD"
)
DATABRICKS_PROFILE: Final = _text_row(
    "databricks_profile", "Profile of the Databricks config file.", "DATABRICKS_CONFIG_PROFILE"
)
DATABRICKS_CONFIG_FILE: Final = _text_row(
    "databricks_config_file",
    "The Databricks config file, ~/.databrickscfg if not set.",
    "DATABRICKS_CONFIG_FILE",
)
DATABRICKS_AUTH_TYPE: Final = _text_row(
    "databricks_auth_type",
    "Kind of login: pat, basic, oauth-m2m, or one of the databricks-sdk.",
    "DATABRICKS_AUTH_TYPE",
)
DATABRICKS_WORKSPACE_ID: Final = _text_row(
    "databricks_workspace_id", "Id of the workspace.", "DATABRICKS_WORKSPACE_ID"
)
DATABRICKS_ACCOUNT_ID: Final = _text_row(
    "databricks_account_id", "Id of the account.", "DATABRICKS_ACCOUNT_ID"
)
SERVER_TOKEN: Final = _secret_row(
    "server_token",
    "What callers of 'nbtrack server' must send as Bearer or as Basic password.",
    "NBTRACK_SERVER_TOKEN",
)

SETTINGS: Final[dict[str, AnySetting]] = {
    row.name: row for row in list(globals().values()) if isinstance(row, Setting)
}
"""Every setting by name."""


@dataclass(slots=True)
class _SetInCode:
    lock: Lock = field(default_factory=Lock)
    values: dict[str, Any] = field(default_factory=dict[str, Any])


_set_in_code = _SetInCode()
_MISSING: Final = object()


def _from_code(row: AnySetting) -> object:
    with _set_in_code.lock:
        return _set_in_code.values.get(row.name, _MISSING)


def _from_own_variables(row: AnySetting) -> object:
    return _from_environment(row, [v for v in row.variables if v.startswith(OWN_PREFIX)])


def _from_foreign_variables(row: AnySetting) -> object:
    return _from_environment(row, [v for v in row.variables if not v.startswith(OWN_PREFIX)])


def _from_environment(row: AnySetting, variables: list[str]) -> object:
    for variable in variables:
        text = os.environ.get(variable, "")
        if text:
            return read_setting(row, text, where=variable)
    return _MISSING


_SOURCES: Final = (_from_code, _from_own_variables, _from_foreign_variables)


def read_setting(row: Setting[T], text: str, *, where: str) -> T:
    """Read the text of a setting. Raises ConfigError that names `where` it stands."""
    try:
        return row.read(text)
    except ValueError as exc:
        shown = "hidden" if row.secret else repr(text)
        raise ConfigError(f"{where} is {shown}, which does not fit. Use {exc}.") from None


@overload
def setting(row: Setting[T]) -> T: ...
@overload
def setting(row: str) -> Any: ...  # noqa: ANN401 - the row is known at run time only
def setting(row: AnySetting | str) -> Any:
    """Return the value of a setting, named by its row or by its name.

    Raises
    ------
    ConfigError
        If no setting has that name, or a source holds a text that does not fit.
    """
    found = _row(row)
    for source in _SOURCES:
        value = source(found)
        if value is not _MISSING:
            return value
    return found.default


def set_setting(row: Setting[T] | str, value: T | str | None) -> None:
    """Set a value in code, which beats every other source; None takes it back."""
    found = _row(row)
    if isinstance(value, str):
        value = read_setting(found, value, where=f"The setting {found.name}")
    with _set_in_code.lock:
        if value is None:
            _set_in_code.values.pop(found.name, None)
        else:
            _set_in_code.values[found.name] = value


def reset_settings() -> None:
    """Forget all values that were set in code."""
    with _set_in_code.lock:
        _set_in_code.values.clear()


def _row(row: AnySetting | str) -> AnySetting:
    if isinstance(row, Setting):
        return row
    if row not in SETTINGS:
        raise ConfigError(f"There is no setting {row!r}. The settings are {', '.join(SETTINGS)}.")
    return SETTINGS[row]
