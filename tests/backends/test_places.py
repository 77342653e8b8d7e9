from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.backends import shown_place


def test_store_below_the_working_folder_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown_place(str(tmp_path / "store" / ".nbtrack")) == "store/.nbtrack"


def test_store_below_the_home_folder_does_not_name_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert shown_place(str(tmp_path / "home" / "models" / ".nbtrack")) == "~/models/.nbtrack"


def test_working_folder_at_the_root_shortens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/")
    monkeypatch.chdir("/")
    assert shown_place(str(tmp_path)) == str(tmp_path)


@pytest.mark.parametrize("uri", ["http://localhost:5000", "databricks://work", "memory"])
def test_what_is_no_folder_stays(uri: str) -> None:
    assert shown_place(uri) == uri


def test_without_a_working_folder_and_a_home_nothing_is_shortened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert shown_place(str(tmp_path / "store")) == str(tmp_path / "store")
