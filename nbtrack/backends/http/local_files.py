"""Artifacts on a disk that this process can reach: a plain path or a `file:` URI."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from nbtrack.entities import FileInfo
from nbtrack.errors import ConfigError, ResourceDoesNotExist, StoreError

CHUNK: Final = 1 << 20
_PARTIAL: Final = ".nbtrack-partial-"


class LocalFiles:
    """Moves artifacts to and from a local disk."""

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        try:
            file = local_path(uri).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as exc:
            message = f"There is no artifact {uri!r}. List what there is: client.list_artifacts."
            raise ResourceDoesNotExist(message) from exc
        except OSError as exc:
            raise _store_error("read", uri, exc) from exc
        with file:
            while chunk := file.read(CHUNK):
                yield chunk

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        """Create or replace a file: written beside it, then renamed."""
        path = local_path(uri)
        partial = path.with_name(f"{_PARTIAL}{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with partial.open("xb") as file:
                    file.writelines(chunks)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as exc:
            raise _store_error("written", uri, exc) from exc

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        """List one directory."""
        try:
            with os.scandir(local_path(uri)) as found:
                seen = [entry for entry in found if not entry.name.startswith(_PARTIAL)]
                return tuple(_file_info(entry) for entry in sorted(seen, key=lambda e: e.name))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as exc:
            raise _store_error("listed", uri, exc) from exc

    def delete(self, uri: str) -> None:
        """Remove a file or a tree."""
        path = local_path(uri)
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as exc:
            raise _store_error("deleted", uri, exc) from exc


def local_path(uri: str) -> Path:
    """Return the path that a plain path or a `file:` URI names."""
    if not uri.startswith("file:"):
        return Path(uri)
    parts = urlsplit(uri)
    if parts.netloc not in {"", "localhost"}:
        raise ConfigError(f"{uri!r} is on another machine. Use a path of this one.")
    return Path(url2pathname(unquote(parts.path)))


def _file_info(entry: os.DirEntry[str]) -> FileInfo:
    is_dir = entry.is_dir()
    size = None if is_dir else entry.stat().st_size
    return FileInfo(path=entry.name, is_dir=is_dir, file_size=size)


def _store_error(what: str, uri: str, exc: OSError) -> StoreError:
    return StoreError(f"The artifact {uri!r} cannot be {what}: {exc.strerror}.")
