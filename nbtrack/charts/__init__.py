"""Charts: pure functions from a DataFrame to a plotly Figure."""

from __future__ import annotations

from nbtrack.charts.curves import metric_curves
from nbtrack.charts.scatter import run_scatter

__all__ = ["metric_curves", "run_scatter"]
