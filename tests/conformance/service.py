"""What a conformance test talks to: one of the backends, and what is expected of it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from nbtrack.backends import Backend
from nbtrack.backends.http.lost_replies import REQUEST_TAG
from nbtrack.client import Client
from nbtrack.entities import Metric, Run
from nbtrack.errors import ApiError
from tests.conformance.differences import DIFFERENCES

T = TypeVar("T")

EMBEDDED = "embedded"
IN_PROCESS = "http-in-process"
SOCKET = "http-socket"
MLFLOW = "mlflow"
OWN = (EMBEDDED, IN_PROCESS, SOCKET)
ALL = (*OWN, MLFLOW)

OK = "OK"
INVALID = "INVALID_PARAMETER_VALUE"
ABSENT = "RESOURCE_DOES_NOT_EXIST"
TAKEN = "RESOURCE_ALREADY_EXISTS"

MADE_TAGS = ("mlflow.runName", REQUEST_TAG)
"""Tags that a run has without being given them."""

_numbers = itertools.count()


def unique(word: str = "name") -> str:
    """Make a name that no other test uses, for services that live longer than a test."""
    return f"{word}-{os.getpid()}-{next(_numbers)}"


def code_of(call: Callable[[], object]) -> str:
    """Return the error code that a call is answered with, or OK."""
    try:
        call()
    except ApiError as exc:
        return exc.error_code
    return OK


@dataclass(frozen=True)
class Service:
    """A backend under test, its client, and the kind of it."""

    kind: str
    backend: Backend
    http: httpx.Client | None = None
    """For requests that no client would send; the embedded engine has none."""

    @property
    def client(self) -> Client:
        """A client of the backend."""
        return Client(backend=self.backend)

    def expected(self, behaviour: str, ours: T) -> T:
        """Return what this service does: as nbtrack does, unless MLflow is known to differ."""
        difference = DIFFERENCES[behaviour]
        if self.kind != MLFLOW:
            return ours
        there: T = difference.mlflow
        return there

    def new_experiment(self) -> str:
        """Create an experiment of the test's own."""
        return self.client.create_experiment(unique("experiment"))

    def new_run(self, experiment_id: str | None = None, **options: int | str) -> Run:
        """Create a run, in an experiment of the test's own if none is named."""
        start = int(options.pop("start_time", 1000))
        name = str(options.pop("run_name", "run"))
        assert not options
        return self.client.create_run(
            experiment_id or self.new_experiment(), start_time=start, run_name=name
        )

    def new_run_id(self, experiment_id: str | None = None) -> str:
        """Create a run and return its id."""
        return self.new_run(experiment_id).info.run_id

    def data_of(self, run_id: str) -> tuple[dict[str, float], dict[str, str], dict[str, str]]:
        """Return latest metrics, params and tags of a run, but for the tags made by themselves."""
        data = self.client.get_run(run_id).data
        tags = {tag.key: tag.value for tag in data.tags if tag.key not in MADE_TAGS}
        return (
            {metric.key: metric.value for metric in data.metrics},
            {param.key: param.value for param in data.params},
            tags,
        )


def point(value: float, timestamp: int = 0, step: int = 0, key: str = "m") -> Metric:
    """Make a metric point."""
    return Metric(key=key, value=value, timestamp=timestamp, step=step)
