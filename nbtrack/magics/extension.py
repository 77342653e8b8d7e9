"""Load into a shell and leave it again without a trace."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from nbtrack.client.lifecycle import runs_in_kernel
from nbtrack.client.recovery import recover_in_background
from nbtrack.display.formatters import register_cards, unregister_cards
from nbtrack.magics.track import Track
from nbtrack.magics.transform import ENTRY, replace_head

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

RECOVERY_SECONDS: Final = 0.3
"""How long loading waits for what dead processes left; the rest is done in the background."""
_NAME: Final = Track.__name__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register `%track` and `%%track`, once, and what they need."""
    if _NAME in shell.magics_manager.registry:
        return
    magics = Track(shell)
    shell.register_magics(magics)
    shell.builtin_trap.auto_builtins[ENTRY] = magics.cells
    shell.input_transformers_cleanup.append(replace_head)
    for event, hear in _events(magics).items():
        shell.events.register(event, hear)
    shell.Completer.custom_matchers.append(magics.completer.match)
    register_cards(shell)
    magics.cells.notices.listen()
    magics.session.surroundings.listen()
    runs_in_kernel(is_kernel=hasattr(shell, "kernel"))
    magics.recovery = _recover()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Undo everything that loading did; a run in progress goes on."""
    magics = shell.magics_manager.registry.pop(_NAME, None)
    if not isinstance(magics, Track):
        return
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("track", None)
    configurables: Any = shell.configurables
    configurables.remove(magics)
    shell.builtin_trap.auto_builtins.pop(ENTRY, None)
    shell.input_transformers_cleanup.remove(replace_head)
    for event, hear in _events(magics).items():
        shell.events.unregister(event, hear)
    shell.Completer.custom_matchers.remove(magics.completer.match)
    unregister_cards(shell)
    magics.cells.stop()
    magics.session.surroundings.stop()
    magics.cells.notices.stop()


def _events(magics: Track) -> dict[str, Callable[..., Any]]:
    return {"pre_run_cell": magics.cells.before_cell, "post_run_cell": magics.cells.after_cell}


def _recover() -> Thread:
    """Take care of what dead processes left, without making anybody wait for long."""
    thread = recover_in_background()
    thread.join(RECOVERY_SECONDS)
    return thread
