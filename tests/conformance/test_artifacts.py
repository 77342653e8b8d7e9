"""Artifacts: bytes, listings, and paths that must not lead out of their root."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.errors import InvalidParameterValue
from tests.conformance.service import ABSENT, INVALID, OK, Service, code_of

UNSAFE = {
    "parent": "../secret",
    "parent inside": "a/../../secret",
    "percent": "%2e%2e/secret",
    "percent twice": "%252e%252e/secret",
    "percent slash": "..%2fsecret",
    "absolute": "/etc/passwd",
    "drive": "C:/Windows",
    "file URI": "file:///etc/passwd",
    "fragment": "a#b",
}
ODD = {
    "backslash": "a\\b",
    "backslash parent": "..\\secret",
    "nul": "a\0b",
    "control": "a\x1bb",
    "percent nul": "a%00b",
    "line break": "a\nb",
}


def root_of(service: Service, run_id: str) -> str:
    """Return the artifact root of a run."""
    return service.client.get_run(run_id).info.artifact_uri


def names(service: Service, run_id: str, path: str | None = None) -> list[str]:
    """Return the paths that a listing shows."""
    return [file.path for file in service.client.list_artifacts(run_id, path=path).files]


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 5000], ids=["0", "1", "1280000"])
def test_bytes_are_read_back(service: Service, data: bytes) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "a/b/file.bin", data)
    assert service.client.read_artifact(run_id, "a/b/file.bin") == data


def test_start_of_a_file_is_read(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "a.bin", bytes(range(256)) * 20_000)
    root = service.client.run_artifacts(run_id)
    for most in (10, 2**20 + 3, 9_000_000):  # and the connection can be used again
        assert root.read_start("a.bin", most) == (bytes(range(256)) * 20_000)[:most]


def test_write_replaces_the_file(service: Service) -> None:
    run_id = service.new_run_id()
    for text in ("longer text", "short"):
        service.client.upload_text(run_id, "f.txt", text)
    assert service.client.read_artifact(run_id, "f.txt") == b"short"


@pytest.mark.parametrize("name", ["a b.txt", "ünï.txt", "a+b&c=d.txt", "50%.txt", "a'b(1).txt"])
def test_names_may_hold_what_a_file_name_holds(service: Service, name: str) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, name, b"1")
    assert names(service, run_id) == [name]
    assert service.client.read_artifact(run_id, name) == b"1"


def test_listing_shows_one_folder_sorted_with_sizes(service: Service) -> None:
    run_id = service.new_run_id()
    for path in ("b.txt", "a/2.txt", "a/1.txt", "a/deep/x"):
        service.client.upload_bytes(run_id, path, b"12")
    page = service.client.list_artifacts(run_id)
    assert [(f.path, f.is_dir, f.file_size) for f in page.files] == [
        ("a", True, None),
        ("b.txt", False, 2),
    ]
    assert page.root_uri == root_of(service, run_id)
    assert names(service, run_id, "a") == ["a/1.txt", "a/2.txt", "a/deep"]
    assert names(service, run_id, "a/deep") == ["a/deep/x"]


def test_size_of_an_empty_file_is_zero(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "empty", b"")
    (file,) = service.client.list_artifacts(run_id).files
    assert file.file_size == service.expected("size of an empty file", 0)


@pytest.mark.parametrize("path", ["f.txt", "nothing"], ids=["file", "missing"])
def test_listing_of_what_is_no_folder_is_empty(service: Service, path: str) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "f.txt", b"1")
    assert names(service, run_id, path) == []


def test_listing_of_an_unknown_run_is_absent(service: Service) -> None:
    assert code_of(lambda: service.client.list_artifacts("0" * 32)) == ABSENT


def test_missing_file_is_absent(service: Service) -> None:
    run_id = service.new_run_id()
    assert code_of(lambda: service.client.read_artifact(run_id, "nothing")) == ABSENT


def test_deleted_run_keeps_its_artifacts(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "f", b"1")
    service.client.delete_run(run_id)
    assert names(service, run_id) == ["f"]
    assert service.client.read_artifact(run_id, "f") == b"1"


def test_delete_removes_files_and_folders_and_forgives_missing_ones(service: Service) -> None:
    run_id = service.new_run_id()
    for path in ("a/1", "a/2", "b"):
        service.client.upload_bytes(run_id, path, b"1")
    for path in ("a", "b", "nothing"):
        service.client.delete_artifact(run_id, path)
    assert names(service, run_id) == []


@pytest.mark.parametrize("path", ["taken/file", "folder"], ids=["over a file", "onto a folder"])
def test_file_and_folder_do_not_replace_each_other(own_service: Service, path: str) -> None:
    service = own_service  # MLflow answers a bare 500 and cuts the connection
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "taken", b"1")
    service.client.upload_bytes(run_id, "folder/file", b"1")
    code = code_of(lambda: service.client.upload_bytes(run_id, path, b"2"))
    assert code == INVALID
    assert service.client.read_artifact(run_id, "taken") == b"1"
    assert service.client.read_artifact(run_id, "folder/file") == b"1"


@pytest.mark.parametrize("path", UNSAFE.values(), ids=UNSAFE)
def test_unsafe_path_is_not_listed(service: Service, path: str) -> None:
    run_id = service.new_run_id()
    assert code_of(lambda: service.client.list_artifacts(run_id, path=path)) == INVALID


@pytest.mark.parametrize("path", ODD.values(), ids=ODD)
def test_odd_path_is_not_listed(own_service: Service, path: str) -> None:
    run_id = own_service.new_run_id()
    assert code_of(lambda: own_service.client.list_artifacts(run_id, path=path)) == INVALID


@pytest.mark.parametrize("path", [*UNSAFE.values(), *ODD.values()], ids=[*UNSAFE, *ODD])
def test_unsafe_path_is_not_written_read_or_deleted(own_service: Service, path: str) -> None:
    run_id, mover = own_service.new_run_id(), own_service.backend.artifacts
    uri = f"{root_of(own_service, run_id)}/{path}"
    doubled = {"/etc/passwd"}  # behind the root it is below the root: a double slash
    wanted = {OK, ABSENT} if path in doubled else {INVALID}
    assert code_of(lambda: mover.write(uri, [b"x"])) in wanted
    assert code_of(lambda: list(mover.read(uri))) in wanted
    assert code_of(lambda: mover.entries(uri)) in wanted
    assert code_of(lambda: mover.delete(uri)) in wanted


def test_client_refuses_paths_that_lead_out(service: Service) -> None:
    run_id = service.new_run_id()
    for path in ("../x", "a/../../x", "/x", "a\\b", ""):
        with pytest.raises(InvalidParameterValue):
            service.client.upload_bytes(run_id, path, b"x")


def test_dots_and_double_slashes_are_dropped_from_listings(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.upload_bytes(run_id, "a/f", b"1")
    assert len(names(service, run_id, "./a")) == 1
    assert len(names(service, run_id, "a//")) == 1


def folder_behind(tmp_path: Path, run_id: str) -> Path:
    """Find the folder of a run's artifacts on the disk of this machine."""
    (found,) = tmp_path.glob(f"**/{run_id}/artifacts")
    return found


