"""Which of some runs a later attempt among them replaces, by the rule of `nbtrack.runs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msgspec.structs import replace

from nbtrack.backends.columns import Columns, RunsQuery
from nbtrack.client import Client
from nbtrack.entities import ACTIVE, Run, RunStatus, ViewType
from nbtrack.frames.history_reading import look_up
from nbtrack.frames.typed import columns_frame
from nbtrack.names import PREVIOUS_ATTEMPT

_BEFORE: Final = f"tags.{PREVIOUS_ATTEMPT}"
_PARAMS: Final = "params."
_ENDED_EARLY: Final = frozenset({RunStatus.FAILED.value, RunStatus.KILLED.value})


class Attempt(NamedTuple):
    """What tells whether an attempt is replaced: the one before it, its params, how it ended."""

    before: str | None
    params: frozenset[tuple[object, object]]
    status: str
    stage: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Runs that others replace, and runs that were looked up to learn that, by id."""

    run_ids: frozenset[str] = frozenset()
    known: Mapping[str, Run] = field(default_factory=dict[str, Run])


def replaced_among(client: Client, run_ids: Sequence[str]) -> Replaced:
    """Find out which of some runs a later one among them replaces.

    A later attempt of the same cell replaces a run with the same params, and any run that failed
    or was killed.
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
        return Replaced(frozenset(_replaced(_from_columns(columns))))
    known = look_up(client, run_ids)
    attempts = {run_id: _from_run(run) for run_id, run in known.items()}
    return Replaced(frozenset(_replaced(attempts)), known)


def _from_columns(columns: Columns) -> dict[str, Attempt]:
    """Return the attempts that have to do with another one; without that tag there are none."""
    frame = columns_frame(columns).set_index("run_id")
    if _BEFORE not in frame:
        return {}
    before = frame[_BEFORE].dropna()
    frame = frame[frame.index.isin([*before.index, *before])]
    params = frame.filter(regex=f"^{re.escape(_PARAMS)}")
    texts = [frozenset(row.dropna().items()) for _, row in params.iterrows()]
    words = (map(str, frame[name]) for name in ("status", "lifecycle_stage"))
    previous = map(before.get, frame.index)
    attempts = map(Attempt, previous, texts, *words)
    return dict(zip(map(str, frame.index), attempts, strict=True))


def _from_run(run: Run) -> Attempt:
    before = [tag.value for tag in run.data.tags if tag.key == PREVIOUS_ATTEMPT]
    params = frozenset((param.key, param.value) for param in run.data.params)
    return Attempt(
        before[0] if before else None, params, run.info.status.value, run.info.lifecycle_stage
    )


def _replaced(attempts: Mapping[str, Attempt]) -> Iterator[str]:
    named = {attempt.before for attempt in attempts.values()}
    for latest in attempts.keys() - named:
        later: set[frozenset[tuple[object, object]]] = set()
        passed: set[str] = set()  # no run twice, whatever the tags say
        run_id: str | None = latest
        while run_id is not None and run_id not in passed and (attempt := attempts.get(run_id)):
            passed.add(run_id)
            if attempt.params in later or (later and attempt.status in _ENDED_EARLY):
                yield run_id
            if attempt.stage == ACTIVE:
                later.add(attempt.params)
            run_id = attempt.before
