"""The live chart of a run: fed by the calls that log, and a picture in the notebook afterwards.

`LiveChart` listens to a run. A call that logs adds its point to a curve in memory; at most four
times a second, and never for more than a fiftieth of the time, one of them also sends what is new
to the page. When the run ends, a static figure takes the place of the widget in the notebook.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbtrack.charts.figure import CONFIG, PLOTLY_MIME, ChartFigure, picture_html
from nbtrack.charts.panels import chosen_panels
from nbtrack.client.notices import say
from nbtrack.display import duration_text
from nbtrack.widgets.base import LOCK
from nbtrack.widgets.chart import Chart, Tail
from nbtrack.widgets.live_behind import Behind, checked_choice, read_behind
from nbtrack.widgets.live_curve import LiveCurve
from nbtrack.widgets.live_figure import LivePanel, Words, live_figure, still_live_figure
from nbtrack.widgets.live_progress import Progress
from nbtrack.widgets.live_trend import Notice, Trend
from nbtrack.widgets.screen import Bundle, NotebookScreen, Screen

if TYPE_CHECKING:
    from nbtrack.client.active_run import ActiveRun

INTERVAL: Final = 0.25
"""Seconds between two updates at least."""
_SPARING: Final = 75.0
"""An update that took a second is followed by so many without one."""
_NEVER: Final = float("inf")
_MOST_SUMMARIES: Final = 4
_FARTHEST: Final = 2**53
"""Steps beyond are not exact in a page."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What a live chart shows: of which run, which metrics, and how many steps there will be."""

    run_name: str
    metrics: tuple[str, ...]
    total: int | None = None


