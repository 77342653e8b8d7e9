"""The run browser in JupyterLab: search, sort, select, look at a run, change and delete runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, contrast
from tests.browser.widgets import CHART, GRID, cell_texts, open_view, violations

BROWSER = ".nbtrack-browser"
DETAILS = ".nbtrack-details"
READABLE = 4.5
HOSTILE = "<img src=x onerror=document.title=1>"
CODE = """# Train a net: <b>not bold</b> 🐍
import math

class Net(Base):
    def loss(self, step: int) -> float:
        return math.exp(-step / 10) + 0.5 if self.name == "<img src=x>" else None
"""
FILLED = f"""
import json, math, struct, zlib, nbtrack

def _png():
    part = lambda kind, data: (struct.pack(">I", len(data)) + kind + data
        + struct.pack(">I", zlib.crc32(kind + data)))
    rows = b"".join(b"\\0" + bytes([20 * row, 120, 200]) * 12 for row in range(12))
    head = struct.pack(">IIBBBBB", 12, 12, 8, 2, 0, 0, 0)
    return (b"\\x89PNG\\r\\n\\x1a\\n" + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))

nbtrack.set_experiment("digits")
client = nbtrack.Client(os.environ["NBTRACK_TRACKING_URI"])
names = ["otter", "heron", "vole", {HOSTILE!r}, "lynx", "stoat", "wren", "newt"]
for place, name in enumerate(names):
    with nbtrack.run(run_name=name) as run:
        run.log_params(lr=0.1 / (place + 1), model=("cnn", "mlp")[place % 2], same="same")
        run.log_series("loss", [math.exp(-step / 10) + place / 10 for step in range(40)])
nbtrack.flush()
last = run.run_id
client.upload_text(last, "log.txt", "one\\n<b>two</b>\\n")
client.upload_text(last, "train.py", {CODE!r})
client.upload_text(last, "long.log", "a line <i>of many</i>\\n" * 300_000)
client.upload_text(last, "conf.json", json.dumps({{"depth": 3, "parts": [1, 2]}}))
client.upload_text(last, "table.csv", "a,b\\n1,<i>2</i>\\n")
client.upload_text(last, "change.diff", "--- a\\n+++ b\\n@@ -1 +1 @@\\n-old\\n+new\\n")
client.upload_bytes(last, "plots/square.png", _png())
"""
OTHER = """
nbtrack.set_experiment("faces")
with nbtrack.run(run_name="swift") as other:
    other.log_series("f1", [0.5, 0.7])
    other.log_series("recall", [0.4, 0.6])
