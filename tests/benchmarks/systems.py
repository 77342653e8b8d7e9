"""The systems under measurement: what they have in common, nbtrack, and MLflow's client.

Libraries are imported in `open`, so that a process loads only the one that it measures. The floor
systems, which only do the work of the workloads, are in `floors.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from tests.benchmarks.data import BATCH_POINTS, Point, RunContent, RunSearch

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from nbtrack.client import Client
    from nbtrack.entities import Metric

EMPTY: Final[Mapping[str, str]] = {}
Shape = tuple[int, int]
"""Rows and columns of a table that was read."""


class System(Protocol):
    """Writes and reads experiment data in a folder, or through a server's URL."""

    errors: tuple[type[Exception], ...] = ()
    table: object = None

    def open(self, where: str) -> None:
        """Open the store in a folder, or connect to a URL."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...

    def create_run(self, name: str, start_time: int) -> str:
        """Create a run and return its id."""
        ...

    def log_metric(self, run_id: str, point: Point) -> None:
        """Write one point and return when it is in the store."""
        ...

    def log_batch(
        self,
        run_id: str,
        points: Sequence[Point],
        params: Mapping[str, str] = EMPTY,
        tags: Mapping[str, str] = EMPTY,
    ) -> None:
        """Write up to 1,000 points, params and tags in one transaction or call."""
        ...

    def log_many(self, run_id: str, points: Sequence[Point]) -> None:
        """Write any number of points, in as many batches as it takes."""
        for start in range(0, len(points), BATCH_POINTS):
            self.log_batch(run_id, points[start : start + BATCH_POINTS])

    def end_run(self, run_id: str, end_time: int) -> None:
        """Mark a run as finished."""
        ...

    def count_points(self, run_id: str, key: str) -> int:
        """Count the points of a metric in the store."""
        ...

    def read_runs(self, search: RunSearch) -> Shape:
        """Read runs into the columns of a table, and keep it in `table`."""
        ...

    def read_history(self, run_ids: Sequence[str], key: str) -> Shape:
        """Read one metric of runs into columns run, step, time and value, kept in `table`."""
        ...


def write_run(system: System, content: RunContent) -> str:
    """Write a whole run: create, log in one batch, end."""
    run_id = system.create_run(content.name, content.start_time)
    system.log_batch(run_id, content.metrics, content.params, content.tags)
    system.end_run(run_id, content.start_time + 500)
    return run_id


class Nbtrack(System):
    """nbtrack's `Client`, on the embedded engine or over HTTP."""

    def open(self, where: str) -> None:
        """Open a client, and ask for the columns of a table by import."""
        import nbtrack.backends.columns
        from nbtrack.client import Client
        from nbtrack.entities import Metric
        from nbtrack.errors import NbtrackError

        self.errors = (NbtrackError,)
        self._metric: type[Metric] = Metric
        self._columns = nbtrack.backends.columns
        self._client: Client = Client(where)

    @property
    def client(self) -> Client:
        """What frames are asked of."""
        return self._client

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def create_run(self, name: str, start_time: int) -> str:
        """Create a run in the default experiment."""
        return self._client.create_run("0", run_name=name, start_time=start_time).info.run_id

    def log_metric(self, run_id: str, point: Point) -> None:
        """Write one point."""
        key, value, timestamp, step = point
        self._client.log_metric(run_id, key, value, timestamp=timestamp, step=step)

    def log_batch(
        self,
        run_id: str,
        points: Sequence[Point],
        params: Mapping[str, str] = EMPTY,
        tags: Mapping[str, str] = EMPTY,
    ) -> None:
        """Write a batch; making its `Metric` objects is part of the work."""
        metric = self._metric
        self._client.log_batch(
            run_id,
            metrics=[
                metric(key=key, value=value, timestamp=timestamp, step=step)
                for key, value, timestamp, step in points
            ],
            params=params,
            tags=tags,
        )

    def log_many(self, run_id: str, points: Sequence[Point]) -> None:
        """Let the client cut the batches."""
        metric = self._metric
        self._client.log_many(
            run_id,
            metrics=(
                metric(key=key, value=value, timestamp=timestamp, step=step)
                for key, value, timestamp, step in points
            ),
        )

    def end_run(self, run_id: str, end_time: int) -> None:
        """Mark a run as finished."""
        self._client.update_run(run_id, status="FINISHED", end_time=end_time)

    def count_points(self, run_id: str, key: str) -> int:
        """Count the points of a metric."""
        return self.read_history([run_id], key)[0]

    def read_runs(self, search: RunSearch) -> Shape:
        """Read runs as typed columns."""
        query = self._columns.RunsQuery(
            experiment_ids=("0",),
            filter=search.filter,
            order_by=search.order_by,
            limit=search.limit,
        )
        self.table = found = self._client.columns(query)
        return found.rows, len(found.columns)

    def read_history(self, run_ids: Sequence[str], key: str) -> Shape:
        """Read a metric as typed columns."""
        query = self._columns.HistoryQuery(run_ids=tuple(run_ids), keys=(key,))
        self.table = found = self._client.columns(query)
        return found.rows, len(found.columns)


class Mlflow(System):
    """MLflow's `MlflowClient`, on its SQLite store or over HTTP."""

    def open(self, where: str) -> None:
        """Open a client; on a new store this runs MLflow's migrations."""
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        import mlflow
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.exceptions import MlflowException

        self.errors = (MlflowException,)
        uri = where if "://" in where else f"sqlite:///{Path(where).absolute()}/mlflow.db"
        self._mlflow = mlflow
        self._metric, self._param, self._tag = Metric, Param, RunTag
        self._client: MlflowClient = mlflow.MlflowClient(tracking_uri=uri)
        mlflow.set_tracking_uri(uri)

    def close(self) -> None:
        """Leave it to the process's end: the client has nothing to close."""

    def create_run(self, name: str, start_time: int) -> str:
        """Create a run in the default experiment."""
        run = self._client.create_run("0", run_name=name, start_time=start_time)
        return str(run.info.run_id)

    def log_metric(self, run_id: str, point: Point) -> None:
        """Write one point."""
        key, value, timestamp, step = point
        self._client.log_metric(run_id, key, value, timestamp=timestamp, step=step)

    def log_batch(
        self,
        run_id: str,
        points: Sequence[Point],
        params: Mapping[str, str] = EMPTY,
        tags: Mapping[str, str] = EMPTY,
    ) -> None:
        """Write a batch."""
        self._client.log_batch(
            run_id,
            metrics=[self._metric(*point) for point in points],
            params=[self._param(key, value) for key, value in params.items()],
            tags=[self._tag(key, value) for key, value in tags.items()],
        )

    def end_run(self, run_id: str, end_time: int) -> None:
        """Mark a run as finished."""
        self._client.set_terminated(run_id, "FINISHED", end_time)

    def count_points(self, run_id: str, key: str) -> int:
        """Count the points of a metric."""
        return len(self._client.get_metric_history(run_id, key))

    def read_runs(self, search: RunSearch) -> Shape:
        """Read runs as MLflow offers it, as a DataFrame."""
        found = self._mlflow.search_runs(
            ["0"],
            filter_string=search.filter,
            order_by=list(search.order_by),
            max_results=search.limit or 100_000,
        )
        self.table = found
        return len(found), len(found.columns)

    def read_history(self, run_ids: Sequence[str], key: str) -> Shape:
        """Read a metric as lists of points."""
        found = [self._client.get_metric_history(run_id, key) for run_id in run_ids]
        self.table = found
        return sum(len(points) for points in found), 4
