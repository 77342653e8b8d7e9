"""What nbtrack does without where only its core is installed: see docs/adr/0006-core.md."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final

from nbtrack.errors import MissingDependencyError

CORE: Final = frozenset({"httpx", "msgspec", "tenacity"})
"""The libraries that logging, `Client`, the embedded engine and (with waitress) the server need."""
_FEATURES: Final = {
    "numpy": "A DataFrame",
    "pandas": "A DataFrame",
    "plotly": "A chart",
    "ipywidgets": "A view",
    "anywidget": "A view",
    "traitlets": "A view",
    "IPython": "A magic",
    "tqdm": "An export",
}


def load(module: str) -> ModuleType:
    """Import a module of nbtrack. Raises MissingDependencyError for a library it lacks."""
    try:
        return import_module(module)
    except ModuleNotFoundError as exc:
        raise lacking(exc) from exc


def lacking(exc: ModuleNotFoundError) -> MissingDependencyError:
    """Return what to raise for a library beyond the core. Raises the error again for others."""
    library = (exc.name or "").partition(".")[0]
    if library not in _FEATURES:
        raise exc
    return MissingDependencyError(_FEATURES[library], library)
