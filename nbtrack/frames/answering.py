"""Get the columns of a query of runs from whatever a client talks to."""

from __future__ import annotations

from msgspec.structs import replace

from nbtrack.backends import Columns, RunsQuery
from nbtrack.client import Client
from nbtrack.errors import InvalidParameterValue


def run_columns(client: Client, query: RunsQuery) -> Columns:
    """Return runs as columns, from a backend that answers wide queries or one that does not."""
    if client.can_answer(query):
        return client.columns(query)
    if query.summaries:
        raise InvalidParameterValue(f"{client.tracking_uri} cannot answer this query.")
    return client.columns(replace(query, filter=query.where, where=None, attempts="all"))
