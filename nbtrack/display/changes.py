"""What differs between two runs: params, metrics with their direction, code, environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nbtrack.client.directions import directions_of
from nbtrack.directions import is_better
from nbtrack.display.wording import number_text, shorten
from nbtrack.entities import Run

SOURCE_TAG: Final = "nbtrack.cell.hash"
_ABSENT: Final = "-"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what of, from what to what, and which way it went."""

    kind: str
    key: str
    old: str
    new: str
    remark: str = ""

    @property
    def value(self) -> str:
        """Both values in one text."""
        return f"{self.old} → {self.new}" if self.old or self.new else ""


def changes(before: Run, after: Run) -> Iterator[Change]:
    """Yield what differs between two runs, params first."""
    yield from param_changes(before, after)
    yield from metric_changes(before, after)
    old, new = _tag(before, SOURCE_TAG), _tag(after, SOURCE_TAG)
    if old is not None and new is not None and old != new:
        yield Change("code", "code", "", "", "edited")


def param_changes(before: Run, after: Run) -> Iterator[Change]:
    """Yield params that differ, in the order of their keys."""
    old = {param.key: shorten(param.value, 40) for param in before.data.params}
    new = {param.key: shorten(param.value, 40) for param in after.data.params}
    for key in sorted(old | new):
        if old.get(key) != new.get(key):
            yield Change("param", key, old.get(key, _ABSENT), new.get(key, _ABSENT))


def metric_changes(before: Run, after: Run) -> Iterator[Change]:
    """Yield metrics whose last value differs, and whether it got better."""
    old = {metric.key: metric.value for metric in before.data.metrics}
    new = {metric.key: metric.value for metric in after.data.metrics}
    known = directions_of(old | new, run_tags=[_tags(before), _tags(after)])
    for key in sorted(old | new):
        if key not in old or key not in new:
            yield Change("metric", key, _number(old.get(key)), _number(new.get(key)))
        elif old[key] != new[key] and not _are_nan(old[key], new[key]):
            remark = "better" if is_better(key, new[key], old[key], known[key].way) else "worse"
            yield Change("metric", key, _number(old[key]), _number(new[key]), remark)


def _are_nan(old: float, new: float) -> bool:
    return str(old) == str(new) == "nan"


def _number(value: float | None) -> str:
    return _ABSENT if value is None else number_text(value)


def _tag(run: Run, key: str) -> str | None:
    return _tags(run).get(key)


def _tags(run: Run) -> dict[str, str]:
    return {tag.key: tag.value for tag in run.data.tags}
