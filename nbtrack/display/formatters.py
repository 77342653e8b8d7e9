"""Cards for what a client returns, registered in IPython.

Entities and pages of them are registered by the names of their types, so that nothing is imported
until one is shown. Lists and tuples are of Python: a card shows those that hold entities of one
kind, and all others are shown as before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from nbtrack.display.cards import experiment_card, info_card, model_card, run_card
from nbtrack.display.lists import kind_of, list_card
from nbtrack.display.shown import Card
from nbtrack.entities import Experiment, FileInfo, LoggedModel, Metric, Run

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbtrack.client.active_run import ActiveRun


def _active_card(run: ActiveRun) -> Card:
    return info_card(run.info, run.status)


def _page_card(items: str, kind: type) -> Callable[[Any], Card]:
    """Return what shows a page, whose items have a name and are of a kind."""
    return lambda page: list_card(getattr(page, items), kind, has_more=bool(page.next_page_token))


CARDS: Final[dict[tuple[str, str], Callable[[Any], Card]]] = {
    ("nbtrack.client.active_run", "ActiveRun"): _active_card,
    ("nbtrack.entities", "Run"): run_card,
    ("nbtrack.entities", "Experiment"): experiment_card,
    ("nbtrack.entities", "LoggedModel"): model_card,
    ("nbtrack.api.runs", "RunsPage"): _page_card("runs", Run),
    ("nbtrack.api.experiments", "ExperimentsPage"): _page_card("experiments", Experiment),
    ("nbtrack.api.logged_models", "LoggedModelsPage"): _page_card("models", LoggedModel),
    ("nbtrack.api.artifacts", "ArtifactsPage"): _page_card("files", FileInfo),
    ("nbtrack.api.metrics", "HistoryPage"): _page_card("metrics", Metric),
}
"""The card of each type, by its module and name."""
SEQUENCES: Final[tuple[type, ...]] = (list, tuple)


def register_cards(shell: InteractiveShell) -> None:
    """Show what a client returns as cards, and several of a kind as tables."""
    rich, plain = _formatters(shell)
    for (module, name), card in CARDS.items():
        rich.for_type_by_name(module, name, _html_of(card))
        plain.for_type_by_name(module, name, _text_of(card))
    for sequence in SEQUENCES:
        rich.for_type(sequence, _ListHtml(rich.type_printers.get(sequence)))
        plain.for_type(sequence, _ListText(plain.type_printers.get(sequence)))


def unregister_cards(shell: InteractiveShell) -> None:
    """Show them as they were shown before."""
    for module, name in CARDS:
        for formatter in _formatters(shell):
            formatter.deferred_printers.pop((module, name), None)
            for kind in [k for k in formatter.type_printers if _named(k) == (module, name)]:
                formatter.pop(kind)
    for sequence in SEQUENCES:
        for formatter in _formatters(shell):
            _put_back(formatter, sequence)


def _put_back(formatter: Any, sequence: type) -> None:  # noqa: ANN401 - of IPython
    """Have the printer that was there before, unless somebody put another one in since."""
    ours = formatter.type_printers.get(sequence)
    if isinstance(ours, _ListHtml | _ListText):
        formatter.pop(sequence)
        if ours.before is not None:
            formatter.for_type(sequence, ours.before)


class _ListHtml:
    """Shows a list of entities as a table; any other one has no HTML, or that of before."""

    def __init__(self, before: Callable[[object], str | None] | None) -> None:
        self.before = before

    def __call__(self, values: Any) -> str | None:  # noqa: ANN401 - any list or tuple
        kind = kind_of(values)
        if kind is not None:
            return list_card(values, kind).html
        if self.before is not None:
            return self.before(values)
        # A class of lists may have its own.
        own: Callable[[], str | None] | None = getattr(values, "_repr_html_", None)
        return own() if own else None


class _ListText:
    """Shows a list of entities as a table of text, and any other one as before."""

    def __init__(self, before: Callable[[object, Any, bool], None]) -> None:
        self.before = before

    def __call__(self, values: Any, printer: Any, cycle: bool) -> None:  # noqa: ANN401, FBT001
        kind = kind_of(values)
        if kind is None:
            self.before(values, printer, cycle)
        else:
            printer.text(list_card(values, kind).text)


def _formatters(shell: InteractiveShell) -> tuple[Any, Any]:
    formatters: dict[str, Any] = getattr(shell.display_formatter, "formatters", {})
    return formatters["text/html"], formatters["text/plain"]


def _named(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__name__


def _html_of(card: Callable[[Any], Card]) -> Callable[[object], str]:
    return lambda value: card(value).html


def _text_of(card: Callable[[Any], Card]) -> Callable[[object, Any, bool], None]:
    def show(value: object, printer: Any, cycle: bool) -> None:  # noqa: ANN401, ARG001, FBT001
        printer.text(card(value).text)

    return show
