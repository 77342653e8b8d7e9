"""The details of one run: params, metrics, tags, and artifacts with a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from traitlets import Dict

from nbtrack.display import Card, duration_text, number_text, run_card
from nbtrack.widgets.base import LOCK, BaseWidget, Message, static_text
from nbtrack.widgets.browser_actions import NOTE
from nbtrack.widgets.browser_preview import (
    MOST_BYTES,
    START_BYTES,
    Preview,
    preview,
    size_text,
    started,
)

if TYPE_CHECKING:
    from nbtrack.client import Client
    from nbtrack.entities import FileInfo, Run

MOST_PAIRS: Final = 500
MOST_FILES: Final = 500
MOST_VALUE: Final = 2_000
_HINT: Final = "Choose a run to see its details."


class RunDetails(BaseWidget):
    """What is known of a run; files are listed and fetched when the person opens them.

    Attributes
    ----------
    details
        The run as the page shows it; empty for none.
    """

    _esm = static_text("elements.js", "details.js")
    _css = static_text("theme.css", "buttons.css", "browser.css", "details.css")
    MESSAGES: ClassVar[Mapping[str, str]] = {"files": "_on_files", "preview": "_on_preview"}

    details = Dict().tag(sync=True)

    def __init__(self, client: Client) -> None:
        """Show no run yet."""
        self._client = client
        self._run: Run | None = None
        super().__init__()

    def show(self, run_id: str) -> None:
        """Show another run, or the same one as it is now; an empty id shows none."""
        run = self._client.get_run(run_id) if run_id else None
        with LOCK:
            self._run = run
            self.details = details_of(run) if run else {}

    def still(self) -> Card:
        """Return the run as a card without scripts."""
        if self._run is None:
            return Card(_HINT, f"<div>{_HINT}</div>")
        return run_card(self._run)

    def _on_files(self, message: Message) -> None:
        folder = str(message.get("path") or "")
        run_id = str(message["run"])
        found = self._files(run_id, folder)
        entries = [
            {"path": one.path, "folder": one.is_dir, "size": size_text(one.file_size)}
            for one in found[:MOST_FILES]
        ]
        left_out = f"showing the first {MOST_FILES}" if len(found) > MOST_FILES else ""
        self.answer(message, run=run_id, path=folder, files=entries, left_out=left_out)

    def _on_preview(self, message: Message) -> None:
        run_id, path = str(message["run"]), str(message["path"])
        folder = path.rpartition("/")[0]
        size = next((f.file_size for f in self._files(run_id, folder) if f.path == path), None)
        self.answer(message, run=run_id, path=path, shown=self._preview(run_id, path, size))

    def _preview(self, run_id: str, path: str, size: int | None) -> Preview:
        """Show a file as far as it is read; some servers do not tell sizes."""
        files = self._client.run_artifacts(run_id)
        if (size or 0) > MOST_BYTES:
            return started(path, run_id, files.read_start(path, START_BYTES), size)
        data = files.read_start(path, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            return started(path, run_id, data[:START_BYTES], None)
        return preview(path, data)

    def _files(self, run_id: str, folder: str) -> list[FileInfo]:
        most = MOST_FILES + 1
        return list(self._client.iter_artifacts(run_id, path=folder or None, limit=most))


def details_of(run: Run) -> dict[str, Any]:
    """Return a run as the page shows it: lists of pairs, and what is left out of each."""
    info = run.info
    metrics: list[tuple[str, ...]] = [
        (m.key, number_text(m.value), f"step {m.step}") for m in run.data.metrics
    ]
    tags: list[tuple[str, ...]] = [(t.key, t.value) for t in run.data.tags]
    parts: dict[str, list[tuple[str, ...]]] = {
        "metrics": sorted(metrics),
        "params": sorted((p.key, p.value) for p in run.data.params),
        "tags": sorted(tags),
    }
    return {
        "id": info.run_id,
        "name": info.run_name,
        "status": info.status.value,
        "deleted": info.lifecycle_stage == "deleted",
        "start": info.start_time,
        "duration": _taken(run),
        "note": _cut(next((t.value for t in run.data.tags if t.key == NOTE), "")),
        **{name: [[_cut(v) for v in row] for row in _few(rows)] for name, rows in parts.items()},
        "counts": {name: len(rows) for name, rows in parts.items()},
    }


def _few(rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    return rows[:MOST_PAIRS]


def _cut(text: str) -> str:
    if len(text) <= MOST_VALUE:
        return text
    return f"{text[:MOST_VALUE]}… ({len(text) - MOST_VALUE:,} characters more)"


def _taken(run: Run) -> str:
    start, end = run.info.start_time, run.info.end_time
    return "" if start is None or end is None else duration_text(end - start)
