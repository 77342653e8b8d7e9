"""What notebooks show of runs, experiments and models: entity -> text and HTML, without scripts."""

from __future__ import annotations

from nbtrack.display.cards import (
    CELL_TIME_TAG,
    OUT_OF_ORDER_TAG,
    experiment_card,
    info_card,
    model_card,
    run_card,
)
from nbtrack.display.changes import Change, changes, metric_changes, param_changes
from nbtrack.display.lists import list_card
from nbtrack.display.shown import Card, Table
from nbtrack.display.wording import duration_text, model_status, number_text, shorten

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
    "list_card",
    "metric_changes",
    "model_card",
    "model_status",
    "number_text",
    "param_changes",
    "run_card",
    "shorten",
]
