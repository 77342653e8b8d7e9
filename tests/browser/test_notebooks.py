"""The notebooks of the project, run in JupyterLab; a picture of each is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.browser.lab import Lab, NotebookPage

FOLDER = Path(__file__).parents[2] / "notebooks"
RUN_SECONDS = 120
# The first two have tests of their own, which also look at what is shown with `unfinished`.
LEFT_BEHIND = {
    "03_search_and_dataframes.ipynb": ("len(found), len(runs), done.points", "(7, 40, 1640)"),
    "04_compare.ipynb": ("len(view.frame), len(runs)", "(6, 18)"),
    "05_backends.ipynb": ("served.equals(embedded), on_mlflow.equals(served)", "(True, True)"),
    "06_experiments_api.ipynb": ("info.run_name, logged.info.name", "('ridge-path', 'ridge')"),
}
CHARTS = {"04_compare.ipynb": [11, 12, 13]}  # the cells that end in one
VIEWS = {"04_compare.ipynb": 1}


def run_in_lab(lab: Lab, name: str) -> NotebookPage:
    """Open a copy of a notebook, and run it from the top without the outputs it is stored with."""
    shutil.copy(FOLDER / name, lab.server.root)
    notebook = lab.open(name)
    notebook.command("notebook:clear-all-cell-outputs")
    notebook.run_all(RUN_SECONDS)
    return notebook


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_notebook_runs_in_lab(lab: Lab, name: str) -> None:
    notebook = run_in_lab(lab, name)
    assert notebook.errors() == []
    expression, value = LEFT_BEHIND[name]
    assert notebook.value(expression) == value
    for number in CHARTS.get(name, []):
        notebook.cell(number).locator(".js-plotly-plot .main-svg").first.wait_for()
    notebook.screenshot(name.removesuffix(".ipynb"))
    assert notebook.unfinished() == []
    assert notebook.views().count() == VIEWS.get(name, 0)


def test_a_widget_that_cannot_be_shown_is_noticed(lab: Lab) -> None:
    view = "{'application/vnd.jupyter.widget-view+json': {'model_id': 'none', 'version_major': 2}}"
    shown = f"from IPython.display import display\ndisplay({view}, raw=True)"
    notebook = lab.open_cells("no-widget.ipynb", shown)
    notebook.run_all()
    assert notebook.unfinished() != []
