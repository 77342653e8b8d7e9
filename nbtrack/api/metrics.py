"""Messages and operations about metrics: one point, and histories."""

from __future__ import annotations

from typing import Final

from nbtrack import entities, limits
from nbtrack.api.operation import (
    GET,
    MLFLOW,
    POST,
    Message,
    NamesRun,
    Nothing,
    Operation,
    Page,
    Repeat,
    RunPageRequest,
)
from nbtrack.entities import Int64, Metric, MetricWithRunId


class LogMetric(NamesRun, frozen=True, kw_only=True):
    """Ask to add a point to a metric, linked to a logged model if one is named."""

    key: str
    value: float
    timestamp: Int64
    step: Int64 = entities.always_int()
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class GetHistory(RunPageRequest, frozen=True, kw_only=True):
    """Ask for a page of the points of one metric of a run, oldest first."""

    metric_key: str
    max_results: Int64 | None = None


class HistoryPage(Page, frozen=True, kw_only=True):
    """Answer with points in the order of timestamp, step, value."""

    metrics: tuple[Metric, ...] = ()


class GetHistoryBulk(Message, frozen=True, kw_only=True):
    """Ask for one metric of up to 100 runs; `run_id` is repeated in the query."""

    run_id: tuple[str, ...]
    metric_key: str
    max_results: Int64 | None = None


class GetHistoryBulkInterval(Message, frozen=True, kw_only=True):
    """Ask for an even sample of one metric of up to 100 runs."""

    run_ids: tuple[str, ...]
    metric_key: str
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: Int64 | None = None


class BulkHistory(Message, frozen=True, kw_only=True):
    """Answer with points of several runs."""

    metrics: tuple[MetricWithRunId, ...] = ()


LOG_METRIC: Final = Operation(
    "log_metric",
    (POST("/api/2.0/mlflow/runs/log-metric"),),
    LogMetric,
    Nothing,
    "logMetric",
    repeat=Repeat.IDENTICAL_BODY,
)
GET_HISTORY: Final = Operation(
    "get_history",
    (GET("/api/2.0/mlflow/metrics/get-history"),),
    GetHistory,
    HistoryPage,
    "getHistory",
    largest_page=limits.HISTORY_PAGE,
)
GET_HISTORY_BULK: Final = Operation(
    "get_history_bulk",
    (GET("/ajax-api/2.0/mlflow/metrics/get-history-bulk"),),
    GetHistoryBulk,
    BulkHistory,
    servers=MLFLOW,
)
GET_HISTORY_BULK_INTERVAL: Final = Operation(
    "get_history_bulk_interval",
    (GET("/api/2.0/mlflow/metrics/get-history-bulk-interval"),),
    GetHistoryBulkInterval,
    BulkHistory,
    servers=MLFLOW,
)
