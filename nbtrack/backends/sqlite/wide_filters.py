"""The wide filter language: from its tree to one condition of SQL with parameters.

Each test becomes an expression that is true or false, never null, so that NOT and OR mean what they
say. Texts and numbers of the user travel as parameters only. `r` is the run, `p` its parent and `e`
its experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import msgspec

from nbtrack.backends.sqlite.connection import NUMBER_OF, ROOT_OF
from nbtrack.backends.sqlite.filters import like_sql
from nbtrack.backends.sqlite.sql import Sql, all_of, any_of
from nbtrack.backends.sqlite.summaries import SUMMARY_SQL
from nbtrack.search.fields import Entity
from nbtrack.search.wide_tree import Ago, All, Literal_, Node, Not, Scope, Test, WideField

KEY_ID: Final = "(select id from key where name = ?)"
_PARENT: Final = "mlflow.parentRunId"
_DATASET_CONTEXT: Final = "mlflow.data.context"
_IS_NAN: Final = "lower(x.value) in ('nan', '+nan', '-nan')"
"""A number that differs from every other one; as a number SQLite makes it null."""
_ALIASES: Final = {Scope.RUN: "r", Scope.PARENT: "p", Scope.EXPERIMENT: "e"}


@dataclass(frozen=True, slots=True)
class Moment:
    """What a filter may ask of the store: the time in milliseconds and where artifacts lie."""

    now: int
    artifact_root: str


def where_sql(node: Node, moment: Moment) -> Sql:
    """Return the condition of a tree."""
    if isinstance(node, Test):
        return _test(node, moment)
    if isinstance(node, Not):
        return Sql("not (") + where_sql(node.term, moment) + Sql(")")
    join = all_of if isinstance(node, All) else any_of
    return join([where_sql(term, moment) for term in node.terms])


def _test(test: Test, moment: Moment) -> Sql:
    if test.operator == "IS NULL":
        found = _in_scope(test.field, _is_there(test.field, moment))
        return found if test.negated else Sql("not ") + found
    return _in_scope(test.field, _holds(test, moment))


def _in_scope(field: WideField, found: Sql) -> Sql:
    if field.scope is Scope.EXPERIMENT:
        source = "select 1 from experiment e where e.id = r.experiment and"
        return Sql(f"exists ({source}") + found + Sql(")")
    if field.scope is Scope.PARENT:
        source = (
            "select 1 from tag pt join run p on p.run_id = pt.value "
            f"where pt.run = r.id and pt.key = {KEY_ID} and"
        )
        return Sql(f"exists ({source}", (_PARENT,)) + found + Sql(")")
    return found


def _is_there(field: WideField, moment: Moment) -> Sql:
    if field.entity is Entity.ATTRIBUTE:
        column = _attribute(field, moment)
        return Sql(f"({column.text} is not null)", column.values)
    if field.entity is Entity.DATASET:
        return _dataset(field, Sql("true"))
    return _of_key(field, Sql("true"))


def _holds(test: Test, moment: Moment) -> Sql:
    field = test.field
    if field.entity is Entity.ATTRIBUTE:
        column = _attribute(field, moment)
        found = _compared(test, column, test.values, moment)
        return Sql(f"coalesce({found.text}, false)", found.values) if _is_optional(field) else found
    if field.entity is Entity.METRIC:
        return _of_key(field, _metric(test, moment))
    if field.entity is Entity.DATASET:
        column = Sql("t.value" if field.key == "context" else f"d.{field.key}")
        return _dataset(field, _compared(test, column, test.values, moment))
    return _of_key(field, _text_or_number(test, moment))


def _is_optional(field: WideField) -> bool:
    return field.key in {"end_time", "run_name", "artifact_uri"}


def _metric(test: Test, moment: Moment) -> Sql:
    """Compare a number; null is NaN, which differs from every number."""
    column = Sql(number_of_metric(test.field))
    found = _compared(test, column, test.values, moment)
    if not test.negated:
        return found
    return Sql(f"({column.text} is null or ") + found + Sql(")")


def number_of_metric(field: WideField) -> str:
    """Return the summary of a metric as an expression on `metric x`; null is NaN."""
    if field.summary is None or field.summary == "last":
        return "x.last_value"
    sql = f"({SUMMARY_SQL[field.summary]})"
    return f"{ROOT_OF}({sql})" if field.summary == "std" else sql


def _text_or_number(test: Test, moment: Moment) -> Sql:
    """Compare the text of a param or tag, with numbers as the number that it reads as."""
    texts = tuple(value for value in test.values if isinstance(value, str))
    numbers = tuple(value for value in test.values if not isinstance(value, str))
    number, text = Sql(f"{NUMBER_OF}(x.value)"), Sql("x.value")
    if not numbers:
        return _compared(test, text, texts, moment)
    found = _compared(test, number, numbers, moment)
    is_number = Sql(f"{number.text} is not null")
    if not texts:
        of_number = all_of([is_number, found])
        return any_of([of_number, Sql(_IS_NAN)]) if test.negated else of_number
    of_text = _compared(test, text, texts, moment)
    if test.negated:  # a list of both
        return all_of([of_text, any_of([Sql(f"{number.text} is null"), found])])
    return any_of([of_text, all_of([is_number, found])])


def _of_key(field: WideField, found: Sql) -> Sql:
    """Look at the value with the field's key."""
    alias = _ALIASES[field.scope]
    if field.scope is Scope.EXPERIMENT:
        source = "select 1 from experiment_tag x where x.experiment = e.id and x.key = ? and"
    else:
        table = field.entity.value
        source = f"select 1 from {table} x where x.run = {alias}.id and x.key = {KEY_ID} and"
    return Sql(f"exists ({source}", (field.key,)) + found + Sql(")")


