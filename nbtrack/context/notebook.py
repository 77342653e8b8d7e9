"""Which notebook this is: asked of the places that may know, in one order.

Every answer is a hint. It may be stale, since a kernel keeps the name its notebook had at the
start; a place that knows nothing, or breaks, is passed over; no server is ever asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from types import ModuleType
from typing import Final

COLAB_SECONDS: Final = 2.0
_COLAB_MESSAGES: Final = "google.colab._message"
_DATABRICKS_CONTEXT: Final = "dbruntime.databricks_repl_context"


@dataclass(frozen=True, slots=True)
class NotebookHint:
    """Path or name of a notebook, and the place that told it.

    Attributes
    ----------
    notebook_id
        The id that Databricks gives a notebook.
    """

    path: str
    origin: str
    notebook_id: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.replace("\\", "/").rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where to look: an explicit setting, IPython's namespace, environment, loaded modules."""

    setting: str | None = None
    user_ns: Mapping[str, object] = field(default_factory=dict[str, object])
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    modules: Mapping[str, ModuleType] = field(default_factory=lambda: sys.modules)


def notebook_hint(around: Surroundings) -> NotebookHint | None:
    """Return the first answer of the places that may know the notebook, or None.

    Examples
    --------
    >>> around = Surroundings(environ={"JPY_SESSION_NAME": "work/train.ipynb"}, modules={})
    >>> notebook_hint(around).name
    'train.ipynb'
    """
    for ask in _PLACES:
        # A hint is worth no error, and what stands behind these names is anybody's code.
        with suppress(Exception):
            hint = ask(around)
            if hint is not None:
                return hint
    return None


def _hint(value: object, origin: str, notebook_id: str | None = None) -> NotebookHint | None:
    path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
    return NotebookHint(path, origin, notebook_id) if isinstance(path, str) and path else None


def _by_setting(around: Surroundings) -> NotebookHint | None:
    return _hint(around.setting, "setting")


def _by_vscode(around: Surroundings) -> NotebookHint | None:
    return _hint(around.user_ns.get("__vsc_ipynb_file__"), "vscode")


def _by_session(around: Surroundings) -> NotebookHint | None:
    name = around.environ.get("JPY_SESSION_NAME") or around.user_ns.get("__session__")
    is_file = isinstance(name, str) and PurePath(name).suffix != ""  # a console has no file
    return _hint(name, "jupyter") if is_file else None


def _by_papermill(around: Surroundings) -> NotebookHint | None:
    names = ("PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH")
    values = (around.user_ns.get(name) or around.environ.get(name) for name in names)
    return _hint(next(filter(None, values), None), "papermill")


def _by_colab(around: Surroundings) -> NotebookHint | None:
    messages = around.modules.get(_COLAB_MESSAGES)
    return None if messages is None else _hint(_colab_name(messages), "colab")


@cache
def _colab_name(messages: ModuleType) -> object:
    """Ask the page of Colab, once: it sends the whole notebook."""
    reply = messages.blocking_request("get_ipynb", request="", timeout_sec=COLAB_SECONDS)
    return reply["ipynb"]["metadata"]["colab"]["name"]


def _by_databricks(around: Surroundings) -> NotebookHint | None:
    runtime = around.modules.get(_DATABRICKS_CONTEXT)
    if runtime is not None:
        context = runtime.get_context()
        return _hint(context.notebookPath, "databricks", _text(context.notebookId))
    dbutils = around.user_ns.get("dbutils")
    if dbutils is None:
        return None
    context = dbutils.notebook.entry_point.getDbutils().notebook().getContext()  # type: ignore[attr-defined]
    return _hint(context.notebookPath().get(), "databricks")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_PLACES: Final[tuple[Callable[[Surroundings], NotebookHint | None], ...]] = (
    _by_setting,
    _by_vscode,
    _by_session,
    _by_papermill,
    _by_colab,
    _by_databricks,
)
