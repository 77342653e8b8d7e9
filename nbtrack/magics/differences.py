"""What differs between two runs, code and environment included, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from nbtrack.client import Client
from nbtrack.context import cell_diffs, value_diffs
from nbtrack.context.tags import GIT_BRANCH, GIT_COMMIT, HOST, PACKAGES_FILE, PYTHON
from nbtrack.display import Change, Table, metric_changes, param_changes
from nbtrack.entities import Run
from nbtrack.magics.attempts import tag_of
from nbtrack.magics.recording import read_text, recorded_source

_ENVIRONMENT: Final = {
    "git commit": GIT_COMMIT,
    "git branch": GIT_BRANCH,
    "host": HOST,
    "python": PYTHON,
}
_ABSENT: Final = "-"


def differences_table(client: Client, before: Run, after: Run) -> Table:
    """List params, metrics with their direction, code cell by cell, and environment."""
    found = [
        *param_changes(before, after),
        *metric_changes(before, after),
        *_code_changes(client, before, after),
        *_value_changes("environment", _environment(before), _environment(after)),
        *_package_changes(client, before, after),
    ]
    title = f"from {_named(before)} to {_named(after)}"
    rows = tuple((c.kind, c.key, c.old, c.new, c.remark) for c in found)
    return Table(title, ("kind", "of", "before", "after", ""), rows)


def _named(run: Run) -> str:
    return f"{run.info.run_name} ({run.info.run_id[:8]})"


def _code_changes(client: Client, before: Run, after: Run) -> Iterator[Change]:
    """Yield the cells that differ, as lines of a unified diff."""
    old = recorded_source(client, before.info.run_id) or ""
    new = recorded_source(client, after.info.run_id) or ""
    for place, cell in enumerate(cell_diffs(old, new)):
        if cell.change != "same":
            name = cell.name or f"cell {place + 1}"
            removed = [line[1:] for line in cell.lines if line.startswith("-")]
            added = [line[1:] for line in cell.lines if line.startswith("+")]
            yield Change("code", name, "\n".join(removed), "\n".join(added), cell.change)


def _environment(run: Run) -> dict[str, str]:
    found = {name: tag_of(run, key) for name, key in _ENVIRONMENT.items()}
    return {name: value for name, value in found.items() if value is not None}


def _package_changes(client: Client, before: Run, after: Run) -> Iterator[Change]:
    old, new = _packages(client, before), _packages(client, after)
    if old and new:  # else one of them has not recorded them
        yield from _value_changes("package", old, new)


def _value_changes(kind: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for diff in value_diffs(old, new):
        yield Change(kind, diff.key, diff.before or _ABSENT, diff.after or _ABSENT)


def _packages(client: Client, run: Run) -> dict[str, str]:
    text = read_text(client, run.info.run_id, PACKAGES_FILE)
    try:
        found = json.loads(text or "{}").get("packages", {})
        return {str(name): str(version) for name, version in found.items()}
    except (ValueError, AttributeError):  # somebody else's file
        return {}
