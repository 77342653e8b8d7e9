"""Tracked cells in JupyterLab: what the page shows, and what the store says of their runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from nbtrack.client import Client
from nbtrack.entities import Run, RunStatus
from tests.browser.lab import Lab, NotebookPage, contrast

LIFECYCLE = Path(__file__).parents[2] / "notebooks" / "02_run_lifecycle.ipynb"
THEMES = ["JupyterLab Light", "JupyterLab Dark"]
READABLE = 4.5  # contrast of text, WCAG 2 AA
SECONDS = 30
CARD = ".nbtrack-card"
RECOVERY = "get_ipython().magics_manager.registry['Track'].recovery.join(30)"

SUCCESS = """%%track base --param lr --tag team=vision
import asyncio
import nbtrack
lr = 0.1
for step in range(5):
    await asyncio.sleep(0)
    nbtrack.log(loss=1 / (step + 1), step=step)
"""
ENDLESS = """%%track endless
import itertools, time, nbtrack
with open({path!r}, "w") as logged:
    for step in itertools.count():
        nbtrack.log(loss=1 / (step + 1), step=step)
        print(step, file=logged, flush=True)
        time.sleep(0.001)
"""

Open = Callable[..., NotebookPage]


@pytest.fixture
def open_tracked(lab: Lab, tmp_path: Path) -> Open:
    """Give what opens a notebook whose first cell loads nbtrack, with folders of the test."""
    places = {"NBTRACK_TRACKING_URI": "store", "NBTRACK_STATE_FOLDER": "state"}
    variables = {name: str(tmp_path / part) for name, part in places.items()}
    setup = f"import os\nos.environ.update({variables!r})\n%load_ext nbtrack"

    def open_cells(*cells: str) -> NotebookPage:
        notebook = lab.open_cells(f"{tmp_path.name}.ipynb", setup, *cells)
        notebook.run_cell(0)
        return notebook

    return open_cells


@pytest.fixture
def store(tmp_path: Path) -> Generator[Client]:
    """Give the store of the test's notebook."""
    with Client(str(tmp_path / "store")) as client:
        yield client


@pytest.fixture(params=THEMES, ids=["light", "dark"])
def theme(lab: Lab, request: pytest.FixtureRequest) -> Generator[str]:
    """Give Lab that theme for one test."""
    name = str(request.param)
    lab.use_theme(name)
    yield name
    lab.use_theme(THEMES[0])


def runs_of(store: Client) -> list[Run]:
    """Return the runs of the store, oldest first."""
    return list(store.iter_runs("0", order_by="attributes.start_time ASC"))


def tags(run: Run) -> dict[str, str]:
    """Return the tags of a run."""
    return {tag.key: tag.value for tag in run.data.tags}


def steps_of(store: Client, run: Run) -> list[int]:
    """Return the steps at which a run has logged its loss, sorted."""
    return sorted(metric.step for metric in store.iter_history(run.info.run_id, "loss"))


def printed(notebook: NotebookPage) -> str:
    """Return what the cells of a notebook print."""
    texts = (o["text"] for o in notebook.outputs() if o["output_type"] == "stream")
    return "".join("".join(text) for text in texts)


def start_endless(notebook: NotebookPage, logged: Path) -> None:
    """Start the cell that logs until it is stopped, and wait until it has logged some points."""
    notebook.start_cell(1)
    deadline = time.monotonic() + SECONDS
    while not logged.exists() or logged.read_text().count("\n") < 100:
        assert time.monotonic() < deadline, "the cell does not log"
        time.sleep(0.02)


def test_cell_that_ends_shows_its_card_and_is_finished(open_tracked: Open, store: Client) -> None:
    notebook = open_tracked(SUCCESS)
    notebook.run_cell(1)
    card = notebook.cell(1).locator(CARD)
    assert "base" in card.inner_text()
    assert "FINISHED" in card.inner_text()
    (run,) = runs_of(store)
    assert run.info.status is RunStatus.FINISHED
    assert [(param.key, param.value) for param in run.data.params] == [("lr", "0.1")]
    assert steps_of(store, run) == [0, 1, 2, 3, 4]
    assert printed(notebook) == ""


