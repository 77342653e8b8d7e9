"""Open a backend from what a tracking URI says and the settings know."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from nbtrack.backends.http.auth import Credentials, mlflow_credentials, mlflow_tls
from nbtrack.backends.http.backend import HttpBackend, Timeouts
from nbtrack.backends.http.connection import Connection, Tls, open_transport
from nbtrack.backends.http.databricks import (
    Workspace,
    find_workspace,
    login,
    sdk_login,
    workspace_url,
)
from nbtrack.backends.http.oauth import OAuthCredentials, Principal
from nbtrack.backends.http.retry import Clock
from nbtrack.config import REQUEST_TIMEOUT, RETRY_TIMEOUT, Secret, setting
from nbtrack.errors import ConfigError


def open_mlflow(
    uri: str,
    *,
    transport: httpx.BaseTransport | None = None,
    retry_timeout: float | None = None,
    request_timeout: float | None = None,
) -> HttpBackend:
    """Open the MLflow server at an http or https URI; a user and password in it log in."""
    user, password, address = _taken_apart(uri)
    auth = mlflow_credentials(user, password)
    url = httpx.URL(address)
    return HttpBackend(
        address,
        auth=auth,
        transport=transport or open_transport(url, mlflow_tls()),
        timeouts=_timeouts(retry_timeout, request_timeout),
    )


def _timeouts(retry: float | None, request: float | None) -> Timeouts:
    """Return the timeouts that were given, or those of the settings."""
    return Timeouts(
        setting(REQUEST_TIMEOUT) if request is None else request,
        setting(RETRY_TIMEOUT) if retry is None else retry,
    )


def _taken_apart(uri: str) -> tuple[str | None, Secret | None, str]:
    parts = _server_parts(uri)
    if parts is None:
        raise ConfigError(
            "The tracking URI is not the address of a server. Use http://host:port or "
            "https://host/prefix, with nothing after it."
        )
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else Secret(unquote(parts.password))
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return user, password, address.geturl()


def _server_parts(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        is_server = bool(parts.hostname) and parts.port != 0
        httpx.URL(uri)
    except (ValueError, httpx.InvalidURL):  # their texts may quote a password
        return None
    return parts if is_server and not (parts.query or parts.fragment) else None


def open_databricks(
    profile: str | None = None,
    *,
    transport: httpx.BaseTransport | None = None,
    clock: Clock | None = None,
    retry_timeout: float | None = None,
    request_timeout: float | None = None,
) -> HttpBackend:
    """Open a Databricks workspace: that of a profile, or what the environment says."""
    workspace = find_workspace(profile)
    host, found = workspace.host, login(workspace)
    auth: Credentials
    if found is None:
        sdk = sdk_login(workspace)
        host, auth = sdk.host, sdk
    elif isinstance(found, Principal):
        auth = _principal_credentials(workspace, found, transport, clock)
    else:
        auth = found
    return HttpBackend(
        _url_of(host),
        auth=auth,
        flavour="databricks",
        transport=transport,
        timeouts=_timeouts(retry_timeout, request_timeout),
        clock=clock,
    )


def _principal_credentials(
    workspace: Workspace,
    principal: Principal,
    transport: httpx.BaseTransport | None,
    clock: Clock | None,
) -> Credentials:
    url = _url_of(workspace.host)
    transport = transport or open_transport(httpx.URL(url), Tls())
    connection = Connection(url, transport, setting(REQUEST_TIMEOUT))
    return OAuthCredentials(connection, principal, clock or Clock())


def _url_of(host: str | None) -> str:
    if not host:
        raise ConfigError(
            "The host of the Databricks workspace is not known. Set DATABRICKS_HOST, or name a "
            "profile: databricks://<profile>."
        )
    return workspace_url(host)
