"""The Experiments API, declared once: messages and operations, one file per resource.

`operation.py` says what an operation is, `experiments.py`, `runs.py`, `metrics.py`, `artifacts.py`,
`logged_models.py`, `permissions.py` and `server.py` hold the message pairs with their rows,
`operations.py` collects the rows into `OPERATIONS`, and `wire.py` is the JSON codec.
"""

from __future__ import annotations

from nbtrack.api.operation import (
    DELETE,
    GET,
    PATCH,
    POST,
    PUT,
    Message,
    Operation,
    Page,
    PageRequest,
    Repeat,
    Route,
)
from nbtrack.api.operations import EXTENSIONS, METHODS, OPERATIONS

__all__ = [
    "DELETE",
    "EXTENSIONS",
    "GET",
    "METHODS",
    "OPERATIONS",
    "PATCH",
    "POST",
    "PUT",
    "Message",
    "Operation",
    "Page",
    "PageRequest",
    "Repeat",
    "Route",
]
