from __future__ import annotations

import pytest

from nbtrack.client import Client
from nbtrack.client.fluent import active_run
from nbtrack.entities import ViewType
from tests.magics.conftest import Listed, RunCell, Track, metrics, params, tags


def names(listed: Listed, view: ViewType = ViewType.ACTIVE_ONLY) -> list[str]:
    """Return the names of runs."""
    return [run.info.run_name for run in listed(view)]


def test_running_again_is_a_new_attempt_linked_to_the_one_before(
    run_cell: RunCell, runs: Listed
) -> None:
    run_cell("%%track first\npass", "cell-1")
    run_cell("%%track second\nx = 2", "cell-1")
    one, two = runs()
    assert tags(one)["nbtrack.attempt"] == "1"
    assert tags(two)["nbtrack.attempt"] == "2"
    assert tags(two)["nbtrack.attempt.previous"] == one.info.run_id
    assert "nbtrack.attempt.previous" not in tags(one)


def test_without_a_cell_id_the_source_links(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track --param lr=1\nx = 1")
    run_cell("%%track --param lr=2\nx = 1")
    run_cell("%%track --param lr=2\nx = 2")
    assert [tags(run)["nbtrack.attempt"] for run in runs()] == ["1", "2", "1"]


def test_other_cells_are_not_attempts(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track\nx = 1", "cell-1")
    run_cell("%%track\nx = 1", "cell-2")
    assert [tags(run)["nbtrack.attempt"] for run in runs()] == ["1", "1"]


def test_replace_hides_the_attempt_before(run_cell: RunCell, runs: Listed, track: Track) -> None:
    run_cell("%%track first\npass", "c")
    run_cell("%%track second --rerun replace\npass", "c")
    assert names(runs) == ["second"]
    assert names(runs, ViewType.ALL) == ["first", "second"]
    shown = track("attempts second")
    assert list(shown["run_name"]) == ["first", "second"]
    assert list(shown["lifecycle_stage"]) == ["deleted", "active"]


def test_replace_keeps_the_attempt_before_if_the_new_one_fails(
    run_cell: RunCell, runs: Listed
) -> None:
    run_cell("%%track first\npass", "c")
    run_cell("%%track second --rerun replace\n1 / 0", "c")
    assert names(runs) == ["first", "second"]
    run_cell("%%track third --rerun replace\npass", "c")
    assert names(runs) == ["third"]


def test_replace_hides_no_more_than_it_supersedes(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track first\npass", "c")
    run_cell("%%track second\npass", "c")
    run_cell("%%track third --rerun replace\npass", "c")
    assert names(runs) == ["first", "third"]


def test_resume_goes_on_in_the_same_run(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track once --log loss\nloss = 0.5", "c")
    run_cell("%%track --rerun resume --log loss --param lr=1\nloss = 0.25", "c")
    (run,) = runs()
    assert run.info.status.value == "FINISHED"
    assert metrics(run) == {"loss": 0.25}
    assert [metric.step for metric in run.data.metrics] == [1]
    assert params(run) == {"lr": "1"}


def test_resume_starts_a_run_where_there_is_none(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track once --rerun resume --experiment new\npass", "c")
    assert names(runs) == ["once"]


def test_the_setting_says_what_running_again_makes(
    run_cell: RunCell, runs: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_RERUN", "resume")
    run_cell("%%track a\npass", "c")
    run_cell("%%track b\npass", "c")
    assert names(runs) == ["a"]
    run_cell("%%track b --rerun new\npass", "c")
    assert names(runs) == ["a", "b"]


def test_a_resumed_run_has_the_code_of_the_cell_that_resumed_it(
    run_cell: RunCell, runs: Listed, store: Client
) -> None:
    run_cell("%%track a\nx = 1", "c")
    run_cell("%%track a --rerun resume\nx = 2", "c")
    source = store.read_artifact(runs()[0].info.run_id, "nbtrack/cell.py").decode()
    assert source == "%%track a --rerun resume\nx = 2"


def test_attempts_need_a_tracked_cell(run_cell: RunCell, store: Client, track: Track) -> None:
    run_id = store.create_run(run_name="bare").info.run_id
    done = run_cell(f"%track attempts {run_id}")
    assert str(done.error_in_exec) == (
        "Run 'bare' was not made by a tracked cell, so it has no attempts. Use %%track."
    )


def test_track_resume_goes_on_with_a_run(run_cell: RunCell, runs: Listed, track: Track) -> None:
    run_cell("%%track a\nx = 1")
    resumed = track("resume a")
    assert active_run() is resumed
    track("log acc=1")
    track("end")
    (run,) = runs()
    assert metrics(run) == {"acc": 1.0}
    assert run.info.status.value == "FINISHED"


def test_cell_time_counts_cells_and_not_the_pauses(
    run_cell: RunCell, runs: Listed, store: Client
) -> None:
    long_ago = 1_000_000_000_000
    run_cell("from nbtrack.client.fluent import start_run, active_run")
    run_cell(f"run = start_run(start_time={long_ago})")
    run_cell("%track end")
    (run,) = runs()
    assert run.info.start_time == long_ago
    assert 0 <= int(tags(run)["nbtrack.cell.time"]) < 60_000


def test_cell_time_counts_on_in_a_resumed_run(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track a\nimport time\ntime.sleep(0.2)")
    run_cell("%track resume a")
    run_cell("%track end")
    (run,) = runs()
    assert int(tags(run)["nbtrack.cell.time"]) >= 200


def test_cell_time_counts_on_in_a_run_that_was_resumed_without_a_magic(
    run_cell: RunCell, runs: Listed
) -> None:
    run_cell("%%track a\nimport time, nbtrack\ntime.sleep(0.2)")
    (run,) = runs()
    run_cell(f"run = nbtrack.start_run(run_id={run.info.run_id!r})")
    run_cell("%track end")
    (run,) = runs()
    assert int(tags(run)["nbtrack.cell.time"]) >= 200


def test_a_cell_that_runs_a_tracked_one_twice_makes_two_attempts(
    run_cell: RunCell, runs: Listed
) -> None:
    run_cell(
        'cell = "%%track --param lr\\nx = lr"\nfor lr in (1, 2):\n    get_ipython().run_cell(cell)'
    )
    one, two = runs()
    assert [tags(run)["nbtrack.attempt"] for run in (one, two)] == ["1", "2"]
    assert tags(two)["nbtrack.attempt.previous"] == one.info.run_id
