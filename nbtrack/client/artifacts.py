"""`Client`'s chapter on artifacts: listings, and files to and from runs and logged models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from nbtrack.api import artifacts as api
from nbtrack.api.logged_models import GET_LOGGED_MODEL, GetLoggedModel
from nbtrack.api.runs import GET_RUN, GetRun
from nbtrack.client.artifact_root import ArtifactRoot
from nbtrack.client.paging import check_limit, through_pages
from nbtrack.client.resource import Resource
from nbtrack.entities import FileInfo

LocalPath = str | os.PathLike[str]


class ArtifactMethods(Resource):
    """List, send, fetch and delete artifacts."""

    def list_artifacts(
        self, run_id: str, *, path: str | None = None, page_token: str | None = None
    ) -> api.ArtifactsPage:
        """Return one page of the entries of a folder of a run's artifacts. API: listArtifacts.

        Parameters
        ----------
        run_id
            The run.
        path
            The folder, relative to the artifact root; None is the root.
        page_token
            `next_page_token` of the page before.

        Returns
        -------
        ArtifactsPage
            Paths relative to the artifact root, and sizes in bytes. A file or a missing folder has
            no entries.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_text(run_id, "notes/a.txt", "hello")
        ...     page = client.list_artifacts(run_id, path="notes")
        ...     [(file.path, file.file_size) for file in page.files]
        [('notes/a.txt', 5)]
        """
        request = api.ListArtifacts(run_id=run_id, path=path, page_token=page_token)
        return self._backend.call(api.LIST_ARTIFACTS, request)

    def iter_artifacts(
        self,
        run_id: str,
        *,
        path: str | None = None,
        recursive: bool = False,
        limit: int | None = None,
    ) -> Iterator[FileInfo]:
        """Yield the entries of a folder of a run's artifacts, fetching pages as they are needed.

        Parameters
        ----------
        run_id, path
            As in `list_artifacts`.
        recursive
            Yield what is in the folders below too, each folder followed by its entries.
        limit
            Stop after so many entries.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_text(run_id, "notes/a.txt", "hello")
        ...     [file.path for file in client.iter_artifacts(run_id, recursive=True)]
        ['notes', 'notes/a.txt']
        """

        def entries(folder: str | None) -> Iterator[FileInfo]:
            request = api.ListArtifacts(run_id=run_id, path=folder)
            return through_pages(
                self._backend, api.LIST_ARTIFACTS, request, lambda page: page.files
            )

        return _walk(entries, path, recursive=recursive, limit=limit)

    def list_logged_model_artifacts(
        self,
        model_id: str,
        *,
        artifact_directory_path: str | None = None,
        page_token: str | None = None,
    ) -> api.ArtifactsPage:
        """Return one page of a folder of a logged model's artifacts. An extension of MLflow.

        Parameters
        ----------
        model_id
            The model.
        artifact_directory_path, page_token
            As `path` and `page_token` in `list_artifacts`.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such model.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     client.logged_model_artifacts(model_id).write("model.bin", b"weights")
        ...     [file.path for file in client.list_logged_model_artifacts(model_id).files]
        ['model.bin']
        """
        request = api.ListLoggedModelArtifacts(
            model_id=model_id,
            artifact_directory_path=artifact_directory_path,
            page_token=page_token,
        )
        return self._backend.call(api.LIST_LOGGED_MODEL_ARTIFACTS, request)

    def iter_logged_model_artifacts(
        self,
        model_id: str,
        *,
        artifact_directory_path: str | None = None,
        recursive: bool = False,
        limit: int | None = None,
    ) -> Iterator[FileInfo]:
        """Yield the entries of a folder of a logged model's artifacts; see `iter_artifacts`.

        Parameters
        ----------
        model_id, artifact_directory_path
            As in `list_logged_model_artifacts`.
        recursive, limit
            As in `iter_artifacts`.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     client.logged_model_artifacts(model_id).write("net/model.bin", b"weights")
        ...     [file.path for file in client.iter_logged_model_artifacts(model_id, recursive=True)]
        ['net', 'net/model.bin']
        """

        def entries(folder: str | None) -> Iterator[FileInfo]:
            request = api.ListLoggedModelArtifacts(
                model_id=model_id, artifact_directory_path=folder
            )
            return through_pages(
                self._backend, api.LIST_LOGGED_MODEL_ARTIFACTS, request, lambda page: page.files
            )

        return _walk(entries, artifact_directory_path, recursive=recursive, limit=limit)

    def run_artifacts(self, run_id: str) -> ArtifactRoot:
        """Return the artifact root of a run, which asks for the run only once.

        The methods below are its methods, for a single file of a run.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     root = client.run_artifacts(client.create_run().info.run_id)
        ...     for number in range(3):
        ...         root.write(f"{number}.txt", b"hello")
        ...     root.read("2.txt")
        b'hello'
        """
        run = self._backend.call(GET_RUN, GetRun(run_id=run_id)).run
        return ArtifactRoot(self._backend.artifacts, run.info.artifact_uri)

    def logged_model_artifacts(self, model_id: str) -> ArtifactRoot:
        """Return the artifact root of a logged model, to send and fetch its files.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such model.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     root = client.logged_model_artifacts(client.create_logged_model("0").info.model_id)
        ...     root.write("model.bin", b"weights")
        ...     root.download("model.bin", "here").name
        'model.bin'
        """
        model = self._backend.call(GET_LOGGED_MODEL, GetLoggedModel(model_id=model_id)).model
        return ArtifactRoot(self._backend.artifacts, model.info.artifact_uri)

    def upload_artifact(
        self, run_id: str, local_path: LocalPath, artifact_path: str | None = None
    ) -> str:
        """Copy a local file into the folder `artifact_path` of a run's artifacts.

        Returns its path there: the folder and its name.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If there is no such local file.

        Examples
        --------
        >>> from pathlib import Path
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     _ = Path("notes.txt").write_text("hello")
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_artifact(run_id, "notes.txt", "texts")
        'texts/notes.txt'
        """
        return self.run_artifacts(run_id).upload(local_path, artifact_path)

    def upload_artifacts(
        self, run_id: str, local_dir: LocalPath, artifact_path: str | None = None
    ) -> tuple[str, ...]:
        """Copy what a local folder holds into the folder `artifact_path` of a run's artifacts.

        Returns the paths there. Links to files are followed, links to folders are not.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If there is no such local folder.

        Examples
        --------
        >>> from pathlib import Path
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     Path("notes").mkdir()
        ...     _ = Path("notes/a.txt").write_text("hello")
        ...     client.upload_artifacts(client.create_run().info.run_id, "notes", "texts")
        ('texts/a.txt',)
        """
        return self.run_artifacts(run_id).upload_folder(local_dir, artifact_path)

    def upload_bytes(self, run_id: str, path: str, data: bytes) -> None:
        """Create or replace an artifact of a run.

        Parameters
        ----------
        run_id
            The run.
        path
            Where it goes, relative to the artifact root, with `/` between folders.
        data
            Its content.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If the path leaves the artifact root.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_bytes(run_id, "model.bin", b"weights")
        ...     client.read_artifact(run_id, "model.bin")
        b'weights'
        """
        self.run_artifacts(run_id).write(path, data)

    def upload_text(self, run_id: str, path: str, text: str) -> None:
        """Create or replace an artifact of a run, as UTF-8; otherwise as `upload_bytes`.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_text(run_id, "notes.txt", "hello")
        ...     client.read_artifact(run_id, "notes.txt")
        b'hello'
        """
        self.run_artifacts(run_id).write(path, text.encode())

    def read_artifact(self, run_id: str, path: str) -> bytes:
        """Return the content of an artifact of a run.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such file.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_text(run_id, "notes.txt", "hello")
        ...     client.read_artifact(run_id, "notes.txt").decode()
        'hello'
        """
        return self.run_artifacts(run_id).read(path)

    def download_artifact(self, run_id: str, path: str, dst: LocalPath) -> Path:
        """Copy an artifact, a folder of them, or all (`""`) into the local folder `dst`.

        It appears there complete or not at all, under its own name (`artifacts` for all of them);
        returns where. What has that name already is replaced file by file; other files of a
        folder stay.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such artifact.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_text(run_id, "notes/a.txt", "hello")
        ...     folder = client.download_artifact(run_id, "notes", "here")
        ...     (folder / "a.txt").read_text()
        'hello'
        """
        return self.run_artifacts(run_id).download(path, dst)

    def delete_artifact(self, run_id: str, path: str) -> None:
        """Remove an artifact or a folder of them from a run; a missing one is fine.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.upload_text(run_id, "notes.txt", "hello")
        ...     client.delete_artifact(run_id, "notes.txt")
        ...     client.list_artifacts(run_id).files
        ()
        """
        self.run_artifacts(run_id).delete(path)


def _walk(
    entries: Callable[[str | None], Iterator[FileInfo]],
    path: str | None,
    *,
    recursive: bool,
    limit: int | None,
) -> Iterator[FileInfo]:
    check_limit(limit)
    return islice(_below(entries, path) if recursive else entries(path), limit)


def _below(
    entries: Callable[[str | None], Iterator[FileInfo]], path: str | None
) -> Iterator[FileInfo]:
    for info in entries(path):
        yield info
        if info.is_dir:
            yield from _below(entries, info.path)
