"""Artifacts of runs on a server: through its proxy, or on a disk that both can reach."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import IO, Final, cast
from urllib.parse import quote

import httpx
import msgspec

from nbtrack.backends.base import Artifacts
from nbtrack.backends.http.exchange import Exchange
from nbtrack.backends.http.failures import AttemptError
from nbtrack.backends.http.local_files import CHUNK, LocalFiles
from nbtrack.entities import FileInfo
from nbtrack.errors import (
    ConfigError,
    InvalidParameterValue,
    ResourceDoesNotExist,
    TransportError,
)

PROXY: Final = "mlflow-artifacts:"
ROUTE: Final = "/api/2.0/mlflow-artifacts/artifacts"
IN_MEMORY: Final = 8 << 20
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters: C: is a drive


class _Listing(msgspec.Struct):
    files: tuple[FileInfo, ...] = ()


class _File:
    """The bytes of a file, which may be iterated over once for each attempt."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(CHUNK):
            yield chunk


class HttpArtifacts:
    """Moves artifacts to where their URI says."""

    def __init__(self, exchange: Exchange) -> None:
        """Use the connection and credentials of a backend."""
        self._proxy = ProxiedFiles(exchange)
        self._local = LocalFiles()

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        return self._mover(uri).read(uri)

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        """Create or replace a file."""
        self._mover(uri).write(uri, chunks)

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        """List one directory."""
        return self._mover(uri).entries(uri)

    def delete(self, uri: str) -> None:
        """Remove a file or a tree."""
        self._mover(uri).delete(uri)

    def _mover(self, uri: str) -> Artifacts:
        if ".." in re.split(r"[/\\]", uri):
            raise InvalidParameterValue(
                f"The artifact {uri!r} has a '..' in its path. Leave it out."
            )
        if uri.startswith(PROXY):
            return self._proxy
        scheme = _SCHEME.match(uri)
        if scheme is None or scheme[1] == "file":
            return self._local
        raise ConfigError(
            f"The artifact {uri!r} is in storage of the kind {scheme[1]!r}, which nbtrack does not "
            "reach. Move it with the tools of that storage, or let the server proxy artifacts."
        )


class ProxiedFiles:
    """Moves artifacts through the server that keeps them."""

    def __init__(self, exchange: Exchange) -> None:
        """Use the connection and credentials of a backend."""
        self._exchange = exchange
        self._netloc = httpx.URL(exchange.base_url).netloc.decode("ascii")

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file; failures are retried until the first bytes are there."""
        path = self._file_path(uri)
        attempts = self._exchange.attempts(may_repeat=True)
        response = attempts.repeat(lambda: self._open(path))
        with closing(response), self._broken_off(uri):
            yield from response.iter_bytes(CHUNK)

    def _open(self, path: str) -> httpx.Response:
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        request = self._exchange.request("GET", path, headers=headers)
        response = self._exchange.send(request, stream=True)
        if not response.is_success:
            with closing(response), self._exchange.connection.failures():
                response.read()
            self._exchange.read(response, is_json=False)
        return response

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        """Create or replace a file; its bytes are kept until the server has them all."""
        path = self._file_path(uri)
        if isinstance(chunks, (list, tuple)):
            pieces = cast("Sequence[bytes]", chunks)
            self._put(path, pieces, sum(map(len, pieces)))
            return
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            spool.writelines(chunks)
            file = _File(spool)
            self._put(path, file, file.size)

    def _put(self, path: str, content: Iterable[bytes], size: int) -> None:
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        attempts = self._exchange.attempts(may_repeat=True)

        def put_once() -> None:
            request = self._exchange.request("PUT", path, content=content, headers=headers)
            self._exchange.fetch(request, is_json=False)

        attempts.repeat(put_once)

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        """List one directory."""
        path = self._relative(uri)
        query = [("path", path)] if path else []
        attempts = self._exchange.attempts(may_repeat=True)
        content = attempts.repeat(
            lambda: self._exchange.fetch(self._exchange.request("GET", ROUTE, query=query))
        )
        try:
            listing = msgspec.json.decode(content or b"{}", type=_Listing, strict=False)
        except msgspec.MsgspecError as exc:
            message = f"The listing of {uri!r} is not what the API promises: {exc}."
            raise TransportError(message) from exc
        return tuple(sorted(listing.files, key=lambda file: file.path))

    def delete(self, uri: str) -> None:
        """Remove a file or a tree."""
        path = self._file_path(uri)
        attempts = self._exchange.attempts(may_repeat=True)
        try:
            attempts.repeat(lambda: self._exchange.fetch(self._exchange.request("DELETE", path)))
        except ResourceDoesNotExist:
            return

    def _file_path(self, uri: str) -> str:
        relative = self._relative(uri)
        if not relative:
            raise InvalidParameterValue(f"{uri!r} is the root of all artifacts. Name a file in it.")
        return f"{ROUTE}/{quote(relative, safe='/')}"

    def _relative(self, uri: str) -> str:
        path = uri.removeprefix(PROXY)
        if path.startswith("//"):
            host, _, path = path[2:].partition("/")
            if host not in {"", self._netloc}:
                raise ConfigError(
                    f"The artifact {uri!r} is on another server than {self._exchange.base_url}. "
                    "Open that one."
                )
        return path.strip("/")

    @contextmanager
    def _broken_off(self, uri: str) -> Generator[None]:
        """Turn a failure in the middle of a file into one for good: the start is already out."""
        try:
            with self._exchange.connection.failures():
                yield
        except AttemptError as failure:
            message = f"The download of {uri!r} broke off: {failure.error} Read it again."
            raise TransportError(message) from failure.__cause__
