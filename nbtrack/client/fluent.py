"""The functions that a user types: start a run, log to the active one, end it.

Which run is active is known per context: see `activity`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Unpack

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.activity import activity
from nbtrack.client.channel import Channel, channel_to, close_channels, open_channels
from nbtrack.client.dead_journals import look_for_the_dead
from nbtrack.client.lifecycle import watch_exit
from nbtrack.client.notices import say
from nbtrack.client.options import Options, plan_run
from nbtrack.client.start import RunOptions, begin, is_offline
from nbtrack.config import EXPERIMENT, TRACKING_URI, set_setting, setting
from nbtrack.errors import InvalidState


def set_tracking_uri(uri: str | None) -> None:
    """Track to another place from the next run on; None goes back to the settings."""
    set_setting(TRACKING_URI, uri)


def set_experiment(name: str | None) -> None:
    """Put the next runs into the experiment of that name, which is made if it is new."""
    set_setting(EXPERIMENT, name)


def start_run(**options: Unpack[Options]) -> ActiveRun:
    """Start a run, or go on with one, and make it the active one.

    A run that is active already is ended first, unless `nested` is true; then it is the parent.

    Parameters
    ----------
    **options
        `run_id` to go on with a run; `run_name`, `experiment_id` or `experiment_name`,
        `parent_run_id`, `tags`, `params`, `description`, `nested`, `start_time` in milliseconds.

    Returns
    -------
    ActiveRun
        Use it in a `with` statement, or call its `end`.
    """
    plan = plan_run(options)
    watch_exit(activity.end_all)
    is_nested = options.get("nested", False)
    if not is_nested:
        _end_those_before()
    stack = _runs()
    channel = channel_to(setting(TRACKING_URI) or "")
    if is_nested and stack:
        _put_below(plan, stack[-1], channel)
    run = begin(channel, plan)
    activity.put((*stack, run))
    look_for_the_dead()
    params = options.get("params")
    if params:
        run.log_params(params)
    return run


def _end_those_before() -> None:
    for active in reversed(activity.mine()):
        active.end()
        if isinstance(active, ActiveRun):
            say(f"run {active.run_name} was still active and has been ended as {active.status}.")


def _put_below(plan: RunOptions, parent: ActiveRun, channel: Channel) -> None:
    if plan.parent_run_id is None:
        plan.parent_run_id = parent.run_id
    plan.is_offline = is_offline(parent)
    is_together = plan.is_offline or parent.channel is channel
    if is_together and plan.experiment_id is None and plan.experiment_name is None:
        plan.experiment_id = parent.experiment_id


def _runs() -> tuple[ActiveRun, ...]:
    return tuple(run for run in activity.stack() if isinstance(run, ActiveRun))


def run(**options: Unpack[Options]) -> ActiveRun:
    """Start a run for a `with` statement: `with nbtrack.run(run_name="first") as run:`."""
    return start_run(**options)


def active_run() -> ActiveRun | None:
    """Return the run that `log` logs to, or None."""
    stack = _runs()
    return stack[-1] if stack else None


def end_run(status: str = "FINISHED") -> None:
    """End the active run, if there is one."""
    run = active_run()
    if run is not None:
        activity.leave(run, status)


def _current() -> ActiveRun:
    run = active_run()
    if run is None:
        raise InvalidState("No run is active. Start one with nbtrack.start_run().")
    return run


def log(
    values: Mapping[str, object] | None = None,
    /,
    *,
    step: int | None = None,
    **metrics: object,
) -> None:
    """Log a point of each metric to the active run: `nbtrack.log(loss=0.3, step=1)`."""
    _current().log(values, step=step, **metrics)


def log_metrics(metrics: Mapping[str, object], step: int | None = None) -> None:
    """Log a point of each metric to the active run."""
    _current().log(metrics, step=step)


def log_params(params: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Log params to the active run."""
    _current().log_params(params, **more)


def set_tags(tags: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Set tags of the active run."""
    _current().set_tags(tags, **more)


def log_series(name: str, values: Iterable[object], *, steps: Iterable[int] | None = None) -> None:
    """Log many points of one metric to the active run."""
    _current().log_series(name, values, steps=steps)


def note(text: str) -> None:
    """Describe the active run."""
    _current().note(text)


def flush(timeout: float = 10.0) -> bool:
    """Wait until everything logged so far is delivered; False if it was not in time."""
    deadline = time.monotonic() + timeout
    return all(channel.flush(max(deadline - time.monotonic(), 0.0)) for channel in open_channels())


def reset() -> None:
    """End all runs and close all channels; for tests."""
    activity.end_all("KILLED")
    close_channels(2.0)
    set_setting(EXPERIMENT, None)


__all__ = [
    "active_run",
    "end_run",
    "flush",
    "log",
    "log_metrics",
    "log_params",
    "log_series",
    "note",
    "run",
    "set_experiment",
    "set_tags",
    "set_tracking_uri",
    "start_run",
]
