"""The comparison view in JupyterLab: baseline, brushes, selection, filter, and without a kernel."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.browser.widgets import CHART, GRID, open_view, violations

Place = tuple[float, float]
VIEW = ".nbtrack-comparison"
CODE = ".nbtrack-code-line"
NO_CLIPBOARD = """() => {
  Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  document.execCommand = () => false;
}"""
CLIPBOARD = "() => { delete navigator.clipboard; delete document.execCommand; }"
HOSTILE = "<img src=x onerror=document.title=1>"
FILLED = f"""
import math, nbtrack
from nbtrack.entities import ExperimentAccessControlRequest as Grant, ModelInput
nbtrack.set_experiment("digits")
client = nbtrack.Client(os.environ["NBTRACK_TRACKING_URI"])
for place in range(8):
    lr, seed = (0.1, 0.05, 0.01, 0.002)[place // 2], place % 2
    params = {{"lr": lr, "seed": seed, "same": 1}}
    with nbtrack.run(run_name=f"run {{place}}", params=params) as run:
        run.log_series("loss", [math.exp(-step * lr) + seed / 20 for step in range(40)])
        run.log_series("acc", [1 - math.exp(-step * lr) - seed / 20 for step in range(40)])
        if place % 2:
            about = dict(params={{"depth": place, "width": 64}}, tags={{"stage": {HOSTILE!r}}})
            model = run.log_model(b"weights", "net", model_type="cnn", **about).info.model_id
            nbtrack.flush()
            client.log_metric(run.run_id, "f1", 0.5 + lr, timestamp=1, step=3, model_id=model,
                dataset_name="digits", dataset_digest="9f2c")
client.update_permissions("1", access_control_list=[
    Grant(group_name="team", permission_level="CAN_READ"),
    Grant(user_name={HOSTILE!r}, permission_level="CAN_EDIT")])
client.log_inputs(run.run_id, models=[ModelInput(model_id=model)])
"""
GRANTED = """sorted((entry.user_name or entry.group_name or entry.service_principal_name,
    one.permission_level) for entry in client.get_permissions("1").access_control_list
    for one in entry.all_permissions if not one.inherited
    and one.permission_level != "CAN_MANAGE")"""
CELL = "view = nbtrack.compare_view('metrics.loss < 9')\nview"


@pytest.fixture
def compared(lab: Lab, tmp_path: Path) -> NotebookPage:
    """Give a notebook that compares eight runs."""
    return open_view(lab, tmp_path, FILLED, CELL)


def part(notebook: NotebookPage, selector: str) -> Locator:
    """Find a part of the view."""
    return notebook.cell(2).locator(VIEW).locator(selector)


def open_page(notebook: NotebookPage, title: str) -> None:
    """Open a page of the view."""
    notebook.cell(2).locator(VIEW).get_by_role("tab", name=title).click()


def drag(lab: Lab, place: Locator, start: Place, end: Place) -> None:
    """Drag the mouse between two places of an element, which are parts of its width and height."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    ends = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    mouse = lab.page.mouse
    mouse.move(*ends[0])
    mouse.down()
    mouse.move(*ends[1], steps=12)
    mouse.up()


def test_another_baseline_changes_the_differences(compared: NotebookPage) -> None:
    page = part(compared, ".widget-tab-contents")
    expect(page).to_contain_text("compared with run 7")
    part(compared, ".widget-dropdown select").first.select_option(index=3)
    expect(page).to_contain_text("compared with run 4")


def test_a_click_in_the_scatter_selects_in_the_grid(compared: NotebookPage, lab: Lab) -> None:
    open_page(compared, "Scatter")
    points = part(compared, f"{CHART} .scatterlayer path.point")
    points.first.wait_for()
    points.first.scroll_into_view_if_needed()
    box = points.first.bounding_box()
    assert box
    # Plotly hears clicks on a layer above its points.
    lab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    compared.wait_for_value("len(view.selected)", "1")
    expect(part(compared, f"{GRID} [role=row][aria-selected=true]")).to_have_count(1)


def test_a_box_that_is_drawn_in_the_scatter_selects(compared: NotebookPage, lab: Lab) -> None:
    open_page(compared, "Scatter")
    plot = part(compared, f"{CHART} .nsewdrag").first
    plot.hover()
    part(compared, f"{CHART} .modebar-btn[data-val=select]").click()
    # All runs with the largest rate are in the right half.
    drag(lab, plot, (0.55, 0.02), (0.99, 0.98))
    compared.wait_for_value("sorted(view.selected['params.lr'])", "[0.1, 0.1]")
    expect(part(compared, f"{GRID} [role=row][aria-selected=true]")).to_have_count(2)


def test_a_range_that_is_drawn_on_an_axis_selects(compared: NotebookPage, lab: Lab) -> None:
    open_page(compared, "Parallel")
    axis = part(compared, f"{CHART} .y-axis").filter(has_text="seed").locator(".background")
    drag(lab, axis, (0.5, 0.4), (0.5, -0.3))  # a range ends where its axis does
    compared.wait_for_value("sorted(view.selected['params.seed'])", "[1, 1, 1, 1]")
    expect(part(compared, f"{GRID} [role=row][aria-selected=true]")).to_have_count(4)
    lab.screenshot("comparison range")


def test_selected_rows_stand_out_among_the_curves(compared: NotebookPage, lab: Lab) -> None:
    open_page(compared, "Curves")
    part(compared, f"{CHART} .scatterlayer .trace").first.wait_for()
    part(compared, f"{GRID} [role=row][aria-rowindex='3'] [role=gridcell]").first.click()
    compared.wait_for_value("len(view.selected)", "1")
    name = compared.value("view.selected['run_name'].iloc[0]").strip("'")
    expect(part(compared, f"{CHART} .legendtext").first).to_contain_text(name)
    assert part(compared, f"{CHART} .scatterlayer .trace").count() > 8
    lab.screenshot("comparison curves")


def test_an_assigned_filter_moves_the_view(compared: NotebookPage) -> None:
    compared.value("setattr(view, 'filter', 'params.lr > 0.02')")
    expect(part(compared, f"{GRID} .nbtrack-count")).to_contain_text("4 runs ·")
    expect(part(compared, CODE).get_by_role("region", name="Code")).to_contain_text(
        "params.lr > 0.02"
    )


def test_the_line_of_code_is_copied(compared: NotebookPage, lab: Lab) -> None:
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line = part(compared, CODE)
    line.get_by_role("button", name="Copy code").click()
    expect(line.get_by_role("status")).to_have_text("Copied")
    assert lab.page.evaluate("navigator.clipboard.readText()") == eval(compared.value("view.code"))
    compared.value("setattr(view, 'filter', 'params.lr > 0.02')")
    expect(line.get_by_role("status")).to_have_text("")


def test_code_is_selected_where_the_clipboard_is_refused(compared: NotebookPage, lab: Lab) -> None:
    lab.page.evaluate(NO_CLIPBOARD)
    try:
        line = part(compared, CODE)
        line.get_by_role("button", name="Copy code").press("Enter")
        expect(line.get_by_role("status")).to_contain_text("The code is selected")
        selected = lab.page.evaluate("getSelection().toString()")
        assert selected == eval(compared.value("view.code"))
    finally:
        lab.page.evaluate(CLIPBOARD)


def test_parallel_axes_are_drawn(compared: NotebookPage, lab: Lab) -> None:
    open_page(compared, "Parallel")
    expect(part(compared, f"{CHART} .y-axis")).to_have_count(5)
    lab.screenshot("comparison parallel")


def test_groups_have_statistics_curves_and_tests(compared: NotebookPage, theme: str) -> None:
    open_page(compared, "Groups")
    part(compared, f"{CHART} .scatterlayer .trace").first.wait_for()
    page = part(compared, ".widget-tab-contents")
    expect(page).to_contain_text("acc of groups")
    expect(page).to_contain_text("Differences to lr=0.002")
    compared.screenshot(f"comparison groups {theme}")
    assert violations(compared.lab.page, VIEW) == []


def test_models_stand_with_their_lineage(compared: NotebookPage, theme: str) -> None:
    open_page(compared, "Models")
    page = part(compared, ".widget-tab-contents")
    expect(page).to_contain_text("Metrics of the models")
    expect(page).to_contain_text("digits (9f2c)")
    expect(page).to_contain_text(HOSTILE)
    assert compared.lab.page.locator("img[src=x]").count() == 0
    compared.screenshot(f"comparison models {theme}")
    assert violations(compared.lab.page, VIEW) == []


def test_permissions_are_planned_before_they_are_changed(
    compared: NotebookPage, theme: str
) -> None:
    open_page(compared, "Permissions")
    page = part(compared, ".nbtrack-permissions")
    plan = page.get_by_role("region", name="Plan")
    expect(plan).to_contain_text("No changes")
    level = page.get_by_label("Level of team")
    level.focus()
    level.select_option("CAN_EDIT")
    expect(plan).to_contain_text("PATCH /api/2.0/permissions/experiments/1")
    expect(level).to_be_focused()
    page.get_by_label("Level of <img").select_option("")
    expect(plan).to_contain_text("PUT /api/2.0/permissions/experiments/1")
    page.get_by_label("Name", exact=True).fill("robot")
    page.get_by_label("Kind").select_option("service principal")
    page.get_by_role("button", name="Add to the plan").click()
    expect(plan).to_contain_text('"service_principal_name": "robot"')
    assert compared.value(GRANTED) == f"[('{HOSTILE}', 'CAN_EDIT'), ('team', 'CAN_READ')]"
    compared.screenshot(f"comparison permissions {theme}")
    assert compared.lab.page.locator("img[src=x]").count() == 0
    assert violations(compared.lab.page, VIEW) == []
    plan.get_by_role("button", name="Apply: send 1 call").click()
    expect(page.get_by_role("status")).to_have_text("Made 1 call. This is what holds now.")
    assert compared.value(GRANTED) == "[('robot', 'CAN_READ'), ('team', 'CAN_EDIT')]"
    expect(page.get_by_label("Level of robot")).to_have_value("CAN_READ")
    expect(page.get_by_label("Level of <img")).to_have_count(0)
    expect(plan).to_contain_text("No changes")


def test_axe_finds_nothing_in_a_comparison(compared: NotebookPage, lab: Lab, theme: str) -> None:
    open_page(compared, "Scatter")
    part(compared, f"{CHART} .main-svg").first.wait_for()
    lab.screenshot(f"comparison {theme}")
    open_page(compared, "Differences")
    lab.screenshot(f"comparison differences {theme}")
    assert violations(lab.page, VIEW) == []


def test_a_reopened_notebook_shows_what_the_pages_show_without_a_kernel(
    compared: NotebookPage, lab: Lab, theme: str
) -> None:
    compared.save()
    shutil.copy(lab.server.root / compared.path, lab.server.root / "compared-saved.ipynb")
    saved = lab.open("compared-saved.ipynb", kernel=False)
    still = saved.cell(2).locator(".nbtrack-still")
    expect(still).to_contain_text("compared with run 7")
    expect(still).to_contain_text("acc of groups")
    pictures = still.locator("img[src^='data:image/svg']")
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
    saved.screenshot(f"comparison without a kernel {theme}")
    assert violations(lab.page, ".nbtrack-still") == []
