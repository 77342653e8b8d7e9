"""Metrics of the machine beside those of a run, while cells run: optional."""

from __future__ import annotations

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.notices import say
from nbtrack.context import SystemMetrics
from nbtrack.entities import RunStatus


class MachineLoad:
    """Measures for the runs that are in progress; pauses between cells."""

    def __init__(self) -> None:
        """Begin with no run."""
        self._measured: dict[str, tuple[ActiveRun, SystemMetrics]] = {}

    def begin(self, run: ActiveRun) -> None:
        """Measure for a run from now on, if a library can."""
        metrics = SystemMetrics(run.log)
        if not metrics.can_measure:
            text = "system metrics need psutil or nvidia-ml-py, and neither can measure here."
            say(text, once="system metrics")
            return
        self._measured[run.run_id] = (run, metrics)
        metrics.start()

    def enter_cell(self) -> None:
        """Go on measuring."""
        for _, metrics in self._measured.values():
            metrics.resume()

    def leave_cell(self) -> None:
        """Pause, and let go of runs that have ended."""
        for run_id, (run, metrics) in list(self._measured.items()):
            if run.status == RunStatus.RUNNING.value:
                metrics.pause()
            else:
                metrics.stop()
                del self._measured[run_id]

    def stop(self) -> None:
        """Measure nothing any more."""
        for _, metrics in self._measured.values():
            metrics.stop()
        self._measured.clear()
