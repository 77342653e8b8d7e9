"""What differs between two runs, code and environment included, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nbtrack.client import Client
from nbtrack.display import Change, Table, number_text, shorten
from nbtrack.entities import Run

if TYPE_CHECKING:
    from nbtrack.frames import Comparison

_ABSENT: Final = "-"
_SHORT: Final = 40


def differences_table(client: Client, before: Run, after: Run) -> Table:
    """List params, metrics with their direction, tags, code cell by cell, and environment."""
    from nbtrack import frames

    found = frames.compare([before, after], client=client)
    title = f"from {found.names[0]} to {found.names[1]}"
    rows = tuple((c.kind, c.key, c.old, c.new, c.remark) for c in _changes(found))
    return Table(title, ("kind", "of", "before", "after", ""), rows)


def _changes(found: Comparison) -> Iterator[Change]:
    values = {"param": found.params, "metric": found.values, "tag": found.tags}
    remarks = dict(zip(found.metrics["metric"], found.metrics["change"], strict=True))
    for kind, frame in values.items():
        for key, old, new in frame.itertuples(name=None):
            remark = remarks.get(key, "") if kind == "metric" else ""
            yield Change(kind, key, _text(old), _text(new), remark)
    for _, _, cell, change, removed, added in found.code.itertuples(index=False, name=None):
        yield Change("code", cell, removed, added, change)
    for kind, frame in {"environment": found.environment, "package": found.packages}.items():
        for key, old, new in frame.itertuples(name=None):
            yield Change(kind, key, old or _ABSENT, new or _ABSENT)


def _text(value: object) -> str:
    if value is None:
        return _ABSENT
    return number_text(value) if isinstance(value, float) else shorten(str(value), _SHORT)
