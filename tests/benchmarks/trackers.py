"""The tracking layers under measurement: what a user calls to log, and who stores it.

They start runs and log to them; how that is stored is their business. Libraries are imported in
`open`, and nothing but the standard library at the top: a peer that nbtrack does not depend on is
measured with an interpreter of its own.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

STATE_VARIABLE: Final = "NBTRACK_STATE_FOLDER"
"""Names the folder in which a tracker may keep what is not in the store yet."""
_PROJECT: Final = "benchmark"
Log = Callable[[str, float, int], object]


class Tracker(Protocol):
    """Logs to a run in a folder, or through a server's URL.

    Attributes
    ----------
    log
        Logs one point, key, value and step, of the run that was started: the user's own call.
    """

    log: Log

    def open(self, where: str) -> None:
        """Say where the next run is stored, a folder or a URL."""
        ...

    def start(self) -> str:
        """Start a run and return its id."""
        ...

    def flush(self) -> None:
        """Return when the store has everything that was logged."""
        ...

    def end(self) -> None:
        """End the run."""
        ...

    def steps(self, run_id: str, key: str) -> list[int]:
        """Return the steps of the points that the store has of a metric."""
        ...


def state_folder() -> Path:
    """Return the trial's folder for what is not in the store yet."""
    return Path(os.environ[STATE_VARIABLE])


class NbtrackRuns(Tracker):
    """`nbtrack.start_run` and `ActiveRun.log_metric`."""

    def open(self, where: str) -> None:
        """Choose the store."""
        import nbtrack

        self._where = where
        nbtrack.set_tracking_uri(where)

    def start(self) -> str:
        """Start a run."""
        import nbtrack

        self._run = nbtrack.start_run()
        self.log = self._run.log_metric
        return self._run.run_id

    def flush(self) -> None:
        """Wait for the delivery."""
        import nbtrack

        if not nbtrack.flush(60.0):
            raise AssertionError("Not everything was delivered within a minute.")

    def end(self) -> None:
        """End the run."""
        self._run.end()

    def steps(self, run_id: str, key: str) -> list[int]:
        """Ask a client for the history."""
        from nbtrack.client import Client

        with Client(self._where) as client:
            return [point.step for point in client.iter_history(run_id, key)]


class MlflowRuns(Tracker):
    """`mlflow.start_run` and `mlflow.log_metric`, which returns when the store has the point."""

    def open(self, where: str) -> None:
        """Choose the store."""
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        import mlflow

        uri = where if "://" in where else f"sqlite:///{Path(where).absolute()}/mlflow.db"
        mlflow.set_tracking_uri(uri)
        self._mlflow: Any = mlflow
        self._client = mlflow.MlflowClient(tracking_uri=uri)

    def start(self) -> str:
        """Start a run."""
        self.log = self._mlflow.log_metric
        return str(self._mlflow.start_run().info.run_id)

    def flush(self) -> None:
        """Do nothing: each call has waited."""

    def end(self) -> None:
        """End the run."""
        self._mlflow.end_run()

    def steps(self, run_id: str, key: str) -> list[int]:
        """Ask the client for the history."""
        return [point.step for point in self._client.get_metric_history(run_id, key)]


class MlflowAsync(MlflowRuns):
    """As `MlflowRuns`, with MLflow's asynchronous logging."""

    def start(self) -> str:
        """Start a run."""
        run_id = super().start()
        self.log = partial(self._mlflow.log_metric, synchronous=False)
        return run_id

    def flush(self) -> None:
        """Wait for MLflow's queue."""
        self._mlflow.flush_async_logging()


class Trackio(Tracker):
    """`trackio.init` and `trackio.log`, into a local project and without its own measurements."""

    def open(self, where: str) -> None:
        """Choose the folder; nothing is asked of any other machine."""
        os.environ.update(TRACKIO_DIR=where, HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
        self._folder = Path(where)
        self._trackio: Any = import_module("trackio")

    def start(self) -> str:
        """Start a run."""
        self._run = self._trackio.init(
            project=_PROJECT, embed=False, auto_log_gpu=False, auto_log_cpu=False
        )
        log = self._trackio.log
        self.log = lambda key, value, step: log({key: value}, step=step)
        return str(self._run.id)

    def flush(self) -> None:
        """Do nothing: trackio waits for its sender only at the end of a run."""

    def end(self) -> None:
        """End the run."""
        self._trackio.finish()

    def steps(self, run_id: str, key: str) -> list[int]:
        """Read the project's file; the run has one metric."""
        found: list[int] = []
        for file in self._folder.glob("*.db"):
            db = sqlite3.connect(file)
            rows = db.execute("select step from metrics where run_id = ?", (run_id,))
            found += [step for (step,) in rows]
            db.close()
        return found


def tracker(name: str) -> Tracker:
    """Make the tracking layer of that name."""
    if name in {"sqlite-journal", "http-journal"}:
        from tests.benchmarks.journal_floor import JournalFloor

        return JournalFloor()
    return TRACKERS[name]()


TRACKERS: Final[dict[str, Callable[[], Tracker]]] = {
    "nbtrack": NbtrackRuns,
    "mlflow": MlflowRuns,
    "mlflow-async": MlflowAsync,
    "trackio": Trackio,
}
