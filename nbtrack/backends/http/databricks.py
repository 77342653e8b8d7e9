"""Where a Databricks workspace is and how to log in: environment, config file, kinds of login.

`find_workspace` collects what is known, field by field: the environment, then the profile of the
config file. `login` picks the kind of login. Personal tokens, passwords and service principals are
dealt with here; every other kind is left to the databricks-sdk.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec import Struct

from nbtrack.backends.http.auth import (
    Credentials,
    FixedCredentials,
    LoginHeaders,
    basic,
    bearer,
    read_ini,
)
from nbtrack.backends.http.failures import frameless
from nbtrack.backends.http.oauth import WORKSPACE_HEADER, Principal
from nbtrack.config import (
    DATABRICKS_ACCOUNT_ID,
    DATABRICKS_AUTH_TYPE,
    DATABRICKS_CLIENT_ID,
    DATABRICKS_CLIENT_SECRET,
    DATABRICKS_CONFIG_FILE,
    DATABRICKS_HOST,
    DATABRICKS_PASSWORD,
    DATABRICKS_PROFILE,
    DATABRICKS_TOKEN,
    DATABRICKS_USERNAME,
    DATABRICKS_WORKSPACE_ID,
    Secret,
    setting,
)
from nbtrack.errors import ConfigError, MissingDependencyError

if TYPE_CHECKING:
    from databricks.sdk.config import Config

CONFIG_FILE: Final = "~/.databrickscfg"
SDK_SECONDS: Final = 30
_SETTINGS_SECTION: Final = "__settings__"
_DEFAULT_PROFILE: Final = "DEFAULT"


class Workspace(Struct, frozen=True):
    """What is known about a workspace; most names are keys of the config file."""

    host: str | None = None
    token: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    auth_type: str | None = None
    workspace_id: str | None = None
    account_id: str | None = None
    profile: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of login of which something is known."""
        known = {
            "pat": self.token,
            "basic": self.username or self.password,
            "oauth-m2m": self.client_id or self.client_secret,
        }
        return tuple(kind for kind, value in known.items() if value)


def find_workspace(profile: str | None) -> Workspace:
    """Collect what the environment and the config file say.

    Raises
    ------
    ConfigError
        If the profile does not exist, or two kinds of login are known and none is chosen.
    """
    profile = profile or setting(DATABRICKS_PROFILE)
    found = _from_environment(profile)
    if profile or not (found.host or found.kinds):
        found = _filled(found, _profile_values(profile))
    if len(found.kinds) > 1 and not found.auth_type:
        raise ConfigError(
            f"There are credentials of several kinds for Databricks: {' and '.join(found.kinds)}. "
            "Choose one with DATABRICKS_AUTH_TYPE, or remove the others."
        )
    return found


def _from_environment(profile: str | None) -> Workspace:
    return Workspace(
        host=setting(DATABRICKS_HOST),
        token=setting(DATABRICKS_TOKEN),
        client_id=setting(DATABRICKS_CLIENT_ID),
        client_secret=setting(DATABRICKS_CLIENT_SECRET),
        username=setting(DATABRICKS_USERNAME),
        password=setting(DATABRICKS_PASSWORD),
        auth_type=setting(DATABRICKS_AUTH_TYPE),
        workspace_id=setting(DATABRICKS_WORKSPACE_ID),
        account_id=setting(DATABRICKS_ACCOUNT_ID),
        profile=profile,
    )


def _filled(known: Workspace, file: Mapping[str, str]) -> Workspace:
    def hidden(key: str) -> Secret | None:
        return Secret(file[key]) if key in file else None

    return Workspace(
        host=known.host or file.get("host"),
        token=known.token or hidden("token"),
        client_id=known.client_id or file.get("client_id"),
        client_secret=known.client_secret or hidden("client_secret"),
        username=known.username or file.get("username"),
        password=known.password or hidden("password"),
        auth_type=known.auth_type or file.get("auth_type"),
        workspace_id=known.workspace_id or file.get("workspace_id"),
        account_id=known.account_id or file.get("account_id"),
        profile=known.profile,
    )


