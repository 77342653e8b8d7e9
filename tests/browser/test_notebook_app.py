"""The same views in Notebook 7, which shares little of Lab's shell: a page per notebook."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import RUN_SECONDS, SCRIPT, VIEWPORT, Lab, Traffic
from tests.browser.widgets import GRID, RUNS, STATIC, cell_texts, violations

NOTEBOOK = "notebook-app.ipynb"
# Errors that are not ours: of Notebook's own start, and of ipywidgets, which lets a message reach a
# view that was just replaced.
NOISE = ("reading 'schema'", "reading 'processLuminoMessage'")
LIVE = "%%track first --live loss\nfor step in range(50):\n    nbtrack.log(loss=1 / (step + 1))"


def _setup(folder: Path) -> str:
    places = {"NBTRACK_TRACKING_URI": "store", "NBTRACK_STATE_FOLDER": "state"}
    variables = {name: str(folder / part) for name, part in places.items()}
    return (
        f"import os\nos.environ.update({variables!r})\nCOLUMNS = 4\n"
        f"%load_ext nbtrack\nimport nbtrack\n{RUNS}"
    )


@pytest.fixture(scope="module")
def traffic(tab: Lab) -> Traffic:
    """Give what the page loads and complains about."""
    return Traffic(tab.server.url)


@pytest.fixture(scope="module")
def app(tab: Lab, traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Generator[Page]:
    """Give a page of Notebook 7 after all cells of a notebook have run."""
    tab.server.write(NOTEBOOK, [_setup(tmp_path_factory.mktemp("app")), LIVE, "Grid(runs(1000))"])
    page = tab.page.context.new_page()
    page.set_viewport_size(VIEWPORT)
    page.add_init_script(path=SCRIPT)
    traffic.listen(page)
    page.goto(f"{tab.server.url}/notebooks/{NOTEBOOK}?token={tab.server.token}")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget", timeout=RUN_SECONDS * 1000)
    page.wait_for_function(f"nbtrackLab.isIdle('{NOTEBOOK}')", timeout=RUN_SECONDS * 1000)
    page.evaluate("nbtrackLab.start('notebook:run-all-cells')")
    page.wait_for_function("nbtrackLab.outcome === 'done'", timeout=RUN_SECONDS * 1000)
    yield page
    page.close()
    tab.server.end_session(NOTEBOOK)


def test_every_cell_runs_in_notebook_7(app: Page) -> None:
    kinds = [output["output_type"] for output in app.evaluate(f"nbtrackLab.outputs('{NOTEBOOK}')")]
    assert kinds
    assert "error" not in kinds


def test_a_live_chart_ends_as_a_picture_in_notebook_7(app: Page, screenshots: Path) -> None:
    app.locator(STATIC).first.scroll_into_view_if_needed()
    expect(app.locator(f"{STATIC} .scatterlayer .trace").first).to_be_attached()
    app.screenshot(path=screenshots / "notebook-7.png")


def test_a_grid_sorts_in_notebook_7(app: Page, screenshots: Path) -> None:
    grid = app.locator(GRID)
    grid.scroll_into_view_if_needed()
    grid.get_by_role("columnheader", name="lr").click()
    expect(grid.get_by_role("columnheader", name="lr")).to_have_attribute("aria-sort", "ascending")
    column = int(grid.get_by_role("columnheader", name="lr").get_attribute("data-column") or -1)
    assert len(set(cell_texts(grid, column))) == 1
    app.screenshot(path=screenshots / "notebook-7-grid.png")
    assert violations(app, GRID) == []


def test_notebook_7_loads_nothing_from_outside(app: Page, traffic: Traffic) -> None:
    assert traffic.requests
    assert traffic.outside == []
    assert [text for text in traffic.problems if not any(part in text for part in NOISE)] == []