@pytest.fixture(params=["embedded", "in_process"])
def on_disk(request: pytest.FixtureRequest) -> Service:
    """Give the services whose artifacts lie below this test's temporary folder."""
    found: Service = request.getfixturevalue(request.param)
    return found


def test_link_that_leads_out_is_not_followed(on_disk: Service, tmp_path: Path) -> None:
    run_id = on_disk.new_run_id()
    on_disk.client.upload_bytes(run_id, "f", b"1")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("hidden")
    (folder_behind(tmp_path, run_id) / "link").symlink_to(secret)
    client = on_disk.client
    assert names(on_disk, run_id) == ["f"]
    assert code_of(lambda: client.list_artifacts(run_id, path="link")) == INVALID
    assert code_of(lambda: client.read_artifact(run_id, "link/key")) == INVALID
    assert code_of(lambda: client.upload_bytes(run_id, "link/key", b"x")) == INVALID
    assert code_of(lambda: client.delete_artifact(run_id, "link/key")) == INVALID
    assert (secret / "key").read_text() == "hidden"


def test_link_inside_the_root_is_followed(on_disk: Service, tmp_path: Path) -> None:
    run_id = on_disk.new_run_id()
    on_disk.client.upload_bytes(run_id, "f", b"1")
    folder = folder_behind(tmp_path, run_id)
    (folder / "link").symlink_to(folder / "f")
    assert on_disk.client.read_artifact(run_id, "link") == b"1"


def test_interrupted_write_leaves_the_old_file(embedded: Service) -> None:
    run_id = embedded.new_run_id()
    embedded.client.upload_bytes(run_id, "f", b"old")

    def broken() -> object:
        yield b"new"
        raise KeyError("cut off")

    uri = f"{root_of(embedded, run_id)}/f"
    with pytest.raises(KeyError):
        embedded.backend.artifacts.write(uri, broken())  # type: ignore[arg-type]
    assert embedded.client.read_artifact(run_id, "f") == b"old"
    assert names(embedded, run_id) == ["f"]


def test_models_have_artifacts_of_their_own(service: Service) -> None:
    model_id = service.client.create_logged_model(service.new_experiment()).info.model_id
    root = service.client.logged_model_artifacts(model_id)
    root.write("data/weights", b"123")
    assert root.read("data/weights") == b"123"
    page = service.client.list_logged_model_artifacts(model_id, artifact_directory_path="data")
    assert [(f.path, f.file_size) for f in page.files] == [("data/weights", 3)]


@pytest.mark.parametrize("path", UNSAFE.values(), ids=UNSAFE)
def test_unsafe_path_of_a_model_is_not_listed(service: Service, path: str) -> None:
    model_id = service.client.create_logged_model(service.new_experiment()).info.model_id
    listing = service.client.list_logged_model_artifacts
    assert code_of(lambda: listing(model_id, artifact_directory_path=path)) == INVALID


def test_folder_is_downloaded_with_all_below(service: Service, tmp_path: Path) -> None:
    run_id = service.new_run_id()
    for path in ("d/1", "d/e/2"):
        service.client.upload_bytes(run_id, path, path.encode())
    found = service.client.download_artifact(run_id, "d", tmp_path / "here")
    assert (found / "1").read_bytes() == b"d/1"
    assert (found / "e" / "2").read_bytes() == b"d/e/2"
