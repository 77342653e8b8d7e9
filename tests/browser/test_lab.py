"""The instruments themselves: what they are to notice, they notice."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.lab import Lab, Traffic


def test_an_error_in_a_cell_is_noticed(lab: Lab) -> None:
    notebook = lab.open_cells("error.ipynb", "1 / 0", "x = 1")
    notebook.run_all()
    assert notebook.errors() == ["ZeroDivisionError: division by zero"]


def test_a_running_cell_can_be_interrupted(lab: Lab) -> None:
    notebook = lab.open_cells(
        "interrupt.ipynb",
        "import time",
        "try:\n    print('begun')\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    ended = True",
    )
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).get_by_text("begun", exact=True).wait_for()
    notebook.interrupt()
    notebook.wait_for_value("ended", "True")


def test_a_file_from_outside_is_noticed(lab: Lab, chromium: Browser) -> None:
    page = chromium.new_page()
    traffic = Traffic(lab.server.url)
    traffic.listen(page)
    page.goto(f"{lab.server.url}/api")
    page.set_content("<img src='http://outside.invalid/a.png'><img src='data:image/gif;base64,'>")
    page.close()
    assert traffic.outside == ["http://outside.invalid/a.png"]


def test_an_error_of_the_page_is_noticed(lab: Lab, chromium: Browser) -> None:
    page = chromium.new_page()
    traffic = Traffic(lab.server.url)
    traffic.listen(page)
    page.set_content("<script>console.error('first'); throw new Error('second')</script>")
    page.close()
    assert traffic.problems == ["console: first", "error: second"]
