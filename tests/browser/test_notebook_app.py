"""The same views in Notebook 7, which shares little of Lab's shell: a page per notebook."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import RUN_SECONDS, SCRIPT, VIEWPORT, Lab, Traffic
from tests.browser.widgets import CHART, DRAWN, GRID, RUNS, STATIC, cell_texts, violations

NOTEBOOK = "notebook-app.ipynb"
# Errors that are not ours: of Notebook's own start, and of ipywidgets, which lets a message reach a
# view that was just replaced.
NOISE = ("reading 'schema'", "reading 'processLuminoMessage'")
FILLED = """nbtrack.set_experiment("digits")
for place in range(8):
    with nbtrack.run(run_name=f"run {place}", params={"lr": 0.1 / (place + 1)}) as run:
        run.log_series("loss", [1 / (step + 1) + place / 10 for step in range(40)])
nbtrack.flush()"""
BROWSE = 'browser = nbtrack.browse("metrics.loss > 0.3")\nbrowser'
COMPARE = 'view = nbtrack.compare_view("metrics.loss > 0.3")\nview'
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
    setup = _setup(tmp_path_factory.mktemp("app"))
    tab.server.write(NOTEBOOK, [setup, LIVE, "Grid(runs(1000))", FILLED, BROWSE, COMPARE])
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


def cell(app: Page, number: int) -> Locator:
    """Find a cell of the notebook."""
    return app.locator(".jp-Notebook .jp-Cell").nth(number)


def test_every_cell_runs_in_notebook_7(app: Page) -> None:
    kinds = [output["output_type"] for output in app.evaluate(f"nbtrackLab.outputs('{NOTEBOOK}')")]
    assert kinds
    assert "error" not in kinds


def test_a_live_chart_ends_as_a_picture_in_notebook_7(app: Page, screenshots: Path) -> None:
    app.locator(STATIC).first.scroll_into_view_if_needed()
    expect(app.locator(f"{STATIC} .scatterlayer .trace").first).to_be_attached()
    app.screenshot(path=screenshots / "notebook-7.png")


def test_a_grid_sorts_in_notebook_7(app: Page, screenshots: Path) -> None:
    grid = cell(app, 2).locator(GRID)
    grid.scroll_into_view_if_needed()
    grid.get_by_role("columnheader", name="lr").click()
    expect(grid.get_by_role("columnheader", name="lr")).to_have_attribute("aria-sort", "ascending")
    column = int(grid.get_by_role("columnheader", name="lr").get_attribute("data-column") or -1)
    assert len(set(cell_texts(grid, column))) == 1
    app.screenshot(path=screenshots / "notebook-7-grid.png")
    assert violations(app, GRID) == []


def test_runs_are_browsed_in_notebook_7(app: Page, screenshots: Path) -> None:
    shown = cell(app, 4)
    shown.scroll_into_view_if_needed()
    counted = shown.locator(f"{GRID} .nbtrack-count")
    expect(counted).to_have_text("5 runs")
    box = shown.get_by_role("combobox", name="Filter")
    box.fill("params.lr < 0.014")
    box.press("Enter")
    expect(counted).to_have_text("1 run")
    shown.locator(f"{GRID} [role=row][aria-rowindex='2'] [role=gridcell]").first.click()
    details = shown.locator(".nbtrack-details")
    expect(details.locator(".nbtrack-run-name")).to_have_text("run 7")
    shown.locator(DRAWN).first.wait_for()
    app.screenshot(path=screenshots / "notebook-7-browser.png")
    assert violations(app, ".nbtrack-browser") == []


def test_runs_are_compared_in_notebook_7(app: Page, screenshots: Path) -> None:
    view = cell(app, 5).locator(".nbtrack-comparison.nbtrack-live-view")
    view.scroll_into_view_if_needed()
    expect(view.locator(".widget-tab-contents")).to_contain_text("compared with run 7")
    view.get_by_role("tab", name="Scatter").click()
    points = view.locator(f"{CHART} .scatterlayer path.point")
    expect(points).to_have_count(5)
    points.first.scroll_into_view_if_needed()
    box = points.first.bounding_box()
    assert box
    # Plotly hears clicks on a layer above its points.
    app.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(view.locator(f"{GRID} [role=row][aria-selected=true]")).to_have_count(1)
    app.screenshot(path=screenshots / "notebook-7-comparison.png")
    assert violations(app, ".nbtrack-comparison") == []


def test_notebook_7_loads_nothing_from_outside(app: Page, traffic: Traffic) -> None:
    assert traffic.requests
    assert traffic.outside == []
    assert [text for text in traffic.problems if not any(part in text for part in NOISE)] == []
