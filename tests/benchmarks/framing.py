"""Workloads that end in a pandas DataFrame: `nbtrack.runs`, `nbtrack.history`, floors, MLflow."""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pandas as pd

from tests.benchmarks import data
from tests.benchmarks.measuring import Figures, measured
from tests.benchmarks.reading import RUN_IDS, fill_curves, fill_one_curve, fill_runs
from tests.benchmarks.remote import server
from tests.benchmarks.systems import Mlflow, Nbtrack, System
from tests.benchmarks.task import Task
from tests.benchmarks.trackers import STATE_VARIABLE

PAGES: Final = "nbtrack-pages"
"""nbtrack on a server that has no columns of its own, as MLflow's."""
_CLIENTS: Final[Mapping[str, Callable[[], System]]] = {PAGES: Nbtrack}
_WIDE_COLUMNS: Final = 45
_THREE: Final = ("run_name", "metrics.m00", "params.p00")
_AGAIN: Final = 20
_WARM_UP: Final = data.RunSearch(limit=1)


def _nbtrack_runs(
    system: System, search: data.RunSearch, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    import nbtrack

    assert isinstance(system, Nbtrack)
    return nbtrack.runs(
        search.filter,
        experiments="0",
        columns=columns,
        order_by=search.order_by,
        limit=search.limit,
        client=system.client,
    )


def _runs_frame(system: System, search: data.RunSearch) -> pd.DataFrame:
    """Read runs into a frame: as nbtrack and MLflow offer it, or by hand from a floor's columns."""
    if isinstance(system, Nbtrack):
        return _nbtrack_runs(system, search)
    system.read_runs(search)
    table: Any = system.table
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, dict):  # whole columns, of a floor over HTTP
        return pd.DataFrame({name: pd.Series(cells) for name, cells in table.items()})
    rows, columns = table
    places = dict(zip(("id", "run_id", "name", "start", "end"), _turned(rows), strict=False))
    frame: dict[str, Any] = {name: pd.Series(cells) for name, cells in places.items()}
    for name, cells in columns.items():
        is_number = isinstance(cells, array)
        frame[str(name)] = np.frombuffer(cells) if is_number else pd.Series(cells, dtype="str")
    return pd.DataFrame(frame, copy=False)


def _turned(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(len(rows[0]) if rows else 0)]


def runs(task: Task) -> Figures:
    """G8, G9: a search to a frame; of nbtrack also three of its columns, and the same again."""
    search = data.TOP_RUNS if task.workload.startswith("frame-top") else data.ALL_RUNS
    system = task.open_system(task.shared)
    _runs_frame(system, _WARM_UP)
    with measured() as cost:
        frame = _runs_frame(system, search)
    figures = {**_shape(frame), **_figures(cost)}
    if isinstance(system, Nbtrack):
        start = time.perf_counter()
        for _ in range(_AGAIN):
            _runs_frame(system, search)
        figures["again_ms"] = (time.perf_counter() - start) / _AGAIN * 1e3
        figures |= _projected(system, search, figures["seconds"])
    system.close()
    _check(task, figures, None if search is data.TOP_RUNS else task.size)
    return figures


def _projected(system: Nbtrack, search: data.RunSearch, seconds: float) -> Figures:
    """Read the ids alone, which costs the search itself, and three columns.

    The share is what the columns take of what all columns take, the search left out of both.
    """
    with measured() as ids:
        _nbtrack_runs(system, search, ["run_id"])
    with measured() as three:
        frame = _nbtrack_runs(system, search, _THREE)
    assert list(frame.columns) == list(_THREE)
    return {
        "ids_s": ids.seconds,
        "three_s": three.seconds,
        "three_share": (three.seconds - ids.seconds) / (seconds - ids.seconds),
    }


def history(task: Task) -> Figures:
    """G10: every point of one metric of all runs, to a frame."""
    system = task.open_system(task.shared)
    run_ids = _run_ids(task)
    _history_frame(system, run_ids[:1], "no such metric", warm=True)
    with measured() as cost:
        frame = _history_frame(system, run_ids, data.CURVE_KEY)
    system.close()
    return _checked_points(task, frame, _figures(cost))


