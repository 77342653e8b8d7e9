from __future__ import annotations

from pathlib import Path

import pytest
from traitlets.config import Config

from nbtrack.config import CAPTURE, QUIET, SETTINGS, set_setting, setting
from nbtrack.magics.settings import settings_table
from tests.magics.conftest import AnyShell, RunCell, Track


def test_config_sets_a_setting_for_the_session(run_cell: RunCell) -> None:
    assert run_cell("%config Track.capture = 'full'").success
    assert setting(CAPTURE) == "full"
    assert run_cell("%config Track.quiet = True").success
    assert setting(QUIET) is True
    assert run_cell("%config Track.capture").result == "full"


def test_config_shows_what_holds_wherever_it_stands(
    run_cell: RunCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_RERUN", "replace")
    assert run_cell("%config Track.rerun").result == "replace"
    set_setting("rerun", "resume")
    assert run_cell("%config Track.rerun").result == "resume"


def test_config_none_takes_a_value_back(run_cell: RunCell) -> None:
    run_cell("%config Track.capture = 'full'")
    run_cell("%config Track.capture = None")
    assert setting(CAPTURE) == "source"


def test_config_refuses_what_does_not_fit(
    run_cell: RunCell, caplog: pytest.LogCaptureFixture
) -> None:
    run_cell("%config Track.capture = 'all'")
    assert setting(CAPTURE) == "source"


def test_config_explains_every_setting_and_no_secret(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cell("%config Track")
    out = capsys.readouterr().out
    for row in SETTINGS.values():
        assert (f"Track.{row.name}=" in out) is not row.secret


def test_ipythons_own_config_file_is_heard(bare_shell: AnyShell) -> None:
    bare_shell.config.merge(Config({"Track": {"quiet": True}}))
    bare_shell.run_line_magic("load_ext", "nbtrack")
    assert setting(QUIET) is True
    bare_shell.run_line_magic("unload_ext", "nbtrack")


def test_track_config_shows_every_value_and_its_source(
    track: Track, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.nbtrack]\ncapture = 'full'\n")
    monkeypatch.setenv("NBTRACK_QUIET", "true")
    set_setting("rerun", "resume")
    rows = {row[0]: row[1:] for row in track("config")}
    assert rows.keys() == SETTINGS.keys()
    assert rows["capture"] == ("full", f"{tmp_path / 'pyproject.toml'} [tool.nbtrack]")
    assert rows["quiet"] == ("true", "environment variable NBTRACK_QUIET")
    assert rows["rerun"] == ("resume", "set in this process")
    assert rows["profile"] == ("default", "default")


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "https://ann:hunter2@host/path")
    table = settings_table("settings")
    rows = {row[0]: row[1] for row in table}
    assert rows["mlflow_password"] == "set, not shown"
    assert rows["tracking_uri"] == "https://host/path"
    assert "hunter2" not in repr(table) + table.html


def test_a_wrong_value_is_shown_as_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_CAPTURE", "all")
    rows = {row[0]: row[1:] for row in settings_table("settings")}
    assert rows["capture"][0] == "wrong"
    assert "NBTRACK_CAPTURE is 'all'" in str(rows["capture"][1])


def test_quiet_shows_no_card(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cell("%%track loud\npass")
    assert "loud  FINISHED" in capsys.readouterr().out
    monkeypatch.setenv("NBTRACK_QUIET", "true")
    run_cell("%%track soft\npass")
    assert capsys.readouterr().out == ""
