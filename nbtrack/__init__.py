"""Experiment tracking for notebooks, over the MLflow and Databricks Experiments API.

Names load their module at the first use, so that `import nbtrack` costs nothing.
"""

# ruff: noqa: F405, I001 - `fluent` and `frames` list their public names
from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.loading import load

# fmt: off
if TYPE_CHECKING:
    from nbtrack.client import Client
    from nbtrack.client.fluent import *  # noqa: F403
    from nbtrack.client.sync import sync
    from nbtrack.client.tracked import track
    from nbtrack.errors import *  # noqa: F403
    from nbtrack.client.directions import set_direction
    from nbtrack.frames import *  # noqa: F403
    from nbtrack.widgets import browse, compare_view

__version__ = "0.1.0"

__all__ = [
    "ApiError", "Client", "ConfigError", "FilterError", "MissingDependencyError", "NbtrackError",
    "ResourceDoesNotExist", "StoreError", "TransportError", "__version__", "active_run",
    "artifacts", "browse", "compare", "compare_groups", "compare_view", "count", "datasets",
    "end_run", "experiments", "explain", "export", "flush", "group_history", "groups", "history",
    "importance", "keys", "log", "log_metrics", "log_params", "log_series", "logged_models",
    "note", "permissions", "run", "runs", "set_direction", "set_experiment", "set_tags",
    "set_tracking_uri", "start_run", "sync", "to_arrow", "to_polars", "track",
]

_MODULES = {
    "Client": "nbtrack.client", "browse": "nbtrack.widgets", "sync": "nbtrack.client.sync",
    "compare_view": "nbtrack.widgets", "load_ipython_extension": "nbtrack.magics",  # `%load_ext`
    "set_direction": "nbtrack.client.directions", "track": "nbtrack.client.tracked",
    "unload_ipython_extension": "nbtrack.magics",
}
# fmt: on


def __getattr__(name: str) -> object:
    """Load a public name from its module: an error, or one of the functions that log."""
    if name not in __all__ and name not in _MODULES:
        raise AttributeError(f"Module 'nbtrack' has no attribute {name!r}. See nbtrack.__all__.")
    home = load(_MODULES.get(name, "nbtrack.errors"))
    if name.islower() and name not in _MODULES:
        home = load("nbtrack.client.fluent")
        home = home if name in home.__all__ else load("nbtrack.frames")
    value: object = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
