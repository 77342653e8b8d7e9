"""The table of all operations: 39 methods of the ExperimentsService, and extensions."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from nbtrack.api import artifacts, experiments, logged_models, metrics, permissions, runs
from nbtrack.api.operation import AnyOperation, Operation


def _rows(module: ModuleType) -> list[AnyOperation]:
    return [value for value in vars(module).values() if isinstance(value, Operation)]


OPERATIONS: Final[dict[str, AnyOperation]] = {
    op.name: op
    for module in (experiments, runs, metrics, artifacts, logged_models, permissions)
    for op in _rows(module)
}
"""Every operation by name: methods of the ExperimentsService first within each resource."""

METHODS: Final = tuple(op for op in OPERATIONS.values() if op.method)
"""The methods of the ExperimentsService."""

EXTENSIONS: Final = tuple(op for op in OPERATIONS.values() if not op.method)
"""Operations outside the ExperimentsService that MLflow's clients and UI use."""
