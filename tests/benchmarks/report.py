"""Tables of what was measured: a table a workload, and the goals next to the figures."""

from __future__ import annotations

import math
import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.goals import GOALS, Goal
from tests.benchmarks.plan import WORKLOADS
from tests.benchmarks.trials import Outcome
from tests.benchmarks.workload import MORE, Workload

SYSTEM: Final = "nbtrack"
BEGIN: Final = "<!-- figures -->"
END: Final = "<!-- end of figures -->"
_DIGITS: Final = 3


def machine(*, quick: bool) -> dict[str, str]:
    """Describe the machine and the versions, without its name, and how much was run."""
    cpu = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    )
    return {
        "sizes": "quick, no measure of the goals" if quick else "full",
        "CPU": f"{os.cpu_count()} cores of {cpu}",
        "system": platform.system(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "httpx": version("httpx"),
        "mlflow": version("mlflow"),
        "load at the start": f"{os.getloadavg()[0]:.1f}",
    }


def markdown(outcomes: Sequence[Outcome], about: dict[str, str]) -> str:
    """Return the report: the machine, the goals, and a table a workload."""
    lines = [", ".join(f"{name}: {value}" for name, value in about.items()) + ".", ""]
    lines += [*_goals(outcomes), ""]
    for name in dict.fromkeys(outcome.workload for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.workload == name]
        lines += [*_table(WORKLOADS[name], mine), ""]
    return "\n".join(lines)


def put(path: Path, text: str) -> None:
    """Write the report to a file, or between the two marks of a document that has them."""
    old = path.read_text("utf-8") if path.exists() else ""
    if BEGIN in old and END in old:
        text = f"{old.partition(BEGIN)[0]}{BEGIN}\n\n{text}\n{END}{old.partition(END)[2]}"
    path.write_text(text, "utf-8")


def _goals(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| goal | what | limit | measured | kept |"
    yield "|---|---|---|---|---|"
    for goal in GOALS:
        value = measured(goal, outcomes)
        if value is not None:
            sign, unit = "≥" if goal.at_least else "≤", "x" if goal.versus else ""
            kept = "yes" if goal.is_met(value) else "**no**"
            limit = f"{sign} {number(goal.limit)}{unit}"
            yield f"| {goal.name} | {goal.text} | {limit} | {number(value)}{unit} | {kept} |"


def measured(goal: Goal, outcomes: Iterable[Outcome]) -> float | None:
    """Return the figure that a goal is about, or None if it was not measured."""
    mine = {o.system: o.trials for o in outcomes if o.workload == goal.workload}
    trials = mine.get(goal.system, ())
    if goal.worst:
        return max((trial[goal.figure] for trial in trials), default=None)
    value = _median(trials, goal.figure)
    if value is None or goal.versus is None:
        return value
    base = _median(mine.get(goal.versus, ()), goal.figure)
    return None if base is None else value / base


def _median(trials: Sequence[dict[str, float]], figure: str) -> float | None:
    return median(trial[figure] for trial in trials) if trials else None


def _table(workload: Workload, outcomes: Sequence[Outcome]) -> Iterator[str]:
    floor = outcomes[0]
    yield f"### {workload.title} (`{workload.name}`)"
    yield ""
    yield "| system | " + " | ".join(workload.shown.values()) + f" | cost / {floor.system} |"
    yield "|---" * (len(workload.shown) + 2) + "|"
    for outcome in outcomes:
        cells = [_cell(outcome, figure) for figure in workload.shown]
        yield f"| {outcome.system} | {' | '.join(cells)} | {_ratio(workload, outcome, floor)} |"


def _cell(outcome: Outcome, figure: str) -> str:
    values = sorted(trial[figure] for trial in outcome.trials if figure in trial)
    if not values:
        return outcome.error.replace("\n", " ").replace("|", "/")[-60:] or "-"
    low, middle, high = number(values[0]), number(median(values)), number(values[-1])
    return middle if low == high else f"{middle} ({low} to {high})"


def _ratio(workload: Workload, outcome: Outcome, floor: Outcome) -> str:
    figure = next(iter(workload.shown))
    mine, base = _median(outcome.trials, figure), _median(floor.trials, figure)
    if not mine or not base:
        return "-"
    return f"{number(base / mine if workload.better == MORE else mine / base)}x"


def number(value: float) -> str:
    """Write a number with three digits, or all digits before the point."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
