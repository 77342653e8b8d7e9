"""Cards for runs and experiments in IPython, registered by the names of their types.

By name, so that nothing is imported until such an object is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from nbtrack.display.cards import experiment_card, info_card, run_card
from nbtrack.display.shown import Card

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbtrack.client.active_run import ActiveRun


def _active_card(run: ActiveRun) -> Card:
    return info_card(run.info, run.status)


CARDS: Final[dict[tuple[str, str], Callable[[Any], Card]]] = {
    ("nbtrack.client.active_run", "ActiveRun"): _active_card,
    ("nbtrack.entities", "Run"): run_card,
    ("nbtrack.entities", "Experiment"): experiment_card,
}
"""The card of each type, by its module and name."""


def register_cards(shell: InteractiveShell) -> None:
    """Show runs and experiments as cards."""
    rich, plain = _formatters(shell)
    for (module, name), card in CARDS.items():
        rich.for_type_by_name(module, name, _html_of(card))
        plain.for_type_by_name(module, name, _text_of(card))


def unregister_cards(shell: InteractiveShell) -> None:
    """Show them as they were shown before."""
    for module, name in CARDS:
        for formatter in _formatters(shell):
            formatter.deferred_printers.pop((module, name), None)
            for kind in [k for k in formatter.type_printers if _named(k) == (module, name)]:
                formatter.pop(kind)


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
