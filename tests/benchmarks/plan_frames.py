"""Workloads that end in a data frame."""

from __future__ import annotations

from typing import Final

from tests.benchmarks import framing, reading
from tests.benchmarks.workload import TABLE, Workload

_FRAME: Final = {
    **TABLE,
    "again_ms": "again ms",
    "ids_s": "ids alone s",
    "three_s": "3 columns s",
    "three_share": "3 columns of all",
}
_FRAME_HTTP: Final = {"cpu": "client CPU s", "seconds": "s", "peak_mib": "MiB over base"}
_FRAME_CLIENTS: Final = ("http-floor", framing.PAGES, "nbtrack", "mlflow")

FRAMES: Final = (
    Workload(
        "frame-1k",
        "1,000 runs of 45 values to a DataFrame, filtered and ordered; again; three columns",
        framing.runs,
        ("sqlite-bykey", "nbtrack", "mlflow"),
        (1_000, 100),
        _FRAME,
        fill=reading.fill_runs,
    ),
    Workload(
        "frame-10k",
        "10,000 runs of 45 values to a DataFrame, filtered and ordered; again; three columns",
        framing.runs,
        ("sqlite-bykey", "nbtrack"),
        (10_000, 500),
        _FRAME,
        fill=reading.fill_runs,
    ),
    Workload(
        "frame-50k",
        "50,000 runs of 45 values to a DataFrame, filtered and ordered; again; three columns",
        framing.runs,
        ("sqlite-bykey", "nbtrack"),
        (50_000, 2500),
        _FRAME,
        fill=reading.fill_runs,
    ),
    Workload(
        "frame-top-50k",
        "The first 100 of 50,000 runs behind two conditions to a DataFrame",
        framing.runs,
        ("sqlite-bykey", "nbtrack"),
        (50_000, 2500),
        _FRAME,
        fill=reading.fill_runs,
    ),
    Workload(
        "frame-history-1",
        "1 run x 1,000,000 points to a DataFrame",
        framing.history,
        ("sqlite-chunks", "nbtrack"),
        (1_000_000, 50_000),
        TABLE,
        fill=reading.fill_one_curve,
    ),
    Workload(
        "frame-history-100",
        "100 runs x 10,000 points to a DataFrame",
        framing.history,
        ("sqlite-chunks", "nbtrack"),
        (1_000_000, 50_000),
        TABLE,
        fill=reading.fill_curves,
    ),
    Workload(
        "frame-http",
        "1,000 runs of 45 values over HTTP to a DataFrame",
        framing.runs_over_http,
        _FRAME_CLIENTS,
        (1_000, 100),
        _FRAME_HTTP,
        fill=framing.fill_served_runs,
    ),
    Workload(
        "frame-history-http-1",
        "1 run x 1,000,000 points over HTTP to a DataFrame",
        framing.history_over_http,
        _FRAME_CLIENTS,
        (1_000_000, 50_000),
        _FRAME_HTTP,
        slow_trials=1,
        fill=framing.fill_served_curve,
    ),
    Workload(
        "frame-history-http-100",
        "100 runs x 10,000 points over HTTP to a DataFrame",
        framing.history_over_http,
        _FRAME_CLIENTS,
        (1_000_000, 50_000),
        _FRAME_HTTP,
        slow_trials=1,
        fill=framing.fill_served_curves,
    ),
)