def _history_frame(
    system: System, run_ids: Sequence[str], key: str, *, warm: bool = False
) -> pd.DataFrame:
    if isinstance(system, Nbtrack):
        import nbtrack

        if warm:
            return nbtrack.runs(experiments="0", client=system.client, limit=1)
        return nbtrack.history(run_ids, key, client=system.client)
    system.read_history(run_ids, key)
    table: Any = system.table
    if isinstance(system, Mlflow):  # a list of points a run
        points = [point for found in table for point in found]
        names = ("step", "timestamp", "value")
        return pd.DataFrame({name: [getattr(p, name) for p in points] for name in names})
    return pd.DataFrame({str(n): np.array(cells, copy=True) for n, cells in enumerate(table)})


# --- through nbtrack's server ---------------------------------------------------------------------


def fill_served_runs(task: Task) -> Figures:
    """Write the runs into the store that a server will have."""
    return fill_runs(msgspec.structs.replace(task, system="nbtrack"))


def fill_served_curve(task: Task) -> Figures:
    """Write one curve into the store that a server will have."""
    return fill_one_curve(msgspec.structs.replace(task, system="nbtrack"))


def fill_served_curves(task: Task) -> Figures:
    """Write a hundred curves into the store that a server will have."""
    return fill_curves(msgspec.structs.replace(task, system="nbtrack"))


def runs_over_http(task: Task) -> Figures:
    """G13: an answer of many runs to a frame; CPU is that of the client."""
    with _served(task) as url:
        system = _client(task, url)
        _runs_frame(system, _WARM_UP)
        with measured() as cost:
            frame = _runs_frame(system, data.ALL_RUNS)
        system.close()
    figures = {**_shape(frame), **_figures(cost), "cpu_ms": cost.cpu * 1e3}
    _check(task, figures, task.size)
    return figures


def history_over_http(task: Task) -> Figures:
    """G13b: all points to a frame; CPU is that of the client."""
    os.environ[STATE_VARIABLE] = task.folder  # where histories are kept: none from an earlier trial
    with _served(task) as url:
        system = _client(task, url)
        run_ids = _run_ids(task)
        _history_frame(system, run_ids[:1], "no such metric", warm=True)
        with measured() as cost:
            frame = _history_frame(system, run_ids, data.CURVE_KEY)
        system.close()
    return _checked_points(task, frame, _figures(cost))


def _served(task: Task) -> Any:  # noqa: ANN401 - a context manager
    is_plain = task.system != "nbtrack"
    return server("serving", task.shared, *(["plain"] if is_plain else []))


def _client(task: Task, url: str) -> System:
    if task.system in _CLIENTS:
        system = _CLIENTS[task.system]()
        system.open(url)
        return system
    return task.open_system(url)


# --- figures --------------------------------------------------------------------------------------


def _figures(cost: Any) -> Figures:  # noqa: ANN401 - a Cost
    return {"seconds": cost.seconds, "cpu": cost.cpu, "peak_mib": cost.peak_mib}


def _shape(frame: pd.DataFrame) -> Figures:
    return {"rows": len(frame), "columns": len(frame.columns)}


def _check(task: Task, figures: Figures, wanted: int | None) -> None:
    if figures["columns"] < _WIDE_COLUMNS or (wanted is not None and figures["rows"] != wanted):
        raise AssertionError(f"{task.system} made a frame of {figures}.")


def _checked_points(task: Task, frame: pd.DataFrame, figures: Figures) -> Figures:
    if len(frame) != task.size:
        raise AssertionError(f"{task.system} read {len(frame)} of {task.size} points.")
    return {**_shape(frame), **figures}


def _run_ids(task: Task) -> list[str]:
    return msgspec.json.decode(Path(task.shared, RUN_IDS).read_bytes(), type=list[str])
