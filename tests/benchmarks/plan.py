"""The workloads as a table: what is run on which systems, how often, and what is shown of it."""

from __future__ import annotations

from typing import Final

from tests.benchmarks import live, reading, remote, startup, tracking, writing
from tests.benchmarks.plan_frames import FRAMES
from tests.benchmarks.plan_views import VIEWS
from tests.benchmarks.workload import MORE, TABLE, Workload

_CALLS: Final = {"points_s": "points/s", "cpu_us": "CPU µs a point", "points": "points"}
_WRITERS: Final = {
    **_CALLS,
    "errors": "errors",
    "lost": "lost",
    "longest_ms": "longest call ms",
}
_FIRST: Final = {
    "new": "new store s",
    "existing": "existing s",
    "new_stored": "new, stored s",
    "existing_stored": "existing, stored s",
    "new_cpu": "new CPU s",
    "existing_cpu": "existing CPU s",
}
_LOGGED: Final = {
    "p50_us": "p50 µs",
    "p99_us": "p99 µs",
    "longest_ms": "longest call ms",
    "loop_s": "loop s",
    "durable_s": "stored s",
    "cpu_us": "CPU µs a call",
    "calls": "calls",
}
_LOST: Final = {
    "lost": "lost",
    "doubled": "doubled",
    "told": "calls returned",
    "points_s": "calls/s",
}
_TRACKERS: Final = ("sqlite-journal", "nbtrack", "mlflow", "mlflow-async", "trackio")
_REMOTE_TRACKERS: Final = ("http-journal", "nbtrack", "mlflow", "mlflow-async")
_EMBEDDED: Final = ("sqlite-normal", "sqlite-full", "nbtrack", "mlflow")
_LAYOUTS: Final = ("sqlite-normal", "sqlite-bykey", "sqlite-packed", "nbtrack")

