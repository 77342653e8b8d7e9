"""The live chart of a run: fed by the calls that log, and a picture in the notebook afterwards.

`LiveChart` listens to a run. A call that logs only puts its point down. A thread takes the points
into curves and sends what is new to the page: at most four times a second, and never for more than
about a fiftieth of the time. When the run ends, a static figure takes the place of the widget in
the notebook.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
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
MOST_HEARD: Final = 10_000
"""Points that wait for the thread at most; a loop that is faster takes them in itself."""
_SPARING: Final = 75.0
"""An update that took a second of CPU is followed by so many without one."""
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
        self,
        plan: LivePlan,
        screen: Screen,
        *,
        clock: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.thread_time,
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
        self._cpu = cpu
        self._heard: list[tuple[str, int, float]] = []
        self._lock = threading.RLock()  # a signal handler may log
        self._process = os.getpid()
        self._is_new = False
        self._over = threading.Event()
        self.chart = Chart(self._figure())
        self.chart.status = self._status()
        screen.show(self.chart.bundle())

    # --- what the run says ------------------------------------------------------------------------

    def hear(self, key: str, step: int, value: float) -> None:
        """Hear of a point that is being logged."""
        self._heard.append((key, step, value))
        if len(self._heard) > MOST_HEARD:
            self._relieve()

    def _relieve(self) -> None:
        if self._process != os.getpid():  # a forked child has no page, and maybe a held lock
            self._heard.clear()
            return
        with self._lock:
            self._take_in()

    def hear_end(self, status: str) -> None:
        """Hear that the run has ended: leave a picture of it in the notebook."""
        if self._process != os.getpid():
            return
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
            try:
                self._screen.replace(self.still(status))
                self.chart.close()
            except Exception as exc:  # noqa: BLE001 - the person's work goes on
                say(f"the live chart could not be made into a picture: {exc}")

    def put_behind(self, behind: Behind) -> None:
        """Show the curves of another run behind those of this one."""
        with LOCK, self._lock:
            self._behind = behind
            if not self._over.is_set():
                self._show_whole()

    # --- what the page is told --------------------------------------------------------------------

    def follow(self, wait: Callable[[float], bool] | None = None) -> None:
        """Draw until the run ends; `wait` waits for some seconds, and tells whether it has."""
        wait = wait or self._over.wait
        try:
            while not wait(self.draw()):
                pass
        except Exception as exc:  # noqa: BLE001 - the person's work goes on
            say(f"the live chart has stopped: {exc}", once=f"live {type(exc).__name__}")

    def draw(self) -> float:
        """Send what is new, and return for how long to send nothing.

        Another thread that is at work on widgets is not waited for.
        """
        with self._lock:
            self._take_in()
            if not self._is_new or self._over.is_set() or not LOCK.acquire(blocking=False):
                return INTERVAL
            began = self._cpu()
            try:
                self._is_new = False
                self._send(self._clock())
            finally:
                LOCK.release()
            return max(INTERVAL, (self._cpu() - began) * _SPARING)

    def _take_in(self) -> None:
        """Put the points that were heard into the curves."""
        count = len(self._heard)
        heard = self._heard[:count]
        del self._heard[:count]  # and not those that were logged meanwhile
        for key, step, value in heard:
            if not -_FARTHEST < step < _FARTHEST:
                continue
            self._is_new = True
            if self._step is None or step > self._step:
                self._step = step
            curve = self._curves.get(key)
            if curve is not None:
                curve.add(step, value)
                self._trends[key].add(step, value)

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
        with self._lock:
            self._take_in()
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
    # The messages of the thread belong to the cell that runs now.
    threading.Thread(
        target=copy_context().run, args=(live.follow,), name="nbtrack-live", daemon=True
    ).start()
    if choice is not None:
        threading.Thread(
            target=_fetch_behind, args=(live, run, choice), name="nbtrack-behind", daemon=True
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
