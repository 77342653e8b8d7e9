"""Live charts in JupyterLab: while a cell runs, when it has ended, and without a kernel."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.browser.widgets import CHART, DRAWN, STATIC, open_widgets, violations

THEMES = ["JupyterLab Light", "JupyterLab Dark"]
SECONDS = 30
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"

TRACKED = """%%track {name} --live loss acc --total {total}
import math, time, nbtrack
for step in range({steps}):
    loss = math.exp(-step / 80) + 0.02 * math.sin(step) + {shift}
    nbtrack.log(loss=float("nan") if step == {bad} else loss, acc=1 - loss / 2, step=step)
    time.sleep(0.005)
"""


def tracked(name: str, steps: int, *, bad: int = -1, shift: float = 0.0) -> str:
    """Return a tracked cell with a live chart."""
    return TRACKED.format(name=name, steps=steps, total=steps, bad=bad, shift=shift)


def prompt(notebook: NotebookPage, cell: int = 1) -> Locator:
    """Find the number of a cell: a star while it runs. Lab calls a kernel with comms idle early."""
    return notebook.cell(cell).locator(".jp-InputPrompt")


def wait_for_end(notebook: NotebookPage, cell: int = 1) -> None:
    """Wait for the end of a cell."""
    expect(prompt(notebook, cell)).not_to_have_text("[*]:", timeout=SECONDS * 1000)


def test_chart_grows_while_the_cell_runs(lab: Lab, tmp_path: Path) -> None:
    notebook = open_widgets(lab, tmp_path, tracked("first", 2400))
    notebook.start_cell(1)
    chart = notebook.cell(1).locator(CHART)
    notebook.cell(1).locator(DRAWN).first.wait_for()
    seen: set[int] = set()
    deadline = time.monotonic() + SECONDS
    while chart.count() and time.monotonic() < deadline:
        seen.add(int(chart.get_attribute("data-points") or 0))
        assert chart.locator(".main-svg").count()  # it never goes for a moment
        if len(seen) > 4:
            break
        time.sleep(0.05)
    assert len(seen) > 4
    assert prompt(notebook).inner_text() == "[*]:"
    expect(chart.locator("progress")).to_be_visible()
    expect(chart.locator(".nbtrack-chart-line")).to_contain_text("of 2,400")
    wait_for_end(notebook)
    expect(notebook.cell(1).locator(STATIC)).to_have_count(1)
    expect(notebook.cell(1).locator(CHART)).to_have_count(0)
    assert notebook.errors() == []


def test_live_chart_shows_the_best_run_behind_and_tells_of_nan(lab: Lab, tmp_path: Path) -> None:
    cells = tracked("first", 200, shift=0.2), tracked("second", 100_000, bad=60)
    notebook = open_widgets(lab, tmp_path, *cells)
    notebook.run_cell(1)
    notebook.start_cell(2)
    chart = notebook.cell(2).locator(CHART)
    expect(chart.locator(".legendtext").first).to_have_text("best run: first", timeout=15_000)
    expect(chart.locator(".nbtrack-notice")).to_contain_text("loss is NaN at step 60")
    lab.screenshot("live light")
    assert violations(lab.page, CHART) == []
    lab.use_theme(THEMES[1])
    try:
        expect(chart).to_have_attribute("data-theme", "dark")
        lab.screenshot("live dark")
        assert violations(lab.page, CHART) == []
    finally:
        lab.use_theme(THEMES[0])
        notebook.interrupt()
    wait_for_end(notebook, 2)
    expect(notebook.cell(2).locator(STATIC)).to_have_count(1)
    notebook.screenshot("live ended")


def test_picture_is_there_without_a_kernel(lab: Lab, tmp_path: Path) -> None:
    notebook = open_widgets(lab, tmp_path, tracked("first", 100))
    notebook.run_cell(1)
    expect(notebook.cell(1).locator(STATIC)).to_have_count(1)
    notebook.save()
    stored = (lab.server.root / notebook.path).read_text("utf-8")
    lab.close(notebook.path)
    again = lab.open(notebook.path, kernel=False)
    # Plotly stores a picture beside the figure when it has the time, and shows that one first.
    shown = again.cell(1).locator(f"{STATIC} .main-svg, img.plot-img")
    expect(shown.first).to_be_visible()
    assert not again.has_kernel()
    outputs = json.loads(stored)["cells"][1]["outputs"]
    pictures = [output for output in outputs if PLOTLY in output.get("data", {})]
    assert len(pictures) == 1
    assert WIDGET not in stored
    assert "Error displaying widget" not in again.cell(1).inner_text()
    assert (
        len(json.dumps(pictures[0]["data"][PLOTLY]) + str(pictures[0]["data"]["text/html"])) < 2e5
    )


def test_interrupted_cell_leaves_a_picture(lab: Lab, tmp_path: Path) -> None:
    notebook = open_widgets(lab, tmp_path, tracked("endless", 100_000))
    notebook.start_cell(1)
    notebook.cell(1).locator(DRAWN).first.wait_for()
    notebook.interrupt()
    wait_for_end(notebook)
    assert notebook.errors() == ["KeyboardInterrupt: "]
    expect(notebook.cell(1).locator(f"{STATIC} .gtitle-subtitle")).to_contain_text("KILLED")


def test_failed_cell_leaves_a_picture(lab: Lab, tmp_path: Path) -> None:
    failing = tracked("failing", 300).replace("time.sleep(0.005)", "assert step < 20")
    notebook = open_widgets(lab, tmp_path, failing)
    notebook.run_cell(1)
    assert notebook.errors() == ["AssertionError: "]
    expect(notebook.cell(1).locator(f"{STATIC} .gtitle-subtitle")).to_contain_text("FAILED")


def test_run_that_lasts_over_cells_ends_its_chart_where_it_stands(lab: Lab, tmp_path: Path) -> None:
    cells = (
        "import nbtrack\nrun = nbtrack.start_run(run_name='long')\nrun.live('loss')",
        "for step in range(50): run.log(loss=1 / (step + 1))",
        "run.end()",
    )
    notebook = open_widgets(lab, tmp_path, *cells)
    for cell in (1, 2):
        notebook.run_cell(cell)
    notebook.cell(1).locator(DRAWN).first.wait_for()
    notebook.run_cell(3)
    expect(notebook.cell(1).locator(STATIC)).to_have_count(1)
    expect(notebook.cell(3).locator(STATIC)).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_picture_has_colours_for_both_themes(lab: Lab, tmp_path: Path, theme: str) -> None:
    notebook = open_widgets(lab, tmp_path, tracked("first", 60))
    notebook.run_cell(1)
    lab.use_theme(theme)
    try:
        tick = notebook.cell(1).locator(f"{STATIC} .ytick text").first
        expect(tick).to_have_css("fill", "rgb(118, 118, 118)")
    finally:
        lab.use_theme(THEMES[0])