class LiveChart:
    """Hears what a run logs, and shows it."""

    def __init__(
        self, plan: LivePlan, screen: Screen, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Show the chart of a plan, still empty."""
        now = clock()
        self.plan = plan
        self._metrics, self._left_out = chosen_panels(list(dict.fromkeys(plan.metrics)))
        self._curves = {key: LiveCurve() for key in self._metrics}
        self._trends = {key: Trend(key) for key in self._metrics}
        self._numbers = {key: 2 * number + 1 for number, key in enumerate(self._metrics)}
        self._marked: set[str] = set()
        self._progress = Progress(plan.total, now)
        self._behind: Behind | None = None
        self._step: int | None = None
        self._screen = screen
        self._clock = clock
        self._lock = threading.RLock()  # a signal handler may log
        self._process = os.getpid()
        self._next = now
        self._is_pushing = False
        self._is_ended = False
        self.chart = Chart(self._figure())
        self.chart.status = self._status()
        screen.show(self.chart.bundle())

    # --- what the run says ------------------------------------------------------------------------

    def hear(self, key: str, step: int, value: float) -> None:
        """Hear of a point that is being logged."""
        if not -_FARTHEST < step < _FARTHEST:
            return
        with self._lock:
            if self._step is None or step > self._step:
                self._step = step
            curve = self._curves.get(key)
            if curve is not None:
                curve.add(step, value)
                self._trends[key].add(step, value)
            if self._clock() >= self._next and not self._is_pushing:
                self._push()

    def hear_end(self, status: str) -> None:
        """Hear that the run has ended: leave a picture of it in the notebook."""
        with self._lock:
            if self._is_ended or self._process != os.getpid():
                return
            self._is_ended = True
            self._next = _NEVER
            try:
                self._screen.replace(self.still(status))
                self.chart.close()
            except Exception as exc:  # noqa: BLE001 - the person's work goes on
                say(f"the live chart could not be made into a picture: {exc}")

    def put_behind(self, behind: Behind) -> None:
        """Show the curves of another run behind those of this one."""
        with LOCK, self._lock:
            self._behind = behind
            if not self._is_ended:
                self._show_whole()

    # --- what the page is told --------------------------------------------------------------------

    def _push(self) -> None:
        """Send what is new, unless another thread is at work on widgets."""
        self._next = _NEVER
        if self._process != os.getpid() or self._is_ended:  # a forked child has no page
            return
        began = self._clock()
        self._is_pushing = True
        try:
            if LOCK.acquire(blocking=False):
                try:
                    self._send(began)
                finally:
                    LOCK.release()
            ended = self._clock()
            self._next = ended + max(INTERVAL, (ended - began) * _SPARING)
        except Exception as exc:  # noqa: BLE001 - the person's work goes on
            say(f"the live chart has stopped: {exc}", once=f"live {type(exc).__name__}")
        finally:
            self._is_pushing = False

    def _send(self, now: float) -> None:
        if self._step is not None:
            self._progress.sample(now, self._step)
        bad = {key for key, curve in self._curves.items() if curve.first_bad is not None}
        if bad != self._marked:
            self._marked = bad
            self._show_whole()
            self.chart.extend((), self._status())
            return
        tails: list[Tail] = []
        for key, curve in self._curves.items():
            growth = curve.growth()
            if growth.x:
                tails.append(Tail(self._numbers[key], growth.x, growth.y, growth.keep))
        self.chart.extend(tails, self._status())

    def _show_whole(self) -> None:
        for curve in self._curves.values():
            curve.growth()  # the figure holds it all
        self.chart.show(self._figure())

    def _panels(self) -> list[LivePanel]:
        return [
            LivePanel(key, curve.points(), curve.first_bad) for key, curve in self._curves.items()
        ]

    def _figure(self) -> Mapping[str, Any]:
        lines = (f"showing {self._left_out}",) if self._left_out else ()
        return live_figure(self._panels(), Words(self._title(), lines, self._alt()), self._behind)

    def _title(self) -> str:
        return f"run {self.plan.run_name}"

    def _alt(self) -> str:
        return f"{', '.join(self._metrics)} of run {self.plan.run_name} by step"

    def _status(self) -> dict[str, Any]:
        parts = [self._progress.text(), *self._summaries()]
        notices = [{"level": notice.level, "text": notice.text} for notice in self.notices()]
        found: dict[str, Any] = {"text": " · ".join(parts), "notices": notices}
        return found if self._progress.done is None else {**found, "done": self._progress.done}

    def _summaries(self) -> list[str]:
        shown = self._metrics[:_MOST_SUMMARIES]
        lasts = {key: self._curves[key].last for key in shown}
        return [
            self._trends[key].summary(last.y) for key, last in lasts.items() if last is not None
        ]

    def notices(self) -> list[Notice]:
        """Return what there is to tell about the metrics now."""
        return [notice for trend in self._trends.values() for notice in trend.notices()]

    # --- what stays -------------------------------------------------------------------------------

    def still(self, status: str) -> Bundle:
        """Return what stays in the notebook: an interactive figure, a picture, and a text."""
        took = duration_text(round((self._clock() - self._progress.started) * 1000))
        reached = "no steps" if self._step is None else f"last step {self._step:,}"
        lines = [" · ".join([status, reached, f"in {took}"]), *_joined(self._summaries())]
        lines += [notice.text for notice in self.notices()]
        if self._left_out:
            lines.append(f"showing {self._left_out}")
        alt = ". ".join([self._alt(), *lines])
        words = Words(self._title(), tuple(lines), alt)
        parts = still_live_figure(self._panels(), words, self._behind)
        figure = ChartFigure(parts["data"], parts["layout"])
        data = {
            "text/plain": alt,
            "text/html": picture_html(figure),
            PLOTLY_MIME: {**parts, "config": CONFIG},
        }
        return data, {}


def _joined(parts: Sequence[str]) -> list[str]:
    return [" · ".join(parts)] if parts else []


def show_live(
    run: ActiveRun, metrics: Sequence[str], total: int | None, behind: str | None
) -> LiveChart:
    """Show the live chart of a run below the cell that runs, and feed it from now on."""
    choice = checked_choice(behind)
    plan = LivePlan(run.run_name, tuple(metrics), total)
    live = LiveChart(plan, NotebookScreen())
    run.listen(live)
    if choice is not None:
        threading.Thread(
            target=_fetch_behind, args=(live, run, choice), name="nbtrack-live", daemon=True
        ).start()
    return live


def _fetch_behind(live: LiveChart, run: ActiveRun, choice: str) -> None:
    """Read the curves behind without making the cell wait; without them the chart is complete."""
    channel = run.channel
    try:
        behind = read_behind(
            channel.client, run.info, live.plan.metrics, choice, is_local=channel.is_local
        )
        if behind is not None and behind.curves:
            live.put_behind(behind)
    except Exception as exc:  # noqa: BLE001 - a chart without them is one too
        say(f"there is no curve behind the live chart: {exc}", once="live behind")
