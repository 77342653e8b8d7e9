"""Charts and grids in JupyterLab: what is drawn, what a person does with mouse and keys."""

from __future__ import annotations

import time
from collections.abc import Generator
from importlib.metadata import version
from pathlib import Path

import pytest
from playwright.sync_api import Locator, WebSocket, expect

from tests.browser.lab import Lab, NotebookPage, contrast
from tests.browser.widgets import CHART, DRAWN, GRID, cell_texts, open_widgets, violations

THEMES = ["JupyterLab Light", "JupyterLab Dark"]
READABLE = 4.5
WAITS_FOR_THE_CELL = tuple(map(int, version("ipykernel").split(".")[:2])) >= (7, 4)

FIGURE = """
import numpy as np, plotly.graph_objects as go
from nbtrack.charts.reduction import Line, refined
from nbtrack.widgets import Chart
x = np.arange(100_000)
y = np.sin(x / 9_000) + (x == 54_321) * 4
heard = []
figure = go.Figure(
    [go.Scatter(x=x[::200], y=y[::200], name="<img src=x onerror=alert(1)>", mode="lines+markers",
                ids=[f"point {n}" for n in range(500)])],
    layout={"title": {"text": "A wave"}, "meta": {"alt": "A wave with a spike."}},
)
chart = Chart(figure, refine=lambda ends: refined([Line(0, x, y, limit=400)], ends))
chart.on_click(lambda click: heard.append(click.key))
chart.on_zoom(lambda ends: heard.append(ends))
chart.on_brush(lambda brush: heard.append(len(brush.keys)))
def _values(chart):
    from nbtrack.widgets.wire import unpacked_array
    return unpacked_array(chart.figure["data"][0]["y"])

chart
"""
GRID_CELL = """
grid = Grid(runs(50_000), sparklines={"curve": lambda ids: {i: [3.0, 1.0, 2.0] for i in ids}})
opened = []
grid.on_open(opened.append)
grid
"""


SLOW_LIBRARY = """
import gzip, time, ipywidgets
from nbtrack.widgets.plotly_js import PlotlyJS
block = b"const end = performance.now() + 3000; while (performance.now() < end); window.slow = 1;"
slow = b"/*" + b"x" * 5_000_000 + b"*/" + block  # while it arrives, widgets are made
library = PlotlyJS(library=gzip.compress(slow), version=f"slow {time.time()}")
grids = []
for number in range(80):
    grids.append(Grid(runs(1)))
"""
LATER = """
for grid in grids:
    grid.error = "heard"
ipywidgets.VBox(grids)
"""


@pytest.fixture(params=THEMES, ids=["light", "dark"])
def theme(lab: Lab, request: pytest.FixtureRequest) -> Generator[str]:
    """Give Lab that theme for one test."""
    name = str(request.param)
    lab.use_theme(name)
    yield name
    lab.use_theme(THEMES[0])


@pytest.fixture
def charted(lab: Lab, tmp_path: Path) -> NotebookPage:
    """Give a notebook that shows a chart."""
    notebook = open_widgets(lab, tmp_path, FIGURE)
    notebook.run_cell(1)
    notebook.cell(1).locator(DRAWN).first.wait_for()
    return notebook


@pytest.fixture
def gridded(lab: Lab, tmp_path: Path) -> NotebookPage:
    """Give a notebook that shows a grid of 50,000 runs and 50 columns."""
    notebook = open_widgets(lab, tmp_path, GRID_CELL, columns=40)
    notebook.run_cell(1)
    grid_of(notebook).locator("[role=gridcell]").first.wait_for()
    return notebook


def chart_of(notebook: NotebookPage) -> Locator:
    """Find the chart of the first cell below the set-up."""
    return notebook.cell(1).locator(CHART)


def grid_of(notebook: NotebookPage) -> Locator:
    """Find the grid of the first cell below the set-up."""
    return notebook.cell(1).locator(GRID)


def focus(grid: Locator) -> Locator:
    """Put the focus into a grid, and return what has it."""
    port = grid.get_by_role("grid", name="Runs")
    port.focus()
    return port


# --- charts ---------------------------------------------------------------------------------------


def test_chart_has_a_description_and_its_data_by_keyboard(charted: NotebookPage) -> None:
    chart = chart_of(charted)
    assert chart.get_by_role("img", name="A wave with a spike.").count() == 1
    button = chart.get_by_role("button", name="Data table")
    button.focus()
    button.press("Enter")
    table = chart.get_by_role("region", name="Data of the chart")
    assert table.locator("th[scope=col]").all_inner_texts() == [
        "<img src=x onerror=alert(1)>",
        "x",
        "y",
    ]
    assert table.locator("tr").nth(2).locator("td").all_inner_texts() == ["200", "0.0222204"]
    assert charted.lab.page.locator("img[src=x]").count() == 0


