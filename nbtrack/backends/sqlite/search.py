"""The three searches and the list of experiments: filter, order, pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack import search as grammar
from nbtrack.api import experiments as experiments_api
from nbtrack.api import logged_models as models_api
from nbtrack.api import runs as runs_api
from nbtrack.backends.sqlite import checks, experiments, filters, logged_models, runs
from nbtrack.backends.sqlite.session import Row, Session, ids_json
from nbtrack.backends.sqlite.sql import (
    SortKey,
    Sql,
    after_sql,
    all_of,
    order_sql,
    read_token,
    token,
)
from nbtrack.entities import ViewType
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import (
    DEFAULT_EXPERIMENTS_PAGE,
    DEFAULT_MODELS_PAGE,
    DEFAULT_RUNS_PAGE,
    LIST_PAGE,
    RUNS_PAGE,
)

_STAGES: Final = {
    ViewType.ACTIVE_ONLY: "= 0",
    ViewType.DELETED_ONLY: "= 1",
    ViewType.ALL: "in (0, 1)",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A search as SQL: what to select from where, under which condition, in which order."""

    select: str
    source: str
    where: Sql
    order: Sequence[SortKey]
    identity: object

    def rows(self, tx: Session, limit: int | None) -> list[Row]:
        """Return all rows, or the first ones."""
        sql = Sql(f"select {self.select} from {self.source} where") + self.where
        sql = sql + order_sql(self.order) + _limit(limit)
        return tx.all(sql.text, *sql.values)

    def page(self, tx: Session, size: int | None, page_token: str | None) -> tuple[list[Row], str]:
        """Return one page of rows and the token of the next page, empty at the end."""
        where = self.where
        if page_token:
            last = read_token(page_token, self.identity)
            if len(last) != len(self.order):
                message = f"The page_token {page_token[:40]!r} is malformed. Leave it out."
                raise InvalidParameterValue(message)
            where = all_of([where, after_sql(self.order, last)])
        # By name, since an expression in both places would be reckoned twice for every row.
        names = [f"sort_{place}" for place in range(len(self.order))]
        keys = Sql(
            ", ".join(f"{k.sql.text} as {name}" for k, name in zip(self.order, names, strict=True)),
            tuple(value for key in self.order for value in key.sql.values),
        )
        named = [
            SortKey(Sql(name), key.ascending) for key, name in zip(self.order, names, strict=True)
        ]
        select = Sql(f"select {self.select},") + keys + Sql(f"from {self.source} where")
        sql = select + where + order_sql(named) + _limit(None if size is None else size + 1)
        rows = tx.all(sql.text, *sql.values)
        width = len(self.order)
        if size is None or len(rows) <= size:
            return [row[:-width] for row in rows], ""
        return (
            [row[:-width] for row in rows[:size]],
            token(self.identity, rows[size - 1][-width:]),
        )


def _limit(rows: int | None) -> Sql:
    return Sql("") if rows is None else Sql("limit ?", (rows,))


def stage_sql(column: str, view: ViewType | None) -> Sql:
    """Return the condition on the lifecycle stage."""
    return Sql(f"{column} {_STAGES[view or ViewType.ACTIVE_ONLY]}")


def in_experiments(column: str, experiment_ids: Iterable[str]) -> Sql:
    """Return the condition that a thing belongs to one of some experiments."""
    ids = sorted({experiments.row_id(text) for text in experiment_ids})
    if len(ids) == 1:
        return Sql(f"{column} = ?", (ids[0],))
    return Sql(f"{column} in (select value from json_each(?))", (ids_json(ids),))


