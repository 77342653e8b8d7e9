"""Cut any number of metrics, params and tags into log_batch calls that the API takes.

A batch has room for 1,000 items, and among them 100 params and 100 tags, in a body of 1 MB. Items
of each kind wait in a queue (`_Waiting`); a batch is filled by taking from the queues in turn what
still fits into its `_Room`. Every item is encoded once to learn its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from nbtrack import limits
from nbtrack.api import wire
from nbtrack.api.runs import LogBatch
from nbtrack.entities import Entity, Metric, Param, RunTag
from nbtrack.errors import InvalidParameterValue

T = TypeVar("T", bound=Entity)


def batches(
    run_id: str,
    *,
    metrics: Iterable[Metric] = (),
    params: Iterable[Param] = (),
    tags: Iterable[RunTag] = (),
) -> Iterator[LogBatch]:
    """Yield requests that together write all items of a run, in order within each kind.

    Params and tags go first; metrics fill up the last of their batches and are read no faster
    than the batches are taken. A param that comes twice with one value is sent once, and of tags
    with one key the last is sent.

    Raises
    ------
    InvalidParameterValue
        If a param has two values or an item is larger than a batch. For params and tags this
        happens before the first batch.

    Examples
    --------
    >>> points = (Metric(key="loss", value=0.5, timestamp=0, step=n) for n in range(2500))
    >>> [len(batch.metrics) for batch in batches("a1b2", metrics=points)]
    [1000, 1000, 500]
    """
    body = limits.BATCH_BYTES - len(wire.encode(LogBatch(run_id=run_id)))
    waiting_params = _Waiting("params", limits.BATCH_PARAMS, _each_once(params), body)
    waiting_tags = _Waiting("tags", limits.BATCH_TAGS, _last_of_each(tags), body)
    waiting_metrics = _Waiting("metrics", limits.BATCH_METRICS, metrics, body)
    waiting_params.measure_all()
    waiting_tags.measure_all()
    while waiting_params or waiting_tags or waiting_metrics:
        room = _Room(limits.BATCH_ITEMS, body)
        yield LogBatch(
            run_id=run_id,
            params=waiting_params.take(room),
            tags=waiting_tags.take(room),
            metrics=() if waiting_params or waiting_tags else waiting_metrics.take(room),
        )


def _each_once(params: Iterable[Param]) -> Iterable[Param]:
    found: dict[str, Param] = {}
    for param in params:
        first = found.setdefault(param.key, param)
        if first.value != param.value:
            message = (
                f"Param {param.key!r} has two values, {first.value!r} and {param.value!r}. "
                "A param is written once: send one of them."
            )
            raise InvalidParameterValue(message)
    return found.values()


def _last_of_each(tags: Iterable[RunTag]) -> Iterable[RunTag]:
    return {tag.key: tag for tag in tags}.values()


class _Room(Struct):
    """What a batch still has room for."""

    items: int
    size: int


class _Waiting(Generic[T]):
    """Items of one kind that wait for a batch, the first of them measured; true if any wait."""

    def __init__(self, name: str, most: int, items: Iterable[T], body: int) -> None:
        """Wait with `items`, of which a batch takes `most`, and an empty one holds `body` bytes."""
        self._most = most
        # A list costs this, and each item one byte for a comma; the last one needs none.
        self._frame = len(f',"{name}":[]') - 1
        self._measured = _measured(items, body - self._frame)
        self._head: tuple[T, int] | None = None

    def __bool__(self) -> bool:
        return self._first() is not None

    def _first(self) -> tuple[T, int] | None:
        if self._head is None:
            self._head = next(self._measured, None)
        return self._head

    def measure_all(self) -> None:
        """Measure every item now, so that a mistake shows before the first batch."""
        self._measured = iter(list(self._measured))

    def take(self, room: _Room) -> tuple[T, ...]:
        """Take items for as long as there is room, and make that room smaller."""
        most = min(self._most, room.items)
        taken: list[T] = []
        left = room.size - self._frame
        while len(taken) < most and (first := self._first()) and first[1] <= left:
            taken.append(first[0])
            left -= first[1]
            self._head = None
        if taken:
            room.items -= len(taken)
            room.size = left
        return tuple(taken)


def _measured(items: Iterable[T], most: int) -> Iterator[tuple[T, int]]:
    """Yield each item with its bytes in a list, comma included."""
    for item in items:
        size = _size(item)
        if size > most:
            message = (
                f"{type(item).__name__} {str(getattr(item, 'key', ''))[:40]!r} takes {size:,} "
                f"bytes, and a batch holds {most:,}. Log a shorter text, or an artifact."
            )
            raise InvalidParameterValue(message)
        yield item, size


def _size(item: Entity) -> int:
    try:
        return len(wire.encode(item)) + 1
    except (TypeError, ValueError, OverflowError, msgspec.EncodeError) as exc:
        raise InvalidParameterValue(f"{item!r} cannot be sent: {exc}.") from exc
