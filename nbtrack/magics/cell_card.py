"""The card below a tracked cell: fetch what it shows, within a budget, and show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from IPython.display import display

from nbtrack.backends import Columns, HistoryQuery
from nbtrack.client import Client
from nbtrack.client.active_run import ActiveRun
from nbtrack.client.directions import KnownDirection, directions_of
from nbtrack.directions import best_of
from nbtrack.display import Card, info_card, run_card
from nbtrack.entities import Run

MOST_METRICS: Final = 8
MOST_STEPS: Final = 20_000
"""Longer histories are not fetched from a server for the sake of a card."""


def show_card(run: ActiveRun, before: Run | None) -> None:
    """Show the card of a run that has ended."""
    show: Callable[[object], object] = display
    show(end_card(run, before))


def end_card(run: ActiveRun, before: Run | None = None) -> Card:
    """Make the card of a run that has ended; a short one while the place of the run is away."""
    if not run.channel.flush(0.0):
        return info_card(run.info, run.status)
    return card_of(run.channel.client, run.run_id, before, is_local=run.channel.is_local)


def card_of(client: Client, run_id: str, before: Run | None, *, is_local: bool) -> Card:
    """Make the card of a run as it is stored."""
    run = client.get_run(run_id)
    return run_card(run, best=best_values(client, run, is_local=is_local), before=before)


def best_values(client: Client, run: Run, *, is_local: bool) -> Mapping[str, float]:
    """Return the best value of the first metrics of a run, read from their histories."""
    metrics = [m for m in run.data.metrics if is_local or m.step < MOST_STEPS][:MOST_METRICS]
    keys = tuple(metric.key for metric in metrics if metric.step > 0)
    if not keys:
        return {}
    columns = client.columns(HistoryQuery(run_ids=(run.info.run_id,), keys=keys))
    tags = {tag.key: tag.value for tag in run.data.tags}
    return _best_by_key(columns, directions_of(keys, run_tags=[tags]))


def _best_by_key(columns: Columns, directions: Mapping[str, KnownDirection]) -> dict[str, float]:
    key = columns.column("key")
    codes = memoryview(key.data).cast("i")
    values = memoryview(columns.column("value").data).cast("d")
    found: dict[str, float] = {}
    for code, name in enumerate(key.texts):
        mine = (value for at, value in zip(codes, values, strict=True) if at == code)
        known = directions.get(name or "")
        best = None if known is None else best_of(name or "", mine, known.way)
        if name is not None and best is not None:
            found[name] = best
    return found