def search_experiments(
    tx: Session, request: experiments_api.SearchExperiments
) -> experiments_api.ExperimentsPage:
    """Handle searchExperiments."""
    size = checks.check_page_size(
        tx, request.max_results, DEFAULT_EXPERIMENTS_PAGE, tx.limits.experiments_page
    )
    where = filters.experiments_where(grammar.parse_filter(request.filter, grammar.EXPERIMENTS))
    order = grammar.parse_order_by(request.order_by, grammar.EXPERIMENTS)
    query = Query(
        experiments.COLUMNS,
        "experiment e",
        all_of([stage_sql("e.stage", request.view_type), where]),
        filters.experiment_order(order),
        ["experiments", request.filter or "", request.order_by, request.view_type],
    )
    rows, following = query.page(tx, size, request.page_token)
    found = experiments.load(tx, rows)
    return experiments_api.ExperimentsPage(experiments=found, next_page_token=following or None)


def list_experiments(
    tx: Session, request: experiments_api.ListExperiments
) -> experiments_api.ExperimentsPage:
    """Handle listExperiments: newest first; a page above 1000 is cut to 1000, as documented."""
    size = request.max_results
    if size is not None:
        size = min(checks.check_page_size(tx, size, LIST_PAGE, None), LIST_PAGE)
    query = Query(
        experiments.COLUMNS,
        "experiment e",
        stage_sql("e.stage", request.view_type),
        filters.experiment_order(()),
        ["list", request.view_type],
    )
    rows, following = query.page(tx, size, request.page_token)
    found = experiments.load(tx, rows)
    return experiments_api.ExperimentsPage(experiments=found, next_page_token=following or None)


def runs_query(tx: Session, request: runs_api.SearchRuns, select: str) -> Query:
    """Build the query of a search of runs."""
    columns = filters.run_columns(tx.settings.artifacts.default_root())
    where = filters.runs_where(grammar.parse_filter(request.filter, grammar.RUNS), columns)
    order = grammar.parse_order_by(request.order_by, grammar.RUNS)
    scope = [
        in_experiments("r.experiment", request.experiment_ids),
        stage_sql("r.stage", request.run_view_type),
    ]
    return Query(
        select,
        "run r",
        all_of([*scope, where]),
        filters.run_order(order, columns),
        [
            "runs",
            sorted(request.experiment_ids),
            request.filter or "",
            request.order_by,
            request.run_view_type,
        ],
    )


def search_runs(tx: Session, request: runs_api.SearchRuns) -> runs_api.RunsPage:
    """Handle searchRuns."""
    size = checks.check_page_size(tx, request.max_results, DEFAULT_RUNS_PAGE, RUNS_PAGE)
    query = runs_query(tx, request, runs.COLUMNS)
    if not request.experiment_ids:
        return runs_api.RunsPage()
    rows, following = query.page(tx, size, request.page_token)
    return runs_api.RunsPage(runs=runs.load(tx, rows), next_page_token=following or None)


def search_logged_models(
    tx: Session, request: models_api.SearchLoggedModels
) -> models_api.LoggedModelsPage:
    """Handle searchLoggedModels: active models only, those of deleted experiments too."""
    size = checks.check_page_size(
        tx, request.max_results or None, DEFAULT_MODELS_PAGE, tx.limits.models_page
    )
    tree = grammar.parse_filter(request.filter, grammar.LOGGED_MODELS)
    for dataset in request.datasets:
        if not dataset.dataset_name:
            message = "An entry of datasets has no dataset_name. Name the dataset."
            raise InvalidParameterValue(message)
    scope = [in_experiments("m.experiment", request.experiment_ids), Sql("m.stage = 0")]
    query = Query(
        logged_models.COLUMNS,
        "model m",
        all_of([*scope, filters.models_where(tree, request.datasets)]),
        filters.model_order_keys(grammar.parse_model_order_by(request.order_by)),
        [
            "models",
            sorted(request.experiment_ids),
            request.filter or "",
            request.order_by,
            request.datasets,
        ],
    )
    if not request.experiment_ids:
        return models_api.LoggedModelsPage()
    rows, following = query.page(tx, size, request.page_token)
    found = logged_models.load(tx, rows)
    return models_api.LoggedModelsPage(models=found, next_page_token=following or None)