nbtrack.flush()
"""
CELL = "browser = nbtrack.browse()\nbrowser"


@pytest.fixture
def browsed(lab: Lab, tmp_path: Path) -> NotebookPage:
    """Give a notebook that shows a run browser of eight runs."""
    return open_view(lab, tmp_path, FILLED, CELL)


def part(notebook: NotebookPage, selector: str) -> Locator:
    """Find a part of the browser."""
    return notebook.cell(2).locator(selector)


def row(notebook: NotebookPage, number: int) -> Locator:
    """Find the first cell of a row; the header is row 1."""
    rows = part(notebook, f"{GRID} [role=row][aria-rowindex='{number}']")
    return rows.locator("[role=gridcell]").first


def button(notebook: NotebookPage, name: str) -> Locator:
    """Find a button of the bar."""
    return part(notebook, BROWSER).get_by_role("button", name=name, exact=True)


def test_filter_is_completed_and_applied(browsed: NotebookPage) -> None:
    box = part(browsed, BROWSER).get_by_role("combobox", name="Filter")
    box.press_sequentially("lo")
    options = part(browsed, BROWSER).get_by_role("option")
    expect(options.first).to_have_text("metrics.loss")
    box.press("ArrowDown")
    box.press("Enter")
    expect(options.first).to_have_text("=")
    box.press_sequentially("< 0.3")
    box.press("Enter")
    browsed.wait_for_value("browser.filter, len(browser.frame)", "('metrics.loss < 0.3', 3)")
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_have_text("3 runs")
    browsed.value("setattr(browser, 'filter', '')")
    expect(box).to_have_value("")
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_have_text("8 runs")


def test_mistake_in_a_filter_is_marked_below_its_letter(browsed: NotebookPage) -> None:
    box = part(browsed, BROWSER).get_by_role("combobox", name="Filter")
    box.fill("metrics.loss < < 1")
    box.press("Enter")
    wrong = part(browsed, ".nbtrack-message")
    expect(wrong).to_contain_text("Expected a numeric value")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(part(browsed, ".nbtrack-blank")).to_have_text("metrics.loss < ")
    browsed.screenshot("browser filter error")
    caret, field = part(browsed, ".nbtrack-caret").bounding_box(), box.bounding_box()
    assert caret is not None
    assert field is not None
    assert abs(caret["x"] - (field["x"] + 7 + 15 * caret["width"])) < 3
    assert part(browsed, f"{GRID} .nbtrack-count").inner_text() == "8 runs"
    box.fill("params.model = 'cnn'")
    box.press("Enter")
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_have_text("4 runs")
    expect(wrong).to_be_hidden()


def test_runs_are_sorted_selected_and_drawn(browsed: NotebookPage) -> None:
    grid = part(browsed, GRID)
    head = grid.get_by_role("columnheader", name="metrics.loss")
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(row(browsed, 2)).to_have_text("otter")
    row(browsed, 2).click()
    row(browsed, 4).click(modifiers=["Shift"])
    browsed.wait_for_value("browser.selected.run_name.tolist()[::-1]", "['otter', 'heron', 'vole']")
    expect(part(browsed, ".nbtrack-about")).to_have_text("3 runs chosen")
    part(browsed, ".nbtrack-chart[data-points] .main-svg").first.wait_for()
    button(browsed, "Copy as code").click()
    code = part(browsed, BROWSER).get_by_role("textbox", name="Code")
    assert re.match(r"nbtrack\.runs\(.attributes\.run_id IN \(", code.input_value())
    browsed.wait_for_value(f"len(eval({code.input_value()!r}))", "3")


def test_slow_click_selects(browsed: NotebookPage) -> None:
    row(browsed, 3).hover()
    mouse = browsed.lab.page.mouse
    mouse.down()
    browsed.lab.page.wait_for_timeout(250)
    mouse.up()
    browsed.wait_for_value("browser.selected.run_name.tolist()", "['wren']")


def test_details_show_the_focused_run_and_its_files(browsed: NotebookPage) -> None:
    row(browsed, 2).click()
    details = part(browsed, DETAILS)
    expect(details.locator(".nbtrack-run-name")).to_have_text("newt")
    details.get_by_role("tab", name="Params").click()
    expect(details.get_by_role("row", name="model mlp")).to_be_visible()
    details.get_by_role("tab", name="Artifacts").click()
    details.get_by_role("button", name="log.txt").click()
    expect(details.locator("pre")).to_contain_text("<b>two</b>")
    details.get_by_role("button", name="conf.json").click()
    expect(details.locator("pre")).to_contain_text('"depth": 3')
    details.get_by_role("button", name="table.csv").click()
    expect(details.locator(".nbtrack-preview td").last).to_have_text("<i>2</i>")
    details.get_by_role("button", name="change.diff").click()
    expect(details.locator(".nbtrack-added")).to_have_text("+new")
    browsed.screenshot("browser diff")
    details.get_by_role("button", name="plots/").click()
    details.get_by_role("button", name="square.png").click()
    image = details.get_by_role("img", name="plots/square.png")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 12


def test_code_has_colours_and_stays_text(browsed: NotebookPage, theme: str) -> None:
    row(browsed, 2).click()
    details = part(browsed, DETAILS)
    details.get_by_role("tab", name="Artifacts").click()
    details.get_by_role("button", name="train.py").click()
    shown = details.locator("pre")
    expect(shown).to_have_text(CODE.rstrip("\n"))
    texts = shown.locator("span").all()
    assert {text.get_attribute("class") for text in texts} == {
        f"nbtrack-code-{word}" for word in ("comment", "keyword", "name", "number", "string")
    }
    assert [text.inner_text() for text in texts if contrast(text) < READABLE] == []
    browsed.screenshot(f"browser code {theme}")
    details.get_by_role("button", name="conf.json").click()
    expect(shown.locator(".nbtrack-code-number").first).to_have_text("3")
    assert violations(browsed.lab.page, DETAILS) == []


def test_start_of_a_big_file_is_shown(browsed: NotebookPage) -> None:
    row(browsed, 2).click()
    details = part(browsed, DETAILS)
    details.get_by_role("tab", name="Artifacts").click()
    details.get_by_role("button", name="long.log").click()
    expect(details.locator("pre")).to_contain_text("a line <i>of many</i>")
    told = "showing the first 300 lines: the file has 6.6 MB, and only its start was read"
    expect(details.locator(".nbtrack-preview")).to_contain_text(told)
    browsed.screenshot("browser big file")


def test_names_are_only_names(browsed: NotebookPage) -> None:
    found = part(browsed, GRID).get_by_text(HOSTILE)
    found.click()
    expect(part(browsed, ".nbtrack-run-name")).to_have_text(HOSTILE)
    button(browsed, "Delete").click()
    expect(part(browsed, ".nbtrack-names-list")).to_have_text(HOSTILE)
    assert browsed.lab.page.locator("img[src=x]").count() == 0


def test_run_is_renamed_tagged_and_noted(browsed: NotebookPage) -> None:
    row(browsed, 2).click()
    button(browsed, "Rename").click()
    box = part(browsed, BROWSER).get_by_role("textbox", name="Name")
    box.fill("salamander")
    box.press("Enter")
    expect(row(browsed, 2)).to_have_text("salamander")
    button(browsed, "Tag").click()
    part(browsed, BROWSER).get_by_role("textbox", name="Key").fill("team")
    part(browsed, BROWSER).get_by_role("textbox", name="Value").fill("vision")
    button(browsed, "Set tag").click()
    browsed.wait_for_value("client.get_run(last).data.tags[-1].value", "'vision'")
    button(browsed, "Note").click()
    part(browsed, BROWSER).get_by_role("textbox", name="Text").fill("the best")
    button(browsed, "Write note").click()
    expect(part(browsed, ".nbtrack-run-note")).to_have_text("the best")


def test_tag_is_removed(browsed: NotebookPage) -> None:
    browsed.value("client.set_tag(last, 'team', 'vision')")
    row(browsed, 2).click()
    details = part(browsed, DETAILS)
    details.get_by_role("tab", name="Tags").click()
    button(browsed, "Tag").click()
    part(browsed, BROWSER).get_by_role("textbox", name="Key").fill("team")
    button(browsed, "Remove tag").click()
    expect(part(browsed, ".nbtrack-done")).to_have_text("Removed tag 'team' of 1 run.")
    browsed.wait_for_value("'team' in {tag.key for tag in client.get_run(last).data.tags}", "False")
    expect(details.get_by_role("rowheader", name="team")).to_have_count(0)


def test_experiments_and_the_metric_of_the_curves_are_chosen(browsed: NotebookPage) -> None:
    browsed.value(f"exec({OTHER!r})")
    button(browsed, "Refresh").click()
    browsed.wait_for_value("'faces' in str(browser.bar.experiments)", "True")
    button(browsed, "Experiment: digits").click()
    panel = part(browsed, BROWSER).get_by_role("dialog", name="Experiments")
    panel.get_by_role("searchbox").fill("face")
    expect(panel.get_by_role("checkbox")).to_have_count(1)
    panel.get_by_role("checkbox", name="faces").check()
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_have_text("9 runs")
    panel.get_by_role("searchbox").fill("")
    panel.get_by_role("checkbox", name="digits").uncheck()
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_have_text("1 run")
    expect(button(browsed, "Experiment: faces")).to_be_visible()
    row(browsed, 2).click()
    metric = part(browsed, BROWSER).get_by_label("Curves of")
    metric.select_option("f1")
    title = part(browsed, f"{CHART} .gtitle")
    expect(title).to_contain_text("f1 by step")
    metric.select_option("recall")
    expect(title).to_contain_text("recall by step")


def test_runs_are_deleted_after_a_question_and_restored(browsed: NotebookPage) -> None:
    row(browsed, 2).click()
    row(browsed, 3).click(modifiers=["Control"])
    expect(part(browsed, ".nbtrack-about")).to_have_text("2 runs chosen")
    button(browsed, "Delete").click()
    question = part(browsed, BROWSER).get_by_role("alertdialog", name="Delete 2 runs?")
    expect(question).to_contain_text("newt, wren")
    browsed.screenshot("browser delete")
    question.get_by_role("button", name="Cancel").click()
    browsed.wait_for_value("nbtrack.count()", "8")
    button(browsed, "Delete").click()
    question.get_by_role("button", name="Delete").click()
    browsed.wait_for_value("nbtrack.count()", "6")
    expect(part(browsed, ".nbtrack-done")).to_have_text("Deleted 2 runs.")
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_have_text("6 runs")
    part(browsed, BROWSER).get_by_label("Runs").select_option("deleted")
    expect(row(browsed, 2)).to_have_text("newt")
    row(browsed, 2).click()
    button(browsed, "Restore").click()
    question = part(browsed, BROWSER).get_by_role("alertdialog", name="Restore 1 run?")
    question.get_by_role("button", name="Restore").click()
    browsed.wait_for_value("nbtrack.count()", "7")


def test_browser_follows_the_store(browsed: NotebookPage) -> None:
    browsed.value(
        "[nbtrack.run(run_name='late').__enter__(), nbtrack.log(loss=3), nbtrack.end_run()]"
    )
    expect(row(browsed, 2)).to_have_text("late", timeout=10_000)
    browsed.value("browser.close()")
    assert browsed.value("browser._watch.is_running") == "False"


def test_saved_browser_is_a_table_without_a_kernel(browsed: NotebookPage) -> None:
    still, live = (output["data"] for output in browsed.outputs()[-2:])
    assert list(live) == ["application/vnd.jupyter.widget-view+json"]
    data = still
    assert "otter" in data["text/html"]
    assert "<img" not in data["text/html"]
    assert "Runs: 8" in "".join(data["text/plain"])


def test_reopened_browser_shows_its_runs_without_a_kernel(lab: Lab, browsed: NotebookPage) -> None:
    expect(part(browsed, ".nbtrack-still")).to_be_hidden()
    row(browsed, 2).click()
    browsed.value("setattr(browser, 'filter', 'metrics.loss < 0.3')")
    expect(part(browsed, f"{GRID} .nbtrack-count")).to_contain_text("3 runs")
    expect(part(browsed, ".nbtrack-still")).to_be_hidden()
    browsed.save()
    lab.close(browsed.path)
    again = lab.open(browsed.path, kernel=False)
    output = again.cell(2).locator(".jp-OutputArea")
    expect(output).to_contain_text("otter")
    expect(output).to_contain_text("Runs: 3")
    expect(output.locator(".nbtrack-still")).to_be_visible()
    again.screenshot("browser reopened")
    assert "Loading widget" not in output.inner_text()
    assert not again.has_kernel()
    assert "Error displaying widget" not in output.inner_text()


def test_axe_finds_nothing_in_the_browser(browsed: NotebookPage, theme: str) -> None:
    row(browsed, 2).click()
    row(browsed, 4).click(modifiers=["Shift"])
    part(browsed, ".nbtrack-chart[data-points] .main-svg").first.wait_for()
    part(browsed, DETAILS).get_by_role("tab", name="Params").click()
    browsed.screenshot(f"browser {theme}")
    assert len(cell_texts(part(browsed, GRID), 0)) == 8
    button(browsed, "Delete").click()
    for selector in (BROWSER, GRID, DETAILS):
        assert violations(browsed.lab.page, selector) == []
    texts = part(browsed, f"{BROWSER} button:enabled, {DETAILS} th, {DETAILS} button").all()
    seen = [text for text in texts if text.is_visible()]
    assert len(seen) > 6
    assert [text.inner_text() for text in seen if contrast(text) < READABLE] == []