_ALL: Final = (
    Workload(
        "import",
        "Import in a fresh process",
        startup.imports,
        ("python", "sqlite3", "nbtrack", "nbtrack.Client", "mlflow"),
        (1, 1),
        {"seconds": "s", "cpu": "CPU s", "peak_mib": "MiB", "modules": "modules"},
        trials=15,
    ),
    Workload(
        "start",
        "Process start to the first metric in the store",
        startup.first_metric,
        ("sqlite-normal", "nbtrack", "mlflow"),
        (1, 1),
        {
            "new": "new store s",
            "existing": "existing s",
            "new_cpu": "new CPU s",
            "existing_cpu": "existing CPU s",
        },
        trials=9,
    ),
    Workload(
        "start-run",
        "Process start to the first durable metric of a run",
        startup.first_of_run,
        ("sqlite-journal", "nbtrack", "mlflow", "trackio"),
        (1, 1),
        _FIRST,
        trials=9,
    ),
    Workload(
        "start-run-http",
        "Process start to the first durable metric of a run, through nbtrack's server",
        startup.first_of_run_over_http,
        ("http-journal", "nbtrack", "mlflow"),
        (1, 1),
        _FIRST,
        trials=9,
    ),
    Workload(
        "calls",
        "10,000 calls of log_metric in a loop, flush, end",
        tracking.calls,
        _TRACKERS,
        (10_000, 1000),
        _LOGGED,
    ),
    Workload(
        "calls-http",
        "10,000 calls of log_metric in a loop, flush, end, through nbtrack's server",
        tracking.calls_over_http,
        _REMOTE_TRACKERS,
        (10_000, 1000),
        _LOGGED,
    ),
    Workload(
        "kills",
        "`kill -9` within a second of logging 1,000 points/s",
        tracking.kills,
        _TRACKERS,
        (1, 1),
        _LOST,
        trials=100,
        slow_trials=5,
    ),
    Workload(
        "kills-http",
        "`kill -9` within a second of logging 1,000 points/s, through nbtrack's server",
        tracking.kills_over_http,
        _REMOTE_TRACKERS,
        (1, 1),
        _LOST,
        trials=20,
    ),
    Workload(
        "points",
        "1,000,000 points in batches of 1,000 (10 keys x 100 steps)",
        writing.points,
        ("sqlite-normal", "sqlite-full", "sqlite-chunks", "nbtrack", "mlflow"),
        (1_000_000, 50_000),
        {
            "points_s": "points/s",
            "cpu_us": "CPU µs a point",
            "bytes": "bytes a point",
            "points": "points",
        },
        better=MORE,
        trials=3,
    ),
    Workload(
        "small-runs",
        "1,000 whole runs of 10 params, 10 metrics, 3 tags",
        writing.small_runs,
        (*_EMBEDDED[:2], "sqlite-chunks", "sqlite-bykey", "sqlite-packed", *_EMBEDDED[2:]),
        (1000, 100),
        {"runs_s": "runs/s", "cpu_us": "CPU µs a run", "bytes": "bytes a run", "runs": "runs"},
        better=MORE,
    ),
    Workload(
        "single-calls",
        "One process, a commit a point",
        writing.single_calls,
        (*_EMBEDDED[:2], "sqlite-chunks", *_EMBEDDED[2:]),
        (5000, 500),
        {**_CALLS, "bytes": "bytes a point"},
        better=MORE,
    ),
    Workload(
        "writers",
        "Four processes, one store, 5,000 points each, 100 a call",
        writing.writers_in_batches,
        _EMBEDDED,
        (5000, 1000),
        _WRITERS,
        better=MORE,
    ),
    Workload(
        "writers-single",
        "Four processes, one store, 5,000 points each, a commit a point",
        writing.writers_in_calls,
        _EMBEDDED,
        (5000, 500),
        _WRITERS,
        better=MORE,
    ),
    Workload(
        "history-1",
        "Read 1 run x 1,000,000 points into columns",
        reading.history,
        ("sqlite-normal", "sqlite-chunks", "nbtrack"),
        (1_000_000, 50_000),
        TABLE,
        fill=reading.fill_one_curve,
    ),
    Workload(
        "history-100",
        "Read 100 runs x 10,000 points into columns",
        reading.history,
        ("sqlite-normal", "sqlite-chunks", "nbtrack"),
        (1_000_000, 50_000),
        TABLE,
        fill=reading.fill_curves,
    ),
    Workload(
        "runs-1k",
        "Read 1,000 runs of 45 values into columns, filtered and ordered",
        reading.all_runs,
        (*_LAYOUTS, "mlflow"),
        (1000, 100),
        TABLE,
        fill=reading.fill_runs,
    ),
    Workload(
        "runs-10k",
        "Read 10,000 runs of 45 values into columns, filtered and ordered",
        reading.all_runs,
        _LAYOUTS,
        (10_000, 500),
        TABLE,
        fill=reading.fill_runs,
    ),
    Workload(
        "runs-50k",
        "Read 50,000 runs of 45 values into columns, filtered and ordered",
        reading.all_runs,
        _LAYOUTS,
        (50_000, 2500),
        TABLE,
        fill=reading.fill_runs,
    ),
    Workload(
        "top-50k",
        "Read the first 100 of 50,000 runs behind two conditions",
        reading.top_runs,
        _LAYOUTS,
        (50_000, 2500),
        TABLE,
        fill=reading.fill_runs,
    ),
    Workload(
        "requests",
        "One point a request, to a server that does nothing",
        remote.requests,
        ("http-floor", "nbtrack", "mlflow"),
        (2000, 200),
        {"call_ms": "ms a request", "call_cpu_ms": "client CPU ms", "calls": "requests"},
    ),
    Workload(
        "http-batches",
        "1,000 points a request, to a server that does nothing",
        remote.batches,
        ("http-floor", "nbtrack", "mlflow"),
        (100, 20),
        {"call_ms": "ms a batch", "cpu_us": "client CPU µs a point", "calls": "batches"},
    ),
    Workload(
        "http-points",
        "10,000 points through nbtrack's server",
        remote.points,
        ("http-floor", "nbtrack", "mlflow"),
        (10_000, 5000),
        {
            "seconds": "s",
            "points_s": "points/s",
            "batch_ms": "ms a batch",
            "over_batches": "of ten batches",
            "call_ms": "ms a single point",
        },
    ),
    Workload(
        "live",
        "A loop in a kernel that logs 1,000 times a second, with a live chart and without",
        live.overhead,
        (live.WITHOUT, "nbtrack"),
        (10_000, 2_000),
        {
            "share": "% of the loop",
            "cpu_share": "CPU % of the loop",
            "kernel_share": "CPU % of the kernel",
            "longest_ms": "longest call ms",
            "shown_s": "shown s",
            "ended_s": "ended s",
            "messages_s": "messages/s",
        },
    ),
)

WORKLOADS: Final = {workload.name: workload for workload in (*_ALL, *FRAMES, *VIEWS)}
