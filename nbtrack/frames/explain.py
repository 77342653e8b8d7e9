"""How a filter is answered: what the server is asked, what is decided in this process."""

from __future__ import annotations

from dataclasses import dataclass

from nbtrack.backends import RunsQuery, shown_place
from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.frames.answering import answer
from nbtrack.frames.scope import Experiments, experiment_ids
from nbtrack.search.wide import parse_where


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a filter was answered.

    Attributes
    ----------
    source
        Who was asked: a tracking URI, or the folder of a store as it is seen from here.
    sent
        The part of the filter that the source answered; empty for none.
    here
        The part that an engine in this process answered, on the runs that the source sent.
    fetched, kept
        How many runs came, and how many of them the whole filter found.
    """

    source: str
    sent: str
    here: str
    fetched: int
    kept: int

    def __str__(self) -> str:
        """Show it in four lines."""
        return "\n".join(
            (
                f"source         {self.source}",
                f"answered there {self.sent or 'nothing of the filter'}",
                f"answered here  {self.here or 'nothing more'}",
                f"runs           {self.fetched:,} fetched, {self.kept:,} found",
            )
        )

    __repr__ = __str__


def explain(
    filter: str, *, experiments: Experiments = None, client: Client | None = None
) -> Explanation:
    """Run a filter and tell how it was answered.

    The embedded engine and nbtrack's own server answer the whole of it in one SQL statement. Other
    servers are sent the part that they understand; an engine in memory answers the rest on the runs
    that they send.

    Parameters
    ----------
    filter
        As for `runs`.
    experiments
        As for `runs`.
    client
        Where to look, if not where runs go to now.

    Raises
    ------
    FilterError
        If the filter is wrong.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> explain("metrics.loss < 1 or params.lr > 0.1")
    source         memory
    answered there metrics.loss < 1 or params.lr > 0.1
    answered here  nothing more
    runs           0 fetched, 0 found
    """
    parse_where(filter)
    client = client or current_client()
    query = RunsQuery(
        experiment_ids=experiment_ids(client, experiments), where=filter, select=("run_id",)
    )
    found = answer(client, query)
    split = found.split
    return Explanation(
        source=shown_place(client.tracking_uri),
        sent=split.sent,
        here=split.here,
        fetched=found.fetched,
        kept=found.columns.rows,
    )
