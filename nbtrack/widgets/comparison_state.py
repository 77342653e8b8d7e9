"""What a comparison shows: one `Shown` a state, and `Readings` of the store that states share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from nbtrack import charts, frames
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    import pandas as pd

    from nbtrack.client import Client

MOST_COMPARED: Final = 10
MOST_CURVES: Final = 50
_KEPT: Final = 4


class Readings:
    """What was read of the runs of one frame; asked for again, it is not read again."""

    def __init__(self, client: Client) -> None:
        """Know nothing yet."""
        self.client = client
        self.comparison = lru_cache(maxsize=_KEPT)(self._comparison)
        self.history = lru_cache(maxsize=_KEPT)(self._history)
        self.lineage = lru_cache(maxsize=_KEPT)(self._lineage)

    def _comparison(self, run_ids: tuple[str, ...], baseline: str) -> frames.Comparison:
        return frames.compare(list(run_ids), baseline=baseline, client=self.client)

    def _history(self, run_ids: tuple[str, ...], metric: str) -> pd.DataFrame:
        if not metric:
            raise InvalidParameterValue("The runs have no metric to draw. Log one.")
        key = metric.removeprefix("metrics.")
        return frames.history(list(run_ids), [key], attempts="all", client=self.client)

    def _lineage(self, run_ids: tuple[str, ...]) -> frames.ModelLineage:
        return frames.model_lineage(run_ids, client=self.client)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a comparison shows now; `metric` is a column, `select` selects runs by their ids."""

    readings: Readings
    frame: pd.DataFrame
    selected: tuple[str, ...]
    baseline: str
    metric: str
    select: Callable[[list[str]], object]

    @property
    def client(self) -> Client:
        """Where the runs are."""
        return self.readings.client

    @property
    def all_ids(self) -> list[str]:
        """The runs that are compared."""
        return [str(run_id) for run_id in self.frame["run_id"]]

    @property
    def run_ids(self) -> list[str]:
        """The selected runs, or all of them."""
        return list(self.selected) or self.all_ids

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the runs by id."""
        runs = zip(self.frame["run_id"], self.frame["run_name"], strict=True)
        return {str(run_id): str(name) for run_id, name in runs}

    @cached_property
    def comparison(self) -> frames.Comparison:
        """The differences of the runs to the baseline."""
        others = [run_id for run_id in self.run_ids if run_id != self.baseline]
        if not others:  # the baseline alone is selected
            others = [run_id for run_id in self.all_ids if run_id != self.baseline]
        wanted = (self.baseline, *others[: MOST_COMPARED - 1])
        return self.readings.comparison(wanted, self.baseline)

    @property
    def drawn_ids(self) -> tuple[str, ...]:
        """The runs that have curves: as many as there may be, the selected ones before others."""
        if len(self.frame) <= MOST_CURVES:
            return tuple(self.all_ids)
        return tuple(dict.fromkeys([*self.selected, *self.all_ids]))[:MOST_CURVES]

    @cached_property
    def curves(self) -> charts.ChartFigure:
        """The metric of the runs, the selected ones before the others.

        Raises InvalidParameterValue if none has it.
        """
        history = self.readings.history(self.drawn_ids, self.metric)
        return charts.curves(history, names=self.names, highlight=self.selected)

    @property
    def differing_params(self) -> list[str]:
        """The columns of params that differ, to draw a metric against."""
        names = [str(name) for name in self.frame if str(name).startswith("params.")]
        return [name for name in names if not is_constant(self.frame[name])]

    @cached_property
    def scatter(self) -> charts.ChartFigure:
        """The metric against the first param that differs, or else against time."""
        across = next(iter(self.differing_params), "start_time")
        colour = "selection" if self.selected else None
        return charts.scatter(self._marked(), across, self.metric, colour=colour)

    @cached_property
    def parallel(self) -> charts.ChartFigure:
        """The runs over the params and metrics that differ."""
        return charts.parallel(self.frame, colour=self.metric or None)

    @cached_property
    def shown_runs(self) -> pd.DataFrame:
        """The rows of the selected runs, or of all."""
        return self.frame[self.frame["run_id"].isin(self.run_ids)]

    @cached_property
    def groups(self) -> pd.DataFrame:
        """What the metric is in groups of runs that repeat each other."""
        return frames.groups(self.shown_runs, metrics=[self.metric])

    def _marked(self) -> pd.DataFrame:
        """Return the runs, with a column that tells which ones are selected."""
        marks = self.frame["run_id"].isin(self.selected).map({True: "selected", False: "others"})
        return self.frame.assign(selection=marks)


def is_constant(column: pd.Series) -> bool:
    """Tell whether all values are the same; missing ones are a value."""
    return len(column.drop_duplicates()) <= 1
