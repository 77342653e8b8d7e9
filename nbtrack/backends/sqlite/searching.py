"""Searches, and runs as columns: loaded with the first of them.

The grammar of filters and what reads columns take a third of the time in which the engine loads,
and a run that only logs needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.backends.columns import Columns, ColumnsQuery, RunsQuery

if TYPE_CHECKING:
    from nbtrack.api import experiments as experiments_api
    from nbtrack.api import logged_models as models_api
    from nbtrack.api import runs as runs_api
    from nbtrack.backends.sqlite.session import Session


def list_experiments(
    tx: Session, request: experiments_api.ListExperiments
) -> experiments_api.ExperimentsPage:
    """Handle listExperiments."""
    from nbtrack.backends.sqlite import search

    return search.list_experiments(tx, request)


def search_experiments(
    tx: Session, request: experiments_api.SearchExperiments
) -> experiments_api.ExperimentsPage:
    """Handle searchExperiments."""
    from nbtrack.backends.sqlite import search

    return search.search_experiments(tx, request)


def search_runs(tx: Session, request: runs_api.SearchRuns) -> runs_api.RunsPage:
    """Handle searchRuns."""
    from nbtrack.backends.sqlite import search

    return search.search_runs(tx, request)


def search_logged_models(
    tx: Session, request: models_api.SearchLoggedModels
) -> models_api.LoggedModelsPage:
    """Handle searchLoggedModels."""
    from nbtrack.backends.sqlite import search

    return search.search_logged_models(tx, request)


def columns(tx: Session, query: ColumnsQuery) -> Columns:
    """Return runs or metric histories as columns."""
    from nbtrack.backends.sqlite import columns as reader

    if isinstance(query, RunsQuery):
        return reader.run_columns(tx, query)
    return reader.history_columns(tx, query)
