"""Runs and metric histories as pandas DataFrames."""

from __future__ import annotations

from nbtrack.frames.arrow import to_arrow, to_polars
from nbtrack.frames.compare import compare
from nbtrack.frames.compare_groups import compare_groups
from nbtrack.frames.comparison import Comparison
from nbtrack.frames.explain import Explanation, explain
from nbtrack.frames.export import export
from nbtrack.frames.group_curves import group_history
from nbtrack.frames.groups import groups
from nbtrack.frames.history import history
from nbtrack.frames.importance import importance
from nbtrack.frames.listing import count, experiments, keys
from nbtrack.frames.listing_data import artifacts, datasets, permissions
from nbtrack.frames.listing_models import logged_models
from nbtrack.frames.model_lineage import ModelLineage, model_lineage
from nbtrack.frames.runs import attempts_frame, runs
from nbtrack.frames.typed import as_numbers

__all__ = [
    "Comparison",
    "Explanation",
    "ModelLineage",
    "artifacts",
    "as_numbers",
    "attempts_frame",
    "compare",
    "compare_groups",
    "count",
    "datasets",
    "experiments",
    "explain",
    "export",
    "group_history",
    "groups",
    "history",
    "importance",
    "keys",
    "logged_models",
    "model_lineage",
    "permissions",
    "runs",
    "to_arrow",
    "to_polars",
]
