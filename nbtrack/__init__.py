"""Experiment tracking for notebooks, over the MLflow and Databricks Experiments API.

The names below load their module at the first use, so that `import nbtrack` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbtrack.client import Client
    from nbtrack.errors import (
        ApiError,
        ConfigError,
        FilterError,
        MissingDependencyError,
        NbtrackError,
        ResourceDoesNotExist,
        StoreError,
        TransportError,
    )

__version__ = "0.1.0"

__all__ = [
    "ApiError",
    "Client",
    "ConfigError",
    "FilterError",
    "MissingDependencyError",
    "NbtrackError",
    "ResourceDoesNotExist",
    "StoreError",
    "TransportError",
    "__version__",
]

_MODULES = {"Client": "nbtrack.client"}


def __getattr__(name: str) -> object:
    """Load a public name from its module; the exceptions are the most of them."""
    if name not in __all__:
        raise AttributeError(f"Module 'nbtrack' has no attribute {name!r}. See nbtrack.__all__.")
    value: object = getattr(import_module(_MODULES.get(name, "nbtrack.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
