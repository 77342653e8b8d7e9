"""The page of groups: statistics of replicates, their mean curves, and whether groups differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ipywidgets import HTML

from nbtrack import charts, frames
from nbtrack.display import Card, number_text
from nbtrack.errors import InvalidParameterValue, MissingDependencyError
from nbtrack.widgets.chart import Chart
from nbtrack.widgets.comparison_state import Shown
from nbtrack.widgets.page_parts import MOST_ROWS, cut, said, table_card, titled_table

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import Widget

MOST_GROUPS: Final = 10
MOST_READ: Final = 100
_FEW: Final = 2
_METRICS: Final = "metrics."
_STATISTICS: Final = ("n", "mean", "std", "ci_low", "ci_high", "min", "max")
_TESTS: Final = (
    *("group", "n", "mean", "difference", "ci_low", "ci_high", "p_welch_holm"),
    *("p_mann_whitney_holm", "hedges_g", "change", "note"),
)


def groups(shown: Shown) -> Iterator[Widget]:
    """Show replicates as groups: a table, the curves of their means, and tests."""
    if not shown.metric:
        yield said("The runs have no metric to tell groups by. Log one.")
        return
    yield HTML(statistics(shown).html)
    yield from _curves(shown, shown.groups)
    if len(shown.groups) >= _FEW:
        yield from _tests(shown, shown.shown_runs, shown.groups)


def statistics(shown: Shown, most: int = MOST_ROWS) -> Card:
    """Tell what the metric is in each group."""
    table, metric = shown.groups, shown.metric
    name = metric.removeprefix(_METRICS)
    columns = [table["group"], table["n"], *(table[f"{s}({metric})"] for s in _STATISTICS)]
    rows = [[_cell(value) for value in row] for row in zip(*columns, strict=True)]
    heads = ["group", "runs", f"with {name}", *_STATISTICS[1:]]
    notes = [
        f"Groups are {table.attrs['method']}.",
        f"From ci_low to ci_high: {table.attrs['confidence']:.0%} interval of the mean.",
    ]
    return table_card(f"{name} of groups", heads, rows, notes, most)


def _curves(shown: Shown, table: pd.DataFrame) -> Iterator[Widget]:
    """Draw the means and bands of the first groups."""
    drawn = _drawn_groups(table)
    ids = tuple(run_id for run_ids in drawn["run_ids"] for run_id in run_ids)
    try:
        history = shown.readings.history(ids, shown.metric)
    except InvalidParameterValue as exc:  # none of them has points
        yield said(str(exc))
        return
    yield Chart(charts.group_curves(frames.group_history(history, drawn)))
    if len(drawn) < len(table):
        yield said(f"Showing curves of {len(drawn)} of {len(table):,} groups.")


def _drawn_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first groups, each with all its runs, of which there may be so many."""
    runs = table["n"].cumsum()
    fitting = int((runs <= MOST_READ).sum())
    return table.head(max(1, min(fitting, MOST_GROUPS)))


def _tests(shown: Shown, runs: pd.DataFrame, table: pd.DataFrame) -> Iterator[Widget]:
    """Say whether groups differ from that of the baseline by more than chance."""
    homes = [shown.baseline in run_ids for run_ids in table["run_ids"]]
    base = homes.index(True) if any(homes) else 0
    try:
        found = frames.compare_groups(runs, shown.metric, baseline=base, client=shown.client)
    except (InvalidParameterValue, MissingDependencyError) as exc:
        yield said(str(exc))
        return
    names = [name for name in _TESTS if name != "note" or any(found["note"])]
    columns: Sequence[Any] = [found[name] for name in names]
    rows = [[_cell(value) for value in row] for row in zip(*columns, strict=True)]
    title = f"Differences to {cut(found.attrs['baseline'])} in {found.attrs['metric']}"
    notes = [found.attrs["multiple_comparisons"]]
    yield titled_table(title, names, rows, notes)


def _cell(value: Any) -> str:  # noqa: ANN401 - cells of a frame
    if isinstance(value, float):
        return "-" if value != value else number_text(value)  # noqa: PLR0124 - NaN differs
    return cut(value)
