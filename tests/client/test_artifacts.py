"""Files and folders to and from the artifact roots of runs and logged models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbtrack.client import ArtifactRoot
from nbtrack.entities import FileInfo
from nbtrack.errors import (
    InvalidParameterValue,
    InvalidState,
    ResourceDoesNotExist,
    TransportError,
)
from tests.client.fake_backend import FakeArtifacts

if TYPE_CHECKING:
    from nbtrack.client import Client
    from tests.client.fake_backend import FakeBackend

ROOT = "s3://bucket/3/a1/artifacts"
BAD_PATHS = ["", "/a", "a/", "a//b", ".", "a/./b", "..", "a/../b", "../a", "a\\b"]


@pytest.fixture
def files(backend: FakeBackend) -> dict[str, bytes]:
    """The files of the only run, which is asked for as often as needed."""
    info = {"run_id": "a1", "experiment_id": "3", "status": "RUNNING", "artifact_uri": ROOT}
    backend.answer("get_run", *[{"run": {"info": info}}] * 3)
    return backend.artifacts.files


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "local"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"one")
    (folder / "sub" / "b.txt").write_bytes(b"two")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("folder", "path"), [(None, "a.txt"), ("in", "in/a.txt"), ("in/to", "in/to/a.txt")], ids=str
)
def test_upload_puts_a_file_into_a_folder(
    folder: str | None, path: str, client: Client, files: dict[str, bytes], local: Path
) -> None:
    assert client.upload_artifact("a1", local / "a.txt", folder) == path
    assert files == {f"{ROOT}/{path}": b"one"}


def test_upload_of_a_folder_keeps_its_shape(
    client: Client, files: dict[str, bytes], local: Path
) -> None:
    assert client.upload_artifacts("a1", str(local), "in") == ("in/a.txt", "in/sub/b.txt")
    assert files == {f"{ROOT}/in/a.txt": b"one", f"{ROOT}/in/sub/b.txt": b"two"}


def test_upload_of_a_folder_asks_for_the_run_once(
    client: Client, backend: FakeBackend, files: dict[str, bytes], local: Path
) -> None:
    assert client.upload_artifacts("a1", local) == ("a.txt", "sub/b.txt")
    assert backend.names == ["get_run"]


def test_upload_can_be_tried_again(
    client: Client, backend: FakeBackend, files: dict[str, bytes], local: Path
) -> None:
    backend.artifacts.tries = 2
    client.upload_artifact("a1", local / "a.txt")
    client.upload_bytes("a1", "b.txt", b"two")
    assert files == {f"{ROOT}/a.txt": b"one", f"{ROOT}/b.txt": b"two"}


def test_large_file_is_uploaded_whole(
    client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    data = bytes(range(256)) * 9000
    (tmp_path / "large").write_bytes(data)
    client.upload_artifact("a1", tmp_path / "large")
    assert files[f"{ROOT}/large"] == data


def test_bytes_and_text_are_read_back(client: Client, files: dict[str, bytes]) -> None:
    client.upload_bytes("a1", "in/raw", b"\x00\xff")
    client.upload_text("a1", "note.txt", "Größe")
    assert client.read_artifact("a1", "note.txt").decode() == "Größe"
    assert files[f"{ROOT}/in/raw"] == b"\x00\xff"


@pytest.mark.parametrize("name", ["missing", "sub"])
def test_upload_of_what_is_no_file_is_refused(
    name: str, client: Client, files: dict[str, bytes], local: Path
) -> None:
    with pytest.raises(InvalidParameterValue, match=f"{name}' is not a file. Send folders with"):
        client.upload_artifact("a1", local / name)


@pytest.mark.parametrize("name", ["missing", "a.txt"])
def test_upload_of_what_is_no_folder_is_refused(
    name: str, client: Client, files: dict[str, bytes], local: Path
) -> None:
    with pytest.raises(InvalidParameterValue, match=r"is not a folder\. Send files with"):
        client.upload_artifacts("a1", local / name)


def test_download_puts_a_file_into_a_folder(
    client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    files[f"{ROOT}/in/a.txt"] = b"one two"
    assert (
        client.download_artifact("a1", "in/a.txt", tmp_path / "x" / "y") == tmp_path / "x/y/a.txt"
    )
    assert tree(tmp_path) == {"x/y/a.txt": b"one two"}


def test_download_of_a_folder_keeps_its_shape(
    client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    files |= {f"{ROOT}/top/in/a": b"one", f"{ROOT}/top/in/sub/b": b"two", f"{ROOT}/c": b"three"}
    assert client.download_artifact("a1", "top/in", tmp_path) == tmp_path / "in"
    assert tree(tmp_path) == {"in/a": b"one", "in/sub/b": b"two"}


def test_download_of_everything_is_named_artifacts(
    client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    files |= {f"{ROOT}/a": b"one", f"{ROOT}/sub/b": b"two"}
    assert client.download_artifact("a1", "", str(tmp_path)) == tmp_path / "artifacts"
    assert tree(tmp_path) == {"artifacts/a": b"one", "artifacts/sub/b": b"two"}


def test_second_download_replaces_files_and_leaves_others(
    client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    files |= {f"{ROOT}/in/a": b"one", f"{ROOT}/in/sub/b": b"two"}
    client.download_artifact("a1", "in", tmp_path)
    (tmp_path / "in" / "mine").write_bytes(b"mine")
    files[f"{ROOT}/in/sub/b"] = b"new"
    client.download_artifact("a1", "in", tmp_path)
    assert tree(tmp_path) == {"in/a": b"one", "in/sub/b": b"new", "in/mine": b"mine"}


def test_missing_artifact_leaves_nothing(
    client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    with pytest.raises(ResourceDoesNotExist, match="missing"):
        client.download_artifact("a1", "missing", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_broken_download_leaves_the_old_file(
    client: Client, backend: FakeBackend, files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"old")
    files[f"{ROOT}/in/a"] = b"new"
    backend.artifacts.strange = (FileInfo(path="z"),)
    with pytest.raises(ResourceDoesNotExist, match="in/z"):
        client.download_artifact("a1", "in", tmp_path)
    assert tree(tmp_path) == {"in/a": b"old"}


@pytest.mark.parametrize("name", ["../evil", "..", ".", "", "/etc/evil", "a/b"])
def test_name_that_leads_elsewhere_is_not_downloaded(
    name: str, client: Client, backend: FakeBackend, files: dict[str, bytes], tmp_path: Path
) -> None:
    files[f"{ROOT}/in/a"] = b"one"
    backend.artifacts.strange = (FileInfo(path=name),)
    with pytest.raises(TransportError, match="It was not downloaded"):
        client.download_artifact("a1", "in", tmp_path / "dst")
    assert tree(tmp_path) == {}


def test_deleted_artifact_is_gone(client: Client, files: dict[str, bytes]) -> None:
    files |= {f"{ROOT}/in/a": b"one", f"{ROOT}/b": b"two"}
    client.delete_artifact("a1", "in")
    assert files == {f"{ROOT}/b": b"two"}


@pytest.mark.parametrize("path", BAD_PATHS, ids=repr)
def test_path_out_of_the_root_is_refused(path: str) -> None:
    artifacts = FakeArtifacts()
    root = ArtifactRoot(artifacts, ROOT)
    for call in (root.read, root.delete, lambda bad: root.write(bad, b"")):
        with pytest.raises(InvalidParameterValue, match="is not an artifact path"):
            call(path)
    assert artifacts.files == {}


@pytest.mark.parametrize("path", [path for path in BAD_PATHS if path], ids=repr)
def test_download_from_out_of_the_root_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterValue, match="is not an artifact path"):
        ArtifactRoot(FakeArtifacts(), ROOT).download(path, tmp_path / "dst")
    assert not (tmp_path / "dst").exists()


def test_upload_into_a_folder_out_of_the_root_is_refused(local: Path) -> None:
    with pytest.raises(InvalidParameterValue, match=r"'\.\./a\.txt' is not an artifact path"):
        ArtifactRoot(FakeArtifacts(), ROOT).upload(local / "a.txt", "..")


def test_empty_root_is_refused() -> None:
    with pytest.raises(InvalidState, match="empty artifact_uri"):
        ArtifactRoot(FakeArtifacts(), "")


def test_slash_at_the_end_of_the_root_is_not_doubled() -> None:
    artifacts = FakeArtifacts()
    ArtifactRoot(artifacts, f"{ROOT}/").write("a", b"one")
    assert artifacts.files == {f"{ROOT}/a": b"one"}


def test_files_of_a_logged_model(client: Client, backend: FakeBackend, tmp_path: Path) -> None:
    info = {"model_id": "m-1", "experiment_id": "3", "status": "LOGGED_MODEL_READY"}
    backend.answer("get_logged_model", {"model": {"info": info | {"artifact_uri": "s3://b/m"}}})
    root = client.logged_model_artifacts("m-1")
    root.write("in/model.pkl", b"net")
    assert root.download("in", tmp_path).name == "in"
    assert tree(tmp_path) == {"in/model.pkl": b"net"}
    assert backend.artifacts.files == {"s3://b/m/in/model.pkl": b"net"}
