"""The artifacts of one run or logged model: files and folders below one root URI.

`ArtifactRoot` names things by their path below the root and leaves the bytes to the backend's
`Artifacts`. `_FileChunks` reads a local file as often as an upload is tried; `_place` puts what
was downloaded into its final place.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from msgspec import Struct
from msgspec.structs import force_setattr

from nbtrack.backends import Artifacts
from nbtrack.entities import FileInfo
from nbtrack.errors import InvalidParameterValue, InvalidState, TransportError

_CHUNK: Final = 1 << 20


class ArtifactRoot(Struct, frozen=True):
    """Moves files and folders to and from an artifact root; paths are relative to `uri`."""

    artifacts: Artifacts
    uri: str

    def __post_init__(self) -> None:
        """Refuse an empty root, below which paths would be those of the machine."""
        if not self.uri:
            raise InvalidState("There is no artifact root: the server sent an empty artifact_uri.")
        force_setattr(self, "uri", self.uri.rstrip("/"))

    def write(self, path: str, data: bytes) -> None:
        """Create or replace a file."""
        self.artifacts.write(self._below(path), (data,))

    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises ResourceDoesNotExist if there is none."""
        return b"".join(self.artifacts.read(self._below(path)))

    def read_start(self, path: str, most: int) -> bytes:
        """Return at most so many bytes from the start of a file; the rest is not fetched."""
        found = bytearray()
        with closing(_stoppable(self.artifacts.read(self._below(path)))) as chunks:
            for chunk in chunks:
                found += chunk
                if len(found) >= most:
                    break
        return bytes(found[:most])

    def delete(self, path: str) -> None:
        """Remove a file or a folder; a missing one is fine."""
        self.artifacts.delete(self._below(path))

    def upload(self, local_path: str | os.PathLike[str], folder: str | None = None) -> str:
        """Copy a local file into a folder of the root and return its path there."""
        path = _joined(folder, Path(local_path).name)
        self.upload_as(local_path, path)
        return path

    def upload_as(self, local_path: str | os.PathLike[str], path: str) -> None:
        """Copy a local file to a path of the root, which may give it another name."""
        local = Path(local_path)
        if not local.is_file():
            message = f"{str(local)!r} is not a file. Send folders with upload_artifacts."
            raise InvalidParameterValue(message)
        self.artifacts.write(self._below(path), _FileChunks(local))

    def upload_folder(
        self, local_dir: str | os.PathLike[str], folder: str | None = None
    ) -> tuple[str, ...]:
        """Copy what a local folder holds into a folder of the root; return the paths there.

        Links to files are followed, links to folders are not.
        """
        top = Path(local_dir)
        if not top.is_dir():
            message = f"{str(top)!r} is not a folder. Send files with upload_artifact."
            raise InvalidParameterValue(message)
        found = sorted(
            Path(at, name) for at, _, names in os.walk(top, onerror=_fail) for name in names
        )
        inside = [(local, local.relative_to(top).parent.as_posix()) for local in found]
        return tuple(self.upload(local, _joined(folder, parent)) for local, parent in inside)

    def download(self, path: str, dst: str | os.PathLike[str]) -> Path:
        """Copy a file or a folder, or everything for `""`, into the local folder `dst`.

        It appears there complete or not at all, under its own name (`artifacts` for everything);
        returns where. What has that name already is replaced file by file; other files of a
        folder stay.
        """
        source = self._below(path) if path else self.uri
        name = path.rpartition("/")[2] or "artifacts"
        folder = Path(dst)
        folder.mkdir(parents=True, exist_ok=True)
        from tempfile import TemporaryDirectory  # only downloads need it

        with TemporaryDirectory(prefix=".nbtrack-", dir=folder) as scratch:
            self._fetch(source, Path(scratch, name))
            _place(Path(scratch, name), folder / name)
        return folder / name

    def _fetch(self, source: str, target: Path) -> None:
        """Copy a file or a folder; what has no entries is a file, or is not there."""
        entries = self.artifacts.entries(source)
        if entries:
            self._fetch_folder(source, entries, target)
        else:
            self._fetch_file(source, target)

    def _fetch_folder(self, source: str, entries: Iterable[FileInfo], target: Path) -> None:
        target.mkdir()
        for entry in entries:
            inner, place = f"{source}/{entry.path}", target / _plain(entry.path)
            if entry.is_dir:
                self._fetch_folder(inner, self.artifacts.entries(inner), place)
            else:
                self._fetch_file(inner, place)

    def _fetch_file(self, source: str, target: Path) -> None:
        with target.open("wb") as file:
            file.writelines(self.artifacts.read(source))

    def _below(self, path: str) -> str:
        """Return the URI of a path. The backend checks it again, for it knows its storage."""
        check_path(path)
        return f"{self.uri}/{path}"


def check_path(path: str) -> None:
    """Refuse what is no relative path with '/' between its names."""
    parts = path.split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or "\\" in path:
        message = (
            f"{path!r} is not an artifact path. "
            "Give names with '/' between them, relative to the artifact root."
        )
        raise InvalidParameterValue(message)


def _stoppable(chunks: Iterator[bytes]) -> Generator[bytes]:
    """Yield the chunks; when this is closed, so is what they come from."""
    yield from chunks


class _FileChunks(Struct, frozen=True):
    """The content of a local file; unlike a generator it can be read again for a second try."""

    path: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _joined(folder: str | None, name: str) -> str:
    return str(PurePosixPath(folder, name)) if folder else name


def _plain(name: str) -> str:
    """Refuse names that would lead out of the folder they are put into."""
    if name in {"", ".."} or PurePath(name).name != name:
        raise TransportError(f"The server lists an artifact {name!r}. It was not downloaded.")
    return name


def _place(source: Path, target: Path) -> None:
    if source.is_dir() and target.is_dir():
        for child in sorted(source.iterdir()):
            _place(child, target / child.name)
    else:
        source.replace(target)


def _fail(error: OSError) -> None:
    raise error
