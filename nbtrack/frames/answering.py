"""Get the columns of a query of runs from whatever a client talks to.

The embedded engine and nbtrack's own server answer every query themselves. Of another server the
part that it understands is asked, and the rest is answered by an engine in memory that holds the
runs it sent: the same engine, so that a filter means the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from nbtrack.backends import Columns, RunsQuery
from nbtrack.client import Client
from nbtrack.frames.candidates import candidates
from nbtrack.names import PREVIOUS_ATTEMPT
from nbtrack.search.split import Split, sent_order, split_filter
from nbtrack.search.wide import parse_where, parse_wide_order

_RERUN: Final = f"tags.`{PREVIOUS_ATTEMPT}` LIKE '%'"


@dataclass(frozen=True, slots=True)
class Answer:
    """A table of runs, what was asked for it, and how many runs were fetched."""

    columns: Columns
    split: Split
    fetched: int


def run_columns(client: Client, query: RunsQuery) -> Columns:
    """Return runs as columns, from a backend that answers wide queries or one that does not."""
    return answer(client, query).columns


def answer(client: Client, query: RunsQuery) -> Answer:
    """Answer a query, and tell how. Raises FilterError before anything is sent."""
    node, order = parse_where(query.where), parse_wide_order(query.order_by)
    if client.can_answer(query):
        columns = client.columns(query)
        return Answer(columns, Split(sent=query.where or "", here=""), columns.rows)
    split = split_filter(query.where or "", node)
    plain = _plain(query, split)
    if plain is not None and (query.attempts == "all" or not _has_reruns(client, query)):
        columns = client.columns(plain)
        return Answer(columns, split, columns.rows)
    held = candidates(client, query, split.sent, (node, order))
    with held.client:
        columns = held.client.columns(query)
    return Answer(held.with_places(columns), split, held.fetched)


def _plain(query: RunsQuery, split: Split) -> RunsQuery | None:
    """Return the query as any server answers it, but for hidden attempts; None if it cannot."""
    order_by = sent_order(query.order_by)
    if split.here or query.summaries or order_by is None:
        return None
    sent = split.sent or None
    return replace(query, filter=sent, where=None, order_by=order_by, attempts="all")


def _has_reruns(client: Client, query: RunsQuery) -> bool:
    ids = query.experiment_ids
    found = client.iter_runs(ids, filter=_RERUN, limit=1, max_results=1) if ids else iter(())
    return next(found, None) is not None
