"""From a tracking URI to the backend that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from nbtrack.config import JOURNAL_MODE, LIMITS, TRACKING_URI, setting
from nbtrack.errors import ConfigError
from nbtrack.limits import Limits

if TYPE_CHECKING:
    from nbtrack.backends.base import Backend

STORE_FOLDER: Final = ".nbtrack"
STORE_FILE: Final = "store.db"
MEMORY: Final = "nbtrack::memory:"
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters: C: is a drive
_BARE: Final = frozenset({"databricks", "databricks-uc"})
_USAGE: Final = (
    "Use an http or https address, 'databricks', 'databricks://<profile>', a folder, "
    "'nbtrack:<folder>' or 'nbtrack::memory:'."
)
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_MLFLOW_TABLE: Final = b"alembic_version"  # MLflow's migrations write it
_HEAD: Final = 1 << 20


def open_backend(
    uri: str | None = None,
    *,
    limits: Limits | None = None,
    proxied_artifacts: bool = False,
    retry_timeout: float | None = None,
    request_timeout: float | None = None,
) -> Backend:
    """Open what a tracking URI names.

    Parameters
    ----------
    uri
        An address, `databricks`, a folder and so on; the setting tracking_uri if not given, and
        without that the store found from the working folder upwards.
    limits
        How long keys and values in an embedded store may be; the setting limits if not given.
    proxied_artifacts
        Whether an embedded store stands behind a server that hands out `mlflow-artifacts:` URIs.
    retry_timeout
        Seconds to go on trying while a server is away; the setting retry_timeout if not given.
    request_timeout
        Seconds to wait for the answer to one request; the setting request_timeout if not given.

    Raises
    ------
    ConfigError
        If the URI names nothing that can be opened.
    StoreError
        If the embedded store cannot be used.
    """
    uri = setting(TRACKING_URI) if uri is None else uri
    options = _Options(limits or setting(LIMITS), proxied_artifacts, retry_timeout, request_timeout)
    if uri == MEMORY:
        return options.open_in_memory()
    folder = embedded_folder(uri or "")
    if folder is not None:
        return options.open(folder)
    return _SCHEMES.get(_scheme_of(uri or "") or "", _refuse_scheme)(uri or "", options)


def embedded_folder(uri: str) -> Path | None:
    """Return the folder of the store that a tracking URI names; None if it names something else.

    Raises
    ------
    ConfigError
        If it names a folder or file that is no store and cannot become one.
    """
    if not uri:
        return default_folder(Path.cwd())
    scheme = _scheme_of(uri)
    if scheme is None:
        return _store_folder(Path(uri))
    find = _FOLDERS.get(scheme)
    return find(uri) if find and uri != MEMORY else None


def _scheme_of(uri: str) -> str | None:
    if uri in _BARE:
        return uri
    match = _SCHEME.match(uri)
    return match[1].lower() if match else None


class _Options(Struct, frozen=True):
    """How a backend is opened."""

    limits: Limits
    proxied_artifacts: bool
    retry_timeout: float | None
    request_timeout: float | None

    def open(self, folder: Path) -> Backend:
        """Open the store in a folder, making it if need be."""
        from nbtrack.backends.sqlite import SqliteBackend

        return SqliteBackend(
            folder,
            limits=self.limits,
            proxied_artifacts=self.proxied_artifacts,
            journal_mode=setting(JOURNAL_MODE),
        )

    def open_in_memory(self) -> Backend:
        """Open an empty store that lives as long as its backend."""
        from nbtrack.backends.sqlite import SqliteBackend

        return SqliteBackend.in_memory(limits=self.limits)


def default_folder(start: Path) -> Path:
    """Find the nearest store upwards; else the place of a new one: git repository or `start`."""
    places = (start, *start.parents)
    for place in places:
        if (place / STORE_FOLDER).is_dir():
            return place / STORE_FOLDER
    for place in places:
        if (place / ".git").exists():
            return place / STORE_FOLDER
    return start / STORE_FOLDER


def _store_folder(path: Path) -> Path:
    """Return the folder of the store that a path means: itself, or `.nbtrack` in it."""
    path = path.expanduser()
    if path.is_file():
        return _folder_of_file(path)
    if path.name == STORE_FOLDER or (path / STORE_FILE).is_file():
        return path
    if any(path.glob("*/meta.yaml")):
        raise ConfigError(
            f"The folder {str(path)!r} holds runs of MLflow's file store, which nbtrack does not "
            "write to. Use another folder, or serve it with 'mlflow server' and use its address."
        )
    return path / STORE_FOLDER


def _folder_of_file(path: Path) -> Path:
    if path.name == STORE_FILE:
        return path.parent  # the engine looks into it; reading it here would give up SQLite's locks
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(_SQLITE_MAGIC):
        raise ConfigError(f"{str(path)!r} is a file and no store. {_USAGE}")
    if _MLFLOW_TABLE in head:
        raise ConfigError(
            f"{str(path)!r} is an MLflow database, whose tables nbtrack does not write. Serve it "
            "with 'mlflow server --backend-store-uri sqlite:///...' and use the server's address."
        )
    raise ConfigError(f"{str(path)!r} is not the {STORE_FILE} of an nbtrack store. {_USAGE}")


def _open_http(uri: str, options: _Options) -> Backend:
    from nbtrack.backends.http import open_mlflow

    return open_mlflow(
        uri, retry_timeout=options.retry_timeout, request_timeout=options.request_timeout
    )


def _open_databricks(uri: str, options: _Options) -> Backend:
    from nbtrack.backends.http import open_databricks

    profile = uri.removeprefix("databricks").removeprefix(":").removeprefix("//").rstrip("/")
    if ":" in profile:
        raise ConfigError(
            f"{uri!r} names a secret scope, which nbtrack does not read. Use a profile of the "
            "Databricks config file: 'databricks://<profile>'."
        )
    return open_databricks(
        profile or None,
        retry_timeout=options.retry_timeout,
        request_timeout=options.request_timeout,
    )


def _nbtrack_folder(uri: str) -> Path:
    path = uri.partition(":")[2]
    return _store_folder(Path(path.removeprefix("//")))


def _file_folder(uri: str) -> Path:
    from urllib.request import url2pathname  # costs as much as the rest of this file's imports

    parts = urlsplit(uri)
    if parts.netloc not in {"", "localhost"}:
        raise ConfigError(f"{uri!r} is on another machine. Use a path of this one.")
    return _store_folder(Path(url2pathname(unquote(parts.path))))


def _sqlite_folder(uri: str) -> Path:
    path = Path(uri.partition(":")[2].removeprefix("///").partition("?")[0])
    if not path.is_file():
        raise ConfigError(
            f"{uri!r} names no existing nbtrack store, and a new one is not made under that name, "
            f"which is MLflow's. Use 'nbtrack:{path.parent}'."
        )
    return _folder_of_file(path)


def _refuse_registry(uri: str, _options: _Options) -> NoReturn:
    raise ConfigError(
        f"{uri!r} names a model registry, which does not track runs. Use 'databricks'."
    )


def _refuse_scheme(uri: str, _options: _Options) -> NoReturn:
    scheme = uri.partition(":")[0]  # the rest may hold a password
    raise ConfigError(f"A tracking URI of the kind {scheme!r} is not supported. {_USAGE}")


_SCHEMES: Final[dict[str, Callable[[str, _Options], Backend]]] = {
    "http": _open_http,
    "https": _open_http,
    "databricks": _open_databricks,
    "databricks-uc": _refuse_registry,
}
_FOLDERS: Final[dict[str, Callable[[str], Path]]] = {
    "nbtrack": _nbtrack_folder,
    "file": _file_folder,
    "sqlite": _sqlite_folder,
}