def test_click_and_zoom_reach_python_and_bring_finer_points(charted: NotebookPage) -> None:
    chart = chart_of(charted)
    plot = chart.locator(".nsewdrag").first
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    mouse = charted.lab.page.mouse
    mouse.move(box["x"] + box["width"] * 0.5, middle)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    mouse.up()
    charted.wait_for_value("len(heard), len(heard[-1]) if heard else 0", "(1, 2)")
    expect(chart.locator(".nbtrack-chart-line")).to_contain_text("showing")
    points = int(chart.get_attribute("data-points") or 0)
    assert 200 < points <= 402
    charted.wait_for_value("bool(3.5 < max(float(v) for v in _values(chart)))", "True")
    mouse.dblclick(box["x"] + box["width"] * 0.5, middle)
    charted.wait_for_value("heard[-1] is None", "True")


def test_further_charts_are_cheap(charted: NotebookPage) -> None:
    sizes: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: sizes.append(len(data)))

    page = charted.lab.page
    page.on("websocket", listen)
    charted.save()
    charted.lab.load()
    again = charted.lab.open(charted.path)
    again.cell(1).locator(DRAWN).first.wait_for()  # out of the kernel, in a page that is new
    before = sum(sizes)
    again.value("[Chart(figure) for _ in range(5)] and None")
    time.sleep(0.5)
    assert before > 1_000_000  # the library
    assert (sum(sizes) - before) / 5 < 50_000
    page.remove_listener("websocket", listen)


def test_chart_follows_the_theme(charted: NotebookPage) -> None:
    chart = chart_of(charted)
    expect(chart).to_have_attribute("data-theme", "light")
    try:
        charted.lab.use_theme(THEMES[1])
        expect(chart).to_have_attribute("data-theme", "dark")
        tick = chart.locator(".xtick text").first
        expect(tick).to_have_css("fill", "rgb(255, 255, 255)")
        charted.screenshot("chart dark")
    finally:
        charted.lab.use_theme(THEMES[0])
    expect(chart).to_have_attribute("data-theme", "light")


def test_axe_finds_nothing_in_a_chart(charted: NotebookPage, theme: str) -> None:
    chart = chart_of(charted)
    chart.get_by_role("button", name="Data table").click()
    expect(chart).to_have_attribute("data-theme", theme.split()[1].lower())
    assert violations(charted.lab.page, CHART) == []


# --- grids ----------------------------------------------------------------------------------------


def test_grid_shows_the_first_rows_of_many(gridded: NotebookPage) -> None:
    grid = grid_of(gridded)
    port = grid.get_by_role("grid", name="Runs")
    assert port.get_attribute("aria-rowcount") == "50001"
    assert cell_texts(grid, 0, 3) == ["run 0", "run 1", "run 2"]
    assert grid.locator(".nbtrack-count").inner_text() == "50,000 runs"
    assert grid.locator("[role=row]").count() < 60
    expect(grid.locator(".nbtrack-spark").first).to_be_attached()


def test_grid_scrolls_to_rows_that_python_sends(gridded: NotebookPage) -> None:
    grid = grid_of(gridded)
    focus(grid).press("End")
    last = grid.locator("[role=row][aria-rowindex='50001'] [role=gridcell]").first
    expect(last).to_have_text("run 49999")
    focus(grid).press("Home")
    expect(grid.locator("[role=row][aria-rowindex='2'] [role=gridcell]").first).to_have_text(
        "run 0"
    )


def test_grid_sorts_by_click_and_by_keyboard(gridded: NotebookPage) -> None:
    grid = grid_of(gridded)
    head = grid.get_by_role("columnheader", name="duration")
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(grid.locator("[role=row][aria-rowindex='3'] [role=gridcell]").first).to_have_text(
        "run 700"
    )
    port = focus(grid)
    port.press("Enter")  # the focus stays in the header
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(grid.locator("[role=row][aria-rowindex='2'] [role=gridcell]").first).to_have_text(
        "run 699"
    )


def test_grid_is_selected_by_keyboard_and_lab_keeps_still(gridded: NotebookPage) -> None:
    grid = grid_of(gridded)
    port = focus(grid)
    for key in ("ArrowDown", "Space", "Shift+ArrowDown", "Shift+ArrowDown"):
        port.press(key)
    gridded.wait_for_value("grid.selected_frame.run_name.tolist()", "['run 1', 'run 2', 'run 3']")
    assert grid.locator("[aria-selected=true]").count() == 3
    for key in ("d", "d", "Enter"):
        port.press(key)
    gridded.wait_for_value("[int(i, 16) for i in opened]", "[3]")
    assert gridded.cell(1).locator(GRID).count() == 1  # Lab has not deleted the cell
    assert port.get_attribute("aria-activedescendant") is not None
    port.press("Escape")
    gridded.wait_for_value("grid.selected", "[]")


