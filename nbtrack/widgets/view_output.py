"""The output of a composed view: a table, and the live view behind it.

A notebook that is opened without its kernel would show `Loading widget` in place of the table, if
both were forms of one output. A page that shows the live view hides the table, which is kept as the
view is, so that a saved notebook has the last state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbtrack.display import Card
from nbtrack.widgets.screen import NotebookScreen, Screen

_STYLE: Final = """<style>
.jp-OutputArea-child:has(.nbtrack-still):has(+ .jp-OutputArea-child .nbtrack-live-view),
.jp-OutputArea-child:has(.nbtrack-still) + .jp-OutputArea-child:not(:has(.nbtrack-live-view)) {
  display: none;
}
</style>"""
"""Of the table and the live view behind it, JupyterLab shows the one that there is."""


class ViewOutput:
    """The two outputs of a browser; before it is shown, `keep` does nothing."""

    def __init__(self, name: str) -> None:
        """Name the class by which a page finds the table."""
        self._name = name
        self._table: Screen | None = None
        self._html = ""

    @property
    def is_shown(self) -> bool:
        """Whether it was shown."""
        return self._table is not None

    def show(self, card: Card, view: Mapping[str, Any], screen: Screen | None = None) -> None:
        """Show the table, and the view behind it."""
        self._table = screen or NotebookScreen()
        self._table.show((self._bundle(card), {}))
        (screen or NotebookScreen()).show((view, {}))

    def keep(self, card: Card) -> None:
        """Have the table be as the view is now."""
        if self._table is not None and card.html != self._html:
            self._table.replace((self._bundle(card), {}))

    def _bundle(self, card: Card) -> dict[str, str]:
        self._html = card.html
        html = f'{_STYLE}<div class="nbtrack-still {self._name}">{card.html}</div>'
        return {"text/html": html, "text/plain": card.text}
