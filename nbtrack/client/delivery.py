"""From the records of a journal to calls: grouped, in order, and with refusals set aside.

What cannot be delivered now (no server, a limit, an expired login) is an `UndeliveredError`, and
the records stay. What the server refuses for good (a changed param, a bad key) is reported and set
aside, down to the single item, so that it never blocks the rest. A record that cannot even be
tried is found by delivering one at a time, and set aside too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from nbtrack.client import journal
from nbtrack.client.client import Client
from nbtrack.client.journal import Position, Record
from nbtrack.client.journal_folder import JournalFolder
from nbtrack.client.notices import log_failure
from nbtrack.client.refusals import Refusal, shown
from nbtrack.client.sending import Sending, UndeliveredError
from nbtrack.entities import DatasetInput, Metric, ModelInput, ModelOutput
from nbtrack.errors import NbtrackError

Report = Callable[[Refusal], None]
"""Told of what was set aside."""

_CHUNK: Final = 5_000


class _Outgoing(Struct):
    """What a stretch of records means for one run."""

    params: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    metrics: list[Metric] = field(default_factory=list[Metric])
    documents: list[tuple[int, Any]] = field(default_factory=list[tuple[int, Any]])
    clashes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class Delivery:
    """Delivers records of one journal through one client.

    Attributes
    ----------
    delivered
        How many points were handed over.
    """

    def __init__(self, client: Client, folder: JournalFolder, report: Report) -> None:
        """Deliver through `client`; refusals go to `report`."""
        self._client = client
        self._folder = folder
        self._report = report
        self._sending = Sending(client, self._refuse)
        self.delivered = 0

    def deliver_chunk(self, start: Position, until: Position | None = None) -> Position | None:
        """Deliver up to 5000 records from a position on; return where they end, None at the end.

        The cursor moves along, and segments that are done are deleted.

        Raises
        ------
        UndeliveredError
            If it cannot be done now. Delivering the same records again does no harm.
        """
        if until is not None and start >= until:
            return None
        records = list(islice(journal.read_records(self._folder, start, until), _CHUNK))
        if not records and until is None:
            return None
        self.deliver(records)
        # Without records a new segment has begun, and nothing stands in it yet.
        end = records[-1].end if records or until is None else until
        self._folder.move_cursor(*end)
        for number in range(max(start.segment, 1), end.segment):
            self._folder.drop_segment(number)
        return end

    def deliver(self, records: Sequence[Record]) -> None:
        """Deliver records, run by run in the order of the runs' first record."""
        try:
            self._deliver_together(records)
        except UndeliveredError:
            raise
        except (OSError, MemoryError) as error:
            raise UndeliveredError(f"{type(error).__name__}: {error}.") from error
        except Exception as error:  # noqa: BLE001 - one record must not block the rest
            if len(records) > 1:
                for record in records:
                    self.deliver([record])
            else:
                log_failure("a record cannot be delivered", error)
                self._set_aside(records[0], f"{type(error).__name__}: {error}")
        else:
            self.delivered += sum(record.point is not None for record in records)

    def _set_aside(self, record: Record, why: str) -> None:
        content = record.document.decode("utf-8", "replace") if record.document else record.point
        run_id = self._run_id(record.run) or f"number {record.run}"
        self._refuse(run_id, f"a record of {len(record.document)} bytes", why, content)

    def _refuse(self, run_id: str, what: str, why: str, content: object) -> None:
        uri = self._client.tracking_uri
        self._report(Refusal(tracking_uri=uri, run_id=run_id, what=what, why=why, content=content))

    def _deliver_together(self, records: Sequence[Record]) -> None:
        outgoing: dict[int, _Outgoing] = {}
        for record in records:
            if record.kind == journal.DAMAGED:
                self._set_aside(record, "the journal is damaged there.")
            else:
                _add(outgoing.setdefault(record.run, _Outgoing()), record, self._folder.index.keys)
        for number, content in outgoing.items():
            run_id = self._run_id(number)
            if run_id is None:
                raise LookupError(f"The journal does not name run {number}.")
            self._send(run_id, content)

    def _run_id(self, number: int) -> str | None:
        entry = self._folder.index.runs.get(number)
        return None if entry is None else entry.run_id

    def _send(self, run_id: str, run: _Outgoing) -> None:
        for key, value in run.clashes:
            what, why = (
                f"param {key!r} = {shown(value)}",
                "it was logged with another value before.",
            )
            self._refuse(run_id, what, why, {"key": key, "value": value})
        self._sending.send(run_id, params=run.params, tags=run.tags, metrics=run.metrics)
        for kind, content in run.documents:
            self._send_document(run_id, kind, content)

    def _send_document(self, run_id: str, kind: int, content: Any) -> None:  # noqa: ANN401 - JSON
        name, send = _DOCUMENTS[kind]
        try:
            send(_Target(self._client, self._folder, run_id), content)
        except NbtrackError as error:
            self._sending.raise_if_passing(error)
            self._refuse(run_id, f"{name} {shown(content)}", str(error), content)


def _add(run: _Outgoing, record: Record, keys: dict[int, str]) -> None:
    if record.point is not None:
        step, value = record.point
        key = keys[record.key]
        run.metrics.append(Metric(key=key, value=value, timestamp=record.time, step=step))
        return
    content = msgspec.json.decode(record.document)
    if record.kind == journal.PARAMS:
        for key, value in content.items():
            if run.params.setdefault(key, value) != value:
                run.clashes.append((key, value))
    elif record.kind == journal.TAGS:
        run.tags.update(content)
    else:
        run.documents.append((record.kind, content))


class _Target(Struct, frozen=True):
    """Where a document goes, and the folder in which its file waits."""

    client: Client
    folder: JournalFolder
    run_id: str


def _update(to: _Target, content: Any) -> None:  # noqa: ANN401 - JSON
    to.client.update_run(to.run_id, **content)


def _artifact(to: _Target, content: Any) -> None:  # noqa: ANN401 - JSON
    waiting = to.folder.spool(content["file"])
    if waiting.exists():
        to.client.run_artifacts(to.run_id).upload_as(waiting, content["path"])
        waiting.unlink(missing_ok=True)


def _inputs(to: _Target, content: Any) -> None:  # noqa: ANN401 - JSON
    datasets = msgspec.convert(content.get("datasets", ()), tuple[DatasetInput, ...])
    models = msgspec.convert(content.get("models", ()), tuple[ModelInput, ...])
    to.client.log_inputs(to.run_id, datasets=datasets, models=models)


def _outputs(to: _Target, content: Any) -> None:  # noqa: ANN401 - JSON
    models = msgspec.convert(content["models"], tuple[ModelOutput, ...])
    to.client.log_outputs(to.run_id, models=models)


_DOCUMENTS: Final[dict[int, tuple[str, Callable[[_Target, Any], None]]]] = {
    journal.UPDATE: ("the end", _update),
    journal.ARTIFACT: ("artifact", _artifact),
    journal.INPUTS: ("inputs", _inputs),
    journal.OUTPUTS: ("outputs", _outputs),
}

__all__ = ["Delivery", "Report", "UndeliveredError"]
