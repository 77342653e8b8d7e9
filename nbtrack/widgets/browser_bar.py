"""The bar of a run browser: experiments, filter, metric, and what can be done with runs.

The page sends what the person wants; whoever listens with `on` does it. A message about runs bears
the `turn` of the choice that the person saw, so that nothing is done to runs chosen meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import uuid4

from traitlets import Dict, Int, List, Unicode

from nbtrack.display import Card
from nbtrack.display import html as markup
from nbtrack.errors import FilterError
from nbtrack.widgets.base import LOCK, BaseWidget, Message, static_text

WISHES = (
    *("filter", "experiments", "view", "metric", "refresh"),
    *("rename", "tag", "untag", "note", "delete", "restore", "compare", "close", "seen", "gone"),
)


class BrowserBar(BaseWidget):
    """What stands above the grid of a run browser.

    Attributes
    ----------
    filter, wrong
        The filter that was asked for last, and what is wrong with it: `message` and `position`.
    experiments, chosen
        Experiments to choose from, and the ids of the chosen ones.
    view
        Which runs: `active`, `deleted` or `all`.
    metrics, metric
        Metrics to choose from, and the one of which curves are drawn.
    words
        Fields that complete a filter.
    picked
        The runs that actions are about: `turn`, `count`, `deleted`, `names`, `note`.
    code
        The line of code that finds them.
    status
        What was done last.
    """

    _esm = static_text("elements.js", "browser.js")
    _css = static_text("theme.css", "buttons.css", "browser.css")
    MESSAGES: ClassVar[Mapping[str, str]] = dict.fromkeys(WISHES, "_on_wish")

    filter = Unicode().tag(sync=True)
    wrong = Dict().tag(sync=True)
    experiments: List[Any] = List().tag(sync=True)
    n_experiments = Int().tag(sync=True)
    chosen = List(Unicode()).tag(sync=True)
    view = Unicode("active").tag(sync=True)
    metrics = List(Unicode()).tag(sync=True)
    metric = Unicode().tag(sync=True)
    words: List[Any] = List().tag(sync=True)
    picked = Dict().tag(sync=True)
    code = Unicode().tag(sync=True)
    status = Unicode().tag(sync=True)
    comparing = Int().tag(sync=True)
    still_class = Unicode().tag(sync=True)
    """The class of the table that a page hides while it shows the live view."""

    def __init__(self, **traits: object) -> None:
        """Make a bar that nobody listens to yet."""
        self._listeners: dict[str, Callable[[Message], object]] = {}
        super().__init__(still_class=f"nbtrack-still-{uuid4().hex}", **traits)

    def on(self, wish: str, do: Callable[[Message], object]) -> None:
        """Have `do(message)` called when the person wishes something, one of `WISHES`."""
        self._listeners[wish] = do

    def still(self) -> Card:
        """Return the filter as text."""
        return filter_card(self.filter)

    def _on_wish(self, message: Message) -> None:
        do = self._listeners.get(str(message["type"]))
        try:
            if do is not None:
                do(message)
        except FilterError as exc:
            self.refuse_filter(exc)
        finally:
            self.answer(message)

    def refuse_filter(self, exc: FilterError) -> None:
        """Show a mistake under the filter, at its place."""
        with LOCK:
            self.wrong = {"message": str(exc), "position": exc.position, "text": exc.text}


def filter_card(where: str) -> Card:
    """Say which filter runs were found by."""
    text = f"Filter: {where}" if where else "No filter"
    return Card(text, f"<div>{markup.text(text)}</div>")
