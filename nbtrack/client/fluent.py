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
from nbtrack.signatures import named_in


def set_tracking_uri(uri: str | None) -> None:
    """Track to another place from the next run on; None goes back to the settings.

    Parameters
    ----------
    uri
        An address such as `http://localhost:5000`, `databricks://<profile>`, the folder of a store,
        or `nbtrack::memory:` for a store that ends with the process.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     nbtrack.log(loss=0.5)
    >>> nbtrack.count()
    1
    >>> nbtrack.set_tracking_uri(None)
    """
    set_setting(TRACKING_URI, uri)


def set_experiment(name: str | None) -> None:
    """Put the next runs into the experiment of that name, which is made if it is new.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> nbtrack.set_experiment("digits")
    >>> with nbtrack.run() as run:
    ...     nbtrack.log(loss=0.5)
    >>> nbtrack.experiments()["name"].tolist()
    ['digits', 'Default']
    >>> nbtrack.set_experiment(None)
    """
    set_setting(EXPERIMENT, name)


@named_in(Options, nested=False)
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

    Raises
    ------
    ConfigError
        If the tracking URI names nothing that can be opened. A server that does not answer is no
        error: the run begins offline, and `sync` carries it over.
    TypeError
        If an option does not exist.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> run = nbtrack.start_run(run_name="first", params={"lr": 0.1})
    >>> nbtrack.log(loss=0.5)
    >>> nbtrack.end_run()
    >>> run.status
    'FINISHED'

    Go on with it:

    >>> with nbtrack.start_run(run_id=run.run_id):
    ...     nbtrack.log(loss=0.25)
    >>> nbtrack.history(run.run_id)["value"].tolist()
    [0.5, 0.25]
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


@named_in(Options, nested=False)
def run(**options: Unpack[Options]) -> ActiveRun:
    """Start a run for a `with` statement: `with nbtrack.run(run_name="first") as run:`.

    It ends as FINISHED, as FAILED if the block raises, as KILLED if it is interrupted.

    Parameters
    ----------
    **options
        As of `start_run`.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> for lr in (0.1, 0.01):
    ...     with nbtrack.run(run_name=f"lr{lr}", params={"lr": lr}) as run:
    ...         run.log(loss=10 * lr)
    >>> nbtrack.runs("params.lr < 1", order_by="metrics.loss")["run_name"].tolist()
    ['lr0.01', 'lr0.1']
    """
    return start_run(**options)


def active_run() -> ActiveRun | None:
    """Return the run that `log` logs to, or None.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run(run_name="first"):
    ...     print(nbtrack.active_run().run_name)
    first
    >>> nbtrack.active_run() is None
    True
    """
    stack = _runs()
    return stack[-1] if stack else None


def end_run(status: str = "FINISHED") -> None:
    """End the active run, if there is one.

    Parameters
    ----------
    status
        `FINISHED`, `FAILED` or `KILLED`.

    Raises
    ------
    InvalidParameterValue
        If it is another status.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> run = nbtrack.start_run()
    >>> nbtrack.end_run("FAILED")
    >>> run.status
    'FAILED'
    """
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
    """Log a point of each metric to the active run: `nbtrack.log(loss=0.3, step=1)`.

    It returns as soon as the point is in the journal, about a microsecond; a thread delivers it.

    Parameters
    ----------
    values
        Values by metric, for names that are no Python names.
    step
        The step of all these points; by default one after the metric's last.
    **metrics
        Numbers, or what is one: of numpy, a tensor of one value. What is no number is told of once,
        and left out: a training does not end over it.

    Raises
    ------
    InvalidState
        If no run is active.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     for epoch in range(3):
    ...         nbtrack.log(loss=1 / (epoch + 1))
    ...     nbtrack.log({"test/accuracy": 0.9}, step=2)
    >>> nbtrack.history(run.run_id, "loss")[["step", "value"]].round(2).values.tolist()
    [[0.0, 1.0], [1.0, 0.5], [2.0, 0.33]]
    """
    _current().log(values, step=step, **metrics)


def log_metrics(metrics: Mapping[str, object], step: int | None = None) -> None:
    """Log a point of each metric to the active run.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     nbtrack.log_metrics({"loss": 0.25, "accuracy": 0.9}, step=1)
    >>> nbtrack.history(run.run_id)["key"].tolist()
    ['loss', 'accuracy']
    """
    _current().log(metrics, step=step)


def log_params(params: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Log params to the active run.

    Parameters
    ----------
    params, **more
        Values by name; numbers, truth values and the rest are stored as text. A param keeps its
        first value.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     nbtrack.log_params({"model.depth": 3}, lr=0.1)
    >>> nbtrack.runs(f"run_id = '{run.run_id}'", columns="params.*")["params.lr"].tolist()
    [0.1]
    """
    _current().log_params(params, **more)


def set_tags(tags: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Set tags of the active run.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     nbtrack.set_tags({"data.version": 2}, team="vision")
    >>> nbtrack.count("tags.team = 'vision' AND tags.data.version = '2'")
    1
    """
    _current().set_tags(tags, **more)


def log_series(name: str, values: Iterable[object], *, steps: Iterable[int] | None = None) -> None:
    """Log many points of one metric to the active run.

    Parameters
    ----------
    name
        The metric.
    values
        Its points in order: a list, an array, a column of a frame.
    steps
        A step for each point; by default they follow the metric's last one.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     nbtrack.log_series("loss", [0.9, 0.5, 0.3], steps=[0, 10, 20])
    >>> nbtrack.history(run.run_id)["step"].tolist()
    [0, 10, 20]
    """
    _current().log_series(name, values, steps=steps)


def note(text: str) -> None:
    """Describe the active run.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     nbtrack.note("The **first** one with the new data.")
    >>> nbtrack.runs(columns="tags.*")["tags.mlflow.note.content"].tolist()
    ['The **first** one with the new data.']
    """
    _current().note(text)


def flush(timeout: float = 10.0) -> bool:
    """Wait until everything logged so far is delivered; False if it was not in time.

    Parameters
    ----------
    timeout
        Seconds to wait at most.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run():
    ...     nbtrack.log(loss=0.5)
    ...     nbtrack.flush()
    True
    """
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
