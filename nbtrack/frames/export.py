"""Runs and the points of their metrics as files: Parquet, CSV, JSON lines, Excel and others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypedDict, Unpack

import pandas as pd

from nbtrack import __version__
from nbtrack.backends.columns import Attempts
from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.export_formats import FORMATS, Format, FormatName, format_of
from nbtrack.frames.export_place import placed
from nbtrack.frames.export_source import (
    IDS,
    as_filter,
    chosen_columns,
    experiments_of,
    ids_by_experiment,
    named_runs_frame,
)
from nbtrack.frames.export_tables import Part, Tables, history_parts
from nbtrack.frames.listing_columns import listed
from nbtrack.frames.progress import progress
from nbtrack.frames.runs import View
from nbtrack.frames.runs import runs as runs_frame
from nbtrack.frames.scope import Experiments, Runs
from nbtrack.signatures import filled, spelled_out

History = bool | str | Sequence[str] | None
"""Whether points of metrics are written: of all, of those named, of none, or as the format has."""

_THOUSAND: Final = 1_000


class ExportOptions(TypedDict, total=False):
    """The keywords of `export`."""

    history: History
    format: FormatName | None
    experiments: Experiments
    columns: str | Sequence[str] | None
    view: View
    attempts: Attempts
    overwrite: bool
    digits: int | None
    progress: bool
    client: Client | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoice:
    """The same keywords with the values they have where nothing is said."""

    history: History = None
    format: FormatName | None = None
    experiments: Experiments = None
    columns: str | Sequence[str] | None = None
    view: View = "active"
    attempts: Attempts = "latest"
    overwrite: bool = False
    digits: int | None = None
    progress: bool = True
    client: Client | None = None


class Exported(NamedTuple):
    """What an export wrote; `print` shows it in one line."""

    path: Path
    format: FormatName
    runs: int
    points: int | None
    files: int
    size: int

    def __str__(self) -> str:
        points = "" if self.points is None else f" and {_counted(self.points, 'point')}"
        what = f"{_counted(self.runs, 'run')}{points}"
        files = f"{FORMATS[self.format].title}, {_counted(self.files, 'file')}, {_sized(self.size)}"
        return f"Exported {what} to {str(self.path)!r}: {files}."


@spelled_out(ExportChoice)
def export(
    dest: str | os.PathLike[str], runs: Runs | None = None, **options: Unpack[ExportOptions]
) -> Exported:
    """Write runs and the points of their metrics to files.

    What is written appears under its name complete or not at all, even if the process is killed.

    Parameters
    ----------
    dest
        Where to. The ending tells the format: `.csv`, `.jsonl`, `.xlsx`, `.md`, `.tex`; a name
        without one, or `.parquet`, is a folder of Parquet files partitioned by experiment.
    runs
        A filter as for `nbtrack.runs`, a frame that it returned, runs or ids; None means all.
    **options
        `history`: whether to write the points of metrics, or names of the metrics to write; by
        default they are, but not to Markdown and LaTeX. `format`: `parquet`, `csv`, `jsonl`,
        `excel`, `markdown` or `latex`, if the ending does not tell. `experiments`, `view`,
        `attempts`: which runs, as for `nbtrack.runs`. `columns`: columns of the table of runs, or
        patterns such as `metrics.*`. `overwrite`: whether to replace an export that is there.
        `digits`: significant digits of numbers in Markdown and LaTeX; by default all. `progress`:
        whether a bar shows after a second. `client`: where to look, if not where runs go to now.

    Returns
    -------
    Exported
        `path`, `format`, and how many `runs`, `points`, `files` and bytes (`size`) were written.

    Raises
    ------
    ExportError
        If `dest` is there already, or cannot be written; nothing is left there then.
    MissingDependencyError
        If the format needs a library: Parquet the extra `arrow`, Excel the extra `excel`.
    InvalidParameterValue
        If something cannot be exported: an unknown format, two columns with one name.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run(run_name="first", params={"lr": 0.1}) as run:
    ...     run.log_series("loss", [0.5, 0.25])
    >>> done = export("runs.csv", columns=["run_name", "params.*", "metrics.*"])
    >>> done.runs, done.points, done.files
    (1, 2, 2)
    >>> print(Path("runs.csv").read_text(), end="")
    run_name,metrics.loss,params.lr
    first,0.25,0.1
    """
    chosen = filled(ExportChoice, options, of="export")
    path = Path(dest).expanduser().resolve()
    form = format_of(path, chosen.format)
    form.require()
    if chosen.digits is not None and chosen.digits < 1:
        raise InvalidParameterValue(
            f"digits is {chosen.digits!r}. Give 1 or more, or None for all."
        )
    with_history = form.has_history if chosen.history is None else chosen.history is not False
    names = form.names(path.name, history=with_history)
    with placed(path.parent, names, form.is_ours, overwrite=chosen.overwrite) as scratch:
        exporting = _Exporting(chosen.client or current_client(), form, chosen)
        frame = exporting.frame(runs)
        with progress(len(frame), "Export", "run", shown=chosen.progress) as done:
            read = exporting.history(frame, done) if with_history else None
            tables = exporting.tables(frame, read, given=runs)
            form.write(tables, scratch / path.name)
        sizes = [file.stat().st_size for file in scratch.rglob("*") if file.is_file()]
    points = exporting.points if with_history else None
    return Exported(path, form.name, len(frame), points, len(sizes), sum(sizes))


class _Exporting:
    """One export: reads what it writes, and counts the points."""

    def __init__(self, client: Client, form: Format, chosen: ExportChoice) -> None:
        self.client = client
        self.form = form
        self.chosen = chosen
        self.points = 0

    def frame(self, runs: Runs | None) -> pd.DataFrame:
        """Return the runs with the columns that tell them apart."""
        chosen = self.chosen
        columns = None if chosen.columns is None else (*listed(chosen.columns), *IDS)
        text = as_filter(runs)
        if runs is not None and text is None:
            return named_runs_frame(self.client, runs, columns)
        return runs_frame(
            text,
            experiments=chosen.experiments,
            columns=columns,
            view=chosen.view,
            attempts=chosen.attempts,
            client=self.client,
        )

    def history(
        self, frame: pd.DataFrame, done: Callable[[int], object]
    ) -> Callable[[], Iterator[Part]]:
        """Return what reads the points of the runs."""
        ids = ids_by_experiment(frame, apart=self.form.partitioned)

        def read() -> Iterator[Part]:
            for part in history_parts(self.client, ids, self._metrics(), done):
                self.points += len(part.frame)
                yield part

        return read

    def tables(
        self,
        frame: pd.DataFrame,
        history: Callable[[], Iterator[Part]] | None,
        *,
        given: Runs | None,
    ) -> Tables:
        """Return what the format writes."""
        chosen = self.chosen
        columns = None if chosen.columns is None else listed(chosen.columns)
        asked = frame.attrs.get("experiment_ids")
        return Tables(
            runs=chosen_columns(frame, columns),
            experiment_ids=experiments_of(frame) if self.form.partitioned else (),
            experiments=[str(one) for one in asked] if isinstance(asked, list) else (),
            history=history,
            about=self._about(frame, given, has_history=history is not None),
            digits=chosen.digits,
        )

    def _metrics(self) -> tuple[str, ...] | None:
        wanted = self.chosen.history
        return None if wanted is None or isinstance(wanted, bool) else listed(wanted)

    def _about(
        self, frame: pd.DataFrame, given: Runs | None, *, has_history: bool
    ) -> dict[str, object]:
        known = frame.attrs
        left_out = list(known.get("left_out", ()))
        if not has_history:
            left_out.append("the points of metrics")
        elif self._metrics() is not None:
            left_out.append(f"the points of metrics other than {', '.join(self._metrics() or ())}")
        if self.chosen.columns is not None:
            left_out.append(f"columns other than {', '.join(listed(self.chosen.columns))}")
        return {
            "nbtrack": __version__,
            "source": known.get("source", self.client.tracking_uri),
            "given": "a DataFrame" if isinstance(given, pd.DataFrame) else "runs of the source",
            "filter": known.get("filter"),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "left_out": left_out,
        }


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _sized(size: int) -> str:
    value, unit = float(size), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < _THOUSAND or unit == "TB":
            break
        value /= _THOUSAND
    return f"{size:,} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
