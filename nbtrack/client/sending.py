"""Send params, tags and points of a run in batches, and find the items that a server refuses.

A refused batch is divided until the refused item stands alone. A text that the server finds too
long becomes an artifact, and a marked, shorter form of it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from nbtrack.api.runs import LogBatch
from nbtrack.client.batching import batches
from nbtrack.client.client import Client
from nbtrack.client.refusals import shown
from nbtrack.client.shortening import artifact_path, shortened
from nbtrack.entities import DELETED, Metric, Param, RunTag
from nbtrack.errors import (
    ApiError,
    NbtrackError,
    PermissionDenied,
    ResourceDoesNotExist,
    StoreError,
    TransportError,
    Unauthenticated,
)
from nbtrack.limits import DOCUMENTED

Item = Metric | Param | RunTag
Refuse = Callable[[str, str, str, object], None]
"""Told of a refusal: run id, what was refused, why, and its content."""

_PASSING_STATUS: Final = frozenset({408, 409, 425, 429, 499})
_SERVER_FAULT: Final = 500
_NOT_IMPLEMENTED: Final = 501
_KINDS: Final = {Metric: "metric", Param: "param", RunTag: "tag"}


class UndeliveredError(NbtrackError):
    """Records could not be delivered now; they stay in the journal."""


def is_passing(error: NbtrackError) -> bool:
    """Tell whether the same call may work later: it is not the record's fault."""
    if isinstance(error, (TransportError, StoreError, Unauthenticated, PermissionDenied)):
        return True
    if not isinstance(error, ApiError) or error.status == _NOT_IMPLEMENTED:
        return False
    return error.status >= _SERVER_FAULT or error.status in _PASSING_STATUS


class Sending:
    """Sends what was logged to runs, through one client."""

    def __init__(self, client: Client, refuse: Refuse) -> None:
        """Send through `client`; what it refuses goes to `refuse`."""
        self._client = client
        self._refuse = refuse

    def send(
        self,
        run_id: str,
        *,
        params: Mapping[str, str],
        tags: Mapping[str, str],
        metrics: Sequence[Metric],
    ) -> None:
        """Send everything to a run; a repeat does no harm.

        Raises
        ------
        UndeliveredError
            If it cannot be done now.
        """
        short = {k: v for k, v in tags.items() if len(v) <= DOCUMENTED.batch_tag_value}
        for batch in batches(
            run_id,
            metrics=metrics,
            params=[Param(key=key, value=value) for key, value in params.items()],
            tags=[RunTag(key=key, value=value) for key, value in short.items()],
        ):
            self._send_batch(run_id, [*batch.params, *batch.tags, *batch.metrics])
        for key in tags.keys() - short.keys():  # a batch may not take it, setTag does
            self._send_tag(run_id, RunTag(key=key, value=tags[key]))

    def raise_if_passing(self, error: NbtrackError) -> None:
        """Raise UndeliveredError for an error that may pass."""
        if isinstance(error, UndeliveredError):
            raise error
        if is_passing(error):
            raise UndeliveredError(str(error)) from error

    def _send_batch(self, run_id: str, items: Sequence[Item]) -> None:
        batch = _batch_of(run_id, items)
        try:
            self._client.log_batch(
                run_id, metrics=batch.metrics, params=batch.params, tags=batch.tags
            )
        except NbtrackError as error:
            self.raise_if_passing(error)
            self._divide(run_id, items, error)

    def _send_tag(self, run_id: str, tag: RunTag) -> None:
        try:
            self._client.set_tag(run_id, tag.key, tag.value)
        except NbtrackError as error:
            self.raise_if_passing(error)
            self._divide(run_id, [tag], error)

    def _divide(self, run_id: str, items: Sequence[Item], error: NbtrackError) -> None:
        if self._is_closed(run_id, error):
            what = f"all that was logged ({len(items)} values)"
            self._refuse(run_id, what, str(error), [_content(item) for item in items])
        elif len(items) > 1:
            middle = len(items) // 2
            self._send_batch(run_id, items[:middle])
            self._send_batch(run_id, items[middle:])
        elif not self._send_shortened(run_id, items[0]):
            item = items[0]
            what = f"{_KINDS[type(item)]} {item.key!r} = {shown(item.value)}"
            self._refuse(run_id, what, str(error), _content(item))

    def _send_shortened(self, run_id: str, item: Item) -> bool:
        most = DOCUMENTED.batch_param_value
        if isinstance(item, Metric) or len(item.value) <= most:
            return False
        short = shortened(item.value, most)
        path = artifact_path(_KINDS[type(item)], item.key)
        try:
            if isinstance(item, Param):
                self._client.log_param(run_id, item.key, short)
            else:
                self._client.set_tag(run_id, item.key, short)
            self._client.run_artifacts(run_id).write(path, item.value.encode("utf-8", "replace"))
        except NbtrackError as error:
            self.raise_if_passing(error)
            return False
        return True

    def _is_closed(self, run_id: str, error: NbtrackError) -> bool:
        """Tell whether the run takes nothing at all: it is gone or deleted."""
        if isinstance(error, ResourceDoesNotExist):
            return True
        try:
            return self._client.get_run(run_id).info.lifecycle_stage == DELETED
        except ResourceDoesNotExist:
            return True
        except NbtrackError as exc:
            self.raise_if_passing(exc)
            return False


def _batch_of(run_id: str, items: Iterable[Item]) -> LogBatch:
    known = list(items)
    return LogBatch(
        run_id=run_id,
        params=tuple(item for item in known if isinstance(item, Param)),
        tags=tuple(item for item in known if isinstance(item, RunTag)),
        metrics=tuple(item for item in known if isinstance(item, Metric)),
    )


def _content(item: Item) -> dict[str, object]:
    found: dict[str, object] = {"kind": _KINDS[type(item)], "key": item.key, "value": item.value}
    if isinstance(item, Metric):
        found |= {"step": item.step, "timestamp": item.timestamp}
    return found
