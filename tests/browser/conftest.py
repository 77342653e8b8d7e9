"""One JupyterLab in one Chromium for all browser tests.

`NBTRACK_SCREENSHOTS` names a folder that keeps the pictures; without it they lie in pytest's
temporary folder.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ADVICE, OPTIONS, chromium_path
from tests.browser.jupyter_server import JupyterServer, jupyter_server
from tests.browser.lab import VIEWPORT, Lab

THEMES = ["JupyterLab Light", "JupyterLab Dark"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of the page when a test fails."""
    report = yield
    tab = item.funcargs.get("tab")
    if report.when == "call" and report.failed and isinstance(tab, Lab):
        picture = tab.screenshot(f"failed-{item.name}")
        report.sections.append(("Page", f"{picture}\nlog of the server: {tab.server.log}"))
    return report


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder for pictures."""
    wanted = os.environ.get("NBTRACK_SCREENSHOTS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[JupyterServer]:
    """Give a Jupyter server."""
    with jupyter_server(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Generator[Browser]:
    """Give a browser; tools/browser_tests.py says which."""
    path = chromium_path()
    if path is None:
        pytest.skip(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page(chromium: Browser) -> Generator[Page]:
    """Give an empty tab."""
    context = chromium.new_context(viewport=VIEWPORT)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def tab(server: JupyterServer, page: Page, screenshots: Path) -> Lab:
    """Give JupyterLab in a tab, which all tests share."""
    lab = Lab(server, page, screenshots)
    lab.load()
    return lab


@pytest.fixture
def lab(tab: Lab) -> Generator[Lab]:
    """Give JupyterLab, and close what the test opens in it."""
    before = set(tab.open_paths())
    yield tab
    for path in set(tab.open_paths()) - before:
        tab.close(path)


@pytest.fixture(params=THEMES, ids=["light", "dark"])
def theme(lab: Lab, request: pytest.FixtureRequest) -> Generator[str]:
    """Give Lab that theme for one test."""
    name = str(request.param)
    lab.use_theme(name)
    yield name
    lab.use_theme(THEMES[0])


@pytest.fixture(autouse=True)
def _watch(tab: Lab) -> Generator[None]:
    """Fail a test whose page complains or loads something from elsewhere."""
    before = len(tab.traffic.problems)
    yield
    assert tab.traffic.problems[before:] == []
    assert tab.traffic.outside == []
