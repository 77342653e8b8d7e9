"""What nbtrack promises, as rows: a figure of a workload and its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise: a figure of nbtrack on a workload is at most, or at least, a limit.

    With `versus` the figure is divided by that system's in the same run; with `worst` it is the
    largest of all trials instead of the median. `system` is the one that the promise is about.
    """

    name: str
    text: str
    workload: str
    figure: str
    limit: float
    at_least: bool = False
    versus: str | None = None
    worst: bool = False
    system: str = "nbtrack"

    def is_met(self, value: float) -> bool:
        """Tell whether a measured value keeps the promise."""
        return value >= self.limit if self.at_least else value <= self.limit


GOALS: Final = (
    Goal("G1", "import, CPU s", "import", "cpu", 0.060),
    Goal("G1", "import against bare Python", "import", "seconds", 4, versus="python"),
    Goal("G2", "first metric, new store, s", "start", "new", 0.2),
    Goal("G2", "first metric, existing store, s", "start", "existing", 0.12),
    Goal("G2", "first durable metric of a run, new store, s", "start-run", "new", 0.2),
    Goal("G2", "first durable metric of a run, existing store, s", "start-run", "existing", 0.12),
    Goal("G2", "the same over HTTP, new store, s", "start-run-http", "new", 0.2),
    Goal("G2", "the same over HTTP, existing store, s", "start-run-http", "existing", 0.12),
    Goal("G3", "log_metric, p50, µs", "calls", "p50_us", 3),
    Goal("G3", "log_metric, p99, µs", "calls", "p99_us", 30),
    Goal("G3", "log_metric over HTTP, p50, µs", "calls-http", "p50_us", 3),
    Goal("G3", "log_metric over HTTP, p99, µs", "calls-http", "p99_us", 30),
    Goal("G4", "10,000 calls in the store, s", "calls", "durable_s", 0.3),
    Goal("G4", "10,000 calls over HTTP in the store, s", "calls-http", "durable_s", 0.3),
    Goal("G5", "kill -9, most points lost", "kills", "lost", 0, worst=True),
    Goal("G5", "kill -9 over HTTP, most points lost", "kills-http", "lost", 0, worst=True),
    Goal("G6", "points/s in batches", "points", "points_s", 250_000, at_least=True),
    Goal("G6", "bytes a point on disk", "points", "bytes", 32),
    Goal("G7", "small runs/s", "small-runs", "runs_s", 500, at_least=True),
    Goal("G8", "1,000 runs to columns, s", "runs-1k", "seconds", 0.1),
    Goal("G8", "10,000 runs to columns, s", "runs-10k", "seconds", 0.5),
    Goal("G8", "50,000 runs to columns, s", "runs-50k", "seconds", 2.5),
    Goal("G8", "50,000 runs to columns, MiB over base", "runs-50k", "peak_mib", 250),
    Goal("G9", "first 100 of 50,000 behind a filter, s", "top-50k", "seconds", 0.15),
    Goal("G10", "1 x 1,000,000 points to columns, s", "history-1", "seconds", 0.3),
    Goal("G10", "100 x 10,000 points to columns, s", "history-100", "seconds", 0.3),
    Goal("G8", "1,000 runs to a DataFrame, s", "frame-1k", "seconds", 0.1),
    Goal("G8", "10,000 runs to a DataFrame, s", "frame-10k", "seconds", 0.5),
    Goal("G8", "50,000 runs to a DataFrame, s", "frame-50k", "seconds", 2.5),
    Goal("G8", "50,000 runs to a DataFrame, MiB over base", "frame-50k", "peak_mib", 250),
    Goal(
        "G8",
        "3 of 50 columns of 50,000 runs, of the time of all, both without the search",
        "frame-50k",
        "three_share",
        0.2,
    ),
    Goal("G8", "the same search of 50,000 runs again, ms", "frame-50k", "again_ms", 10),
    Goal("G9", "first 100 of 50,000 to a DataFrame, s", "frame-top-50k", "seconds", 0.15),
    Goal("G10", "1 x 1,000,000 points to a DataFrame, s", "frame-history-1", "seconds", 0.3),
    Goal("G10", "100 x 10,000 points to a DataFrame, s", "frame-history-100", "seconds", 0.3),
    Goal(
        "G13",
        "1,000 runs in JSON to a DataFrame, client CPU s",
        "frame-http",
        "cpu",
        0.06,
        system="nbtrack-pages",
    ),
    Goal("G13", "1,000 runs from nbtrack's server, client CPU s", "frame-http", "cpu", 0.06),
    Goal(
        "G13b",
        "1 x 1,000,000 points in JSON, client CPU s",
        "frame-history-http-1",
        "cpu",
        2,
        system="nbtrack-pages",
    ),
    Goal(
        "G13b",
        "1 x 1,000,000 points from nbtrack's server, client CPU s",
        "frame-history-http-1",
        "cpu",
        2,
    ),
    Goal(
        "G13b",
        "100 x 10,000 points in JSON, client CPU s",
        "frame-history-http-100",
        "cpu",
        2,
        system="nbtrack-pages",
    ),
    Goal("G11", "four writers, batches of 100: errors", "writers", "errors", 0),
    Goal("G11", "four writers, batches of 100: lost", "writers", "lost", 0),
    Goal(
        "G11",
        "four writers, batches of 100: points/s",
        "writers",
        "points_s",
        20_000,
        at_least=True,
    ),
    Goal("G11", "four writers, single calls: errors", "writers-single", "errors", 0),
    Goal("G11", "four writers, single calls: lost", "writers-single", "lost", 0),
    Goal(
        "G11",
        "four writers, single calls: points/s",
        "writers-single",
        "points_s",
        20_000,
        at_least=True,
    ),
    Goal("G12", "a request, ms", "requests", "call_ms", 0.8),
    Goal("G12", "a request against bare httpx", "requests", "call_ms", 1.2, versus="http-floor"),
    Goal("G12", "client CPU µs a point in batches", "http-batches", "cpu_us", 12),
    Goal("G12", "10,000 points against ten batches", "http-points", "over_batches", 1.1),
    Goal("G14", "chart of 100 x 10,000 points, s to the widget", "chart-100", "seconds", 0.25),
    Goal("G14", "chart of 100 x 10,000 points, MB sent", "chart-100", "mb", 2),
    Goal("live", "a live chart at 1,000 logs/s, % of the loop", "live", "share", 2),
)
