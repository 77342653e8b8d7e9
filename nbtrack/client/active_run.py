"""A run that is being logged to.

Points, params and tags go into the channel's journal and return at once; the sender delivers them.
What the API refuses is reported and set aside, and a value above a limit becomes an artifact:
nothing that is logged stops the training.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from time import time_ns
from types import TracebackType
from typing import Final, Self

from nbtrack.client.activity import activity
from nbtrack.client.channel import Channel, channel_to
from nbtrack.client.lifecycle import status_of
from nbtrack.client.listening import Listener, live_chart
from nbtrack.client.notices import say
from nbtrack.client.numbers import as_timestamp
from nbtrack.client.run_files import RunFiles
from nbtrack.client.run_methods import FileMethods
from nbtrack.client.run_points import PointMethods
from nbtrack.client.run_texts import TextMethods
from nbtrack.entities import RunInfo, RunStatus
from nbtrack.errors import InvalidParameterValue

END_FLUSH_SECONDS: Final = 10.0
_ENDS: Final = (RunStatus.FINISHED.value, RunStatus.FAILED.value, RunStatus.KILLED.value)


class ActiveRun(PointMethods, TextMethods, FileMethods):
    """A run in progress. Use it in a `with` statement, or call `end`.

    It may be given to other processes, which log to it and leave its end to this one.

    Attributes
    ----------
    info
        What the backend answered when the run was made.
    channel
        The way to the backend.
    files
        Logs texts, figures, tables and files as artifacts.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run(run_name="first") as run:
    ...     run.log_params(lr=0.1)
    ...     run.log(loss=0.5)
    >>> run.run_name, run.status
    ('first', 'FINISHED')
    """

    def __init__(
        self,
        channel: Channel,
        info: RunInfo,
        *,
        steps: Mapping[str, int],
        is_owner: bool = True,
    ) -> None:
        """Log to a run through a channel; `steps` says at which step each metric goes on.

        The owner ends the run, in the process that made this object.
        """
        self.info = info
        self.channel = channel
        self._owner = os.getpid() if is_owner else 0
        self._number = channel.add_run(info, is_owner=is_owner)
        self._steps = dict(steps)
        self._params: set[str] = set()
        self._status: str | None = None
        self._listeners: tuple[Listener, ...] = ()
        self.tags_before: Mapping[str, str] = {}
        self._gate: Callable[[str, int, float], object] | None = None
        self.files = RunFiles(channel, info, self._number)

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.info.run_id

    @property
    def run_name(self) -> str:
        """The run's name."""
        return self.info.run_name

    @property
    def experiment_id(self) -> str:
        """The id of the run's experiment."""
        return self.info.experiment_id

    @property
    def status(self) -> str:
        """RUNNING, or the status that the run was ended with."""
        return self._status or RunStatus.RUNNING.value

    def progress(self) -> dict[str, int]:
        """Return what was logged in this process: `metrics.<key>` with the next step, params.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log(loss=0.5, step=3)
        ...     run.log_params(lr=0.1)
        ...     run.progress()
        {'metrics.loss': 4, 'params.lr': 1}
        """
        metrics = {f"metrics.{key}": step for key, step in self._steps.items()}
        return {**metrics, **{f"params.{key}": 1 for key in self._params}}

    def end(
        self,
        status: str = RunStatus.FINISHED.value,
        *,
        end_time: int | None = None,
        wait: float = END_FLUSH_SECONDS,
    ) -> None:
        """End the run and deliver what is left.

        Parameters
        ----------
        status
            FINISHED, FAILED or KILLED.
        end_time
            Milliseconds since 1970; by default now.
        wait
            For how many seconds to wait for the delivery at most.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> run = nbtrack.start_run()
        >>> run.end("KILLED")
        >>> run.status
        'KILLED'
        """
        word = _checked_status(status)
        if self._status is not None:
            return
        self._status = word
        self._gate = self._refuse_point
        if self._owner == os.getpid():  # a forked child leaves the run to its parent
            moment = time_ns() // 1_000_000 if end_time is None else as_timestamp(end_time)
            self.channel.end_run(self._number, {"status": word, "end_time": moment})
        for listener in self._listeners:
            listener.hear_end(word)
        if wait > 0:
            self._deliver_all(wait)

    def _deliver_all(self, wait: float) -> None:
        from nbtrack.client.recovery import gather

        if self.channel.flush(wait):
            gather(self.run_id)
        else:
            say(
                f"run {self.run_name} has ended, and some of it is not delivered yet. "
                "It is kept; 'nbtrack sync' delivers it."
            )

    def flush(self, timeout: float = END_FLUSH_SECONDS) -> bool:
        """Wait `timeout` seconds for what was logged to be delivered; False if some was not.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log(loss=0.5)
        ...     run.flush()
        True
        """
        return self.channel.flush(timeout)

    def listen(self, listener: Listener) -> None:
        """Have a listener hear each point from now on, and the end of the run.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> class Printer:
        ...     def hear(self, key, step, value):
        ...         print(key, step, value)
        ...
        ...     def hear_end(self, status):
        ...         print(status)
        >>> with nbtrack.run() as run:
        ...     run.listen(Printer())
        ...     run.log(loss=0.5)
        loss 0 0.5
        FINISHED
        """
        self._refuse_ended()
        self._listeners = (*self._listeners, listener)
        self._gate = self._tell if len(self._listeners) > 1 else listener.hear

    def live(self, *metrics: str, total: int | None = None, behind: str | None = "best") -> None:
        """Show a chart of metrics that grows while the run logs, and stays as a picture.

        In a script or a terminal nothing is shown.

        Parameters
        ----------
        *metrics
            What to show, a panel each.
        total
            How many steps there will be; then the chart tells how far the run is.
        behind
            The curves to see behind: of the `best` finished run of the experiment, judged by the
            first metric, of the `previous` one, of a run by its id, or None.

        Raises
        ------
        InvalidParameterValue
            If no metric is named, or an option is wrong.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.live("loss", total=100)
        ...     for step in range(100):
        ...         run.log(loss=1 / (step + 1))
        """
        self._refuse_ended()
        live_chart(self, metrics, total, behind)

    def _tell(self, key: str, step: int, number: float) -> None:
        for listener in self._listeners:
            listener.hear(key, step, number)

    def _refuse_point(self, _key: str, _step: int, _number: float) -> None:
        self._refuse_ended()

    def __reduce__(self) -> tuple[object, ...]:
        channel = self.channel
        uri = channel.place if channel.is_local else channel.tracking_uri
        return log_elsewhere, (uri, self.info, self._steps)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        activity.leave(self, status_of(error))

    def __repr__(self) -> str:
        return f"<run {self.run_name!r} {self.run_id} {self.status}>"


def log_elsewhere(tracking_uri: str, info: RunInfo, steps: Mapping[str, int]) -> ActiveRun:
    """Log to a run of another process, which ends it."""
    return ActiveRun(channel_to(tracking_uri), info, steps=steps, is_owner=False)


def _checked_status(status: object) -> str:
    word = str(getattr(status, "value", status)).upper()
    if word not in _ENDS:
        message = f"A run cannot end as {status!r}. Use one of {', '.join(_ENDS)}."
        raise InvalidParameterValue(message)
    return word
