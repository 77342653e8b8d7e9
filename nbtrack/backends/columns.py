"""Whole tables as typed columns: what leaves a backend on its way to a DataFrame.

A `Columns` is a list of equally long columns. Numbers are packed little-endian buffers, ready for
`numpy.frombuffer` without a copy; text is a list; repeated text is codes into a short list.
No object is made per metric point.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from nbtrack.entities import ViewType

Kind = Literal["int64", "float64", "text", "coded"]
Summary = Literal["first", "min", "max", "mean", "std", "count", "min_step", "max_step"]
Attempts = Literal["all", "latest"]


class Column(Struct, frozen=True, kw_only=True):
    """One column.

    kind
        `int64` and `float64`: `data` holds 8 bytes a row; `text`: `texts` holds a string or None a
        row; `coded`: `data` holds 4 bytes (int32) a row that count into `texts`, -1 for missing.
    missing
        For the number kinds, one byte a row that is 1 where the value is missing (its slot then
        holds 0 or NaN), or empty if nothing is missing. So a NaN value and a missing one differ.
    """

    name: str
    kind: Kind
    data: bytes = b""
    texts: tuple[str | None, ...] = ()
    missing: bytes = b""


class Columns(Struct, frozen=True, kw_only=True):
    """A table: its number of rows and its columns in order."""

    rows: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class RunsQuery(Struct, frozen=True, kw_only=True, tag="runs"):
    """Ask for runs as columns: `run_id`, ..., `params.<key>`, `metrics.<key>`, `tags.<key>`.

    where
        A filter of the wide language instead of `filter`; see `nbtrack.search`.
    select
        Column names or patterns with `*` and `?`; None means every column.
    summaries
        What to tell of every selected metric beside its last value, each in a column of its own
        named as in filters: `min(metrics.loss)`. Points that are NaN count, and are otherwise left
        aside; `std` is that of a sample.
    attempts
        Whether a run is left out if the same cell ran again later with the same params, or later at
        all if this run failed or was killed. Runs say by a tag which one was the attempt before.
    """

    experiment_ids: tuple[str, ...]
    filter: str | None = None
    order_by: tuple[str, ...] = ()
    view_type: ViewType = ViewType.ACTIVE_ONLY
    limit: int | None = None
    select: tuple[str, ...] | None = None
    where: str | None = None
    summaries: tuple[Summary, ...] = ()
    attempts: Attempts = "all"

    @property
    def is_plain(self) -> bool:
        """Whether pages of searchRuns are enough to answer it."""
        return self.where is None and not self.summaries and self.attempts == "all"


class HistoryQuery(Struct, frozen=True, kw_only=True, tag="history"):
    """Ask for metric points of runs as columns `run_id`, `key`, `step`, `timestamp`, `value`.

    `keys` None means every metric of each run. Rows come run by run as asked for, key by key, in
    the order of timestamp, step, value.
    """

    run_ids: tuple[str, ...]
    keys: tuple[str, ...] | None = None


ColumnsQuery = RunsQuery | HistoryQuery
