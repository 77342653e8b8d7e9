"""Entities of a paged operation one after the other, page by page as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from nbtrack.api.operation import AnyOperation, Operation
from nbtrack.backends.base import PQ, PR, Backend, pages
from nbtrack.errors import InvalidParameterValue

T = TypeVar("T")


class Found(Iterator[T]):
    """What a search finds: an iterator that tells, when shown, how to see what it holds."""

    def __init__(self, source: str, items: Iterator[T]) -> None:
        """Walk over items from an operation."""
        self._source, self._items = source, items

    def __next__(self) -> T:
        """Return the next item, of the next page if need be."""
        return next(self._items)

    def __repr__(self) -> str:
        return f"<pages of {self._source}, read as they are needed; list(...) reads all of them>"


def page_size(op: AnyOperation, max_results: int | None, limit: int | None) -> int | None:
    """Choose the size of a page: what the caller says, else the largest that is of use."""
    if max_results is not None or not op.largest_page:
        return max_results
    return op.largest_page if limit is None else max(1, min(op.largest_page, limit))


def through_pages(
    backend: Backend,
    op: Operation[PQ, PR],
    request: PQ,
    items: Callable[[PR], Iterable[T]],
    limit: int | None = None,
) -> Iterator[T]:
    """Yield the items of all pages, at most `limit`; no page is fetched before it is needed."""
    check_limit(limit)
    found = (item for page in pages(backend, op, request) for item in items(page))
    return Found(op.name, islice(found, limit))


def check_limit(limit: int | None) -> None:
    """Refuse a negative limit."""
    if limit is not None and limit < 0:
        message = f"The limit is {limit!r}. Give 0 or more, or None for everything."
        raise InvalidParameterValue(message)
