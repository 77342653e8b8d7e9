"""The run browser: a filter, a grid, details and curves of runs, and what can be done with them.

`RunBrowser` puts together a `BrowserBar`, a `Grid`, `RunDetails` and, once runs are selected, a
`Chart`. It reads runs by a `RunSearch`, and a `StoreWatch` tells it when the store has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from ipywidgets import Box, DOMWidget, Layout, VBox

from nbtrack import frames
from nbtrack.client.current import current_client
from nbtrack.display import Card
from nbtrack.errors import InvalidParameterValue, InvalidState, NbtrackError
from nbtrack.widgets.base import LOCK, Message
from nbtrack.widgets.browser_actions import ACTIONS, NOTE, count_text
from nbtrack.widgets.browser_bar import BrowserBar, filter_card
from nbtrack.widgets.browser_details import RunDetails
from nbtrack.widgets.browser_search import VIEWS, RunSearch, View, runs_code, words_of
from nbtrack.widgets.browser_watch import StoreWatch
from nbtrack.widgets.grid import Grid
from nbtrack.widgets.view_output import ViewOutput

if TYPE_CHECKING:
    import pandas as pd

    from nbtrack.client import Client
    from nbtrack.widgets.chart import Chart

CURVE: Final = "curve"
MOST_CURVES: Final = 10
MOST_EXPERIMENTS: Final = 1_000
_NAMES: Final = 5
_COMPARE: Final = "compare_view"
_SPARK_POINTS: Final = 40


class RunBrowser(VBox):
    """Runs to look through, made by `nbtrack.browse`."""

    def __init__(
        self, search: RunSearch, columns: Sequence[str] | None = None, metric: str | None = None
    ) -> None:
        """Show the runs of a search."""
        self._search = search.settled()
        frame = self._search.frame()
        metrics = _metrics(frame)
        self._names = search.experiment_names()
        self._targets: list[str] = []
        self._chart: Chart | None = None
        self._views: set[str] = set()
        metric = metric or next(iter(metrics), "")
        self.bar = BrowserBar(filter=search.filter, metrics=metrics, metric=metric)
        self.grid = Grid(frame, columns, sparklines={CURVE: self._curves})
        self.details = RunDetails(search.client)
        self._lower = Box([self.details], layout=Layout(flex_flow="row wrap", width="100%"))
        self._below = VBox([])
        super().__init__([self.bar, self.grid, self._lower, self._below])
        self.add_class("nbtrack-live-view")
        self._output = ViewOutput(self.bar.still_class)
        self._listen()
        self._watch = StoreWatch(search.client.version, self.refresh, self._tell)
        self._take_words(frame)
        self._describe()

    def _listen(self) -> None:
        wishes: Mapping[str, Callable[[Message], object]] = {
            "filter": lambda message: self._seek(filter=str(message["text"])),
            "experiments": self._on_experiments,
            "view": lambda message: self._seek(view=_view(message["view"])),
            "metric": self._on_metric,
            "refresh": lambda _message: self.refresh(),
            "compare": self._on_compare,
            "close": lambda _message: self._show_below([]),
            "seen": self._on_seen,
            "gone": self._on_gone,
            **dict.fromkeys(ACTIONS, self._on_action),
        }
        for wish, do in wishes.items():
            self.bar.on(wish, do)
        self.grid.observe(self._on_selected, "selected")
        self.grid.observe(self._on_focused, "focused")
        self.grid.observe(lambda _change: self._output.keep(self.still()), "_gen")
        self.grid.on_open(self.details.show)

    # --- what code sees ---------------------------------------------------------------------------

    @property
    def selected(self) -> pd.DataFrame:
        """The selected runs as a frame; assign a frame or ids of runs to select them."""
        return self.grid.selected_frame

    @selected.setter
    def selected(self, runs: pd.DataFrame | Iterable[str]) -> None:
        """Select runs."""
        column: Iterable[object] = getattr(runs, "get", dict[str, Any]().get)("run_id", runs)
        with LOCK:
            self.grid.selected = [str(run_id) for run_id in column]

    @property
    def filter(self) -> str:
        """The filter of the runs that are shown. Raises FilterError if a wrong one is assigned."""
        return self._search.filter

    @filter.setter
    def filter(self, text: str | None) -> None:
        """Show other runs."""
        self._seek(filter=text or "")

    @property
    def frame(self) -> pd.DataFrame:
        """The runs that are shown."""
        return self.grid.frame

    @property
    def code(self) -> str:
        """The line of code that finds the selected runs, or all that are shown."""
        return self.bar.code

    def refresh(self) -> None:
        """Read the runs and the names of the experiments again."""
        search = self._search
        frame, names = search.frame(), search.experiment_names()
        with LOCK:
            if search != self._search:
                return  # something else was asked for meanwhile
            if names != self._names or not frame.equals(self.grid.frame):
                self._names = names
                self._show(frame)
            if self.grid.focused:
                self.details.show(self.grid.focused)

    def close(self) -> None:
        """Take the browser off the page, and watch the store no more."""
        self._watch.stop()
        for widget in (self.bar, self.grid, self.details, self._chart):
            if widget is not None:
                widget.close()
        super().close()

    # --- search -----------------------------------------------------------------------------------

    def _seek(self, **changes: Any) -> None:  # noqa: ANN401 - fields of a RunSearch
        with LOCK:
            search = replace(self._search, **changes)
            self.bar.filter = search.filter
            frame = search.frame()
            self._search = search
            self.bar.wrong = {}
            self._show(frame)
            if not search.filter:
                self._take_words(frame, anew="experiments" in changes)

    def _show(self, frame: pd.DataFrame) -> None:
        with self.bar.hold_sync():
            self.bar.metrics = list(dict.fromkeys([*self.bar.metrics, *_metrics(frame)]))
            if not self.bar.metric:
                self.bar.metric = next(iter(self.bar.metrics), "")
            self.grid.show(frame)
            self._describe()
        if self.grid.selected:
            self._draw()

    def _take_words(self, frame: pd.DataFrame, *, anew: bool = True) -> None:
        if self._search.filter:
            frame = replace(self._search, filter="").frame()
        words = words_of(frame)
        if not anew:
            fresh = {word["name"] for word in words}
            words += [word for word in self.bar.words if word["name"] not in fresh]
        self.bar.words = words

    def _on_experiments(self, message: Message) -> None:
        chosen = tuple(str(one) for one in message["chosen"] if one in self._names)
        if not chosen:
            raise InvalidParameterValue("No experiment is chosen. Choose one at least.")
        self._seek(experiments=chosen)

    def _on_metric(self, message: Message) -> None:
        self.bar.metric = str(message["metric"])
        self.grid.show(self.grid.frame)  # its small curves are of another metric now
        self._draw()

    def _curves(self, run_ids: Sequence[str]) -> dict[str, list[float]]:
        """Read the small curves of some runs."""
        found = self._history(run_ids, _SPARK_POINTS)
        if found is None:
            return {}
        return {
            str(i): part["value"].tolist() for i, part in found.groupby("run_id", observed=True)
        }

    def _history(self, run_ids: Sequence[str], sample: int | None) -> pd.DataFrame | None:
        if not self.bar.metric or not run_ids:
            return None
        try:
            return frames.history(
                list(run_ids),
                [self.bar.metric],
                attempts="all",
                sample=sample,
                client=self._search.client,
            )
        except InvalidParameterValue:  # none of them has it
            return None

    # --- selection --------------------------------------------------------------------------------

    def _on_selected(self, _change: object) -> None:
        with LOCK:
            self._describe()
            self.bar.guarded(self._draw)

    def _on_focused(self, _change: object) -> None:
        with LOCK:
            self._describe()
            self.bar.guarded(self.details.show, self.grid.focused)

    def _describe(self) -> None:
        """Tell the bar which runs actions are about: the selected ones, else the focused one."""
        frame, wanted = self.grid.frame, set(self.grid.selected or [self.grid.focused])
        chosen = frame[frame["run_id"].isin(wanted)]
        before, self._targets = self._targets, [str(run_id) for run_id in chosen["run_id"]]
        notes = chosen[f"tags.{NOTE}"].dropna().tolist() if f"tags.{NOTE}" in chosen else []
        selected = self._targets if self.grid.selected else []
        with self.bar.hold_sync():
            self.bar.picked = {
                "turn": self.bar.picked.get("turn", 0) + (before != self._targets),
                "count": len(self._targets),
                "deleted": int((chosen["lifecycle_stage"] == "deleted").sum()),
                "names": [str(name) for name in chosen["run_name"][:_NAMES]],
                "note": str(notes[0]) if len(self._targets) == 1 and notes else "",
            }
            self.bar.code = runs_code(self._search, self._names, selected)
            self.bar.view = self._search.view
            self.bar.chosen = list(self._search.experiments or ())
            listed = list(self._names.items())[:MOST_EXPERIMENTS]
            self.bar.experiments = [{"id": one, "name": name} for one, name in listed]
            self.bar.n_experiments = len(self._names)

    def _draw(self) -> None:
        """Draw the metric of the selected runs, or take the chart away."""
        chosen = self.selected
        ids = [str(run_id) for run_id in chosen["run_id"][:MOST_CURVES]]
        history = self._history(ids, None)
        if history is None:
            self._lower.children = (self.details,)
            return
        from nbtrack.charts import curves
        from nbtrack.widgets.chart import Chart

        names = dict(zip(ids, map(str, chosen["run_name"]), strict=False))
        if self._chart is None:
            self._chart = Chart(height=340)
            self._chart.layout = Layout(flex="1 1 420px", min_width="0")
        self._chart.show(curves(history, self.bar.metric, names=names))
        left_out = f"showing {len(ids)} of {len(chosen):,} runs" if len(chosen) > len(ids) else ""
        self._chart.status = {"text": left_out} if left_out else {}
        self._lower.children = (self.details, self._chart)

    # --- actions ----------------------------------------------------------------------------------

    def _chosen(self, message: Message) -> list[str]:
        """Return the runs that the person saw as chosen."""
        if message.get("turn") != self.bar.picked["turn"]:
            raise InvalidState(
                "The choice of runs has changed meanwhile. Look at it, and try again."
            )
        if not self._targets:
            raise InvalidParameterValue("No run is chosen. Select one.")
        return list(self._targets)

    def _on_action(self, message: Message) -> None:
        try:
            done = ACTIONS[str(message["type"])](
                self._search.client, self._chosen(message), message
            )
        finally:
            self.refresh()
        self.bar.status = done

    def _on_compare(self, message: Message) -> None:
        run_ids = self._chosen(message)
        compare_view = getattr(import_module("nbtrack"), _COMPARE)
        view = compare_view(run_ids, client=self._search.client)
        self._show_below([view] if isinstance(view, DOMWidget) else [])
        self.bar.status = f"Comparing {count_text(len(run_ids))} below."

    def _show_below(self, widgets: Sequence[DOMWidget]) -> None:
        before = self._below.children
        self._below.children = tuple(widgets)
        self.bar.comparing = len(widgets)
        for widget in before:
            widget.close()

    # --- life -------------------------------------------------------------------------------------

    def _on_seen(self, message: Message) -> None:
        self._views.add(str(message.get("view")))
        self._watch.start()

    def _on_gone(self, message: Message) -> None:
        self._views.discard(str(message.get("view")))
        if not self._views:
            self._watch.stop()

    def _tell(self, exc: NbtrackError) -> None:
        self.bar.error = str(exc)

    def still(self) -> Card:
        """Return what is shown as a table without scripts."""
        head, table = filter_card(self._search.filter), self.grid.still()
        return Card(f"{head.text}\n{table.text}", f"<div>{head.html}{table.html}</div>")

    def _ipython_display_(self) -> None:
        view = self._repr_mimebundle_()
        del view["text/plain"], view["text/html"]
        self._output.show(self.still(), view)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        made: Any = super()._repr_mimebundle_(**options) or {}
        data = made[0] if isinstance(made, tuple) else made
        card = self.still()
        return {**data, "text/plain": card.text, "text/html": card.html}


def browse(
    filter: str | None = None,
    *,
    experiments: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    view: View = "active",
    metric: str | None = None,
    client: Client | None = None,
) -> RunBrowser:
    """Show runs to look through: filter, sort, select, see details, rename, tag, delete.

    Parameters
    ----------
    filter, experiments, view, client
        As in `nbtrack.runs`; all can be changed in the page.
    columns
        The columns to show at first; by default the most telling ones.
    metric
        The metric to draw curves of; by default the first one.

    Returns
    -------
    RunBrowser
        `selected` is a DataFrame of the selected runs, `filter` the filter; both can be assigned.
        It follows the store while it is on a page.

    Raises
    ------
    FilterError
        If the filter is wrong.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run(run_name="first"):
    ...     nbtrack.log(loss=0.3)
    >>> browser = nbtrack.browse("metrics.loss < 1")
    >>> browser.frame["run_name"].tolist()
    ['first']
    """
    chosen = (
        experiments if experiments is None or isinstance(experiments, str) else tuple(experiments)
    )
    search = RunSearch(
        client=client or current_client(),
        filter=filter or "",
        experiments=chosen,
        view=_view(view),
    )
    return RunBrowser(search, columns, metric)


def _view(view: object) -> View:
    for known in VIEWS:
        if known == view:
            return known
    raise InvalidParameterValue(f"view is {view!r}. Use one of {', '.join(VIEWS)}.")


def _metrics(frame: pd.DataFrame) -> list[str]:
    names = [str(name) for name in frame.columns]
    return [name.removeprefix("metrics.") for name in names if name.startswith("metrics.")]
