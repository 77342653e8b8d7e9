"""What a server lacks, done by other calls, and plain words for what cannot be done.

nbtrack's own server has every operation and passes for an MLflow server, so a call is tried first;
only when there is no such method does the row of `FALLBACKS` take over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from nbtrack import limits
from nbtrack.api.experiments import (
    LIST_EXPERIMENTS,
    SEARCH_EXPERIMENTS,
    ExperimentsPage,
    ListExperiments,
    SearchExperiments,
)
from nbtrack.api.operation import AnyOperation, Operation, Q, R, Server
from nbtrack.api.runs import (
    DELETE_RUN,
    DELETE_RUNS,
    RESTORE_RUNS,
    SEARCH_RUNS,
    DeletedRuns,
    DeleteRun,
    DeleteRuns,
    SearchRuns,
)
from nbtrack.backends.base import Backend, pages
from nbtrack.entities import ViewType
from nbtrack.errors import EndpointNotFound

Fallback = Callable[[Backend, Any], Any]

_KINDS: Final[dict[Server, str]] = {
    "databricks": "a Databricks workspace",
    "mlflow": "an MLflow server",
}
_ADVICE: Final = {
    RESTORE_RUNS.name: (
        " It cannot be emulated, because the server does not tell when a run was deleted. Restore "
        "the runs one by one with restore_run."
    )
}


def _list_experiments(backend: Backend, request: ListExperiments) -> ExperimentsPage:
    size = min(request.max_results or limits.LIST_PAGE, limits.LIST_PAGE)
    search = SearchExperiments(
        max_results=size,
        page_token=request.page_token,
        view_type=request.view_type,
        order_by=("experiment_id ASC",),
    )
    if request.max_results is not None:
        return backend.call(SEARCH_EXPERIMENTS, search)
    everything = pages(backend, SEARCH_EXPERIMENTS, search)
    return ExperimentsPage(experiments=tuple(e for page in everything for e in page.experiments))


def _delete_runs(backend: Backend, request: DeleteRuns) -> DeletedRuns:
    search = SearchRuns(
        experiment_ids=(request.experiment_id,),
        filter=f"attributes.start_time <= {request.max_timestamp_millis:d}",
        run_view_type=ViewType.ACTIVE_ONLY,
        max_results=limits.BULK_RUNS if request.max_runs is None else request.max_runs,
        order_by=("attributes.start_time ASC",),
    )
    oldest = backend.call(SEARCH_RUNS, search).runs
    for run in oldest:
        backend.call(DELETE_RUN, DeleteRun(run_id=run.info.run_id))
    return DeletedRuns(runs_deleted=len(oldest))


def _row(
    op: Operation[Q, R], fallback: Callable[[Backend, Q], R]
) -> tuple[str, Callable[[Backend, Q], R]]:
    return op.name, fallback


FALLBACKS: Final[dict[str, Fallback]] = dict(
    (_row(LIST_EXPERIMENTS, _list_experiments), _row(DELETE_RUNS, _delete_runs))
)
"""Emulations by the name of the operation."""


def complete_request(request: Q) -> Q:
    """Fill in what a server demands and the API calls optional."""
    if isinstance(request, SearchExperiments) and request.max_results is None:
        return replace(request, max_results=limits.DEFAULT_EXPERIMENTS_PAGE)
    return request


def no_such_method(
    op: AnyOperation, flavour: Server, name: str, error: EndpointNotFound
) -> EndpointNotFound:
    """Say in plain words that a server lacks an operation, and which kind has it."""
    if flavour in op.servers:
        what = f"{name} has no method {op.name}: {error.message.rstrip('.')}."
        advice = f" Check that the tracking URI is the address of {_KINDS[flavour]}."
    else:
        owner = " or ".join(_KINDS[server] for server in sorted(op.servers))
        what = f"{name} has no method {op.name}: {owner} has it."
        advice = _ADVICE.get(op.name, "")
    return EndpointNotFound(what + advice, status=error.status)
