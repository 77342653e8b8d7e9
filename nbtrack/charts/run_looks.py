"""How runs look among each other: a style of its own for each, or only for the best of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.charts.curve_marks import best_point
from nbtrack.charts.labels import plural, run_labels
from nbtrack.charts.series import Series
from nbtrack.charts.theme import Properties, Theme, line_style, pale
from nbtrack.directions import Direction

MOST_NAMED: Final = 24
"""With more runs than these only the best have a colour and stand in the legend."""
BEST_NAMED: Final = 10
_GHOSTS: Final = 40  # as many lines on each other are as good as solid


@dataclass(frozen=True, slots=True)
class RunLook:
    """How a run is drawn: its name, its line, its number, and whether it is one of many."""

    label: str
    line: Properties
    number: int
    is_ghost: bool = False

    @property
    def colour(self) -> str:
        """The colour of its line."""
        return str(self.line["color"])


def run_looks(
    series: Sequence[Series], names: Mapping[str, str] | None, theme: Theme, way: Direction
) -> dict[str, RunLook]:
    """Return the look of each run; of many runs the best by the first metric stand out, last."""
    run_ids = list(dict.fromkeys(one.run_id for one in series))
    labels = dict(zip(run_ids, run_labels(run_ids, names), strict=True))
    if len(run_ids) <= MOST_NAMED:
        return {
            run_id: RunLook(labels[run_id], line_style(number, theme), number)
            for number, run_id in enumerate(run_ids)
        }
    best = _best_runs(series, way)
    opacity = min(0.5, max(0.18, _GHOSTS / len(run_ids)))
    ghost = {"color": pale(theme.ghost, opacity), "width": 1}
    looks = {
        run_id: RunLook(labels[run_id], ghost, BEST_NAMED + number, is_ghost=True)
        for number, run_id in enumerate(run_ids)
        if run_id not in best
    }
    for number, run_id in enumerate(best):
        looks[run_id] = RunLook(labels[run_id], line_style(number, theme), number)
    return looks


def _best_runs(series: Sequence[Series], way: Direction) -> list[str]:
    first = [one for one in series if one.key == series[0].key]
    points = [(one.run_id, best_point([(one, "")], way)) for one in first]
    values = [(run_id, point.y) for run_id, point in points if point is not None]
    values.sort(key=lambda pair: pair[1] if way == "min" else -pair[1])
    return [run_id for run_id, _ in values[:BEST_NAMED]]


def looks_note(looks: Mapping[str, RunLook], metric: str) -> str:
    """Say which runs stand out; empty if all have a style of their own."""
    ghosts = sum(look.is_ghost for look in looks.values())
    if not ghosts:
        return ""
    named = len(looks) - ghosts
    return f"in colour the {named} best by {metric} of {plural(len(looks), 'run')}"
