"""Searches of runs in the wide language, as one SQL statement."""

from __future__ import annotations

from collections.abc import Sequence

from nbtrack.backends.columns import RunsQuery
from nbtrack.backends.sqlite.filters import (
    number_keys,
    run_columns,
    run_keys,
)
from nbtrack.backends.sqlite.search import Query, in_experiments, stage_sql
from nbtrack.backends.sqlite.session import Session
from nbtrack.backends.sqlite.sql import SortKey, Sql, all_of
from nbtrack.backends.sqlite.wide_filters import (
    KEY_ID,
    Moment,
    duration_sql,
    number_of_metric,
    where_sql,
)
from nbtrack.search.fields import Entity
from nbtrack.search.tree import Field
from nbtrack.search.wide import parse_where, parse_wide_order
from nbtrack.search.wide_fields import DURATION
from nbtrack.search.wide_tree import WideOrder


def wide_query(tx: Session, query: RunsQuery, select: str) -> Query:
    """Build the query of a search whose `where` and `order_by` are of the wide language."""
    moment = Moment(now=tx.now(), artifact_root=tx.settings.artifacts.default_root())
    scope = [
        in_experiments("r.experiment", query.experiment_ids),
        stage_sql("r.stage", query.view_type),
    ]
    where = where_sql(parse_where(query.where), moment)
    order = _order(parse_wide_order(query.order_by), moment)
    return Query(select, "run r", all_of([*scope, where]), order, ["wide"])


def _order(terms: Sequence[WideOrder], moment: Moment) -> list[SortKey]:
    columns = run_columns(moment.artifact_root)
    keys: list[SortKey] = []
    for term in terms:
        field = term.field
        if field.summary is not None:
            source = f"from metric x where x.run = r.id and x.key = {KEY_ID}"
            number = number_of_metric(field)
            keys += number_keys(source, number, (field.key,), ascending=term.ascending)
        elif field.entity is Entity.ATTRIBUTE and field.key == DURATION:
            keys.append(SortKey(duration_sql("r", moment), term.ascending))
        elif field.entity is Entity.ATTRIBUTE and field.key == "experiment_id":
            keys.append(SortKey(Sql("r.experiment"), term.ascending))
        else:
            plain = Field(field.entity, field.key)
            keys += run_keys(plain, columns, ascending=term.ascending)
    named = {term.field.key for term in terms if term.field.entity is Entity.ATTRIBUTE}
    if "start_time" not in named:
        keys.append(SortKey(columns["start_time"], ascending=False))
    if "run_id" not in named:
        keys.append(SortKey(columns["run_id"]))
    return keys