def _dataset(field: WideField, found: Sql) -> Sql:
    run = f"i.run = {_ALIASES[field.scope]}.id and"
    if field.key == "context":
        source = (
            "select 1 from dataset_input i join dataset_input_tag t on t.input = i.id "
            f"where t.key = ? and {run}"
        )
        return Sql(f"exists ({source}", (_DATASET_CONTEXT,)) + found + Sql(")")
    source = f"select 1 from dataset_input i join dataset d on d.id = i.dataset where {run}"
    return Sql(f"exists ({source}") + found + Sql(")")


def _attribute(field: WideField, moment: Moment) -> Sql:
    column = _ATTRIBUTES[field.scope is Scope.EXPERIMENT][field.key]
    return column(_ALIASES[field.scope], moment)


def _plain(name: str) -> Callable[[str, Moment], Sql]:
    return lambda alias, _: Sql(f"{alias}.{name}")


def _run_name(alias: str, _moment: Moment) -> Sql:
    source = f"select value from tag where run = {alias}.id and key = {KEY_ID}"
    return Sql(f"({source})", ("mlflow.runName",))


def _artifact_uri(alias: str, moment: Moment) -> Sql:
    root = (
        "select coalesce(a.artifact_location, ? || a.id) from experiment a "
        f"where a.id = {alias}.experiment"
    )
    return Sql(f"(({root}) || '/' || {alias}.run_id || '/artifacts')", (moment.artifact_root,))


def duration_sql(alias: str, moment: Moment) -> Sql:
    """Return how long a run took, or has taken so far, in milliseconds."""
    end = f"coalesce(nullif({alias}.end_time, 0), ?)"
    return Sql(f"({end} - {alias}.start_time)", (moment.now,))


_OF_RUNS: Final[Mapping[str, Callable[[str, Moment], Sql]]] = {
    "run_id": _plain("run_id"),
    "run_name": _run_name,
    "status": _plain("status"),
    "artifact_uri": _artifact_uri,
    "user_id": _plain("user_id"),
    "start_time": _plain("start_time"),
    "end_time": lambda alias, _: Sql(f"nullif({alias}.end_time, 0)"),
    "experiment_id": lambda alias, _: Sql(f"cast({alias}.experiment as text)"),
    "duration": duration_sql,
}
_OF_EXPERIMENTS: Final[Mapping[str, Callable[[str, Moment], Sql]]] = {
    "name": _plain("name"),
    "experiment_id": lambda alias, _: Sql(f"cast({alias}.id as text)"),
    "creation_time": _plain("creation_time"),
    "last_update_time": _plain("last_update_time"),
}
_ATTRIBUTES: Final = {False: _OF_RUNS, True: _OF_EXPERIMENTS}


def _compared(test: Test, column: Sql, values: Sequence[Literal_], moment: Moment) -> Sql:
    """Compare a column with literals of one kind; null where the column is."""
    plain = [_plain_value(value, moment) for value in values]
    negation = "not " if test.negated else ""
    if test.operator == "IN":
        text = f"{column.text} {negation}in (select value from json_each(?))"
        return Sql(text, (*column.values, _list_json(plain)))
    if test.operator == "BETWEEN":
        return Sql(f"({column.text} {negation}between ? and ?)", (*column.values, *plain))
    if test.operator in ("LIKE", "ILIKE"):
        found = like_sql(
            column, str(plain[0]), is_exact=test.operator == "LIKE", position=test.span[0]
        )
        return Sql(f"{negation}(") + found + Sql(")")
    operator = "!=" if test.negated else test.operator
    return Sql(f"{column.text} {operator} ?", (*column.values, plain[0]))


def _list_json(values: Sequence[float | str]) -> str:
    """Encode literals for `json_each`; JSON has no infinity, but SQLite reads it from 1e999."""
    infinities: dict[float | str, str] = {inf: "1e999", -inf: "-1e999"}
    texts = [infinities.get(value) or msgspec.json.encode(value).decode() for value in values]
    return f"[{','.join(texts)}]"


def _plain_value(value: Literal_, moment: Moment) -> float | str:
    return moment.now - value.milliseconds if isinstance(value, Ago) else value
