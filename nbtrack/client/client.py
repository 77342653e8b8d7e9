"""`Client`: the typed face of a backend.

The API has about fifty operations, and each has its own method with its own signature and
docstring, because completion and `?` in a notebook are how people meet it. That does not fit into
one file, so the class is written in chapters, one base class per resource; `Resource` gives them
the backend. The chapters share nothing else and are of no use alone.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from nbtrack.backends import Backend, Columns
from nbtrack.backends.columns import ColumnsQuery
from nbtrack.client.artifacts import ArtifactMethods
from nbtrack.client.experiments import ExperimentMethods
from nbtrack.client.logged_models import LoggedModelMethods
from nbtrack.client.metrics import MetricMethods
from nbtrack.client.permissions import PermissionMethods
from nbtrack.client.read_after_write import ReadAfterWrite
from nbtrack.client.run_data import RunDataMethods
from nbtrack.client.runs import RunMethods
from nbtrack.errors import ConfigError

_when_opened: Final[list[Callable[[], None]]] = []


def when_opened(call: Callable[[], None]) -> None:
    """Have a function called whenever a client opens the backend of a tracking URI."""
    _when_opened.append(call)


class Client(
    ExperimentMethods,
    RunMethods,
    RunDataMethods,
    MetricMethods,
    ArtifactMethods,
    LoggedModelMethods,
    PermissionMethods,
):
    """Reads and writes a tracking store, by one method per operation of the Experiments API.

    A client may be used from several threads. Close it, or use it in a `with` statement. It sees
    what runs of this process have logged to the same place before.

    Every method raises a subclass of `ApiError` for what the API refuses, `TransportError` if no
    usable answer came from a server, and `StoreError` if an embedded store cannot be used.

    Parameters
    ----------
    tracking_uri
        Where the data is: an address, `databricks`, a folder; None takes it from the settings.
    backend
        An open backend instead, which the client then closes.

    Examples
    --------
    >>> from nbtrack.entities import Metric
    >>> with Client("nbtrack::memory:") as client:
    ...     run = client.create_run(run_name="first")
    ...     points = (Metric(key="loss", value=1 / n, timestamp=n) for n in range(1, 5000))
    ...     client.log_many(run.info.run_id, metrics=points, params={"lr": "0.1"})
    ...     found = [run.info.run_name for run in client.iter_runs("0", filter="metrics.loss < 1")]
    >>> found
    ['first']
    """

    def __init__(self, tracking_uri: str | None = None, *, backend: Backend | None = None) -> None:
        """Open the backend of a tracking URI, or take an open one."""
        if backend is not None and tracking_uri is not None:
            # The URI stays out of the message: it may hold a password.
            raise ConfigError("Client was given a tracking URI and a backend. Give one of them.")
        if backend is None:
            from nbtrack.backends import open_backend

            backend = open_backend(tracking_uri)
            for call in _when_opened:
                call()
        self._backend = ReadAfterWrite(backend)

    @property
    def tracking_uri(self) -> str:
        """Where the data is, without secrets: a URL or a path.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     client.tracking_uri
        'memory'
        """
        return self._backend.name

    def columns(self, query: ColumnsQuery) -> Columns:
        """Return all runs or points that a query finds as typed columns, made for data frames.

        `nbtrack.runs` and `nbtrack.history` make data frames of them.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.backends.columns import RunsQuery
        >>> with Client("nbtrack::memory:") as client:
        ...     for start in (1000, 2000):
        ...         _ = client.create_run("0", start_time=start)
        ...     found = client.columns(RunsQuery(experiment_ids=("0",)))
        ...     found.rows
        2
        """
        return self._backend.columns(query)

    def can_answer(self, query: ColumnsQuery) -> bool:
        """Tell whether `columns` answers a query; one for plain runs or points it always does.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.backends.columns import RunsQuery
        >>> with Client("nbtrack::memory:") as client:
        ...     client.can_answer(RunsQuery(experiment_ids=("0",)))
        True
        """
        return self._backend.can_answer(query)

    def version(self) -> str | None:
        """Return a text that changes with every write to the store; None where nobody can tell.

        The embedded engine and nbtrack's own server can tell.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("store") as client:
        ...     before = client.version()
        ...     client.set_experiment_tag("0", "team", "a")
        ...     client.version() == before
        False
        """
        return self._backend.version()

    def close(self) -> None:
        """Release connections and files; the client is not used afterwards.

        A `with` statement does it at its end.

        Examples
        --------
        >>> from nbtrack import Client
        >>> client = Client("nbtrack::memory:")
        >>> client.close()
        """
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.tracking_uri!r})"
