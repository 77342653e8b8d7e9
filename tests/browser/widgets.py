"""Notebooks with widgets: folders of their own, elements of charts and grids, and axe-core."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.lab import Lab, NotebookPage

CHART = ".nbtrack-chart"
GRID = ".nbtrack-grid"
DRAWN = f"{CHART}[data-points] .main-svg"
STATIC = ".js-plotly-plot:not(.nbtrack-chart-plot)"
SERIOUS = ("serious", "critical")

RUNS = """
import numpy as np, pandas as pd
from nbtrack.widgets import Grid
from nbtrack.widgets.grid import GridLook

def runs(count, name=lambda row: f"run {{row}}"):
    rows = np.arange(count)
    start = pd.to_datetime(1_760_000_000_000 + rows * 60_000, unit="ms", utc=True)
    loss = np.where(rows % 9 == 4, np.nan, np.abs(np.sin(rows * 12.9898)))
    states = ["FINISHED", "FAILED", "KILLED", "RUNNING", "FINISHED"]
    return pd.DataFrame({
        "run_id": [f"{row:032x}" for row in rows],
        "run_name": [name(row) for row in rows],
        "status": [states[row % 5] for row in rows],
        "start_time": start,
        "end_time": start + pd.to_timedelta(rows % 700 + 5, unit="s"),
        "metrics.loss": loss,
        "metrics.acc": pd.array(np.where(rows % 7 == 2, None, 1 - loss / 2), dtype="Float64"),
        "params.lr": 0.1 / (rows % 11 + 1),
        "params.model": [("cnn", "mlp", "tree")[row % 3] for row in rows],
        **{f"params.p{n}": rows % (n + 2) for n in range(COLUMNS)},
        "tags.same": "same",
    })
""".replace("{{", "{").replace("}}", "}")


def open_widgets(lab: Lab, folder: Path, *cells: str, columns: int = 4) -> NotebookPage:
    """Open a notebook whose first cell has run: nbtrack with folders of its own, and `runs`."""
    places = {"NBTRACK_TRACKING_URI": "store", "NBTRACK_STATE_FOLDER": "state"}
    variables = {name: str(folder / part) for name, part in places.items()}
    setup = f"import os\nos.environ.update({variables!r})\n%load_ext nbtrack\nCOLUMNS = {columns}\n"
    notebook = lab.open_cells(f"{folder.name}.ipynb", setup + RUNS, *cells)
    notebook.run_cell(0)
    assert notebook.errors() == []
    return notebook


def open_view(lab: Lab, folder: Path, runs: str, cell: str) -> NotebookPage:
    """Open a notebook whose second cell made runs, and whose third one shows a view of them."""
    notebook = open_widgets(lab, folder, runs, cell)
    notebook.run_cell(1)
    notebook.run_cell(2)
    assert notebook.errors() == []
    notebook.cell(2).locator(
        f"{GRID} [role=row][aria-rowindex='2'] [role=gridcell]"
    ).first.wait_for()
    return notebook


def violations(page: Page, selector: str) -> list[str]:
    """Return what axe-core finds to be seriously wrong in a part of the page."""
    if not page.evaluate("Boolean(window.axe)"):
        script = resources.files("axe_playwright_python") / "axe.min.js"
        page.evaluate(script.read_text("utf-8") + "\n;undefined")
    found: dict[str, Any] = page.evaluate(
        "selector => axe.run(selector, {resultTypes: ['violations']})", selector
    )
    return [
        f"{problem['id']}: {node['html'][:200]}"
        for problem in found["violations"]
        if problem["impact"] in SERIOUS
        for node in problem["nodes"]
    ]


def cell_texts(grid: Locator, column: int, most: int = 8) -> list[str]:
    """Return the texts of a column of a grid, from the first row that is drawn."""
    cells = grid.locator(f"[role=gridcell][data-column='{column}']").all()[:most]
    return [cell.inner_text() for cell in cells]
