"""What all widgets share: one lock, a table of messages, an error box, and a form without scripts.

A front end talks to a widget by setting traits and by messages: dictionaries with a `type`, and an
`id` if an answer is wanted, which bears the same `id`. Both may arrive on the main thread or on
another one while a cell runs, so everything that changes a widget holds `LOCK`. It is one lock for
all widgets, since the callbacks of one often change another.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from importlib import resources
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Final

import anywidget
from traitlets import Unicode

from nbtrack.errors import NbtrackError

if TYPE_CHECKING:
    from nbtrack.display import Card

LOCK: Final = RLock()
"""Held by whoever changes a widget."""

Message = Mapping[str, Any]
_STATIC: Final = resources.files("nbtrack.widgets") / "static"


def static_text(*names: str) -> str:
    """Read files for the front end, one behind the other."""
    return "\n".join((_STATIC / name).read_text("utf-8") for name in names)


def trouble_of(call: Callable[..., object], *arguments: object) -> str:
    """Call a function, and say what it raised; empty if all went well."""
    try:
        call(*arguments)
    except NbtrackError as exc:
        return str(exc)
    except Exception as exc:  # noqa: BLE001 - the edge to code of the person
        return f"{type(exc).__name__}: {exc}"
    return ""


class BaseWidget(anywidget.AnyWidget):
    """A widget whose messages are handled under the lock, and whose errors it shows itself."""

    MESSAGES: ClassVar[Mapping[str, str]] = {}
    """The method that handles each type of message."""
    error = Unicode().tag(sync=True)
    """What went wrong last; the widget shows it."""

    def __init__(self, **traits: object) -> None:
        """Listen to the front end."""
        super().__init__(**traits)
        self.on_msg(self._hear)

    @abstractmethod
    def still(self) -> Card:
        """Show the widget as it is without a kernel: text, and HTML without scripts."""

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the front end has changed."""
        with LOCK:
            super().set_state(sync_data)

    def guarded(self, call: Callable[..., object], *arguments: object) -> None:
        """Call somebody's function; what it raises is shown in the widget."""
        self.error = trouble_of(call, *arguments)

    def _hear(self, _widget: object, message: Message, buffers: object) -> None:
        del buffers
        name = self.MESSAGES.get(str(message.get("type")))
        if name is not None:
            with LOCK:
                self.guarded(getattr(self, name), message)

    def answer(self, message: Message, **content: object) -> None:
        """Answer a message of the front end."""
        self.send({"type": message["type"], "id": message.get("id"), **content})

    def bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook shows, by MIME type, and its metadata."""
        return self._repr_mimebundle_()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        card = self.still()
        return {**data, "text/plain": card.text, "text/html": card.html}, metadata