def test_grid_is_selected_by_mouse_over_rows_that_are_not_loaded(gridded: NotebookPage) -> None:
    grid = grid_of(gridded)
    cell_of = "[role=row][aria-rowindex='{}'] [role=gridcell]"
    grid.locator(cell_of.format(2)).first.click()
    grid.get_by_role("grid", name="Runs").evaluate("port => (port.scrollTop = 1e9)")
    last = grid.locator(cell_of.format(50_001)).first
    expect(last).to_have_text("run 49999")
    last.click(modifiers=["Shift"])
    expect(grid.locator(".nbtrack-count")).to_contain_text("10,000 selected")
    expect(grid.locator(".nbtrack-count")).to_contain_text("40,000 more are too many")


def test_columns_are_picked_pinned_hidden_and_resized(gridded: NotebookPage) -> None:
    grid = grid_of(gridded)
    grid.get_by_role("button", name="Columns", exact=True).click()
    grid.get_by_label("Find a column").fill("tags.same")
    grid.get_by_role("checkbox", name="tags.same").check()
    expect(grid.get_by_role("columnheader", name="tags.same")).to_be_attached()
    grid.get_by_role("button", name="Pin tags.same").click()
    expect(grid.get_by_role("columnheader").first).to_have_text("tags.same")
    grid.get_by_role("button", name="Hide constant columns").click()
    expect(grid.get_by_role("columnheader").first).to_have_text("run_name")
    expect(grid.locator(".nbtrack-count")).to_contain_text("1 constant column hidden")
    port = focus(grid)
    port.press("ArrowUp")
    for _ in range(3):
        port.press("Shift+ArrowRight")
    gridded.wait_for_value("grid.widths", "{'run_name': 198}")


def test_grid_says_how_many_rows_it_shows(lab: Lab, tmp_path: Path) -> None:
    notebook = open_widgets(lab, tmp_path, "grid = Grid(runs(20))\ngrid")
    notebook.run_cell(1)
    shown = grid_of(notebook).locator(".nbtrack-count")
    expect(shown).to_have_text("20 runs")
    notebook.value("setattr(grid, 'query', 'run 1')")
    expect(shown).to_have_text("11 of 20 runs")
    notebook.value("[setattr(grid, 'query', ''), grid.show(runs(1))]")
    expect(shown).to_have_text("1 run")


def test_names_are_only_names(lab: Lab, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=\\'document.title=1\\'>"
    cell = f"Grid(runs(5, lambda row: '{hostile}').rename(columns={{'params.p0': '{hostile}'}}))"
    notebook = open_widgets(lab, tmp_path, cell)
    notebook.run_cell(1)
    grid = grid_of(notebook)
    grid.locator("[role=gridcell]").first.wait_for()
    assert cell_texts(grid, 0, 1) == [hostile.replace("\\", "")]
    assert lab.page.locator("img[src=x]").count() == 0


def test_grid_is_there_while_the_kernel_is_busy(lab: Lab, tmp_path: Path) -> None:
    notebook = open_widgets(lab, tmp_path, GRID_CELL, "import time\ntime.sleep(6)")
    lab.start("notebook:run-all-cells")
    grid = grid_of(notebook)
    expect(grid.locator("[role=gridcell]").first).to_have_text("run 0", timeout=5_000)
    focus(grid).press("End")
    if WAITS_FOR_THE_CELL:  # older kernels answer on another thread meanwhile
        expect(grid.locator(".nbtrack-busy")).to_contain_text("Kernel busy", timeout=3_000)
        assert grid.locator(".nbtrack-placeholder").count() > 5
    last = grid.locator("[role=row][aria-rowindex='50001'] [role=gridcell]").first
    expect(last).to_have_text("run 49999", timeout=20_000)
    expect(grid.locator(".nbtrack-busy")).to_have_text("")


def test_widgets_made_while_the_library_starts_hear_their_kernel(lab: Lab, tmp_path: Path) -> None:
    notebook = open_widgets(lab, tmp_path, SLOW_LIBRARY, LATER)
    notebook.run_cell(1)
    lab.page.wait_for_function("window.slow")
    notebook.run_cell(2)
    assert notebook.errors() == []
    told = notebook.cell(2).locator(f"{GRID} [role=alert]", has_text="heard")
    expect(told).to_have_count(80)


def test_axe_finds_nothing_in_a_grid(gridded: NotebookPage, theme: str) -> None:
    grid = grid_of(gridded)
    focus(grid).press("Space")
    expect(grid.locator("[aria-selected=true]")).to_have_count(1)
    gridded.screenshot(f"grid {theme}")
    grid.get_by_role("button", name="Columns", exact=True).click()
    assert violations(gridded.lab.page, GRID) == []


def test_grid_is_readable_in_both_themes(gridded: NotebookPage, theme: str) -> None:
    grid = grid_of(gridded)
    focus(grid).press("Space")
    expect(grid.locator(".nbtrack-selected")).to_have_count(1)
    parts = [
        *grid.locator(".nbtrack-selected [role=gridcell], .nbtrack-label").all(),
        *grid.locator(".nbtrack-pill, .nbtrack-nan, button").all(),
    ]
    assert len(parts) > 20
    assert [part.inner_text() for part in parts if contrast(part) < READABLE] == []
