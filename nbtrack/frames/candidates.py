"""Runs of a server in an engine in memory, which answers what the server cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from nbtrack.backends import Column, Columns, RunsQuery
from nbtrack.backends.column_builders import selector
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import Run
from nbtrack.errors import ResourceDoesNotExist
from nbtrack.frames.history_reading import read_history
from nbtrack.limits import MLFLOW
from nbtrack.names import PREVIOUS_ATTEMPT
from nbtrack.search.wide_tree import Node, Scope, WideField, WideOrder, tests_of

_PARENT: Final = "mlflow.parentRunId"
_IDS_A_SEARCH: Final = 100
Asked = tuple[Node, Sequence[WideOrder]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """A client of the engine in memory, how many runs were fetched, and where artifacts lie."""

    client: Client
    fetched: int
    places: dict[str, str]

    def with_places(self, columns: Columns) -> Columns:
        """Put the server's artifact URIs into a table that the engine made."""
        if not any(column.name == "artifact_uri" for column in columns.columns):
            return columns
        ids = columns.column("run_id").texts if "run_id" in _names(columns) else None
        found = tuple(self._placed(column, ids) for column in columns.columns)
        return replace(columns, columns=found)

    def _placed(self, column: Column, ids: Sequence[str | None] | None) -> Column:
        if column.name != "artifact_uri":
            return column
        run_ids = ids or [str(text).split("/")[-2] for text in column.texts]
        return replace(column, texts=tuple(self.places.get(str(run_id)) for run_id in run_ids))


def _names(columns: Columns) -> set[str]:
    return {column.name for column in columns.columns}


def candidates(client: Client, query: RunsQuery, sent: str, asked: Asked) -> Candidates:
    """Fetch the runs that a query may be about, and what else it takes to decide.

    Parameters
    ----------
    client
        Of the server.
    query
        The whole query.
    sent
        The part of its filter that the server answers.
    asked
        The tree of the filter and the order.
    """
    node, order = asked
    found = _runs(client, query, sent)
    fetched = len(found)
    if query.attempts == "latest":
        rerun = f"tags.`{PREVIOUS_ATTEMPT}` LIKE '%'"
        found |= _by_id(client.iter_runs(query.experiment_ids, filter=rerun))
    fields = [*(test.field for test in tests_of(node)), *(term.field for term in order)]
    if any(field.scope is Scope.PARENT for field in fields):
        found |= _parents(client, query.experiment_ids, found)
    points = _histories(client, query, fields, found)
    engine = SqliteBackend.in_memory(limits=MLFLOW)
    experiments = [client.get_experiment(i) for i in _experiments(query, found.values())]
    engine.load(experiments, found.values(), points)
    places = {run_id: run.info.artifact_uri for run_id, run in found.items()}
    return Candidates(Client(backend=engine), fetched, places)


def _runs(client: Client, query: RunsQuery, sent: str) -> dict[str, Run]:
    if not query.experiment_ids:
        return {}
    return _by_id(
        client.iter_runs(query.experiment_ids, filter=sent or None, run_view_type=query.view_type)
    )


def _by_id(runs: Iterable[Run]) -> dict[str, Run]:
    return {run.info.run_id: run for run in runs}


def _experiments(query: RunsQuery, runs: Iterable[Run]) -> list[str]:
    return sorted({*query.experiment_ids, *(run.info.experiment_id for run in runs)})


def _parents(client: Client, experiment_ids: Sequence[str], runs: dict[str, Run]) -> dict[str, Run]:
    """Fetch the parents that are not there yet: many at once, those elsewhere one by one."""
    wanted = sorted(set(_parent_ids(runs.values())) - runs.keys())
    found: dict[str, Run] = {}
    for start in range(0, len(wanted), _IDS_A_SEARCH):
        ids = ", ".join(f"'{run_id}'" for run_id in wanted[start : start + _IDS_A_SEARCH])
        listed = client.iter_runs(experiment_ids, filter=f"run_id IN ({ids})", run_view_type="ALL")
        found |= _by_id(listed)
    for run_id in set(wanted) - found.keys():
        try:
            found[run_id] = client.get_run(run_id)
        except ResourceDoesNotExist:
            continue
    return found


def _parent_ids(runs: Iterable[Run]) -> Iterator[str]:
    for run in runs:
        for tag in run.data.tags:
            if tag.key == _PARENT and tag.value.isalnum():
                yield tag.value


def _histories(
    client: Client, query: RunsQuery, fields: Sequence[WideField], runs: dict[str, Run]
) -> Columns | None:
    """Fetch all points of the metrics whose summary is asked for."""
    keys = {field.key for field in fields if field.summary not in (None, "last")}
    if query.summaries:
        wants = selector(query.select)
        logged = {metric.key for run in runs.values() for metric in run.data.metrics}
        keys |= {key for key in logged if wants(f"metrics.{key}")}
    if not keys or not runs:
        return None
    return read_history(client, tuple(runs), sorted(keys), runs)
