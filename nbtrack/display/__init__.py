"""What notebooks show of runs and experiments: entity -> text and HTML, without scripts."""

from __future__ import annotations

from nbtrack.display.cards import (
    CELL_TIME_TAG,
    OUT_OF_ORDER_TAG,
    experiment_card,
    info_card,
    run_card,
)
from nbtrack.display.changes import Change, changes, metric_changes, param_changes
from nbtrack.display.shown import Card, Table
from nbtrack.display.wording import duration_text, number_text, shorten

__all__ = [
    "CELL_TIME_TAG",
    "OUT_OF_ORDER_TAG",
    "Card",
    "Change",
    "Table",
    "changes",
    "duration_text",
    "experiment_card",
    "info_card",
    "metric_changes",
    "number_text",
    "param_changes",
    "run_card",
    "shorten",
]
