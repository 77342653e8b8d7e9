"""JupyterLab in a browser tab, and the notebooks that are open in it.

A `Lab` is one tab for a whole session of tests, because opening it takes seconds. It opens a
`NotebookPage` per notebook, which runs cells and reads what came of them: outputs from Lab's model,
elements from the page, values from the kernel over a side channel. A `Traffic` listens to all that
the tab loads and to what goes wrong in it. The part that runs inside the page is `lab.js`.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import (
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
    WebSocket,
)

from tests.browser.jupyter_server import JupyterServer

SCRIPT = Path(__file__).with_name("lab.js")
RUN_SECONDS = 60
VIEWPORT: Final[ViewportSize] = {"width": 1400, "height": 1000}
FRAME = 160  # height of menus, toolbars and status bar
INLINE = ("data:", "blob:")
LACKING = ("Loading widget", "Error displaying widget", "Error creating widget")

# Errors of Lab's own: message and a part of the stack. ipywidgets asks a notebook for its kernel
# without looking whether it has one.
NOISE = [("(reading 'kernel')", "@jupyter-widgets/jupyterlab-manager")]
# The debugger of Lab says so when a notebook is closed soon after it was opened.
CONSOLE_NOISE = ("Could not restore the debugger state",)


@dataclass
class Traffic:
    """What a tab loaded and what went wrong in it."""

    server: str
    requests: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])

    def listen(self, page: Page) -> None:
        """Write down what happens in a page from now on."""
        page.on("request", self._on_request)
        page.on("websocket", self._on_socket)
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)

    @property
    def outside(self) -> list[str]:
        """The addresses that are not the server's."""
        own = (self.server + "/", self.server.replace("http", "ws", 1) + "/", *INLINE)
        return [url for url in self.requests if not url.startswith(own)]

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _on_socket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)

    def _on_error(self, error: Error) -> None:
        if not any(text in error.message and source in str(error.stack) for text, source in NOISE):
            self.problems.append(f"error: {error.message}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(CONSOLE_NOISE):
            self.problems.append(f"console: {message.text}")


class Lab:
    """JupyterLab in one tab."""

    def __init__(self, server: JupyterServer, page: Page, screenshots: Path) -> None:
        self.server = server
        self.page = page
        self.screenshots = screenshots
        self.traffic = Traffic(server.url)
        self.traffic.listen(page)

    def load(self) -> None:
        """Load Lab with an empty workspace."""
        self.page.add_init_script(path=SCRIPT)
        self.page.goto(f"{self.server.url}/lab?reset&token={self.server.token}")
        self.page.wait_for_function("window.jupyterapp?.shell", timeout=RUN_SECONDS * 1000)
        self.page.evaluate("window.jupyterapp.restored.then(() => true)")

    def open(self, path: str, *, kernel: bool = True) -> NotebookPage:
        """Open a notebook of the server's folder, with a kernel that is ready or without one."""
        arguments: dict[str, Any] = {"path": path, "factory": "Notebook"}
        if not kernel:
            arguments["kernelPreference"] = {"shouldStart": False}
        self.command("docmanager:open", **arguments)
        self.wait_for("isOpen", path)
        if kernel:
            self.wait_for("isIdle", path)
        return NotebookPage(self, path)

    def open_cells(self, path: str, *cells: str) -> NotebookPage:
        """Store a notebook of these code cells, and open it."""
        self.server.write(path, list(cells))
        return self.open(path)

    def command(self, name: str, *, seconds: float = RUN_SECONDS, **arguments: object) -> None:
        """Carry out a command of Lab and wait for its end."""
        self.start(name, **arguments)
        self.page.wait_for_function("nbtrackLab.outcome !== null", timeout=seconds * 1000)
        outcome = self.page.evaluate("nbtrackLab.outcome")
        assert outcome == "done", f"{name}: {outcome}"

    def start(self, name: str, **arguments: object) -> None:
        """Start a command of Lab, and do not wait."""
        self.page.evaluate("([name, args]) => nbtrackLab.start(name, args)", [name, arguments])

    def ask(self, question: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON enters here
        """Call a function of lab.js."""
        return self.page.evaluate(f"(args) => nbtrackLab.{question}(...args)", list(arguments))

    def wait_for(self, question: str, *arguments: object) -> None:
        """Wait until a function of lab.js answers yes."""
        self.page.wait_for_function(
            f"(args) => nbtrackLab.{question}(...args)",
            arg=list(arguments),
            timeout=RUN_SECONDS * 1000,
        )

    def use_theme(self, name: str) -> None:
        """Change the theme, such as `JupyterLab Dark`, and wait until its style is loaded."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def open_paths(self) -> list[str]:
        """List the notebooks that are open."""
        found: list[str] = self.ask("paths")
        return found

    def close(self, path: str) -> None:
        """Close a notebook without saving it, and stop its kernel."""
        self.ask("close", path)
        self.server.end_session(path)

    def screenshot(self, name: str) -> Path:
        """Store a picture of the tab as it is."""
        path = self.screenshots / (re.sub(r"[^\w.-]+", "_", name) + ".png")
        self.page.screenshot(path=path)
        return path


class NotebookPage:
    """A notebook that is open in Lab."""

    def __init__(self, lab: Lab, path: str) -> None:
        self.lab = lab
        self.path = path

    def command(self, name: str, *, seconds: float = RUN_SECONDS) -> None:
        """Carry out a command of Lab that is about the notebook in front."""
        self._activate()
        self.lab.command(name, seconds=seconds)

    def run_all(self, seconds: float = RUN_SECONDS) -> None:
        """Run all cells from the top; an error ends it, and is found in `errors`."""
        self.command("notebook:run-all-cells", seconds=seconds)

    def run_cell(self, number: int, seconds: float = RUN_SECONDS) -> None:
        """Run one cell."""
        self._activate(number)
        self.lab.command("notebook:run-cell", seconds=seconds)

    def start_cell(self, number: int) -> None:
        """Start one cell, and do not wait for its end."""
        self._activate(number)
        self.lab.start("notebook:run-cell")

    def interrupt(self) -> None:
        """Interrupt the kernel, as the stop button does."""
        self.command("notebook:interrupt-kernel")

    def save(self) -> None:
        """Save the notebook into the server's folder."""
        self.command("docmanager:save")
        self.lab.wait_for("isSaved", self.path)

    def outputs(self) -> list[dict[str, Any]]:
        """Return the outputs of all cells as they are in the file format."""
        found: list[dict[str, Any]] = self.lab.ask("outputs", self.path)
        return found

    def errors(self) -> list[str]:
        """Return name and message of each error among the outputs."""
        return [
            f"{output['ename']}: {output['evalue']}"
            for output in self.outputs()
            if output["output_type"] == "error"
        ]

    def unfinished(self) -> list[str]:
        """Return warnings among the outputs, and the texts that Lab shows for a widget it lacks."""
        outputs = self.outputs()
        warned = [str(output["text"]) for output in outputs if output.get("name") == "stderr"]
        shown = self._panel().locator(".jp-OutputArea-output").all_inner_texts()
        return warned + [text for text in shown if any(sign in text for sign in LACKING)]

    def views(self) -> Locator:
        """Find the live views that the page shows."""
        return self._panel().locator(".nbtrack-live-view")

    def has_kernel(self) -> bool:
        """Tell whether the notebook has a kernel."""
        return bool(self.lab.ask("hasKernel", self.path))

    def cell(self, number: int) -> Locator:
        """Find a cell in the page, and bring it into view so that Lab draws it."""
        self._activate(number)
        cell = self._panel().locator(".jp-Notebook .jp-Cell").nth(number)
        cell.scroll_into_view_if_needed()
        return cell

    def value(self, expression: str, seconds: float = RUN_SECONDS) -> str:
        """Return the repr of an expression in the kernel; a running cell is waited for."""
        with self.lab.server.kernel(self.path) as kernel:
            kernel.execute("", silent=True, user_expressions={"value": expression})
            reply = kernel.get_shell_msg(timeout=seconds)
        result = reply["content"]["user_expressions"]["value"]
        assert result["status"] == "ok", f"{expression}: {result['ename']}: {result['evalue']}"
        return str(result["data"]["text/plain"])

    def wait_for_value(self, expression: str, wanted: str, seconds: float = 10) -> None:
        """Wait until an expression in the kernel has that repr."""
        deadline = time.monotonic() + seconds
        while (found := self.value(expression)) != wanted:
            assert time.monotonic() < deadline, f"{expression} is {found}, not {wanted}"
            time.sleep(0.05)

    def screenshot(self, name: str) -> Path:
        """Store a picture of the whole notebook, in a window as high as it needs."""
        self._activate()
        try:
            # The first fit makes Lab lay out cells that were out of sight, the second is exact.
            self._fit_window()
            self._fit_window()
            self.lab.ask("scrollToTop", self.path)
            return self.lab.screenshot(name)
        finally:
            self.lab.page.set_viewport_size(VIEWPORT)

    def picture(self, number: int, path: Path) -> None:
        """Store a picture of one cell as it looks while another one is active."""
        cell = self.cell(number)
        try:
            self._fit_window()
            self._fit_window()
            self._activate(0)
            self.lab.page.mouse.move(0, 0)
            self.lab.ask("settle")
            cell.screenshot(path=path, animations="disabled")
        finally:
            self.lab.page.set_viewport_size(VIEWPORT)

    def _fit_window(self) -> None:
        height = int(self.lab.ask("height", self.path)) + FRAME
        size: ViewportSize = {**VIEWPORT, "height": max(height, VIEWPORT["height"])}
        self.lab.page.set_viewport_size(size)
        self.lab.ask("settle")

    def _activate(self, cell: int | None = None) -> None:
        self.lab.ask("activate", self.path, cell)
        self.lab.wait_for("isActive", self.path)

    def _panel(self) -> Locator:
        return self.lab.page.locator(f"#{self.lab.ask('panel', self.path)}")


def contrast(text: Locator, ground: Locator | None = None) -> float:
    """Return the contrast ratio of a text to what it stands on, by default its own ancestors."""
    handle = (ground or text).element_handle()
    ratio = text.evaluate("(text, ground) => nbtrackLab.contrast(text, ground)", handle)
    return float(ratio)
