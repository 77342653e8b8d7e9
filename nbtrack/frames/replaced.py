"""Which of some runs a later attempt among them replaces, by the rule of `nbtrack.runs`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from nbtrack.backends.attempts import Attempt, replaced
from nbtrack.backends.columns import Columns, RunsQuery
from nbtrack.client import Client
from nbtrack.entities import ACTIVE, Run, ViewType
from nbtrack.frames.history_reading import look_up
from nbtrack.frames.typed import columns_frame
from nbtrack.names import PREVIOUS_ATTEMPT

_BEFORE: Final = f"tags.{PREVIOUS_ATTEMPT}"
_PARAMS: Final = "params."


@dataclass(frozen=True, slots=True)
class Replaced:
    """Runs that others replace, and runs that were looked up to learn that, by id."""

    run_ids: frozenset[str] = frozenset()
    known: Mapping[str, Run] = field(default_factory=dict[str, Run])


def replaced_among(client: Client, run_ids: Sequence[str]) -> Replaced:
    """Find out which of some runs a later one among them replaces.

    The rule is that of `nbtrack.backends.attempts`.
    """
    listed = ", ".join(f"'{run_id}'" for run_id in run_ids if run_id.isalnum())
    if len(run_ids) < 2 or not listed:  # noqa: PLR2004 - a run does not replace itself
        return Replaced()
    query = RunsQuery(
        experiment_ids=(),
        where=f"attributes.run_id IN ({listed})",
        select=("run_id", "status", "lifecycle_stage", _BEFORE, f"{_PARAMS}*"),
        view_type=ViewType.ALL,
    )
    if client.can_answer(query):
        homes = tuple(e.experiment_id for e in client.iter_experiments(view_type=ViewType.ALL))
        columns = client.columns(replace(query, experiment_ids=homes))
        return Replaced(frozenset(replaced(_from_columns(columns))))
    known = look_up(client, run_ids)
    attempts = {run_id: _from_run(run) for run_id, run in known.items()}
    return Replaced(frozenset(replaced(attempts)), known)


def _from_columns(columns: Columns) -> dict[str, Attempt[str]]:
    """Return the attempts that have to do with another one; without that tag there are none."""
    frame = columns_frame(columns).set_index("run_id")
    if _BEFORE not in frame:
        return {}
    before = frame[_BEFORE].dropna()
    frame = frame[frame.index.isin([*before.index, *before])]
    params = frame.filter(regex=f"^{re.escape(_PARAMS)}")
    texts = [frozenset(row.dropna().items()) for _, row in params.iterrows()]
    previous, words = map(before.get, frame.index), map(str, frame["status"])
    attempts = map(Attempt, previous, texts, words, frame["lifecycle_stage"] == ACTIVE)
    return dict(zip(map(str, frame.index), attempts, strict=True))


def _from_run(run: Run) -> Attempt[str]:
    before = [tag.value for tag in run.data.tags if tag.key == PREVIOUS_ATTEMPT]
    params = frozenset((param.key, param.value) for param in run.data.params)
    previous = before[0] if before else None
    is_active = run.info.lifecycle_stage == ACTIVE
    return Attempt(previous, params, run.info.status.value, is_active)
