"""The formats of an export: a table of their names, files and writers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

from nbtrack.errors import InvalidParameterValue, MissingDependencyError
from nbtrack.frames.export_excel import write_excel
from nbtrack.frames.export_lines import history_name, write_csv, write_json_lines
from nbtrack.frames.export_parquet import is_export, write_parquet
from nbtrack.frames.export_prose import write_latex, write_markdown
from nbtrack.frames.export_tables import Tables

FormatName = Literal["parquet", "csv", "jsonl", "excel", "markdown", "latex"]


class Need(NamedTuple):
    """A library that a format needs: its module, its name and the extra that brings it."""

    module: str
    library: str
    extra: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format.

    suffixes
        Endings of names that mean it; the empty one is a name without an ending.
    write
        Writes the tables to a path.
    has_history
        Whether it holds the points of metrics if nobody says.
    beside
        Whether these go into a file of their own.
    partitioned
        Whether it needs to know the experiment of each run.
    is_ours
        Tells of a folder whether an export in this format made it.
    """

    name: FormatName
    title: str
    suffixes: tuple[str, ...]
    write: Callable[[Tables, Path], None]
    has_history: bool = True
    beside: bool = False
    partitioned: bool = False
    is_ours: Callable[[Path], bool] = lambda _: False
    need: Need | None = None

    def names(self, name: str, *, history: bool) -> tuple[str, ...]:
        """Return the names of what it writes for an export of a name, that one last."""
        return (history_name(name), name) if history and self.beside else (name,)

    def require(self) -> None:
        """Raise MissingDependencyError if the library that it needs is not installed."""
        if self.need is not None and find_spec(self.need.module) is None:
            _, library, extra = self.need
            raise MissingDependencyError(f"An export as {self.title}", library, extra)


FORMATS: Final[dict[str, Format]] = {
    form.name: form
    for form in (
        Format(
            name="parquet",
            title="Parquet",
            suffixes=("", ".parquet", ".pq"),
            write=write_parquet,
            partitioned=True,
            is_ours=is_export,
            need=Need("pyarrow", "pyarrow", "arrow"),
        ),
        Format(name="csv", title="CSV", suffixes=(".csv",), write=write_csv, beside=True),
        Format(
            name="jsonl",
            title="JSON lines",
            suffixes=(".jsonl", ".ndjson"),
            write=write_json_lines,
            beside=True,
        ),
        Format(
            name="excel",
            title="Excel",
            suffixes=(".xlsx",),
            write=write_excel,
            need=Need("openpyxl", "openpyxl", "excel"),
        ),
        Format(
            name="markdown",
            title="Markdown",
            suffixes=(".md", ".markdown"),
            write=write_markdown,
            has_history=False,
        ),
        Format(
            name="latex",
            title="LaTeX",
            suffixes=(".tex",),
            write=write_latex,
            has_history=False,
        ),
    )
}
"""The formats by name."""


def format_of(dest: Path, name: str | None) -> Format:
    """Return the format of a name, or the one that the ending of a path means.

    Raises
    ------
    InvalidParameterValue
        If there is none.
    """
    if name is not None:
        if name not in FORMATS:
            raise InvalidParameterValue(f"format is {name!r}. Use one of {', '.join(FORMATS)}.")
        return FORMATS[name]
    ending = dest.suffix.lower()
    for form in FORMATS.values():
        if ending in form.suffixes:
            return form
    known = ", ".join(suffix for form in FORMATS.values() for suffix in form.suffixes if suffix)
    message = f"{dest.name!r} ends in {ending!r}, which means no format; {known} do."
    raise InvalidParameterValue(f"{message} Say format='parquet', for example.")
