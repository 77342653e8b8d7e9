"""Live charts on real runs: what a run tells a listener, and which run is behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import nbtrack
from nbtrack.client.active_run import ActiveRun
from nbtrack.errors import InvalidParameterValue, InvalidState
from nbtrack.widgets.live_behind import Behind, checked_choice, read_behind


@dataclass
class Ear:
    """Writes down what it hears."""

    points: list[tuple[str, int, float]] = field(default_factory=list[tuple[str, int, float]])
    ends: list[str] = field(default_factory=list[str])

    def hear(self, key: str, step: int, value: float) -> None:
        self.points.append((key, step, value))

    def hear_end(self, status: str) -> None:
        self.ends.append(status)


@pytest.fixture(autouse=True)
def _store() -> Iterator[None]:
    nbtrack.set_tracking_uri("nbtrack::memory:")
    yield
    nbtrack.set_tracking_uri(None)


def finished(name: str, losses: list[float], **more: float) -> ActiveRun:
    """Log a run that has ended."""
    with nbtrack.run(run_name=name) as run:
        run.log_series("loss", losses)
        run.log(more)
    return run


def behind(run: ActiveRun, choice: str, *metrics: str, is_local: bool = True) -> Behind | None:
    """Read what stands behind a run."""
    nbtrack.flush()
    client = run.channel.client
    return read_behind(client, run.info, metrics or ("loss",), choice, is_local=is_local)


def test_listener_hears_points_with_their_steps_and_the_end() -> None:
    ear = Ear()
    with nbtrack.run() as run:
        run.log(loss=1.0)
        run.listen(ear)
        run.log(loss=0.5)
        run.log({"acc": 1}, step=7)
        run.log_series("loss", [0.25, 0.125])
    assert ear.points == [("loss", 1, 0.5), ("acc", 7, 1.0), ("loss", 2, 0.25), ("loss", 3, 0.125)]
    assert ear.ends == ["FINISHED"]


def test_every_listener_hears() -> None:
    ears = [Ear(), Ear()]
    with nbtrack.run() as run:
        for ear in ears:
            run.listen(ear)
        run.log(loss=0.5)
    assert [ear.points for ear in ears] == [[("loss", 0, 0.5)]] * 2


def test_ended_run_takes_neither_points_nor_listeners() -> None:
    run = finished("done", [1.0])
    with pytest.raises(InvalidState, match="Run 'done' has ended as FINISHED"):
        run.log(loss=1.0)
    with pytest.raises(InvalidState, match="has ended"):
        run.listen(Ear())


def test_best_run_is_that_with_the_best_last_value() -> None:
    finished("bad", [0.9, 0.8])
    finished("good", [0.7, 0.1], acc=0.5)
    finished("newest", [0.5, 0.3])
    with nbtrack.run() as run:
        found = behind(run, "best", "loss", "acc")
    assert found is not None
    assert (found.run_name, found.what) == ("good", "best run")
    assert found.curves == {"loss": ([0, 1], [0.7, 0.1]), "acc": ([0], [0.5])}


def test_previous_run_is_the_newest_that_has_the_metric() -> None:
    finished("older", [0.1])
    finished("newer", [0.9])
    with nbtrack.run(run_name="other") as other:
        other.log(acc=1)
    with nbtrack.run() as run:
        found = behind(run, "previous")
    assert found is not None
    assert found.run_name == "newer"


def test_runs_that_failed_or_have_no_number_are_not_behind() -> None:
    finished("nan", [float("nan")])
    failed = nbtrack.start_run(run_name="failed")
    failed.log(loss=0.001)
    failed.end("FAILED")
    with nbtrack.run() as run:
        assert behind(run, "best") is None


def test_run_behind_may_be_named_by_id() -> None:
    old = finished("old", [0.9])
    finished("better", [0.1])
    with nbtrack.run() as run:
        found = behind(run, old.run_id)
    assert found is not None
    assert (found.run_name, found.what) == ("old", "run")


def test_long_history_is_not_fetched_from_a_server() -> None:
    with nbtrack.run() as old:
        old.log(loss=0.1, step=30_000)
    with nbtrack.run() as run:
        assert behind(run, "best", is_local=False) is None
        assert behind(run, "best", is_local=True) is not None


def test_long_curve_behind_is_reduced() -> None:
    finished("long", [float(n % 100) for n in range(50_000)])
    with nbtrack.run() as run:
        found = behind(run, "best")
    assert found is not None
    _, values = found.curves["loss"]
    assert len(values) <= 1_000
    assert max(values) == 99.0


def test_odd_choice_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"behind is 'worst'\. Use 'best', 'previous'"):
        checked_choice("worst")


@pytest.mark.parametrize(
    ("metrics", "total", "message"),
    [
        ((), None, r"live\(\) was given \[\]. Name the metrics"),
        (("loss", ""), None, "Name the metrics"),
        (("loss",), 0, "total is 0. Give the number of steps"),
        (("loss",), 1.5, "total is 1.5. Give"),
    ],
    ids=["none", "empty", "zero", "half"],
)
def test_wrong_call_is_refused_everywhere(
    metrics: tuple[str, ...], total: int | None, message: str
) -> None:
    with nbtrack.run() as run, pytest.raises(InvalidParameterValue, match=message):
        run.live(*metrics, total=total)


def test_script_shows_nothing_and_loads_nothing(tmp_path: Path) -> None:
    program = (
        "import json, sys, nbtrack\n"
        "with nbtrack.run() as run:\n"
        "    run.live('loss', total=3)\n"
        "    for step in range(3): run.log(loss=1.0)\n"
        "print(json.dumps([m for m in ('anywidget', 'plotly', 'pandas') if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={"NBTRACK_TRACKING_URI": str(tmp_path / "store"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == []
    assert done.stderr == ""
