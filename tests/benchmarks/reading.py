"""Workloads that read tables of runs and metric histories, from stores filled beforehand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks import data
from tests.benchmarks.measuring import Figures, measured
from tests.benchmarks.systems import Shape, System, write_run
from tests.benchmarks.task import Task

RUN_IDS: Final = "run_ids.json"
_WIDE_COLUMNS: Final = 45
_WARM_UP: Final = data.RunSearch(limit=1)


def fill_runs(task: Task) -> Figures:
    """Write finished runs of 45 values."""
    system = task.open_system(task.shared)
    start = time.perf_counter()
    for number in range(task.size):
        write_run(system, data.wide_run(number))
    seconds = time.perf_counter() - start
    system.close()
    return {"runs": task.size, "runs_s": task.size / seconds}


def all_runs(task: Task) -> Figures:
    """W5: every run, behind a filter that all pass, ordered by a metric."""
    return _runs(task, data.ALL_RUNS, task.size)


def top_runs(task: Task) -> Figures:
    """W5: the first hundred behind two conditions, ordered by a metric."""
    return _runs(task, data.TOP_RUNS, None)


def _runs(task: Task, search: data.RunSearch, wanted: int | None) -> Figures:
    system = task.open_system(task.shared)
    system.read_runs(_WARM_UP)  # libraries that load at the first use
    figures = _read(system, lambda: system.read_runs(search))
    system.close()
    if figures["columns"] < _WIDE_COLUMNS or (wanted is not None and figures["rows"] != wanted):
        raise AssertionError(f"{task.system} read a table of {figures}.")
    return figures


def _read(system: System, read: Callable[[], Shape]) -> Figures:
    system.table = None
    with measured() as cost:
        rows, columns = read()
    return {
        "rows": rows,
        "columns": columns,
        "seconds": cost.seconds,
        "cpu": cost.cpu,
        "peak_mib": cost.peak_mib,
    }


def fill_one_curve(task: Task) -> Figures:
    """Write all points to one run."""
    return _fill_curves(task, runs=1)


def fill_curves(task: Task) -> Figures:
    """Write the points to a hundred runs."""
    return _fill_curves(task, runs=100)


def _fill_curves(task: Task, *, runs: int) -> Figures:
    system = task.open_system(task.shared)
    run_ids = [system.create_run(f"curve-{i}", data.START) for i in range(runs)]
    each = task.size // runs
    for run_id in run_ids:
        for first in range(0, each, data.BATCH_POINTS):
            system.log_batch(run_id, data.curve(first, min(data.BATCH_POINTS, each - first)))
    system.close()
    Path(task.shared, RUN_IDS).write_bytes(msgspec.json.encode(run_ids))
    return {"points": task.size}


def history(task: Task) -> Figures:
    """W6: one metric of all runs, every point."""
    run_ids = msgspec.json.decode(Path(task.shared, RUN_IDS).read_bytes(), type=list[str])
    system = task.open_system(task.shared)
    figures = _read(system, lambda: system.read_history(run_ids, data.CURVE_KEY))
    system.close()
    if figures["rows"] != task.size:
        raise AssertionError(f"{task.system} read {figures['rows']} of {task.size} points.")
    return figures
