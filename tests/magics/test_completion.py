from __future__ import annotations

from collections.abc import Iterable
from threading import Event

import pytest

from nbtrack.client.fluent import start_run
from nbtrack.magics import COMMANDS
from nbtrack.magics.names import NameCache
from tests.magics.conftest import AnyShell, Complete, RunCell


@pytest.fixture
def stored(shell: AnyShell) -> None:
    """Make a run with names to complete."""
    with start_run(run_name="first try", experiment_name="digits", params={"lr": 1}) as run:
        run.log({"loss": 1, "val/acc": 2})
        run.set_tags({"team": "a"})
    with start_run(run_name="base", experiment_name="digits"):
        pass
    shell.run_line_magic("track", "use digits")


def test_subcommands_complete(complete: Complete) -> None:
    assert complete("%track st") == ["start", "status"]
    assert set(complete("%track ")) == {*COMMANDS, "-h", "--help"}
    assert complete("df = %track ru") == ["runs"]


def test_flags_complete(complete: Complete) -> None:
    assert complete("%%track --re") == ["--rerun"]
    assert complete("%track runs --li") == ["--limit"]
    assert "--nested" in complete("%track start name --")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%%track --rerun re", ["replace", "resume"]),
        ("%%track --rerun=res", ["resume"]),
        ("%%track --capture ", ["full", "none", "source"]),
        ("%track end --status F", ["FAILED", "FINISHED"]),
        ("%track help att", ["attempts"]),
    ],
)
def test_choices_complete(complete: Complete, text: str, found: list[str]) -> None:
    assert complete(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%track use di", ["digits"]),
        ("%track runs --experiment di", ["digits"]),
        ("%track show ba", ["base"]),
        ("%track compare base fir", ["first try"]),
        ("%track history lo", ["loss"]),
        ("%track best val/a", ["val/acc"]),
        ("%track tag te", ["team="]),
        ("%%track --param l", ["lr="]),
        ("%track why metrics.l", ["metrics.loss"]),
        ('%track runs "metrics.lo', ["metrics.loss"]),
        ('%track runs "metrics.loss < 1 and params.', ["params.lr"]),
        ("%track runs --order-by metrics.lo", ["metrics.loss"]),
        ("%track runs attributes.st", ["attributes.start_time", "attributes.status"]),
        ("%track resume bas", ["base"]),
    ],
)
def test_live_names_complete(stored: None, complete: Complete, text: str, found: list[str]) -> None:
    assert complete(text) == found


def test_variables_complete(run_cell: RunCell, complete: Complete) -> None:
    run_cell("learning_rate = 1")
    assert complete("%track log learn") == ["learning_rate"]
    assert complete("%%track --log learn") == ["learning_rate"]
    assert complete("%%track --param learn") == ["learning_rate"]


def test_other_lines_are_left_alone(run_cell: RunCell, complete: Complete) -> None:
    run_cell("status_here = 1")
    assert "status_here" in complete("status_h")
    assert "status_here" in complete("%%track\nstatus_h")


def test_a_broken_store_gives_no_names_and_no_error(
    shell: AnyShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "sqlite:///missing.db")
    completer = shell.magics_manager.registry["Track"].completer
    assert list(completer.candidates("show x", is_cell=False)) == []


def test_names_are_kept_for_some_seconds() -> None:
    now = 0.0
    asked: list[float] = []

    def fetch() -> Iterable[str]:
        asked.append(now)
        return ["a", "b", "a"]

    cache = NameCache(clock=lambda: now, wait=60.0)
    assert cache.get("k", fetch) == ("a", "b")
    now = 9.0
    assert cache.get("k", fetch) == ("a", "b")
    now = 11.0
    assert cache.get("k", fetch) == ("a", "b")
    assert asked == [0.0, 11.0]


def test_a_slow_place_is_not_waited_for() -> None:
    answered = Event()

    def fetch() -> Iterable[str]:
        answered.wait(60)
        return ["late"]

    cache = NameCache(wait=0.0)
    assert cache.get("k", fetch) == ()
    answered.set()
    patient = NameCache(wait=60.0)
    assert patient.get("k", fetch) == ("late",)
