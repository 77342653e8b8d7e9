"""`ActiveRun`'s chapter on metrics: points, one by one and in rows."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable, Mapping

from nbtrack.client.numbers import as_number, as_step, as_timestamp
from nbtrack.client.rendering import table_columns
from nbtrack.client.run_chapter import RunChapter
from nbtrack.errors import InvalidParameterValue

_time_ns = time.time_ns


class PointMethods(RunChapter):
    """Log points of metrics."""

    _steps: dict[str, int]
    _gate: Callable[[str, int, float], object] | None

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

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log({"val/acc": 0.9}, loss=0.5)
        >>> nbtrack.runs()[["metrics.loss", "metrics.val/acc"]].values.tolist()
        [[0.5, 0.9]]
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
        """Log one point of a metric.

        Parameters
        ----------
        key
            Name of the metric.
        value
            A number of any library; NaN and the infinities too.
        step
            Its step; by default one after the metric's last.
        timestamp
            Milliseconds since 1970; by default now.

        Raises
        ------
        InvalidParameterValue
            If the value is no number, or a step or time no integer of 64 bits.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_metric("loss", 0.5, step=3)
        >>> nbtrack.history(run, "loss")[["step", "value"]].values.tolist()
        [[3.0, 0.5]]
        """
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
        """Log a point of each metric, as `log` does.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_metrics({"loss": 0.5, "val/acc": 0.9}, step=1)
        >>> nbtrack.history(run, "loss")["step"].tolist()
        [1]
        """
        self.log(metrics, step=step)

    def log_series(
        self,
        name: str,
        values: Iterable[object],
        *,
        steps: Iterable[int] | None = None,
        timestamps: Iterable[int] | None = None,
    ) -> None:
        """Log many points of one metric; steps count on if they are not given.

        Timestamps are milliseconds since 1970, by default now.

        Raises
        ------
        InvalidParameterValue
            If there are not as many steps or timestamps as values.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_series("loss", [0.5, 0.25], steps=[0, 10])
        >>> nbtrack.history(run, "loss")["step"].tolist()
        [0, 10]
        """
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

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_frame({"epoch": [1, 2], "loss": [0.5, 0.25]}, step="epoch")
        >>> nbtrack.history(run, "loss")["step"].tolist()
        [1, 2]
        """
        columns = table_columns(frame)
        steps = None if step is None else [as_step(value) for value in columns.pop(step)]
        for name, values in columns.items():
            if values and not isinstance(values[0], str):
                self.log_series(name, values, steps=steps)
