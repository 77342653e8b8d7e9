"""Running a cell again: which run was the attempt before, and how the new one is linked to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nbtrack.client import Client
from nbtrack.client.start import DEFAULT_EXPERIMENT
from nbtrack.config import EXPERIMENT_ID, setting
from nbtrack.context import cell_hash
from nbtrack.context.tags import CELL_HASH, CELL_ID
from nbtrack.entities import ACTIVE, Run, RunStatus, ViewType
from nbtrack.errors import ApiError, ResourceDoesNotExist
from nbtrack.names import PREVIOUS_ATTEMPT

ATTEMPT: Final = "nbtrack.attempt"
RERUN: Final = "nbtrack.attempt.rerun"
REPLACE: Final = "replace"


@dataclass(frozen=True, slots=True)
class CellIdentity:
    """What a cell is known by: its id if the notebook tells, and a hash of its source."""

    cell_id: str | None
    source: str

    @property
    def hash(self) -> str:
        """A short hash of the source, without the line of `%%track`."""
        return cell_hash(self.source)

    @property
    def tags(self) -> dict[str, str]:
        """The tags that mark a run of this cell."""
        known = {} if self.cell_id is None else {CELL_ID: self.cell_id}
        return {**known, CELL_HASH: self.hash}

    @property
    def filter(self) -> str:
        """The filter that finds the runs of this cell."""
        key, value = (CELL_HASH, self.hash) if self.cell_id is None else (CELL_ID, self.cell_id)
        return f"tags.`{key}` = {quoted(value)}"


def quoted(text: str) -> str:
    """Write a text as a value of a filter."""
    quote = '"' if "'" in text and '"' not in text else "'"
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"


def tag_of(run: Run, key: str) -> str | None:
    """Return the value of a tag of a run."""
    return next((tag.value for tag in run.data.tags if tag.key == key), None)


def last_attempt(
    client: Client, experiment_id: str, cell: CellIdentity, *, but: str = "", hidden: bool = False
) -> Run | None:
    """Return the newest run of a cell; `but` leaves one out, `hidden` counts deleted ones too."""
    found = client.iter_runs(
        experiment_id,
        filter=cell.filter,
        order_by="attributes.start_time DESC",
        run_view_type=ViewType.ALL if hidden else ViewType.ACTIVE_ONLY,
        limit=2,
    )
    return next((run for run in found if run.info.run_id != but), None)


def attempt_tags(previous: Run | None, rerun: str) -> dict[str, str]:
    """Return the tags that link a run to the attempt before."""
    if previous is None:
        return {ATTEMPT: "1", RERUN: rerun}
    number = tag_of(previous, ATTEMPT) or "1"
    following = int(number) + 1 if number.isdecimal() else 2
    return {ATTEMPT: str(following), PREVIOUS_ATTEMPT: previous.info.run_id, RERUN: rerun}


def superseded(client: Client, run_id: str | None) -> Iterator[Run]:
    """Yield the attempts that a finished one replaces.

    That is the one before and, where that one was to replace another but did not finish, the one
    before it as well.
    """
    while run_id is not None:
        try:
            run = client.get_run(run_id)
        except ResourceDoesNotExist:
            return
        if run.info.lifecycle_stage == ACTIVE and run.info.status is not RunStatus.RUNNING:
            yield run
        run_id = tag_of(run, PREVIOUS_ATTEMPT) if tag_of(run, RERUN) == REPLACE else None


def hide(client: Client, previous_run_id: str | None) -> list[str]:
    """Delete the superseded attempts, which can be restored; return their names."""
    names: list[str] = []
    for run in list(superseded(client, previous_run_id)):
        client.delete_run(run.info.run_id)
        names.append(run.info.run_name)
    return names


def default_experiment() -> str:
    """Return the id of the experiment for runs that no name is given for."""
    return setting(EXPERIMENT_ID) or DEFAULT_EXPERIMENT


def find_experiment(client: Client, name: str | None) -> str | None:
    """Return the id of the experiment of that name, or the default one's; None if it is new."""
    if name is None:
        return default_experiment()
    try:
        return client.get_by_name(name).experiment_id
    except ApiError:
        return None
