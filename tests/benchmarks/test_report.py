"""The tables say what was measured; the clock itself is tested by nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import data
from tests.benchmarks.catalogue import SYSTEMS
from tests.benchmarks.goals import GOALS, Goal
from tests.benchmarks.plan import WORKLOADS
from tests.benchmarks.report import BEGIN, END, SYSTEM, markdown, measured, number, put
from tests.benchmarks.systems import write_run
from tests.benchmarks.trials import Outcome

STORES = [name for name in SYSTEMS if name not in {"mlflow", "http-floor"}]


def outcome(system: str, *seconds: float, error: str = "") -> Outcome:
    trials = [{"seconds": value, "cpu": value} for value in seconds]
    return Outcome(workload="import", system=system, trials=trials, error=error)


def test_a_table_shows_median_range_and_ratio() -> None:
    text = markdown([outcome("python", 0.02), outcome(SYSTEM, 0.05, 0.04, 0.09)], {})
    assert "| nbtrack | 0.05 (0.04 to 0.09) |" in text
    assert "| 2.5x |" in text


def test_a_failed_system_shows_why() -> None:
    text = markdown([outcome("python", 0.02), outcome(SYSTEM, error="no module")], {})
    assert "| nbtrack | no module |" in text


def test_a_goal_against_a_floor_is_a_ratio() -> None:
    goal = Goal("G1", "import", "import", "seconds", 4, versus="python")
    found = measured(goal, [outcome("python", 0.02), outcome(SYSTEM, 0.1)])
    assert found == pytest.approx(5)
    assert not goal.is_met(5)


def test_a_goal_that_was_not_measured_has_no_figure() -> None:
    assert measured(GOALS[0], []) is None


def test_a_report_goes_between_the_marks_of_a_document(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(f"before {BEGIN} old {END} after", "utf-8")
    put(document, "new")
    assert document.read_text("utf-8") == f"before {BEGIN}\n\nnew\n{END} after"


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.text)
def test_a_goal_is_about_a_workload_that_measures_it(goal: Goal) -> None:
    workload = WORKLOADS[goal.workload]
    assert goal.figure in workload.shown
    assert {SYSTEM, goal.versus or SYSTEM} <= set(workload.systems)


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "0.0123"), (1.5, "1.5"), (123456.7, "123,457"), (0.0, "0")]
)
def test_a_number_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("name", STORES)
def test_every_store_reads_what_was_written(name: str, tmp_path: Path) -> None:
    system = SYSTEMS[name]()
    system.open(str(tmp_path))
    run_id = write_run(system, data.wide_run(1))
    system.log_batch(run_id, data.curve(0, 500))
    write_run(system, data.wide_run(2))
    rows, columns = system.read_runs(data.ALL_RUNS)
    assert (system.count_points(run_id, data.CURVE_KEY), rows) == (500, 2)
    assert columns >= 45
    system.close()
