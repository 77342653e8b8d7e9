"""Artifacts on disk, confined to their root whatever path is asked for.

The store's own artifacts lie in `artifacts/` beside its database, as
`<experiment>/<run>/artifacts/...`.
An artifact URI is a path in the embedded engine and `mlflow-artifacts:/...` behind a server; both
lead to the same files, so a store may be used both ways and may be moved.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from nbtrack.backends.base import FileStat
from nbtrack.entities import FileInfo
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist, StoreError

PROXY: Final = "mlflow-artifacts:"
_CHUNK: Final = 1 << 20
_OWNER: Final = re.compile(r".*?/(?:m-)?[0-9a-f]{32}/artifacts(?=/|$)", re.DOTALL)
_PARTIAL: Final = ".nbtrack-partial"
_MOST_DECODINGS: Final = 10
_LONGEST_PATH: Final = 1024
_LONGEST_NAME: Final = 255  # bytes, the most that file systems take


class ArtifactFolder:
    """The artifact root of a store, and what may be done below it."""

    def __init__(self, root: Path, *, proxied: bool) -> None:
        """Take the root folder; `proxied` says whether URIs go through a server."""
        self.root = root
        self.proxied = proxied

    def experiment_root(self, experiment: int) -> str:
        """Return the artifact location of an experiment that was given none."""
        return f"{PROXY}/{experiment}" if self.proxied else f"{self.root}/{experiment}"

    def default_root(self) -> str:
        """Return what stands before the experiment's id in default artifact locations."""
        return f"{PROXY}/" if self.proxied else f"{self.root}/"

    def experiment_location(self, location: str) -> str:
        """Return a given artifact location as it is stored: a URI, or an absolute path."""
        if "://" in location or location.startswith((PROXY, "dbfs:", "file:")):
            return location.rstrip("/")
        return str(Path(location).absolute())

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        return _chunks(self._file(uri))

    def stat(self, uri: str) -> FileStat:
        """Look at the size and age of a file."""
        found = self._file(uri).stat()
        return FileStat(size=found.st_size, modified_ns=found.st_mtime_ns)

    def _file(self, uri: str) -> Path:
        path = self.local_path(uri)
        if path.is_dir():
            message = f"The artifact {uri!r} is a folder. List it with client.list_artifacts."
            raise InvalidParameterValue(message)
        if not path.is_file():
            message = f"There is no artifact {uri!r}. List what there is: client.list_artifacts."
            raise ResourceDoesNotExist(message)
        return path

    def write(self, uri: str, chunks: Iterable[bytes]) -> None:
        """Create or replace a file; an interrupted write leaves the old one."""
        path = self.local_path(uri)
        if path.is_dir() or uri.endswith("/"):
            message = f"The artifact {uri!r} is a folder; a file cannot take its place."
            raise InvalidParameterValue(message)
        partial = path.with_name(f".{os.urandom(6).hex()}{_PARTIAL}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            partial.replace(path)
        except (NotADirectoryError, FileExistsError) as exc:
            message = f"A part of the path of {uri!r} is a file, so nothing can lie below it."
            raise InvalidParameterValue(message) from exc
        except OSError as exc:
            message = f"The artifact {uri!r} could not be written: {exc.strerror}."
            raise StoreError(message) from exc
        finally:
            with suppress(OSError):
                partial.unlink()

    def entries(self, uri: str) -> tuple[FileInfo, ...]:
        """List one directory, sorted by name; a file or a missing path lists as nothing."""
        path = self.local_path(uri)
        if not path.is_dir():
            return ()
        with os.scandir(path) as found:
            shown = [
                e for e in found if not e.name.endswith(_PARTIAL) and _stays_inside(e.path, path)
            ]
        return tuple(
            FileInfo(path=entry.name, is_dir=True)
            if entry.is_dir()
            else FileInfo(path=entry.name, file_size=entry.stat().st_size)
            for entry in sorted(shown, key=lambda entry: entry.name)
        )

    def delete(self, uri: str) -> None:
        """Remove a file or a tree; a missing one is fine."""
        path = self.local_path(uri)
        if path == self.root:
            message = "The artifact root itself cannot be deleted."
            raise InvalidParameterValue(message)
        if path.is_dir() and not path.is_symlink():
            from shutil import rmtree  # it loads the compressors, and is rarely needed

            rmtree(path)
        else:
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()

    def local_path(self, uri: str) -> Path:
        """Return the file behind a URI; refuse one that leads out of its root.

        Inside a run's or a model's folder of artifacts, that folder is the root.
        """
        base, relative = self._split(uri)
        path = base.joinpath(*safe_parts(relative))
        if not _stays_inside(path, base):
            message = f"The artifact path {uri!r} leads out of its root. Use a path below it."
            raise InvalidParameterValue(message)
        return path

    def _split(self, uri: str) -> tuple[Path, str]:
        owner = _OWNER.match(uri)
        head, tail = (owner[0], uri[owner.end() :].lstrip("/")) if owner else ("", uri)
        if uri.startswith(PROXY):
            if not owner:
                return self.root, uri[len(PROXY) :].lstrip("/")
            return self.root.joinpath(*safe_parts(head[len(PROXY) :].lstrip("/"))), tail
        own = f"{self.root}/"
        if not owner and uri.startswith(own):
            return self.root, uri[len(own) :]
        if not owner or ("://" in uri and not uri.startswith("file:")):
            raise InvalidParameterValue(
                f"The artifact root of {uri!r} lies outside this store, on storage that "
                "nbtrack does not read."
            )
        return _file_path(head) if head.startswith("file:") else Path(head), tail


def _file_path(uri: str) -> Path:
    from urllib.request import url2pathname  # slow to import, and rarely needed

    return Path(url2pathname(urlsplit(uri).path))


def _stays_inside(path: str | Path, base: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(base))


def safe_parts(relative: str) -> list[str]:
    """Split a relative artifact path; refuse every spelling that could lead elsewhere."""
    text = relative
    for _ in range(_MOST_DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    else:
        raise _unsafe(relative)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    is_control = any(ord(char) < 32 or char in "\\#\x7f" for char in text)  # noqa: PLR2004 - ASCII
    has_drive = len(text) > 1 and text[1] == ":" and text[0].isalpha()
    if ".." in parts or text.startswith(("/", "file:")) or is_control or has_drive:
        raise _unsafe(relative)
    if len(relative) > _LONGEST_PATH or any(_size(p) > _LONGEST_NAME for p in relative.split("/")):
        message = (
            f"The artifact path {relative[:100]!r}... is too long. Use at most {_LONGEST_PATH} "
            f"characters, and {_LONGEST_NAME} bytes for one name."
        )
        raise InvalidParameterValue(message)
    return [part for part in relative.split("/") if part not in ("", ".")]


def _size(name: str) -> int:
    return len(name.encode("utf-8", "replace"))


def _unsafe(path: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"The artifact path {path!r} is not allowed. Use a relative path with '/' and without "
        "'..', backslashes, '#' and control characters."
    )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
