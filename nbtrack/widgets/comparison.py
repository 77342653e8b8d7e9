"""The comparison view: runs side by side, and what differs between them.

`RunComparison` puts together controls, a `Grid` of the runs with the columns that differ, and pages
that are made when they are opened first, see `comparison_pages`. A selection in one of them is the
selection in all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import ipywidgets
from ipywidgets import HTML, HBox, Layout, Tab, VBox

from nbtrack import frames
from nbtrack.client.current import current_client
from nbtrack.display import Card
from nbtrack.display.html import span
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.scope import run_ids
from nbtrack.widgets.base import LOCK, trouble_of
from nbtrack.widgets.code_line import CodeLine
from nbtrack.widgets.comparison_pages import PAGES, Drawn
from nbtrack.widgets.comparison_state import Readings, Shown, is_constant
from nbtrack.widgets.comparison_still import still
from nbtrack.widgets.grid import Grid, GridLook
from nbtrack.widgets.view_output import ViewOutput

if TYPE_CHECKING:
    import pandas as pd

    from nbtrack.client import Client
    from nbtrack.frames.scope import Runs

MOST_RUNS: Final = 500
_MOST_IN_CODE: Final = 100
_FIRST: Final = ("run_name", "status", "duration")
_FAMILIES: Final = ("params.", "metrics.")


class RunComparison(VBox):
    """Runs side by side, made by `nbtrack.compare_view`."""

    def __init__(
        self, frame: pd.DataFrame, client: Client, *, baseline: str | None = None, text: str = ""
    ) -> None:
        """Show the runs of a frame."""
        self.client, self._text = client, text
        self._readings = Readings(client)
        self._drawn: dict[int, Drawn] = {}
        self._quiet = False
        self.grid = Grid(frame, _telling(frame), look=GridLook(label="Compared runs", height=260))
        self.grid.hide_constant = True
        self.baseline = ipywidgets.Dropdown(description="Baseline")
        self.metric = ipywidgets.Dropdown(description="Metric")
        self._problem, self._code = HTML(), CodeLine()
        self._problem.add_class("nbtrack-problem")
        self.tabs = Tab([VBox() for _ in PAGES], titles=[page.title for page in PAGES])
        head = HBox([self.baseline, self.metric], layout=Layout(flex_flow="row wrap"))
        super().__init__([head, self._problem, self.grid, self._code, self.tabs])
        self.add_class("nbtrack-comparison").add_class("nbtrack-live-view")
        self._output = ViewOutput("nbtrack-comparison-table")
        self._offer(baseline)
        self.grid.observe(self._on_selected, "selected")
        self.baseline.observe(self._on_choice, "value")
        self.metric.observe(self._on_choice, "value")
        self.tabs.observe(self._on_page, "selected_index")
        self._redraw()

    # --- what code sees ---------------------------------------------------------------------------

    @property
    def frame(self) -> pd.DataFrame:
        """The runs that are compared."""
        return self.grid.frame

    @property
    def selected(self) -> pd.DataFrame:
        """The selected runs as a frame; assign a frame, runs or ids to select them."""
        return self.grid.selected_frame

    @selected.setter
    def selected(self, runs: Runs) -> None:
        """Select runs."""
        self._select(run_ids(runs))

    @property
    def filter(self) -> str:
        """A filter that finds the selected runs, or all of the view; assign one to see others."""
        if self.grid.selected:
            return _ids_filter(self.grid.selected)
        return self._text or _ids_filter([str(run_id) for run_id in self.frame["run_id"]])

    @filter.setter
    def filter(self, text: str) -> None:
        """Show the runs that a filter finds. Raises FilterError if it is wrong."""
        frame = _found(self.client, text)
        with LOCK:
            self._text, self._readings = text, Readings(self.client)
            self._quiet = True
            self.grid.selected = []
            self.grid.show(frame)
            self.grid.visible = _telling(frame)
            self._offer(None)
            self._quiet = False
            self._redraw(other_runs=True)

    @property
    def code(self) -> str:
        """The line of code that gives the selected runs, or all of the view."""
        return f'nbtrack.runs({self.filter!r}, experiments="*", attempts="all")'

    def close(self) -> None:
        """Take the view off the page, with all its widgets."""
        pages = [widget for drawn in self._drawn.values() for widget in drawn.widgets]
        for widget in (self.grid, self._code, *pages):
            widget.close()
        super().close()

    # --- what the person does ---------------------------------------------------------------------

    def _select(self, run_ids: Iterable[str]) -> None:
        known = set(self.frame["run_id"])
        with LOCK:
            self.grid.selected = [run_id for run_id in run_ids if run_id in known]

    def _on_selected(self, _change: object) -> None:
        if not self._quiet:
            self._redraw()

    def _on_choice(self, _change: object) -> None:
        if not self._quiet:
            self._redraw()

    def _on_page(self, _change: object) -> None:
        with LOCK:
            self._tell(trouble_of(self._open))

    def _redraw(self, *, other_runs: bool = False) -> None:
        """Draw the page in front anew; the others are drawn when they are opened."""
        with LOCK:
            self._shown = self._state()
            self._code.code = self.code
            for drawn in self._drawn.values():
                drawn.expire(other_runs=other_runs)
            self._tell(trouble_of(self._open), trouble_of(self._keep))

    def _open(self) -> None:
        place = int(self.tabs.selected_index or 0)
        drawn = self._drawn.setdefault(place, Drawn(PAGES[place]))
        if drawn.is_stale:
            try:
                drawn.draw(self._shown)
            finally:
                self.tabs.children[place].children = drawn.widgets

    def _keep(self) -> None:
        """Have the table for notebooks without a kernel be as the view is now."""
        if self._output.is_shown:
            self._output.keep(self.still())

    def _state(self) -> Shown:
        return Shown(
            readings=self._readings,
            frame=self.frame,
            selected=tuple(self.grid.selected),
            baseline=str(self.baseline.value),
            metric=str(self.metric.value or ""),
            select=self._select,
        )

    def _offer(self, baseline: str | None) -> None:
        """Offer the runs as baselines, and the metrics to draw."""
        runs = zip(self.frame["run_id"], self.frame["run_name"], strict=True)
        options = [(f"{name} ({str(run_id)[:8]})", str(run_id)) for run_id, name in runs]
        metrics = [str(name) for name in self.frame if str(name).startswith("metrics.")]
        self._quiet = True
        self.baseline.options = options
        self.baseline.value = options[0][1] if baseline is None else baseline
        before = self.metric.value
        self.metric.options = [(name.removeprefix("metrics."), name) for name in metrics]
        self.metric.value = before if before in metrics else next(iter(metrics), None)
        self._quiet = False

    def _tell(self, *troubles: str) -> None:
        """Show the first trouble, or none."""
        found = next(filter(None, troubles), "")
        self._problem.value = f'<div role="alert">{span(found, "bad")}</div>' if found else ""

    def _ipython_display_(self) -> None:
        view = self._repr_mimebundle_()
        del view["text/plain"], view["text/html"]
        self._output.show(self.still(), view)

    def still(self) -> Card:
        """Show the runs and what the pages tell of them without scripts."""
        return still(self._shown, self.grid.still())

    def bundle(self) -> dict[str, Any]:
        """Return what a notebook shows, by MIME type."""
        return self._repr_mimebundle_()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        made: Any = super()._repr_mimebundle_(**options) or {}
        data = made[0] if isinstance(made, tuple) else made
        card = self.still()
        return {**data, "text/plain": card.text, "text/html": card.html}


def compare_view(
    runs: Runs, *, baseline: Runs | None = None, client: Client | None = None
) -> RunComparison:
    """Show runs side by side: what differs, charts, groups, models, images.

    Parameters
    ----------
    runs
        A filter, or runs: ids, a frame of `nbtrack.runs`, or several runs.
    baseline
        The run that the others are compared with, if not the first one.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    RunComparison
        `selected` is a DataFrame of the selected runs, `filter` a text that finds the same ones,
        and `code` the line that gives them; `selected` and `filter` can be assigned.

    Raises
    ------
    FilterError
        If the filter is wrong.
    InvalidParameterValue
        If there are fewer than two runs, or more than 500.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> for lr in (0.1, 0.01):
    ...     with nbtrack.run(run_name=f"lr{lr}", params={"lr": lr}):
    ...         nbtrack.log(loss=lr)
    >>> view = nbtrack.compare_view("metrics.loss < 1")
    >>> view.selected = view.frame[view.frame["params.lr"] < 0.05]
    >>> nbtrack.runs(view.filter)["run_name"].tolist()
    ['lr0.01']
    """
    client = client or current_client()
    text = runs if isinstance(runs, str) else ""
    frame = _found(client, runs if isinstance(runs, str) else _ids_filter(run_ids(runs)))
    if baseline is None:
        return RunComparison(frame, client, text=text)
    (chosen,) = run_ids(baseline)[:1] or [""]
    if chosen not in set(frame["run_id"]):
        raise InvalidParameterValue(f"The baseline {chosen!r} is not one of the runs. Add it.")
    return RunComparison(frame, client, baseline=chosen, text=text)


def _found(client: Client, text: str) -> pd.DataFrame:
    frame = frames.runs(text, experiments="*", view="all", attempts="all", client=client)
    if not 1 < len(frame) <= MOST_RUNS:
        advice = "Give two at least." if len(frame) < MOST_RUNS else f"Give at most {MOST_RUNS}."
        raise InvalidParameterValue(f"A comparison of {len(frame):,} runs is not shown. {advice}")
    return frame


def _ids_filter(run_ids: Iterable[str]) -> str:
    listed = ", ".join(f"'{run_id}'" for run_id in run_ids)
    return f"attributes.run_id IN ({listed})"


def _telling(frame: pd.DataFrame) -> list[str]:
    """Return the columns to show, `duration` among them, which the grid reckons itself."""
    names = [str(name) for name in frame.columns if str(name).startswith(_FAMILIES)]
    differing = [name for name in names if not is_constant(frame[name])]
    return [*_FIRST, *differing[:40]]