def test_cell_that_fails_shows_one_traceback_and_stops_run_all(
    open_tracked: Open, store: Client
) -> None:
    notebook = open_tracked("%%track bad\nx = 1\nraise ValueError('boom')", "after = 1")
    notebook.run_all()
    assert notebook.errors() == ["ValueError: boom"]
    assert json.dumps(notebook.outputs()).count("Traceback (most recent call last)") == 1
    assert notebook.value("'after' in globals()") == "False"
    assert "FAILED" in notebook.cell(1).locator(CARD).inner_text()
    (run,) = runs_of(store)
    assert run.info.status is RunStatus.FAILED
    trace = store.read_artifact(run.info.run_id, "error/traceback.txt")
    assert trace.count(b"ValueError: boom") == 1


def test_cell_that_is_interrupted_is_killed(
    open_tracked: Open, store: Client, tmp_path: Path
) -> None:
    logged = tmp_path / "logged.txt"
    notebook = open_tracked(ENDLESS.format(path=str(logged)))
    start_endless(notebook, logged)
    notebook.interrupt()
    notebook.lab.wait_for("isIdle", notebook.path)
    assert notebook.errors() == ["KeyboardInterrupt: "]
    (run,) = runs_of(store)
    assert run.info.status is RunStatus.KILLED
    assert set(map(int, logged.read_text().split())) <= set(steps_of(store, run))


def test_cell_run_again_is_an_attempt_linked_to_the_one_before(
    open_tracked: Open, store: Client
) -> None:
    notebook = open_tracked(SUCCESS)
    notebook.run_cell(1)
    notebook.run_cell(1)
    assert "attempt 2" in notebook.cell(1).locator(CARD).inner_text()
    one, two = runs_of(store)
    assert [tags(run)["nbtrack.attempt"] for run in (one, two)] == ["1", "2"]
    assert tags(two)["nbtrack.attempt.previous"] == one.info.run_id
    assert {tags(run)["nbtrack.cell.id"] for run in (one, two)} == {"cell-1"}


def test_killed_kernel_is_told_of_by_the_next_one_and_has_lost_nothing(
    open_tracked: Open, store: Client, tmp_path: Path
) -> None:
    logged = tmp_path / "logged.txt"
    cells = ENDLESS.format(path=str(logged)), "None"
    notebook = open_tracked(*cells)
    process = int(notebook.value("os.getpid()"))
    start_endless(notebook, logged)
    os.kill(process, signal.SIGKILL)
    notebook.lab.close(notebook.path)
    again = open_tracked(*cells)
    again.value(RECOVERY)
    again.run_cell(2)  # tells what was not yet known at the end of the first one
    (line,) = printed(again).splitlines()
    assert line.startswith("nbtrack: run endless was cut off at ")
    (run,) = runs_of(store)
    assert run.info.status is RunStatus.KILLED
    steps = steps_of(store, run)
    assert steps == list(range(len(steps)))
    assert set(map(int, logged.read_text().split())) <= set(steps)


def test_card_stays_readable_in_both_themes(open_tracked: Open, theme: str) -> None:
    failing = "%%track broken\nraise ValueError('boom')"
    notebook = open_tracked(SUCCESS, failing, "%track status", "%%track later\nlr = 2")
    for cell in (1, 2, 3, 1, 4):
        notebook.run_cell(cell)
    assert "cells ran out of order" in notebook.cell(4).locator(CARD).inner_text()
    notebook.screenshot(f"tracked {theme}")
    for cell in (1, 2, 4):
        parts = notebook.cell(cell).locator(f"{CARD} div, {CARD} span, {CARD} b").all()
        assert len(parts) > 3
        assert [part.inner_text() for part in parts if contrast(part) < READABLE] == []


def test_restored_cell_is_new_and_is_not_run(open_tracked: Open, store: Client) -> None:
    notebook = open_tracked(SUCCESS, "%track restore base")
    notebook.run_cell(1)
    notebook.run_cell(2)
    restored = notebook.cell(3)
    assert restored.locator(".cm-line").all_inner_texts()[:-1] == SUCCESS.splitlines()
    assert restored.locator(".jp-InputPrompt").inner_text() == "[ ]:"
    assert len(runs_of(store)) == 1


def test_lifecycle_notebook_runs_in_lab(lab: Lab) -> None:
    shutil.copy(LIFECYCLE, lab.server.root)
    notebook = lab.open(LIFECYCLE.name)
    notebook.command("notebook:clear-all-cell-outputs")
    notebook.run_all()
    assert notebook.errors() == ["ValueError: The rest of the data is missing."]
    assert notebook.value("len(attempts), len(lost)") == "(2, 0)"
    assert [notebook.cell(number).locator(CARD).count() for number in (4, 6, 7)] == [1, 2, 1]
    notebook.screenshot("lifecycle")
    assert notebook.unfinished() == []
