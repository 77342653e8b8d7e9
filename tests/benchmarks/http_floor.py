"""The floor of the HTTP workloads: httpx alone, with the bodies that the API takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.benchmarks.data import Point, RunSearch
from tests.benchmarks.systems import EMPTY, Shape, System

if TYPE_CHECKING:
    import httpx

_API: Final = "/api/2.0/mlflow/"
_INFO: Final = ("run_id", "experiment_id", "run_name", "status", "start_time", "end_time")
_HEADERS: Final = {"Content-Type": "application/json"}


class HttpFloor(System):
    """One `httpx.Client`, no checks, no retries, answers decoded but not looked at."""

    def open(self, where: str) -> None:
        """Make the client of a URL."""
        import httpx

        self.errors = (httpx.HTTPError,)
        self._client: httpx.Client = httpx.Client(base_url=where)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        content = msgspec.json.encode(body)
        answer = self._client.post(_API + path, content=content, headers=_HEADERS)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content)

    def create_run(self, name: str, start_time: int) -> str:
        """Create a run in the default experiment."""
        body = {"experiment_id": "0", "run_name": name, "start_time": start_time}
        return str(self._post("runs/create", body)["run"]["info"]["run_id"])

    def log_metric(self, run_id: str, point: Point) -> None:
        """Send one point."""
        self._post("runs/log-metric", {"run_id": run_id, **_as_json(point)})

    def log_batch(
        self,
        run_id: str,
        points: Sequence[Point],
        params: Mapping[str, str] = EMPTY,
        tags: Mapping[str, str] = EMPTY,
    ) -> None:
        """Send points in one request."""
        self._post(
            "runs/log-batch", {"run_id": run_id, "metrics": [_as_json(point) for point in points]}
        )

    def end_run(self, run_id: str, end_time: int) -> None:
        """Mark a run as finished."""
        self._post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": end_time})

    def count_points(self, run_id: str, key: str) -> int:
        """Ask for all points of a metric at once."""
        return self.read_history([run_id], key)[0]

    def read_runs(self, search: RunSearch) -> Shape:
        """Ask for one page of runs, and decode it by the types of the API."""
        from nbtrack.api.runs import RunsPage

        body = {
            "experiment_ids": ["0"],
            "filter": search.filter,
            "order_by": list(search.order_by),
            "max_results": search.limit or 1000,
        }
        content = msgspec.json.encode(body)
        answer = self._client.post(_API + "runs/search", content=content, headers=_HEADERS)
        answer.raise_for_status()
        page = msgspec.json.decode(answer.content, type=RunsPage)
        columns: dict[str, list[Any]] = {name: [] for name in _INFO}
        for number, run in enumerate(page.runs):
            for name in _INFO:
                columns[name].append(getattr(run.info, name))
            for family in ("metrics", "params", "tags"):
                for item in getattr(run.data, family):
                    column = columns.setdefault(f"{family}.{item.key}", [])
                    column.extend([None] * (number - len(column)))
                    column.append(item.value)
        self.table = columns
        return len(page.runs), len(columns)

    def read_history(self, run_ids: Sequence[str], key: str) -> Shape:
        """Ask for all points of a metric at once."""
        points: list[dict[str, Any]] = []
        for run_id in run_ids:
            answer = self._client.get(
                _API + "metrics/get-history", params={"run_id": run_id, "metric_key": key}
            )
            points += answer.json().get("metrics", [])
        names = ("key", "step", "timestamp", "value")
        self.table = [[point[name] for point in points] for name in names]
        return len(points), len(names)


def _as_json(point: Point) -> dict[str, object]:
    key, value, timestamp, step = point
    return {"key": key, "value": value, "timestamp": timestamp, "step": step}
