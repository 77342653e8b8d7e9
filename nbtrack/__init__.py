"""Experiment tracking for notebooks, over the MLflow and Databricks Experiments API.

The names below load their module at the first use, so that `import nbtrack` costs nothing.
"""

# ruff: noqa: F405, I001 - `fluent` lists its public names; imports stand in few lines
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# fmt: off
if TYPE_CHECKING:
    from nbtrack.client import Client
    from nbtrack.client.fluent import *  # noqa: F403
    from nbtrack.client.sync import sync
    from nbtrack.client.tracked import track
    from nbtrack.errors import (
        ApiError, ConfigError, FilterError, MissingDependencyError, NbtrackError,
        ResourceDoesNotExist, StoreError, TransportError,
    )
    from nbtrack.frames import runs

__version__ = "0.1.0"

__all__ = [
    "ApiError", "Client", "ConfigError", "FilterError", "MissingDependencyError", "NbtrackError",
    "ResourceDoesNotExist", "StoreError", "TransportError", "__version__", "active_run", "end_run",
    "flush", "log", "log_metrics", "log_params", "log_series", "note", "run", "runs",
    "set_experiment", "set_tags", "set_tracking_uri", "start_run", "sync", "track",
]

_FRAMES = ("runs",)
# fmt: on
_MODULES = {
    "Client": "nbtrack.client",
    "load_ipython_extension": "nbtrack.magics",  # what `%load_ext nbtrack` calls
    "sync": "nbtrack.client.sync",
    "track": "nbtrack.client.tracked",
    "unload_ipython_extension": "nbtrack.magics",
    **dict.fromkeys(_FRAMES, "nbtrack.frames"),
}


def __getattr__(name: str) -> object:
    """Load a public name from its module: an error, or one of the functions that log."""
    if name not in __all__ and name not in _MODULES:
        raise AttributeError(f"Module 'nbtrack' has no attribute {name!r}. See nbtrack.__all__.")
    home = "nbtrack.client.fluent" if name.islower() else "nbtrack.errors"
    value: object = getattr(import_module(_MODULES.get(name, home)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
