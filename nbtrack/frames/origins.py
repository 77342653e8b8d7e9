"""Where runs came from: their code, environment and packages, and how those differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbtrack.client import Client
from nbtrack.client.artifact_text import text_reader
from nbtrack.context import cell_diffs
from nbtrack.context.recording import recorded_environment, recorded_packages, recorded_source
from nbtrack.entities import Run


@dataclass(frozen=True, slots=True)
class Origin:
    """What a run has recorded of its code and surroundings; empty if nothing."""

    environment: Mapping[str, str]
    source: str = ""
    packages: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A cell that differs: the lines that were removed and those that were added."""

    cell: str
    change: str
    removed: str
    added: str


def origin_of(client: Client, run: Run, problems: list[str], *, files: bool) -> Origin:
    """Return where a run came from; code and packages only if its files may be read."""
    environment = recorded_environment({tag.key: tag.value for tag in run.data.tags})
    if not files:
        return Origin(environment)
    read = text_reader(client, run.info.run_id, problems)
    return Origin(environment, recorded_source(read) or "", recorded_packages(read) or None)


def code_changes(before: str, after: str) -> Iterator[CodeChange]:
    """Yield the cells that differ, as lines of a unified diff without their signs."""
    for place, cell in enumerate(cell_diffs(before, after)):
        if cell.change != "same":
            removed = [line[1:] for line in cell.lines if line.startswith("-")]
            added = [line[1:] for line in cell.lines if line.startswith("+")]
            name = cell.name or f"cell {place + 1}"
            yield CodeChange(name, cell.change, "\n".join(removed), "\n".join(added))
