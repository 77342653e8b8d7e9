from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests.browser.lab import Lab, NotebookPage, contrast

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"
LIVE, BROWSER, TABLE, GROUPS, CURVES, SCATTER = 9, 11, 13, 16, 18, 19
ROWS = 8  # of the table, which shows the first ones
GROUPED = 10
REPLICATED = 15  # runs whose curves are drawn
RUNS = 28  # of the 30, those that learned something
LINES = ".scatterlayer .trace .lines path.js-line"
POINTS = ".scatterlayer .trace .points path.point"
READABLE = 4.5  # contrast of text, WCAG 2 AA
THEMES = ["JupyterLab Light", "JupyterLab Dark"]


def drawn(chart: Locator) -> int:
    """Count the lines that a plotly chart shows with a size on the screen, or else its points."""
    chart.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for(state="attached")
    marks = chart.locator(LINES).all() or chart.locator(POINTS).all()
    boxes = [mark.bounding_box() for mark in marks]
    return sum(1 for box in boxes if box and box["width"] * box["height"] > 0)


@pytest.fixture(scope="module")
def quickstart(tab: Lab) -> Generator[NotebookPage]:
    """Give the notebook after all of its cells have run, saved."""
    shutil.copy(NOTEBOOK, tab.server.root)
    notebook = tab.open(NOTEBOOK.name)
    notebook.command("notebook:clear-all-cell-outputs")  # those it is stored with
    notebook.run_all()
    notebook.save()
    yield notebook
    tab.close(NOTEBOOK.name)


@pytest.fixture(params=THEMES, ids=["light", "dark"])
def theme(lab: Lab, request: pytest.FixtureRequest) -> Generator[str]:
    """Give Lab that theme for one test."""
    name = str(request.param)
    lab.use_theme(name)
    yield name
    lab.use_theme(THEMES[0])


def test_quickstart_runs_without_an_error_or_a_warning(quickstart: NotebookPage) -> None:
    kinds = [output["output_type"] for output in quickstart.outputs()]
    assert quickstart.errors() == []
    assert "stream" not in kinds


def test_quickstart_leaves_its_runs_in_the_kernel(quickstart: NotebookPage) -> None:
    assert quickstart.value("len(runs)") == str(RUNS)
    assert quickstart.value("nbtrack.count(\"run_name LIKE 'lr%'\")") == "30"
    assert quickstart.value("done.runs") == "32"


def test_quickstart_shows_the_best_runs_in_a_table(quickstart: NotebookPage) -> None:
    table = quickstart.cell(TABLE).locator("table.dataframe")
    assert table.locator("thead th").all_inner_texts()[1:] == [
        "run_name",
        "params.lr",
        "params.penalty",
        "params.seed",
        "metrics.val_accuracy",
    ]
    assert table.locator("tbody tr").count() == ROWS
    assert quickstart.cell(GROUPS).locator("tbody tr").count() == GROUPED


def test_quickstart_browses_its_runs(quickstart: NotebookPage) -> None:
    rows = quickstart.cell(BROWSER).locator(".nbtrack-grid [role=row]")
    rows.first.wait_for()
    assert rows.count() > ROWS


def test_quickstart_keeps_its_live_chart(quickstart: NotebookPage) -> None:
    assert drawn(quickstart.cell(LIVE)) >= 2  # the loss and the accuracy


@pytest.mark.parametrize(
    ("cell", "marks"), [(CURVES, REPLICATED), (SCATTER, RUNS)], ids=["curves", "scatter"]
)
def test_quickstart_draws_its_charts(quickstart: NotebookPage, cell: int, marks: int) -> None:
    assert drawn(quickstart.cell(cell)) == marks


def test_quickstart_loads_nothing_from_outside(quickstart: NotebookPage) -> None:
    traffic = quickstart.lab.traffic
    assert any("plotly" in url for url in traffic.requests)
    assert traffic.outside == []


def test_saved_quickstart_shows_its_outputs_without_a_kernel(
    quickstart: NotebookPage, lab: Lab
) -> None:
    shutil.copy(lab.server.root / quickstart.path, lab.server.root / "saved.ipynb")
    saved = lab.open("saved.ipynb", kernel=False)
    assert not saved.has_kernel()
    assert saved.cell(TABLE).locator("tbody tr").count() == ROWS
    for number, marks in ((CURVES, REPLICATED), (SCATTER, RUNS)):
        chart = saved.cell(number)
        # Plotly stores a picture beside the figure, and draws when the mouse comes.
        picture = chart.locator("img.plot-img")
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
        picture.dispatch_event("mouseenter")
        assert drawn(chart) == marks


def test_quickstart_stays_readable_in_both_themes(quickstart: NotebookPage, theme: str) -> None:
    quickstart.screenshot(f"quickstart-{theme}")  # resizes the window
    assert quickstart.unfinished() == []
    height = quickstart.cell(CURVES).locator(".js-plotly-plot").evaluate("e => e.clientHeight")
    assert height > 300
    text = quickstart.cell(TABLE).locator("tbody td").first
    assert contrast(text) > READABLE
    chart = quickstart.cell(CURVES)
    assert contrast(chart.locator(".legendtext").first, chart.locator(".main-svg").first) > READABLE


def test_quickstart_keeps_its_store_out_of_the_folder(quickstart: NotebookPage) -> None:
    names = [path.name for path in quickstart.lab.server.root.iterdir()]
    assert [n for n in names if not n.endswith((".ipynb", ".ipynb_checkpoints"))] == []
