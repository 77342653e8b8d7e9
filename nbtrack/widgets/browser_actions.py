"""What a run browser does to runs: rename, tag, note, delete, restore."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from nbtrack.errors import InvalidParameterValue, NbtrackError, ResourceDoesNotExist
from nbtrack.widgets.base import Message

if TYPE_CHECKING:
    from nbtrack.client import Client

NOTE: Final = "mlflow.note.content"
Action = Callable[["Client", Sequence[str], Message], str]


def rename(client: Client, run_ids: Sequence[str], message: Message) -> str:
    """Give a run another name."""
    name = str(message["name"]).strip()
    if len(run_ids) != 1 or not name:
        raise InvalidParameterValue("A name is given to one run. Choose one, and type its name.")
    client.update_run(run_ids[0], run_name=name)
    return f"Renamed to {name!r}."


def tag(client: Client, run_ids: Sequence[str], message: Message) -> str:
    """Set a tag."""
    key, value = str(message["key"]).strip(), str(message["value"])
    if not key:
        raise InvalidParameterValue("The tag has no key. Type one.")
    return _each(run_ids, lambda run_id: client.set_tag(run_id, key, value), f"Set tag {key!r} of")


def untag(client: Client, run_ids: Sequence[str], message: Message) -> str:
    """Remove a tag from the runs that have it."""
    key = str(message["key"]).strip()

    def remove(run_id: str) -> None:
        if any(tag.key == key for tag in client.get_run(run_id).data.tags):
            client.delete_tag(run_id, key)

    return _each(run_ids, remove, f"Removed tag {key!r} of")


def note(client: Client, run_ids: Sequence[str], message: Message) -> str:
    """Write the note."""
    text = str(message["text"])
    return _each(run_ids, lambda run_id: client.set_tag(run_id, NOTE, text), "Wrote the note of")


def delete(client: Client, run_ids: Sequence[str], _message: Message) -> str:
    """Delete runs; they can be restored."""
    return _each(run_ids, client.delete_run, "Deleted")


def restore(client: Client, run_ids: Sequence[str], _message: Message) -> str:
    """Restore deleted runs."""
    return _each(run_ids, client.restore_run, "Restored")


ACTIONS: Final[Mapping[str, Action]] = {
    "rename": rename,
    "tag": tag,
    "untag": untag,
    "note": note,
    "delete": delete,
    "restore": restore,
}


def count_text(count: int) -> str:
    """Write a number of runs.

    >>> count_text(1), count_text(1200)
    ('1 run', '1,200 runs')
    """
    return "1 run" if count == 1 else f"{count:,} runs"


def _each(run_ids: Sequence[str], do: Callable[[str], object], done: str) -> str:
    """Do it to every run; one that refuses does not keep the others from it."""
    refusals = []
    for run_id in run_ids:
        try:
            do(run_id)
        except NbtrackError as exc:
            refusals.append(exc)
    if refusals:
        worked = count_text(len(run_ids) - len(refusals))
        kind = ResourceDoesNotExist if len(refusals) == len(run_ids) else InvalidParameterValue
        raise kind(f"{done} {worked}, not {len(refusals):,}: {refusals[0]}") from refusals[0]
    return f"{done} {count_text(len(run_ids))}."
