"""What is captured of notebook, code and environment, and how secrets are kept out of it."""

from __future__ import annotations

from nbtrack.context import tags
from nbtrack.context.budget import GuardedHook
from nbtrack.context.capping import Capped, capped, capped_line
from nbtrack.context.capture import LEVELS, Captured, CaptureRequest, Level, capture
from nbtrack.context.cells import Cell, cell_hash, join_cells, split_cells
from nbtrack.context.diffs import CellDiff, ValueDiff, cell_diffs, line_diff, value_diffs
from nbtrack.context.environment import user_name
from nbtrack.context.ledger import Execution, Ledger
from nbtrack.context.redaction import (
    Redacted,
    RedactedValues,
    redact_diff,
    redact_source,
    redact_text,
    redact_values,
)
from nbtrack.context.system_metrics import SystemMetrics

__all__ = [
    "LEVELS",
    "Capped",
    "CaptureRequest",
    "Captured",
    "Cell",
    "CellDiff",
    "Execution",
    "GuardedHook",
    "Ledger",
    "Level",
    "Redacted",
    "RedactedValues",
    "SystemMetrics",
    "ValueDiff",
    "capped",
    "capped_line",
    "capture",
    "cell_diffs",
    "cell_hash",
    "join_cells",
    "line_diff",
    "redact_diff",
    "redact_source",
    "redact_text",
    "redact_values",
    "split_cells",
    "tags",
    "user_name",
    "value_diffs",
]
