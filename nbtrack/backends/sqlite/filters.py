"""Filters and orders of searches: from the tree to SQL with parameters.

Texts and numbers of the user travel as parameters only; names of columns come from the tables
below. In the queries `r` is a run, `e` an experiment and `m` a logged model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nbtrack.backends.sqlite.session import ids_json
from nbtrack.backends.sqlite.sql import SortKey, Sql, all_of
from nbtrack.entities import SearchLoggedModelsDataset
from nbtrack.errors import FilterError
from nbtrack.search import And, Comparison, Entity, Field, Operator, OrderTerm

_PATTERN_BYTES: Final = 50_000
_GLOB: Final = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})
_KEY_ID: Final = "(select id from key where name = ?)"
_DATASET_CONTEXT: Final = "mlflow.data.context"
Columns = Mapping[str, Sql]

EXPERIMENT_COLUMNS: Final[Columns] = {
    "name": Sql("e.name"),
    "experiment_id": Sql("e.id"),
    "creation_time": Sql("e.creation_time"),
    "last_update_time": Sql("e.last_update_time"),
}
MODEL_COLUMNS: Final[Columns] = {
    "model_id": Sql("m.model_id"),
    "name": Sql("m.name"),
    "model_type": Sql("m.model_type"),
    "status": Sql("m.status"),
    "source_run_id": Sql("m.source_run_id"),
    "experiment_id": Sql("cast(m.experiment as text)"),
    "creation_timestamp": Sql("m.creation_time"),
    "last_updated_timestamp": Sql("m.last_update_time"),
}


def run_columns(artifact_root: str) -> Columns:
    """Return the SQL of the attributes of runs, where `artifact_root` holds the artifacts."""
    root = (
        "(select coalesce(e.artifact_location, ? || e.id) from experiment e "
        "where e.id = r.experiment)"
    )
    return {
        "run_id": Sql("r.run_id"),
        "run_name": Sql(
            f"(select value from tag where run = r.id and key = {_KEY_ID})", ("mlflow.runName",)
        ),
        "status": Sql("r.status"),
        "artifact_uri": Sql(f"({root} || '/' || r.run_id || '/artifacts')", (artifact_root,)),
        "user_id": Sql("r.user_id"),
        "start_time": Sql("r.start_time"),
        "end_time": Sql("nullif(r.end_time, 0)"),
    }


def runs_where(tree: And, columns: Columns) -> Sql:
    """Return the condition of a filter of runs."""
    return all_of([_run_term(term, columns) for term in tree.terms])


def _run_term(term: Comparison, columns: Columns) -> Sql:
    if term.field.entity is Entity.ATTRIBUTE:
        return compare(columns[term.field.key], term)
    return _RUN_TERMS[term.field.entity](term)


def _run_metric(term: Comparison) -> Sql:
    if term.operator is Operator.NE:  # NaN differs from every number
        found = Sql("(x.last_value is null or x.last_value != ?)", (term.value,))
    else:
        found = compare(Sql("x.last_value"), term)
    return _exists(f"metric x where x.run = r.id and x.key = {_KEY_ID}", term.field.key, found)


def _run_text(table: str) -> Callable[[Comparison], Sql]:
    def where(term: Comparison) -> Sql:
        source = f"{table} x where x.run = r.id and x.key = {_KEY_ID}"
        if term.operator is Operator.IS_NULL:
            return Sql(f"not exists (select 1 from {source})", (term.field.key,))
        if term.operator is Operator.IS_NOT_NULL:
            return Sql(f"exists (select 1 from {source})", (term.field.key,))
        return _exists(source, term.field.key, compare(Sql("x.value"), term))

    return where


def _run_dataset(term: Comparison) -> Sql:
    if term.field.key == "context":
        found = compare(Sql("t.value"), term)
        source = (
            "dataset_input i join dataset_input_tag t on t.input = i.id "
            "where i.run = r.id and t.key = ?"
        )
        return _exists(source, _DATASET_CONTEXT, found)
    found = compare(Sql(f"d.{_DATASET_COLUMNS[term.field.key]}"), term)
    source = "dataset_input i join dataset d on d.id = i.dataset where i.run = r.id"
    return Sql(f"exists (select 1 from {source} and {found.text})", found.values)


_DATASET_COLUMNS: Final = {"name": "name", "digest": "digest"}
_RUN_TERMS: Final[Mapping[Entity, Callable[[Comparison], Sql]]] = {
    Entity.METRIC: _run_metric,
    Entity.PARAM: _run_text("param"),
    Entity.TAG: _run_text("tag"),
    Entity.DATASET: _run_dataset,
}


def experiments_where(tree: And) -> Sql:
    """Return the condition of a filter of experiments."""
    return all_of([_experiment_term(term) for term in tree.terms])


def _experiment_term(term: Comparison) -> Sql:
    if term.field.entity is Entity.ATTRIBUTE:
        column = EXPERIMENT_COLUMNS[term.field.key]
        if term.field.key == "experiment_id":
            column = Sql("cast(e.id as text)")
        return compare(column, term)
    source = "experiment_tag x where x.experiment = e.id and x.key = ?"
    if term.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        negation = "not " if term.operator is Operator.IS_NULL else ""
        return Sql(f"{negation}exists (select 1 from {source})", (term.field.key,))
    return _exists(source, term.field.key, compare(Sql("x.value"), term))


def models_where(tree: And, datasets: Sequence[SearchLoggedModelsDataset]) -> Sql:
    """Return the condition of a filter of logged models, metrics limited to some datasets."""
    parts = [_model_term(term, datasets) for term in tree.terms]
    has_metric = any(term.field.entity is Entity.METRIC for term in tree.terms)
    if datasets and not has_metric:
        on = _on_datasets(datasets)
        source = "model_metric x where x.model = m.id"
        parts.append(Sql(f"exists (select 1 from {source} and {on.text})", on.values))
    return all_of(parts)


def _model_term(term: Comparison, datasets: Sequence[SearchLoggedModelsDataset]) -> Sql:
    if term.field.entity is Entity.ATTRIBUTE:
        return compare(MODEL_COLUMNS[term.field.key], term)
    if term.field.entity is Entity.METRIC:
        if term.operator is Operator.NE:
            found = Sql("(x.value is null or x.value != ?)", (term.value,))
        else:
            found = compare(Sql("x.value"), term)
        both = all_of([found, _on_datasets(datasets)])
        return _exists("model_metric x where x.model = m.id and x.key = ?", term.field.key, both)
    table = "model_param" if term.field.entity is Entity.PARAM else "model_tag"
    source = f"{table} x where x.model = m.id and x.key = ?"
    return _exists(source, term.field.key, compare(Sql("x.value"), term))


def _on_datasets(datasets: Sequence[SearchLoggedModelsDataset]) -> Sql:
    parts = [_on_dataset(item.dataset_name, item.dataset_digest) for item in datasets]
    if not parts:
        return Sql("true")
    text = " or ".join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.values))


def _on_dataset(name: str | None, digest: str | None) -> Sql:
    if name is None:
        return Sql("true")
    if digest is None:
        return Sql("(x.dataset_name = ?)", (name,))
    return Sql("(x.dataset_name = ? and x.dataset_digest = ?)", (name, digest))


def compare(column: Sql, term: Comparison) -> Sql:
    """Return one comparison of a column."""
    operator, value = term.operator, term.value
    if operator in (Operator.IN, Operator.NOT_IN):
        items = ids_json(value if isinstance(value, tuple) else ())
        negation = "not " if operator is Operator.NOT_IN else ""
        text = f"{column.text} {negation}in (select value from json_each(?))"
        return Sql(text, (*column.values, items))
    if operator in (Operator.LIKE, Operator.ILIKE):
        is_exact = operator is Operator.LIKE
        return like_sql(column, str(value), is_exact=is_exact, position=term.position)
    return Sql(f"{column.text} {operator.value} ?", (*column.values, value))


def like_sql(column: Sql, pattern: str, *, is_exact: bool, position: int) -> Sql:
    """Compare a column with a pattern, exactly or without regard to the case of letters."""
    if len(pattern.encode("utf-8", "surrogatepass")) > _PATTERN_BYTES // 3:
        message = f"The pattern {pattern[:20]!r}... is too long: {len(pattern)} characters."
        raise FilterError(message, text=pattern[:80], position=position)
    if not is_exact:
        return Sql(f"{column.text} like ?", (*column.values, pattern))
    return Sql(f"{column.text} glob ?", (*column.values, pattern.translate(_GLOB)))


def _exists(source: str, key: str, found: Sql) -> Sql:
    return Sql(f"exists (select 1 from {source} and {found.text})", (key, *found.values))


def nulls_last(column: Sql, *, ascending: bool, blank: object) -> list[SortKey]:
    """Return the keys that sort a column with missing values last in both directions."""
    filled = Sql(f"coalesce({column.text}, ?)", (*column.values, blank))
    return [
        SortKey(Sql(f"({column.text} is null)", column.values)),
        SortKey(filled, ascending),
    ]


def run_order(terms: Sequence[OrderTerm], columns: Columns) -> list[SortKey]:
    """Return the sort keys of a search of runs, with its tie-breaks."""
    keys: list[SortKey] = []
    for term in terms:
        keys += run_keys(term.field, columns, ascending=term.ascending)
    named = {term.field.key for term in terms if term.field.entity is Entity.ATTRIBUTE}
    if "start_time" not in named:
        keys.append(SortKey(columns["start_time"], ascending=False))
    if "run_id" not in named:
        keys.append(SortKey(columns["run_id"]))
    return keys


def run_keys(field: Field, columns: Columns, *, ascending: bool) -> list[SortKey]:
    """Return the sort keys of one field of runs."""
    if field.entity is Entity.ATTRIBUTE:
        if field.key == "end_time":
            return nulls_last(columns[field.key], ascending=ascending, blank=0)
        if field.key == "run_name":  # a filter compares the tag, an order what is shown
            return [SortKey(Sql("r.run_name"), ascending)]
        return [SortKey(columns[field.key], ascending)]
    if field.entity is Entity.METRIC:
        source = f"from metric where run = r.id and key = {_KEY_ID}"
        return number_keys(source, "last_value", (field.key,), ascending=ascending)
    table = "param" if field.entity is Entity.PARAM else "tag"
    column = Sql(f"(select value from {table} where run = r.id and key = {_KEY_ID})", (field.key,))
    return nulls_last(column, ascending=ascending, blank="")


def number_keys(
    source: str, column: str, values: tuple[object, ...], *, ascending: bool
) -> list[SortKey]:
    """Sort by numbers, then NaN, then missing: 0, 1, 2 in one rank, then by value."""
    rank = Sql(f"coalesce((select {column} is null {source}), 2)", values)
    value = Sql(f"coalesce((select {column} {source}), 0.0)", values)
    return [SortKey(rank), SortKey(value, ascending)]


def experiment_order(terms: Sequence[OrderTerm]) -> list[SortKey]:
    """Return the sort keys of a search of experiments, with its tie-breaks."""
    if not terms:
        return [SortKey(Sql("e.creation_time"), ascending=False), SortKey(Sql("e.id"))]
    keys = [SortKey(EXPERIMENT_COLUMNS[term.field.key], term.ascending) for term in terms]
    if all(term.field.key != "experiment_id" for term in terms):
        keys.append(SortKey(Sql("e.id"), ascending=False))
    return keys


def model_order_keys(terms: Sequence[OrderTerm]) -> list[SortKey]:
    """Return the sort keys of a search of logged models, with its tie-breaks."""
    keys: list[SortKey] = []
    for term in terms:
        if term.field.entity is Entity.METRIC:
            on = _on_dataset(term.dataset_name, term.dataset_digest)
            source = (
                f"from model_metric x where x.model = m.id and x.key = ? and {on.text} "
                "order by x.time desc, x.step desc, x.value is null, x.value desc limit 1"
            )
            values = (term.field.key, *on.values)
            keys += number_keys(source, "x.value", values, ascending=term.ascending)
        else:
            keys.append(SortKey(MODEL_COLUMNS[term.field.key], term.ascending))
    named = {term.field.key for term in terms if term.field.entity is Entity.ATTRIBUTE}
    if "creation_timestamp" not in named:
        keys.append(SortKey(Sql("m.creation_time"), ascending=False))
    if "model_id" not in named:
        keys.append(SortKey(Sql("m.model_id")))
    return keys
