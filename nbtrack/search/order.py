"""Sort terms: `order_by` texts of runs and experiments, `order_by` objects of logged models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.entities import SearchLoggedModelsOrderBy
from nbtrack.errors import FilterError
from nbtrack.search.fields import LOGGED_MODELS, Entity, Search
from nbtrack.search.reader import Reader, read_field
from nbtrack.search.source import BLANKS, Source, shorten, suggest
from nbtrack.search.tree import Field, print_field

MAX_TERMS: Final = 100
_CLAUSE: Final = "order_by clause"
_METRIC_PREFIX: Final = "metrics."
_DIRECTIONS: Final = {"ASC": True, "DESC": False}
_SINGLE_ADVICE: Final = (
    "Give each key an entry of its own, such as 'metrics.acc DESC'; "
    "a key with blanks needs backticks around it."
)


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """A field to sort by; of logged models, a metric may be limited to a dataset."""

    field: Field
    ascending: bool
    dataset_name: str | None = None
    dataset_digest: str | None = None


def parse_order_by(clauses: Sequence[str], search: Search) -> tuple[OrderTerm, ...]:
    """Read the clauses of a search of runs or experiments, such as `metrics.acc DESC`.

    Raises
    ------
    FilterError
        If a clause is wrong, or sorts by a key that an earlier clause sorts by.
    """
    if isinstance(clauses, str):
        message = f"The order_by {shorten(clauses)} is one text. Put it into a list of texts."
        raise FilterError(message, text=clauses)
    return _distinct(((clause, _read_clause(clause, search)) for clause in clauses), search)


def parse_model_order_by(orders: Sequence[SearchLoggedModelsOrderBy]) -> tuple[OrderTerm, ...]:
    """Read the sort keys of a search of logged models.

    Raises
    ------
    FilterError
        If a key is wrong, or stands there twice with the same dataset.
    """
    terms = (
        model_order(
            order.field_name,
            ascending=order.ascending,
            dataset_name=order.dataset_name,
            dataset_digest=order.dataset_digest,
        )
        for order in orders
    )
    names = (order.field_name for order in orders)
    return _distinct(zip(names, terms, strict=True), LOGGED_MODELS)


def model_order(
    field_name: str,
    *,
    ascending: bool = True,
    dataset_name: str | None = None,
    dataset_digest: str | None = None,
) -> OrderTerm:
    """Build one sort term of logged models from an attribute or `metrics.<key>`.

    The key of a metric stands there as it is, without quotes. A dataset counts for metrics only.

    Raises
    ------
    FilterError
        If there is no such field, a digest without the name of its dataset, or an unreadable name.
    """
    source = Source(field_name, _CLAUSE)
    if dataset_digest and not dataset_name:
        problem = f"Found the dataset_digest {shorten(dataset_digest)} without a dataset_name"
        raise source.mistake(problem, "Give both, or the name alone.", 0)
    for name in (dataset_name, dataset_digest):
        Source(name or "", "dataset of an order_by clause")
    field = _find_model_field(source)
    if field.entity is Entity.ATTRIBUTE:
        return OrderTerm(field, ascending)
    return OrderTerm(field, ascending, dataset_name or None, dataset_digest or None)


def _find_model_field(source: Source) -> Field:
    name = source.text.strip(BLANKS)
    start = source.text.find(name)
    key = name.removeprefix(_METRIC_PREFIX)
    if key and key != name:
        return Field(Entity.METRIC, key, start)
    found = LOGGED_MODELS.attributes.find(name, sorting=True)
    if found is None:
        names = [known for known, _ in LOGGED_MODELS.attributes.names(sorting=True)]
        problem = f"Invalid order_by field {shorten(name)}"
        advice = f"{suggest(name, names)}Use {_METRIC_PREFIX}<key> or one of {', '.join(names)}."
        raise source.mistake(problem, advice, start)
    return Field(Entity.ATTRIBUTE, found[0], start)


def _read_clause(text: str, search: Search) -> OrderTerm:
    reader = Reader(text, _CLAUSE)
    field, _ = read_field(reader, search, sorting=True)
    ascending = True
    if reader.next.keyword in _DIRECTIONS and not reader.is_adjacent:
        ascending = _DIRECTIONS[reader.take().keyword]
    if not reader.is_at_end:
        raise reader.unexpected("one field, then ASC or DESC or nothing", _SINGLE_ADVICE)
    return OrderTerm(field, ascending)


def _distinct(terms: Iterable[tuple[str, OrderTerm]], search: Search) -> tuple[OrderTerm, ...]:
    """Collect the terms, and refuse a key that is there already."""
    collected: dict[tuple[Field, str | None, str | None], OrderTerm] = {}
    for text, term in terms:
        key = (term.field, term.dataset_name, term.dataset_digest)
        source = Source(text, _CLAUSE)
        if key in collected:
            problem = f"Found the order_by key {shorten(print_field(term.field, search))} twice"
            raise source.mistake(problem, "Name each key once.", term.field.position)
        if len(collected) == MAX_TERMS:
            problem = f"Found more than {MAX_TERMS} order_by clauses"
            raise source.mistake(problem, f"Keep to {MAX_TERMS}.", 0)
        collected[key] = term
    return tuple(collected.values())
