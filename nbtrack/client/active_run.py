"""A run that is being logged to.

Points, params and tags go into the channel's journal and return at once; the sender delivers them.
What the API refuses is reported and set aside, and a value above a limit becomes an artifact:
nothing that is logged stops the training.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Final, Self

from nbtrack.client import journal as kinds
from nbtrack.client.activity import activity
from nbtrack.client.channel import Channel, channel_to
from nbtrack.client.lifecycle import status_of
from nbtrack.client.listening import Listener, live_chart
from nbtrack.client.notices import say
from nbtrack.client.numbers import as_number, as_step, as_timestamp
from nbtrack.client.rendering import table_columns
from nbtrack.client.run_files import RunFiles
from nbtrack.client.run_methods import FileMethods
from nbtrack.client.shortening import artifact_path, longest_tag, shortened
from nbtrack.entities import RunInfo, RunStatus
from nbtrack.errors import InvalidParameterValue, InvalidState
from nbtrack.names import check_key

NOTE_TAG: Final = "mlflow.note.content"
END_FLUSH_SECONDS: Final = 10.0
_time_ns = time.time_ns


_ENDS: Final = (RunStatus.FINISHED.value, RunStatus.FAILED.value, RunStatus.KILLED.value)


class ActiveRun(FileMethods):
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
        """Return what was logged in this process: `metrics.<key>` with the next step, params."""
        metrics = {f"metrics.{key}": step for key, step in self._steps.items()}
        return {**metrics, **{f"params.{key}": 1 for key in self._params}}

    def log(
        self,
        values: Mapping[str, object] | None = None,
        /,
        *,
        step: int | None = None,
        **metrics: object,
    ) -> None:
        """Log a point of each metric.

        Parameters
        ----------
        values
            Metrics whose names are no Python names, such as `{"val/acc": 0.9}`.
        step
            The step of all of them; without it each metric counts its own steps from 0.
        **metrics
            Metrics by name. Numbers of any library.

        Raises
        ------
        InvalidParameterValue
            If a value is no number; the message names the key, and the others are logged.
        """
        now = _time_ns() // 1_000_000
        if values:
            metrics = {**values, **metrics}
        problem: InvalidParameterValue | None = None
        for key, value in metrics.items():
            try:
                self.log_metric(key, value, step=step, timestamp=now)
            except InvalidParameterValue as exc:
                problem = problem or exc
        if problem is not None:
            raise problem

    def log_metric(
        self, key: str, value: object, step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Log one point; the timestamp is in milliseconds since 1970, by default now."""
        number = value if isinstance(value, float) else as_number(key, value)
        if step is None:
            step = self._steps.get(key, 0)
        elif step.__class__ is not int:
            step = as_step(step)
        if timestamp is None:
            timestamp = _time_ns() // 1_000_000
        elif timestamp.__class__ is not int or timestamp < 0:
            timestamp = as_timestamp(timestamp)
        if self._gate is not None:  # somebody listens, or the run has ended
            self._gate(key, step, number)
        try:
            self.channel.journal.metric(self._number, key, step, timestamp, number)
        except struct.error:  # an integer of more than 64 bits
            as_step(step)
            as_timestamp(timestamp)
            raise
        self._steps[key] = step + 1

    def log_metrics(self, metrics: Mapping[str, object], step: int | None = None) -> None:
        """Log a point of each metric, as `log` does."""
        self.log(metrics, step=step)

    def log_series(
        self,
        name: str,
        values: Iterable[object],
        *,
        steps: Iterable[int] | None = None,
        timestamps: Iterable[int] | None = None,
    ) -> None:
        """Log many points of one metric; steps count on if they are not given."""
        numbers = list(values)
        first = self._steps.get(name, 0)
        places = list(range(first, first + len(numbers))) if steps is None else list(steps)
        now = _time_ns() // 1_000_000
        times = [now] * len(numbers) if timestamps is None else list(timestamps)
        if not len(numbers) == len(places) == len(times):
            raise InvalidParameterValue(
                f"The series {name!r} has {len(numbers)} values, {len(places)} steps and "
                f"{len(times)} timestamps. Give as many of each."
            )
        for value, step, timestamp in zip(numbers, places, times, strict=True):
            self.log_metric(name, value, step, timestamp)

    def log_frame(self, frame: object, *, step: str | None = None) -> None:
        """Log every numeric column of a pandas or Polars frame as a metric.

        Parameters
        ----------
        frame
            Columns by name; the rows are steps in their order.
        step
            The column that holds the steps; by default the rows are counted.
        """
        columns = table_columns(frame)
        steps = None if step is None else [as_step(value) for value in columns.pop(step)]
        for name, values in columns.items():
            if values and not isinstance(values[0], str):
                self.log_series(name, values, steps=steps)

    def log_params(self, params: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Log params, which are written once; a value above the limit becomes an artifact."""
        self._log_texts(kinds.PARAMS, {**(params or {}), **more})

    def log_param(self, key: str, value: object) -> object:
        """Log one param and return its value."""
        self._log_texts(kinds.PARAMS, {key: value})
        return value

    def set_tags(self, tags: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Set tags, replacing older values; a value above the limit becomes an artifact."""
        self._log_texts(kinds.TAGS, {**(tags or {}), **more})

    def set_tag(self, key: str, value: object) -> None:
        """Set one tag."""
        self._log_texts(kinds.TAGS, {key: value})

    def note(self, text: str) -> None:
        """Describe the run; the text is Markdown and replaces an older one."""
        self.set_tag(NOTE_TAG, text)

    def _log_texts(self, kind: int, values: Mapping[str, object]) -> None:
        self._refuse_ended()
        word = "param" if kind == kinds.PARAMS else "tag"
        limits = self.channel.limits
        most = limits.batch_param_value if kind == kinds.PARAMS else longest_tag(limits)
        texts: dict[str, str] = {}
        problem: InvalidParameterValue | None = None
        for key, value in values.items():
            try:
                check_key(word, str(key), limits.key)
            except InvalidParameterValue as exc:
                problem = problem or exc
                continue
            whole = str(value).encode("utf-8", "backslashreplace").decode()
            texts[str(key)] = shortened(whole, most)
            if len(whole) > most:
                self._keep_whole(word, str(key), whole, most)
        if texts:
            self.channel.journal.document(kind, self._number, texts)
        if kind == kinds.PARAMS:
            self._params.update(texts)
        if problem is not None:
            raise problem

    def _keep_whole(self, word: str, key: str, whole: str, most: int) -> None:
        path = artifact_path(word, key)
        self.files.text(whole, path)
        say(
            f"{word} {key!r} has {len(whole)} characters, the limit is {most}: "
            f"the whole value is the artifact {path}."
        )

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
        """
        word = _checked_status(status)
        if self._status is not None:
            return
        self._status = word
        self._gate = self._refuse_point
        if self._owner == os.getpid():  # a forked child leaves the run to its parent
            moment = _time_ns() // 1_000_000 if end_time is None else as_timestamp(end_time)
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
        """Wait until everything logged so far is delivered; False if it was not in time."""
        return self.channel.flush(timeout)

    def listen(self, listener: Listener) -> None:
        """Have a listener hear each point from now on, and the end of the run."""
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

    def _refuse_ended(self) -> None:
        if self._status is not None:
            raise InvalidState(
                f"Run {self.run_name!r} has ended as {self._status}. "
                f"Go on with it: nbtrack.start_run(run_id={self.run_id!r})."
            )

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
