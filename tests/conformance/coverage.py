"""Which operation works where: the table in docs/api.md, and the tests behind each of its cells."""

from __future__ import annotations

from nbtrack.api import EXTENSIONS, METHODS, OPERATIONS
from nbtrack.api.operation import AnyOperation
from nbtrack.backends.http.fallbacks import FALLBACKS
from tests.conformance.service import ALL, EMBEDDED, IN_PROCESS, MLFLOW, OWN, SOCKET

YES = "yes"
BY_OTHER_CALLS = "by other calls"
NO = "no"

COLUMNS = {
    "embedded": (EMBEDDED,),
    "`nbtrack server`": (IN_PROCESS, SOCKET),
    "MLflow server": (MLFLOW,),
}
"""The columns of the table, and the services that each stands for."""


def support(op: AnyOperation, service: str) -> str:
    """Say whether an operation works on a service."""
    if service in OWN or "mlflow" in op.servers:
        return YES
    return BY_OTHER_CALLS if op.name in FALLBACKS else NO


CELLS: dict[tuple[str, str], str] = {
    (op.name, service): support(op, service) for op in OPERATIONS.values() for service in ALL
}
"""What works where, by operation and service; `test_coverage.py` runs every one."""


def column(op: AnyOperation, services: tuple[str, ...]) -> str:
    """Return the cell of a column of the table."""
    (word,) = {CELLS[op.name, service] for service in services}
    return word


def rows(*, extensions: bool = False) -> list[tuple[AnyOperation, tuple[str, ...]]]:
    """Return the rows of the table: the methods of the API, or the extensions."""
    chosen = EXTENSIONS if extensions else METHODS
    return [(op, tuple(column(op, services) for services in COLUMNS.values())) for op in chosen]
