"""The report that `make demo` writes, opened as a file in a light and in a dark browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import SCRIPT, contrast

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits_sweep.py"
# The sweep itself with fewer epochs, so that the report has all of its 30 runs.
SHORT = "import digits_sweep as d; d.EPOCHS = 3; d.main()"
READABLE = 4.5  # contrast of text, WCAG 2 AA
ROWS = 8 + 4  # of the two tables


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the report of a sweep."""
    folder = tmp_path_factory.mktemp("demo")
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path[:0] = [{str(EXAMPLE.parent)!r}]; {SHORT}",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "demo" / "digits.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_report_is_readable_and_loads_nothing(
    report: Path, chromium: Browser, screenshots: Path, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    page.add_init_script(path=SCRIPT)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error.message))
    page.goto(report.as_uri())
    page.locator(".parcoords .domain").first.wait_for(state="attached")
    page.screenshot(path=screenshots / f"report-{scheme}.png", full_page=True)
    assert (asked, errors) == ([report.as_uri()], [])
    assert page.locator(".chart .main-svg:first-child").count() == page.locator(".chart").count()
    assert page.locator("tbody tr").count() == ROWS
    for text in (page.locator("h1"), page.locator("td").first):
        assert contrast(text) > READABLE
    legend = page.locator(".legendtext").first
    assert contrast(legend, page.locator(".main-svg").first) > READABLE
    context.close()
