"""How long a person looks at an empty page: views in JupyterLab and Chromium, clicks to answers.

Times are taken in the page, from the start of the cell or the event of a click until the frame in
which the answer stands. What the page has received meanwhile is counted at its web sockets.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.measuring import Figures
from tests.benchmarks.task import ROOT, Task

if TYPE_CHECKING:
    from playwright.sync_api import WebSocket

    from tests.browser.lab import Lab

MOST_COMPARED: Final = 500
_SECONDS: Final = 120
_PATH: Final = "views.ipynb"
_GRID: Final = ".nbtrack-grid"
_ROW: Final = f"{_GRID} [role=row][aria-rowindex='2']"
_TIMED: Final = """async ([act, done, seconds]) => {
  const make = (body) => new Function("one", "seen", body);
  const one = (selector) => document.querySelector(selector);
  const seen = {}, acts = make(act), isDone = make(`return ${done}`);
  const start = performance.now();
  acts(one, seen);
  while (!isDone(one, seen)) {
    if (performance.now() - start > 1000 * seconds) throw new Error(`still not: ${done}`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - start;
}"""
_DRAWN: Final = "document.querySelectorAll('.nbtrack-chart[data-points]:has(.main-svg)').length"
_SORT: Final = f"""seen.row = one({_ROW!r}).textContent;
[...document.querySelectorAll('{_GRID} [role=columnheader]')]
  .find((head) => head.textContent.includes('m00')).click()"""
_SORTED: Final = f"""(() => {{ const row = one({_ROW!r});
  return row && row.textContent !== seen.row && !row.classList.contains('nbtrack-placeholder');
}})()"""
_OPEN_SCATTER: Final = """const tab = [...document.querySelectorAll('[role=tab]')]
  .find((tab) => tab.textContent === 'Scatter');
const { x, y } = tab.getBoundingClientRect();
tab.dispatchEvent(new PointerEvent("pointerdown",
  { bubbles: true, button: 0, clientX: x + 5, clientY: y + 5 }))"""
_RUN: Final = "nbtrackLab.start('notebook:run-cell', {})"
_SETUP: Final = """import os, sys
os.environ["NBTRACK_TRACKING_URI"] = {store!r}
os.environ["NBTRACK_STATE_FOLDER"] = {state!r}
sys.path.insert(0, {root!r})
import nbtrack, ipywidgets, pandas
import nbtrack.charts, nbtrack.widgets
"""


@dataclass
class _Page:
    """A notebook whose first cell has run, in a page whose traffic is counted."""

    lab: Lab
    received: list[int] = field(default_factory=list[int])

    def ms(self, act: str, done: str) -> float:
        """Return the milliseconds from an act until the page shows what it is for."""
        taken: float = self.lab.page.evaluate(_TIMED, [act, done, _SECONDS])
        return taken

    def first_paint(self, cell: int, done: str) -> tuple[float, float]:
        """Run a cell; return the seconds until its view is seen, and the kB that came for it."""
        self.lab.ask("activate", _PATH, cell)
        before = sum(self.received)
        seconds = self.ms(_RUN, done) / 1000
        self.lab.wait_for("isIdle", _PATH)
        return seconds, (sum(self.received) - before) / 1000


def browser(task: Task) -> Figures:
    """Show a run browser of a store; sort, filter and select in it."""
    with _opened(task, "nbtrack.browse()") as page:
        seconds, kb = page.first_paint(1, f"one({_ROW + ' [role=gridcell]'!r})")
        return {
            "seconds": seconds,
            "kb": kb,
            "sort_ms": page.ms(_SORT, _SORTED),
            "filter_ms": page.ms(*_filter_for("params.p00 = '3'")),
            "select_ms": page.ms(
                f"one({_ROW!r}).click()", "one('.nbtrack-run-name')?.textContent.startsWith('run')"
            ),
        }


def comparison(task: Task) -> Figures:
    """Show a comparison of runs, sort and select in it, and open the scatter."""
    frame = f"nbtrack.runs(limit={task.size})"
    with _opened(task, f"nbtrack.compare_view({frame})") as page:
        shown = "one('.widget-tab-contents table')"
        seconds, kb = page.first_paint(1, f"one({_ROW + ' [role=gridcell]'!r}) && {shown}")
        code = "one('.nbtrack-code-line code').textContent"
        return {
            "seconds": seconds,
            "kb": kb,
            "sort_ms": page.ms(_SORT, _SORTED),
            "select_ms": page.ms(
                f"seen.code = {code}; one({_ROW!r}).click()", f"{code} !== seen.code"
            ),
            "scatter_ms": page.ms(_OPEN_SCATTER, f"{_DRAWN} === 1"),
        }


def chart(task: Task) -> Figures:
    """Show a chart of 100 curves of many points each, and another one after it."""
    make = f"curves_frame({task.size})"
    source = "from tests.benchmarks.views import curves_frame\n"
    show = f"nbtrack.widgets.Chart(nbtrack.charts.curves({make}, 'loss'))"
    with _opened(task, source + show, show) as page:
        seconds, kb = page.first_paint(1, f"{_DRAWN} === 1")
        again, kb_again = page.first_paint(2, f"{_DRAWN} === 2")
    return {"seconds": seconds, "kb": kb, "again": again, "again_kb": kb_again}


def _filter_for(text: str) -> tuple[str, str]:
    """Return how a filter is typed and entered, and what tells that it was answered."""
    box = "one('.nbtrack-filter-text')"
    count = f"one('{_GRID} .nbtrack-count').textContent"
    act = (
        f"seen.count = {count}; {box}.value = {text!r};"
        f"{box}.dispatchEvent(new Event('input', {{bubbles: true}}));"
        f"{box}.dispatchEvent(new KeyboardEvent('keydown', {{key: 'Enter', bubbles: true}}))"
    )
    return act, f"{count} !== seen.count"


@contextmanager
def _opened(task: Task, *cells: str) -> Generator[_Page]:
    """Open JupyterLab with a notebook of these cells; what they import is loaded."""
    # Here, for the processes of other trials load this file too.
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import ADVICE, OPTIONS, chromium_path
    from tests.browser.jupyter_server import jupyter_server
    from tests.browser.lab import VIEWPORT, Lab

    path = chromium_path()
    if path is None:
        raise RuntimeError(ADVICE)
    setup = _SETUP.format(store=task.shared, state=f"{task.folder}/state", root=str(ROOT))
    folder = Path(task.folder, "jupyter")
    folder.mkdir()
    with jupyter_server(folder) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        page = chromium.new_context(viewport=VIEWPORT).new_page()
        opened = _Page(Lab(server, page, Path(task.folder)))

        def count(frame: str | bytes) -> None:
            opened.received.append(len(frame))

        def listen(socket: WebSocket) -> None:
            socket.on("framereceived", count)

        page.on("websocket", listen)
        opened.lab.load()
        notebook = opened.lab.open_cells(_PATH, setup, *cells)
        notebook.run_cell(0)
        assert notebook.errors() == []
        yield opened
        chromium.close()
