"""What every test needs: no settings of the person who runs it, and repeatable property tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = ("NBTRACK_", "MLFLOW_", "DATABRICKS_")
BROWSER_SETTINGS = {
    "NBTRACK_BROWSER",
    "NBTRACK_CHROMIUM",
    "NBTRACK_PICTURES",
    "NBTRACK_SCREENSHOTS",
}
BROWSER_TESTS = Path(__file__).parent / "browser"

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in tests/browser as e2e, before `-m` selects."""
    for item in items:
        if item.path.is_relative_to(BROWSER_TESTS):
            item.add_marker("e2e")


def _leave_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    for name in os.environ.keys() - BROWSER_SETTINGS:
        if name.startswith(SETTINGS):
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("USERPROFILE", str(home))


@pytest.fixture(scope="session", autouse=True)
def _session_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the user's settings and files from fixtures that live for the whole session."""
    with pytest.MonkeyPatch.context() as patch:
        _leave_home(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start each test with an empty home folder and without any setting, and end its runs."""
    _leave_home(monkeypatch, tmp_path)
    yield
    if "nbtrack.client.fluent" in sys.modules:
        sys.modules["nbtrack.client.fluent"].reset()
    if "nbtrack.config" in sys.modules:
        sys.modules["nbtrack.config"].reset_settings()
