"""How runs look among each other: a style of its own for each, or only for the best of many."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


def labels_of(series: Sequence[Series], names: Mapping[str, str] | None) -> dict[str, str]:
    """Return what runs are called, distinct, by their ids."""
    run_ids = list(dict.fromkeys(one.run_id for one in series))
    return dict(zip(run_ids, run_labels(run_ids, names), strict=True))


def run_looks(
    series: Sequence[Series], labels: Mapping[str, str], theme: Theme, way: Direction
) -> dict[str, RunLook]:
    """Return the look of each run; of many runs the best by the first metric stand out, last."""
    if len(labels) <= MOST_NAMED:
        numbers = {run_id: number for number, run_id in enumerate(labels)}
    else:
        numbers = {run_id: number for number, run_id in enumerate(_best_runs(series, way))}
    return _looks(labels, numbers, theme)


def highlighted_looks(
    labels: Mapping[str, str], highlight: Collection[str], theme: Theme
) -> dict[str, RunLook]:
    """Return looks of which some runs' stand out, last; nothing if that would be all or none.

    A run of few has the same colour whether others are highlighted or not.
    """
    if not highlight or labels.keys() <= set(highlight):
        return {}
    chosen = [run_id for run_id in labels if run_id in set(highlight)]
    places = list(labels) if len(labels) <= MOST_NAMED else chosen
    return _looks(labels, {run_id: places.index(run_id) for run_id in chosen}, theme)


def _looks(
    labels: Mapping[str, str], numbers: Mapping[str, int], theme: Theme
) -> dict[str, RunLook]:
    """Return the looks of runs; those without a number are ghosts, and come first."""
    opacity = min(0.5, max(0.18, _GHOSTS / len(labels)))
    ghost = {"color": pale(theme.ghost, opacity), "width": 1}
    looks = {
        run_id: RunLook(label, ghost, BEST_NAMED + place, is_ghost=True)
        for place, (run_id, label) in enumerate(labels.items())
        if run_id not in numbers
    }
    for run_id, number in numbers.items():
        looks[run_id] = RunLook(labels[run_id], line_style(number, theme), number)
    return looks


def _best_runs(series: Sequence[Series], way: Direction) -> list[str]:
    first = [one for one in series if one.key == series[0].key]
    points = [(one.run_id, best_point([(one, "")], way)) for one in first]
    values = [(run_id, point.y) for run_id, point in points if point is not None]
    values.sort(key=lambda pair: pair[1] if way == "min" else -pair[1])
    return [run_id for run_id, _ in values[:BEST_NAMED]]


def looks_note(looks: Mapping[str, RunLook], metric: str, *, is_chosen: bool = False) -> str:
    """Say which runs stand out; empty if all have a style of their own."""
    ghosts = sum(look.is_ghost for look in looks.values())
    named = len(looks) - ghosts
    if not ghosts:
        return ""
    if not named:
        return f"no highlighted run has {metric}"
    which = f"highlighted {named}" if is_chosen else f"in colour the {named} best by {metric}"
    return f"{which} of {plural(len(looks), 'run')}"
