"""`Client`'s chapter on metrics: one point, and histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypedDict, Unpack

from nbtrack.api import metrics as api
from nbtrack.client.arguments import as_texts
from nbtrack.client.paging import page_size, through_pages
from nbtrack.client.resource import Resource
from nbtrack.entities import Metric, MetricWithRunId


class ModelLink(TypedDict, total=False):
    """What links a metric point to a logged model, and to the dataset it was measured on."""

    model_id: str
    dataset_name: str
    dataset_digest: str


class MetricMethods(Resource):
    """Write metric points and read histories."""

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        *,
        timestamp: int,
        step: int = 0,
        **link: Unpack[ModelLink],
    ) -> None:
        """Add a point to a metric of a run. API: logMetric.

        Parameters
        ----------
        run_id
            The run.
        key
            Name of the metric.
        value
            Any double; NaN and the infinities too.
        timestamp
            Milliseconds since 1970.
        step
            Any integer.
        **link
            `model_id` of a logged model that the point belongs to as well, with `dataset_name`
            and `dataset_digest` of the dataset it was measured on.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If the run is deleted, or the key is too long.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.log_metric(run_id, "loss", 0.5, timestamp=1_700_000_000_000, step=1)
        ...     client.get_run(run_id).data.metrics[0].value
        0.5
        """
        request = api.LogMetric(
            run_id=run_id, key=key, value=value, timestamp=timestamp, step=step, **link
        )
        self._backend.call(api.LOG_METRIC, request)

    def get_history(
        self,
        run_id: str,
        metric_key: str,
        *,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> api.HistoryPage:
        """Return one page of the points of a metric, oldest first. API: getHistory.

        Points are ordered by timestamp, step, value. An unknown metric has no points. Without
        `max_results` a server may send everything at once; `iter_history` asks for pages.

        Parameters
        ----------
        run_id
            The run.
        metric_key
            Name of the metric.
        max_results
            Size of the page.
        page_token
            `next_page_token` of the page before.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     for step in range(3):
        ...         client.log_metric(run_id, "loss", 1 / (step + 1), timestamp=step, step=step)
        ...     page = client.get_history(run_id, "loss", max_results=2)
        ...     [point.value for point in page.metrics], page.next_page_token is None
        ([1.0, 0.5], False)
        """
        request = api.GetHistory(
            run_id=run_id, metric_key=metric_key, max_results=max_results, page_token=page_token
        )
        return self._backend.call(api.GET_HISTORY, request)

    def iter_history(
        self,
        run_id: str,
        metric_key: str,
        *,
        max_results: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Metric]:
        """Yield all points of a metric, oldest first, fetching pages as they are needed.

        Parameters
        ----------
        run_id, metric_key
            As in `get_history`.
        max_results
            Size of one page; by default the largest that every server allows.
        limit
            Stop after so many points.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     for step in range(3):
        ...         client.log_metric(run_id, "loss", 2.0**-step, timestamp=step, step=step)
        ...     [(point.step, point.value) for point in client.iter_history(run_id, "loss")]
        [(0, 1.0), (1, 0.5), (2, 0.25)]
        """
        request = api.GetHistory(
            run_id=run_id,
            metric_key=metric_key,
            max_results=page_size(api.GET_HISTORY, max_results, limit),
        )
        return through_pages(
            self._backend, api.GET_HISTORY, request, lambda page: page.metrics, limit
        )

    def get_history_bulk(
        self, run_id: str | Iterable[str], metric_key: str, *, max_results: int | None = None
    ) -> tuple[MetricWithRunId, ...]:
        """Return the points of one metric of up to 100 runs. An extension of MLflow.

        Parameters
        ----------
        run_id
            One run or several.
        metric_key
            Name of the metric.
        max_results
            At most so many points of all runs together.

        Returns
        -------
        tuple of MetricWithRunId
            Ordered by run, timestamp, step, value.

        Raises
        ------
        InvalidParameterValue
            If more than 100 runs are given.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.log_metric(run_id, "loss", 0.5, timestamp=1)
        ...     (point,) = client.get_history_bulk([run_id], "loss")
        ...     point.run_id == run_id, point.value
        (True, 0.5)
        """
        request = api.GetHistoryBulk(
            run_id=as_texts(run_id), metric_key=metric_key, max_results=max_results
        )
        return self._backend.call(api.GET_HISTORY_BULK, request).metrics

    def get_history_bulk_interval(
        self,
        run_ids: str | Iterable[str],
        metric_key: str,
        *,
        start_step: int | None = None,
        end_step: int | None = None,
        max_results: int | None = None,
    ) -> tuple[MetricWithRunId, ...]:
        """Return an even sample of one metric of up to 100 runs. An extension of MLflow.

        Parameters
        ----------
        run_ids
            One run or several.
        metric_key
            Name of the metric.
        start_step, end_step
            Only points from the one to the other, both included; give both or none.
        max_results
            About how many points of each run, up to 2,500.

        Raises
        ------
        InvalidParameterValue
            If more than 100 runs are given, or one end of the interval alone.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     for step in range(100):
        ...         client.log_metric(run_id, "loss", 0.5, timestamp=step, step=step)
        ...     points = client.get_history_bulk_interval(run_id, "loss", start_step=0, end_step=9)
        ...     len(points)
        10
        """
        request = api.GetHistoryBulkInterval(
            run_ids=as_texts(run_ids),
            metric_key=metric_key,
            start_step=start_step,
            end_step=end_step,
            max_results=max_results,
        )
        return self._backend.call(api.GET_HISTORY_BULK_INTERVAL, request).metrics