def _profile_values(profile: str | None) -> Mapping[str, str]:
    path = Path(setting(DATABRICKS_CONFIG_FILE) or CONFIG_FILE).expanduser()
    sections = read_ini(path)
    asked = profile or sections.pop(_SETTINGS_SECTION, {}).get("default_profile")
    if asked is None:
        return sections.get(_DEFAULT_PROFILE, {})
    if asked not in sections or asked == _SETTINGS_SECTION:
        names = ", ".join(name for name in sections if name != _SETTINGS_SECTION)
        raise ConfigError(
            f"The profile {asked!r} does not exist in {str(path)!r}. "
            + (f"Use one of: {names}." if names else "The file has none, or is not there.")
        )
    return sections[asked]


def workspace_url(host: str) -> str:
    """Return the address of a workspace: https, without a path, a final slash or port 443."""
    parts = urlsplit(host if "://" in host else f"https://{host}")
    netloc = parts.netloc.rpartition("@")[2].removesuffix(":443")
    if parts.scheme not in {"http", "https"} or not netloc:
        raise ConfigError("The Databricks host is not a web address. Check DATABRICKS_HOST.")
    return f"{parts.scheme}://{netloc}"


def login(workspace: Workspace) -> Credentials | Principal | None:
    """Pick the login that nbtrack carries out by itself, or None if the SDK has to do it.

    A service principal comes back as such: its credentials need a connection.
    """
    kind = workspace.auth_type or next(iter(workspace.kinds), None)
    complete = _complete_login(workspace, kind)
    if complete is None and workspace.auth_type in {"pat", "basic", "oauth-m2m"}:
        raise ConfigError(
            f"The login {kind!r} to Databricks is incomplete. It needs {_NEEDS[kind or '']}."
        )
    return complete


_NEEDS: Final = {
    "pat": "DATABRICKS_TOKEN",
    "basic": "DATABRICKS_USERNAME and DATABRICKS_PASSWORD",
    "oauth-m2m": "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET",
}


def _complete_login(found: Workspace, kind: str | None) -> Credentials | Principal | None:
    match kind:
        case "pat" if found.token:
            return _with_workspace_id(found, bearer(found.token))
        case "basic" if found.username and found.password:
            return _with_workspace_id(found, basic(found.username, found.password))
        case "oauth-m2m" if found.client_id and found.client_secret:
            return Principal(
                found.client_id, found.client_secret, found.account_id, found.workspace_id
            )
        case _:
            return None


def _with_workspace_id(workspace: Workspace, authorization: Secret) -> FixedCredentials:
    headers = {"Authorization": authorization}
    if workspace.workspace_id:
        headers[WORKSPACE_HEADER] = Secret(workspace.workspace_id)
    return FixedCredentials(headers)


class SdkCredentials:
    """Credentials that the databricks-sdk finds and refreshes by itself."""

    are_there = True

    def __init__(self, config: Config) -> None:
        """Keep the SDK's configuration."""
        self._config = config

    @property
    def host(self) -> str | None:
        """The workspace that the SDK has found."""
        host: str | None = self._config.host
        return host

    def headers(self) -> LoginHeaders:
        """Ask the SDK for the headers of the next request."""
        try:
            found = {name: Secret(value) for name, value in self._config.authenticate().items()}
        except (ValueError, OSError) as exc:
            raise _sdk_error(exc) from frameless(exc)
        if self._config.workspace_id:
            found.setdefault(WORKSPACE_HEADER, Secret(str(self._config.workspace_id)))
        return found

    def renew(self, refused: LoginHeaders, /) -> bool:
        """Ask again: the SDK gives another token if it has one."""
        return dict(self.headers()) != dict(refused)


def sdk_login(workspace: Workspace) -> SdkCredentials:
    """Leave the login to the databricks-sdk.

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    ConfigError
        If it cannot log in.
    """
    kind = f" of kind {workspace.auth_type!r}" if workspace.auth_type else ""
    try:
        from databricks.sdk.config import Config
    except ImportError as exc:
        feature = f"A login to Databricks{kind} without a token or a service principal"
        raise MissingDependencyError(feature, "databricks-sdk", "databricks") from exc
    try:
        config = Config(
            product="nbtrack",
            host=workspace.host,
            profile=workspace.profile,
            auth_type=workspace.auth_type,
            http_timeout_seconds=SDK_SECONDS,
            retry_timeout_seconds=SDK_SECONDS,
        )
    except (ValueError, OSError) as exc:
        raise _sdk_error(exc) from frameless(exc)
    return SdkCredentials(config)


def _sdk_error(exc: Exception) -> ConfigError:
    reason = " ".join(str(exc).split()).rstrip(".")
    return ConfigError(
        f"The databricks-sdk cannot log in: {reason}. "
        "Set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile."
    )
