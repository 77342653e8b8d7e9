"""Live charts without a page: a fake screen, a fake clock, and a run that says what it logs."""

from __future__ import annotations

import json
import math
import os
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from nbtrack.charts.figure import PLOTLY_MIME
from nbtrack.widgets.base import LOCK
from nbtrack.widgets.live import INTERVAL, MOST_HEARD, LiveChart, LivePlan
from nbtrack.widgets.live_behind import Behind
from nbtrack.widgets.live_curve import MOST_POINTS
from nbtrack.widgets.screen import Bundle
from nbtrack.widgets.wire import unpacked_array
from tests.widgets.conftest import Listen, Sent

WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass
class FakeScreen:
    """Keeps what is shown."""

    shown: list[Bundle] = field(default_factory=list[Bundle])
    replaced: list[Bundle] = field(default_factory=list[Bundle])

    def show(self, bundle: Bundle) -> None:
        self.shown.append(bundle)

    def replace(self, bundle: Bundle) -> None:
        self.replaced.append(bundle)


@dataclass
class Clock:
    """Goes when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Stage:
    """A live chart with its screen, its clock, and what it sends."""

    live: LiveChart
    screen: FakeScreen
    clock: Clock
    sent: Sent

    def log(self, key: str, values: list[float], *, every: float = 0.0) -> None:
        """Log values; with `every` the chart is drawn after each, and so many seconds pass."""
        for step, value in enumerate(values):
            self.live.hear(key, step, value)
            if every:
                self.live.draw()
            self.clock.now += every


@pytest.fixture
def stage(listen: Listen) -> Stage:
    """Give a live chart of two metrics."""
    return staged(listen, LivePlan("<img src=x onerror=alert(1)>", ("loss", "acc"), total=100))


def staged(listen: Listen, plan: LivePlan) -> Stage:
    """Show a plan on a stage."""
    screen, clock = FakeScreen(), Clock()
    live = LiveChart(plan, screen, clock=clock)
    return Stage(live, screen, clock, listen(live.chart))


def drawn(stage: Stage, trace: int) -> list[float]:
    """Return the values of a curve as a page that is loaded now finds them."""
    figure: Any = stage.live.chart.get_state()["figure"]
    values: list[float] = unpacked_array(figure["data"][trace]["y"]).tolist()
    return values


def test_widget_is_shown_at_once(stage: Stage) -> None:
    ((data, _),) = stage.screen.shown
    assert WIDGET in data
    assert stage.live.chart.status["text"] == "waiting for the first point"


def test_call_that_logs_only_puts_its_point_down(stage: Stage) -> None:
    stage.log("loss", [0.5] * MOST_HEARD)
    assert stage.sent == []
    assert drawn(stage, 1) == []


def test_updates_are_at_least_an_interval_apart(stage: Stage) -> None:
    pauses: list[float] = []

    def wait(pause: float) -> bool:
        pauses.append(pause)
        stage.log("loss", [1.0] * 250)
        return len(pauses) == 4

    stage.live.follow(wait)
    assert pauses == [INTERVAL] * 4
    assert len(stage.sent) == 3


def test_slow_updates_are_followed_by_long_pauses(listen: Listen) -> None:
    cpu = iter((1.0, 1.5))
    live = LiveChart(LivePlan("run", ("loss",)), FakeScreen(), cpu=lambda: next(cpu))
    listen(live.chart)
    live.hear("loss", 1, 1.0)
    assert live.draw() == 0.5 * 75


def test_nothing_is_sent_while_nothing_is_logged(stage: Stage) -> None:
    stage.log("loss", [0.5], every=1.0)
    assert stage.live.draw() == INTERVAL
    assert len(stage.sent) == 1


def test_points_that_nobody_draws_do_not_pile_up(stage: Stage) -> None:
    stage.log("loss", [0.5] * (MOST_HEARD + 2))
    stage.live.draw()
    assert len(drawn(stage, 1)) <= MOST_POINTS + 4
    assert stage.live.chart.status["text"].startswith(f"step {MOST_HEARD + 1:,} of 100")


def test_chart_is_followed_until_the_run_ends(stage: Stage) -> None:
    thread = threading.Thread(target=stage.live.follow, daemon=True)
    thread.start()
    stage.log("loss", [0.5, 0.25])
    stage.live.hear_end("FINISHED")
    thread.join(30)
    assert not thread.is_alive()
    assert len(stage.screen.replaced) == 1


def test_state_holds_all_points_that_were_sent(stage: Stage) -> None:
    stage.log("loss", [3.0, 2.0, 1.0], every=1.0)
    assert drawn(stage, 1) == [3.0, 2.0, 1.0]


def test_metrics_that_are_not_shown_count_for_progress_only(stage: Stage) -> None:
    stage.log("other", [1.0] * 41, every=1.0)
    assert stage.live.chart.status["text"].startswith("step 40 of 100 · 41% · ")
    assert stage.live.chart.status["done"] == pytest.approx(0.41)
    assert "curves" not in stage.live.chart.status


def test_status_tells_values_and_notices(stage: Stage) -> None:
    stage.log("loss", [0.5, math.nan], every=1.0)
    status = stage.live.chart.status
    assert "loss NaN (best 0.5 at step 0)" in status["text"]
    assert status["notices"] == [{"level": "bad", "text": "loss is NaN at step 1"}]


def test_place_of_the_first_nan_is_marked(stage: Stage) -> None:
    stage.log("loss", [0.5, math.nan, 0.25], every=1.0)
    (mark,) = stage.live.chart.figure["layout"]["shapes"]
    assert (mark["x0"], mark["yref"]) == (1, "y domain")
    assert str(drawn(stage, 1)) == "[0.5, nan, 0.25]"


def test_curves_behind_come_later(stage: Stage) -> None:
    stage.log("loss", [3.0], every=1.0)
    stage.live.put_behind(Behind("old", "best run", {"loss": ([0, 1], [9.0, 8.0])}))
    stage.log("loss", [3.0, 2.0], every=1.0)
    assert drawn(stage, 0) == [9.0, 8.0]
    assert drawn(stage, 1) == [3.0, 3.0, 2.0]
    assert stage.live.chart.figure["data"][0]["name"] == "best run: old"


def test_end_leaves_a_static_picture(stage: Stage) -> None:
    stage.log("loss", [0.5, 0.25], every=1.0)
    stage.live.hear_end("FINISHED")
    ((data, _),) = stage.screen.replaced
    assert set(data) == {"text/plain", "text/html", PLOTLY_MIME}
    assert "FINISHED · last step 1 · in 2.0 s" in data["text/plain"]
    assert "&lt;img src=x" in data[PLOTLY_MIME]["layout"]["title"]["text"]
    assert data["text/html"].count("<img") == 1
    assert stage.live.chart.comm is None


def test_points_since_the_last_update_are_in_the_picture(stage: Stage) -> None:
    stage.log("loss", [0.5, 0.25, 0.125])
    stage.live.hear_end("FAILED")
    ((data, _),) = stage.screen.replaced
    figure: Any = data[PLOTLY_MIME]
    assert "last step 2" in data["text/plain"]
    assert figure["data"][0]["y"] == [0.5, 0.25, 0.125]


def test_run_that_ends_twice_leaves_one_picture(stage: Stage) -> None:
    stage.live.hear_end("FINISHED")
    stage.live.hear_end("KILLED")
    assert len(stage.screen.replaced) == 1


def test_picture_of_a_long_run_with_many_metrics_is_small(listen: Listen) -> None:
    metrics = tuple(f"a rather long name of a metric/{number}" for number in range(14))
    stage = staged(listen, LivePlan("r" * 200, metrics))
    points = list(range(1000)), [math.sin(n) / 7 for n in range(1000)]
    stage.live.put_behind(Behind("b" * 200, "best run", dict.fromkeys(metrics, points)))
    for step in range(20_000):
        for metric in metrics:
            stage.live.hear(metric, step, math.cos(step / 9) / 3)
    bundle = stage.live.still("FINISHED")
    assert len(json.dumps(bundle)) < 200_000
    assert "12 of 14 metrics" in bundle[0]["text/plain"]


def test_what_is_sent_of_a_long_run_is_bounded(listen: Listen) -> None:
    stage = staged(listen, LivePlan("run", ("loss",)))
    for step in range(100_000):
        stage.live.hear("loss", step, math.sin(step))
        if step % 25 == 0:  # a hundred logs a second
            stage.live.draw()
    size = sum(len(buffer) for _, buffers in stage.sent for buffer in buffers)
    assert max(len(buffers[0]) for _, buffers in stage.sent if buffers) <= 8 * 1004
    assert size < 1000 / INTERVAL * 400


def test_busy_lock_is_not_waited_for(stage: Stage) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with LOCK:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    stage.log("loss", [0.5], every=1.0)
    assert stage.sent == []
    done.set()
    thread.join()
    stage.log("loss", [0.5], every=1.0)
    assert len(stage.sent) == 1


def test_failing_page_stops_the_chart_and_not_the_run(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        message = "no page"
        raise OSError(message)

    stage.live.chart.send = fail
    stage.log("loss", [1.0])
    stage.live.follow(lambda _: False)
    stage.log("loss", [1.0] * (MOST_HEARD + 2))
    assert capsys.readouterr().err == "nbtrack: the live chart has stopped: no page\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_leaves_the_chart_to_its_parent(stage: Stage) -> None:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            stage.log("loss", [1.0] * (MOST_HEARD + 2))
            stage.live.hear_end("FINISHED")
            code = len(stage.sent) + len(stage.screen.replaced)
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_threads_may_log_together(stage: Stage) -> None:
    def log() -> None:
        for step in range(2_000):
            stage.live.hear("loss", step, 1.0)

    threads = [threading.Thread(target=log) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.live.draw()
    assert stage.live.chart.status["text"].startswith("step 1,999 of 100")
    assert len(drawn(stage, 1)) <= MOST_POINTS + 4
