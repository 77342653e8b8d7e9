"""A server that answers from a script, and a clock that never waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from nbtrack.api import Operation
from nbtrack.api.operation import Q, R, Server
from nbtrack.backends.http import Clock, Credentials, FixedCredentials, HttpBackend, Timeouts

URL = "http://127.0.0.1:5000"
Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, chance: float = 1.0) -> None:
        self.time = 1000.0
        self.sleeps: list[float] = []
        self.clock = Clock(lambda: self.time, lambda: self.time, self.sleep, lambda: chance)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds


class Script:
    """Answers requests one after the other, the last step for ever, and keeps the requests."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, httpx.Response):
            return httpx.Response(step.status_code, headers=step.headers, content=step.content)
        return step(request)

    @property
    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/api/2.0/mlflow/") for request in self.requests]

    def body(self, number: int) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.requests[number].content)


def ok(body: Mapping[str, Any] | None = None) -> httpx.Response:
    return httpx.Response(200, json=body or {})


def api(status: int, code: str, message: str = "It went wrong.") -> httpx.Response:
    return httpx.Response(status, json={"error_code": code, "message": message})


def page(status: int, title: str = "404 Not Found") -> httpx.Response:
    return httpx.Response(status, html=f"<!doctype html><html><title>{title}</title></html>")


def run(run_id: str = "r1", **data: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    info = {"run_id": run_id, "experiment_id": "1", "status": "RUNNING"}
    return {"info": info, "data": data}


def http_backend(
    script: Script,
    clock: FakeClock | None = None,
    *,
    auth: Credentials | None = None,
    flavour: Server = "mlflow",
    base_url: str = URL,
    retry_seconds: float = 300,
) -> HttpBackend:
    return HttpBackend(
        base_url,
        auth=auth or FixedCredentials(),
        flavour=flavour,
        transport=httpx.MockTransport(script),
        timeouts=Timeouts(request=120, retry=retry_seconds),
        clock=(clock or FakeClock()).clock,
    )


def outcome(backend: HttpBackend, op: Operation[Q, R], request: Q) -> R | Exception:
    """Return the reply or the exception of a call."""
    try:
        return backend.call(op, request)
    except Exception as exc:  # noqa: BLE001 - any is an outcome
        return exc
