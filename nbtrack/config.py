"""The settings of nbtrack: one table of rows, and the places where a value may stand.

A `Setting` is a row: name, environment variables, default, how its text is read, whether it is a
secret. `setting` asks the sources in their order, and `where_from` says which of them had it:

1. a value set in code, or with `%config Track.<name>`;
2. nbtrack's own environment variables, then those of MLflow and Databricks;
3. `[tool.nbtrack]` of the nearest pyproject.toml, which holds no secrets;
4. `[profile.<name>]` of the user's file, where the setting `profile` says which one;
5. the default.

A further source is one more function in `_SOURCES`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Final, Generic, Literal, TypeVar, overload

from msgspec import Struct, field

from nbtrack.config_files import DEFAULT_PROFILE, FileValues, project_values, user_values
from nbtrack.config_readers import Secret as Secret  # noqa: PLC0414 - its users read settings
from nbtrack.config_readers import (
    one_of,
    read_directions,
    read_flag,
    read_limits,
    read_seconds,
    read_secret,
    read_text,
)
from nbtrack.directions import Directions
from nbtrack.errors import ConfigError
from nbtrack.limits import DOCUMENTED, Limits

T = TypeVar("T")
JournalMode = Literal["auto", "wal", "delete"]
Capture = Literal["none", "source", "full"]
Rerun = Literal["new", "replace", "resume"]


class Setting(Struct, Generic[T], frozen=True):
    """One row of the table; `read` turns text into a value and raises ValueError with what fits."""

    name: str
    variables: tuple[str, ...]
    default: T
    help: str
    read: Callable[[str], T]
    secret: bool = False


AnySetting = Setting[Any]


def _text_row(name: str, help: str, *variables: str) -> Setting[str | None]:  # noqa: A002
    return Setting(name, variables, None, help, read_text)


def _secret_row(name: str, help: str, *variables: str) -> Setting[Secret | None]:  # noqa: A002
    return Setting(name, variables, None, help, read_secret, secret=True)


def _flag_row(name: str, help: str, *variables: str) -> Setting[bool]:  # noqa: A002
    return Setting(name, variables, False, help, read_flag)  # noqa: FBT003 - the default


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
    read_limits,
)
JOURNAL_MODE: Final[Setting[JournalMode]] = Setting(
    "journal_mode",
    ("NBTRACK_JOURNAL_MODE",),
    "auto",
    "Journal of the embedded store: wal, delete (for network drives) or auto.",
    one_of("auto", "wal", "delete"),
)
EXPERIMENT: Final = _text_row(
    "experiment",
    "Name of the experiment that runs go into; it is made if it is new.",
    "NBTRACK_EXPERIMENT",
    "MLFLOW_EXPERIMENT_NAME",
)
EXPERIMENT_ID: Final = _text_row(
    "experiment_id",
    "Id of the experiment that runs go into, if no name is given.",
    "NBTRACK_EXPERIMENT_ID",
    "MLFLOW_EXPERIMENT_ID",
)
RUN_ID: Final = _text_row(
    "run_id",
    "Id of the run that the first run of a process goes on with.",
    "NBTRACK_RUN_ID",
    "MLFLOW_RUN_ID",
)
PROFILE: Final[Setting[str]] = Setting(
    "profile",
    ("NBTRACK_PROFILE",),
    DEFAULT_PROFILE,
    "Which profile of the user's file holds.",
    lambda text: text or DEFAULT_PROFILE,
)
CAPTURE: Final[Setting[Capture]] = Setting(
    "capture",
    ("NBTRACK_CAPTURE",),
    "source",
    "What a run records of its surroundings: none, source (notebook, cells, git) or full.",
    one_of("none", "source", "full"),
)
RERUN: Final[Setting[Rerun]] = Setting(
    "rerun",
    ("NBTRACK_RERUN",),
    "new",
    "What running a tracked cell again makes: a new run, one that replaces, or it resumes.",
    one_of("new", "replace", "resume"),
)
SYSTEM_METRICS: Final = _flag_row(
    "system_metrics",
    "Whether runs in notebooks record the load of the machine.",
    "NBTRACK_SYSTEM_METRICS",
    "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING",
)
DIRECTIONS: Final[Setting[Directions]] = Setting(
    "directions",
    ("NBTRACK_DIRECTIONS",),
    Directions(),
    "Which way metrics get better, by name or pattern: loss=min, val_*=max.",
    read_directions,
)
QUIET: Final = _flag_row("quiet", "Whether tracked cells show no card.", "NBTRACK_QUIET")
FULL_TRACEBACKS: Final = _flag_row(
    "full_tracebacks",
    "Whether errors of %track show their traceback instead of one line.",
    "NBTRACK_FULL_TRACEBACKS",
)
STATE_FOLDER: Final = _text_row(
    "state_folder",
    "Where journals and offline runs are kept; a folder of the user if not set.",
    "NBTRACK_STATE_FOLDER",
)
SURVIVE_POWER_CUT: Final = _flag_row(
    "survive_power_cut",
    "Whether the disk is made to write what is logged ten times a second.",
    "NBTRACK_SURVIVE_POWER_CUT",
)
REQUEST_TIMEOUT: Final = Setting(
    "request_timeout",
    ("NBTRACK_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_TIMEOUT"),
    120.0,
    "Seconds to wait for the answer to one request.",
    read_seconds,
)
RETRY_TIMEOUT: Final = Setting(
    "retry_timeout",
    ("NBTRACK_RETRY_TIMEOUT",),
    300.0,
    "Seconds to go on trying while a server is busy or away; with 0 each call is sent once.",
    read_seconds,
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
INSECURE_TLS: Final = _flag_row(
    "insecure_tls",
    "Whether to accept any certificate of an MLflow server.",
    "MLFLOW_TRACKING_INSECURE_TLS",
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
AWS_SIGNING: Final = _flag_row(
    "aws_signing",
    "Signing of requests for AWS; not supported, and refused when it is asked for.",
    "MLFLOW_TRACKING_AWS_SIGV4",
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


class _SetInCode(Struct):
    lock: Lock = field(default_factory=Lock)
    values: dict[str, Any] = field(default_factory=dict[str, Any])


_set_in_code = _SetInCode()


class Found(Struct, frozen=True):
    """The value of a setting, and where it stood."""

    value: Any
    where: str


def _from_code(row: AnySetting) -> Found | None:
    with _set_in_code.lock:
        if row.name in _set_in_code.values:
            return Found(_set_in_code.values[row.name], "set in this process")
    return None


def _from_environment(row: AnySetting) -> Found | None:
    for variable in row.variables:
        text = os.environ.get(variable, "")
        if text:
            where = f"environment variable {variable}"
            return Found(read_setting(row, text, where=variable), where)
    return None


def _from_project(row: AnySetting) -> Found | None:
    try:
        here = Path.cwd()
    except OSError:  # the working folder is gone
        return None
    found = project_values(here)
    if found is not None and row.secret and row.name in found.values:
        raise ConfigError(
            f"{found.where} holds the secret {row.name}. Such files are shared: move it to the "
            f"environment variable {row.variables[0]} or to your own file."
        )
    return _from_file(row, found)


def _from_user(row: AnySetting) -> Found | None:
    if row is PROFILE:  # a profile does not choose itself
        return None
    return _from_file(row, user_values(setting(PROFILE)))


def _from_file(row: AnySetting, found: FileValues | None) -> Found | None:
    if found is None:
        return None
    for name in found.values.keys() - SETTINGS.keys():
        raise ConfigError(f"{found.where}: {_unknown(name)}")
    if row.name not in found.values:
        return None
    raw = found.values[row.name]
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    return Found(read_setting(row, text, where=f"{found.where}: {row.name}"), found.where)


_SOURCES: Final = (_from_code, _from_environment, _from_project, _from_user)


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
    return look_up(row).value


def where_from(row: AnySetting | str) -> str:
    """Say where the value of a setting stands; `default` if nowhere."""
    return look_up(row).where


def look_up(row: AnySetting | str) -> Found:
    """Return the value of a setting and where it stands; raises ConfigError as `setting` does."""
    known = _row(row)
    for source in _SOURCES:
        found = source(known)
        if found is not None:
            return found
    return Found(known.default, "default")


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
        raise ConfigError(_unknown(row))
    return SETTINGS[row]


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, SETTINGS, n=1)
    advice = f"Did you mean {close[0]!r}?" if close else f"The settings are {', '.join(SETTINGS)}."
    return f"There is no setting {name!r}. {advice}"
