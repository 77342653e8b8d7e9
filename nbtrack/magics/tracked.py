"""The run of one tracked cell: how it begins, and how it ends with the cell."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

import IPython

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.activity import activity
from nbtrack.client.channel import channel_to
from nbtrack.client.fluent import start_run
from nbtrack.client.lifecycle import status_of
from nbtrack.client.notices import say
from nbtrack.config import EXPERIMENT, RERUN, TRACKING_URI, setting
from nbtrack.entities import Run, RunStatus
from nbtrack.errors import NbtrackError
from nbtrack.magics import attempts
from nbtrack.magics.attempts import CellIdentity
from nbtrack.magics.header import Header
from nbtrack.magics.session import Session
from nbtrack.magics.surroundings import redact

TRACEBACK_FILE: Final = "error/traceback.txt"
END_SECONDS: Final = 2.0
_NOT_OF_THE_PERSON: Final = (
    str(Path(IPython.__file__).parent),
    str(Path(__file__).parent),
)


@dataclass(slots=True)
class TrackedRun:
    """A run, the header it came from, and the attempt before it."""

    run: ActiveRun
    header: Header
    rerun: str
    previous: Run | None = None
    late_params: list[str] = field(default_factory=list[str])
    is_resumed: bool = False


def start_tracked(header: Header, cell: CellIdentity) -> TrackedRun:
    """Start the run of a cell, or go on with that of its last attempt."""
    rerun = header.rerun or setting(RERUN)
    if rerun == "resume":
        resumed = _resume(header, cell)
        if resumed is not None:
            return resumed
    run = start_run(
        run_name=header.name,
        experiment_name=header.experiment,
        tags={**cell.tags, **header.tags},
    )
    tracked = TrackedRun(run, header, rerun)
    try:
        tracked.previous = attempts.last_attempt(
            run.channel.client, run.experiment_id, cell, but=run.run_id, hidden=True
        )
        run.set_tags(attempts.attempt_tags(tracked.previous, rerun))
    except NbtrackError as exc:
        say(f"the attempts before this one are not known: {exc}")
    return tracked


def _resume(header: Header, cell: CellIdentity) -> TrackedRun | None:
    client = channel_to(setting(TRACKING_URI) or "").client
    name = header.experiment or setting(EXPERIMENT)
    experiment_id = attempts.find_experiment(client, name)
    if experiment_id is None:
        return None
    last = attempts.last_attempt(client, experiment_id, cell)
    if last is None:
        return None
    run = start_run(run_id=last.info.run_id)
    run.set_tags({**cell.tags, **header.tags, attempts.RERUN: "resume"})
    return TrackedRun(run, header, "resume", is_resumed=True)


def finish_tracked(tracked: TrackedRun, error: BaseException | None, session: Session) -> None:
    """End the run of a cell, with what its header asks for."""
    run = tracked.run
    if run.status != RunStatus.RUNNING.value:
        return  # the cell ended it, or began another one
    status = cell_status(error)
    _log_variables(tracked, session.namespace, is_complete=error is None)
    if error is not None and status == RunStatus.FAILED.value:
        run.files.text(redact(traceback_text(error)), TRACEBACK_FILE)
    _end_inner_runs(run, status)
    session.surroundings.hear_run_end(run)
    activity.put(tuple(other for other in activity.stack() if other is not run))
    run.end(status, wait=END_SECONDS)
    if tracked.rerun == attempts.REPLACE and status == RunStatus.FINISHED.value:
        _hide_superseded(tracked)


def end_at_once(tracked: TrackedRun, error: BaseException | None) -> None:
    """End the run of a cell if something kept it from ending in the usual way."""
    if tracked.run.status == RunStatus.RUNNING.value:
        activity.put(tuple(run for run in activity.stack() if run is not tracked.run))
        tracked.run.end(cell_status(error), wait=0.0)


def cell_status(error: BaseException | None) -> str:
    """Return the status that a cell's error, or none, gives its run."""
    if isinstance(error, asyncio.CancelledError):  # an interrupt, in a cell with `await`
        return RunStatus.KILLED.value
    return status_of(error)


def _end_inner_runs(run: ActiveRun, status: str) -> None:
    """End nested runs that the cell left open."""
    stack = activity.stack()
    if run not in stack:
        return
    for inner in reversed(stack[stack.index(run) + 1 :]):
        inner.end(status)


def _hide_superseded(tracked: TrackedRun) -> None:
    previous = tracked.previous
    if previous is None:
        return
    try:
        attempts.hide(tracked.run.channel.client, previous.info.run_id)
    except NbtrackError as exc:
        say(f"the attempt before, run {previous.info.run_name}, could not be hidden: {exc}")


def _log_variables(
    tracked: TrackedRun, namespace: Mapping[str, object], *, is_complete: bool
) -> None:
    """Log what the header names; what a cell that failed did not come to is no news."""
    wanted = [*tracked.late_params, *tracked.header.logs]
    missing = [name for name in wanted if name not in namespace]
    run = tracked.run
    run.log_params({n: namespace[n] for n in tracked.late_params if n not in missing})
    for name in tracked.header.logs:
        if name in missing:
            continue
        try:
            run.log_metric(name, namespace[name])
        except NbtrackError as exc:
            say(f"--log {name}: {exc}")
    if missing and is_complete:
        say(f"the cell has set no {', '.join(missing)}, so the run has none.")


def traceback_text(error: BaseException) -> str:
    """Return the traceback of an error, from the person's code on."""
    trace = error.__traceback__
    while trace is not None and _is_machinery(trace):
        trace = trace.tb_next
    shown = trace if trace is not None else error.__traceback__
    return "".join(traceback.format_exception(type(error), error, shown))


def _is_machinery(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(_NOT_OF_THE_PERSON)
