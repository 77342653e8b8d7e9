"""The pictures of the README and the guides: the views on a real sweep of scikit-learn's digits.

`NBTRACK_PICTURES=docs/pictures` renews them; without it they lie in pytest's temporary folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.browser.widgets import CHART, DRAWN, GRID, STATIC, open_widgets

ROOT = Path(__file__).parents[2]
MOST_BYTES = 120_000
SECONDS = 120
SWEEP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from itertools import product
import nbtrack
from examples import digits_sweep as digits
nbtrack.set_experiment("digits-sweep")
for lr, penalty, seed in product(digits.LEARNING_RATES, digits.PENALTIES, digits.SEEDS):
    digits.train(lr, penalty, seed)
nbtrack.flush()
"""
BROWSE = 'browser = nbtrack.browse("metrics.val_accuracy > 0.94")\nbrowser'
COMPARE = """view = nbtrack.compare_view("params.penalty = 0.0001 AND params.seed = 0")
view"""
LIVE = """%%track digits --live val_loss val_accuracy --total 40
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

images, digit = load_digits(return_X_y=True)
model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.001, random_state=0)
for epoch in range(40):
    model.partial_fit(images[:1200] / 16, digit[:1200], classes=range(10))
    val_loss = log_loss(digit[1200:], model.predict_proba(images[1200:] / 16))
    nbtrack.log(val_loss=val_loss, val_accuracy=model.score(images[1200:] / 16, digit[1200:]))"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder for the pictures."""
    wanted = os.environ.get("NBTRACK_PICTURES")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def swept(tab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Generator[NotebookPage]:
    """Give a notebook with the views of a sweep of 30 runs."""
    folder = tmp_path_factory.mktemp("swept")
    notebook = open_widgets(tab, folder, SWEEP, LIVE, BROWSE, COMPARE)
    for number in range(1, 5):
        notebook.run_cell(number, seconds=SECONDS)
    assert notebook.errors() == []
    yield notebook
    tab.close(notebook.path)


def take(notebook: NotebookPage, number: int, path: Path) -> None:
    """Store the picture of a cell, and look whether it is one."""
    notebook.picture(number, path)
    data = path.read_bytes()
    width, height = (int.from_bytes(data[place : place + 4], "big") for place in (16, 20))
    assert 900 < width < 1200
    assert height > 400
    assert 20_000 < len(data) < MOST_BYTES


def cells(view: Locator, column: str) -> list[float]:
    """Return the first numbers of a column of the grid in a view."""
    place = view.get_by_role("columnheader", name=column).get_attribute("data-column")
    found = view.locator(f"{GRID} [role=gridcell][data-column='{place}']")
    return [float(text) for text in found.all_inner_texts()[:5]]


def test_picture_of_the_run_browser(swept: NotebookPage, pictures: Path) -> None:
    view = swept.cell(3)
    head = view.get_by_role("columnheader", name="metrics.val_accuracy")
    view.get_by_role("button", name="Hide constant columns").click()
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(view.locator(f"{GRID} .nbtrack-count")).to_have_text(re.compile(r"^\d+ runs"))
    best = cells(view, "metrics.val_accuracy")
    assert best == sorted(best, reverse=True)
    assert best[0] > 0.95
    row = f"{GRID} [role=row][aria-rowindex='{{}}'] [role=gridcell]"
    view.locator(row.format(4)).first.click()
    view.locator(row.format(2)).first.click(modifiers=["Shift"])
    view.get_by_role("tab", name="Params").click()
    view.get_by_role("combobox", name="Curves of").select_option("val_accuracy")
    expect(view.locator(f"{CHART} .gtitle").first).to_contain_text("val_accuracy by step")
    expect(view.locator(f"{CHART} .scatterlayer .trace")).to_have_count(4)  # and the best point
    take(swept, 3, pictures / "browser.png")


def test_picture_of_a_comparison(swept: NotebookPage, pictures: Path) -> None:
    view = swept.cell(4)
    expect(view.locator(f"{GRID} .nbtrack-count")).to_contain_text("5 runs")
    view.locator(".widget-dropdown select").nth(1).select_option("val_accuracy")
    view.get_by_role("tab", name="Curves").click()
    view.locator(DRAWN).first.wait_for()
    expect(view.locator(f"{CHART} .gtitle").first).to_contain_text("val_accuracy by step")
    take(swept, 4, pictures / "comparison.png")


def test_picture_that_a_live_chart_leaves(swept: NotebookPage, pictures: Path) -> None:
    view = swept.cell(2)
    expect(view.locator(f"{STATIC} .scatterlayer .trace").first).to_be_attached()
    expect(view.locator(f"{STATIC} .legendtext", has_text="this run")).to_have_count(1)
    take(swept, 2, pictures / "live.png")
