"""What a run browser searches, its words for the completion of filters, and the same as code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from nbtrack import frames

if TYPE_CHECKING:
    import pandas as pd

    from nbtrack.client import Client

View = Literal["active", "deleted", "all"]
VIEWS: Final[tuple[View, ...]] = ("active", "deleted", "all")
MOST_WORDS: Final = 1_000
MOST_IDS: Final = 200
"""Run ids that stand in a line of code."""
_VALUES: Final = 12
_SHORT: Final = 60
_PLAIN: Final = re.compile(r"[A-Za-z_]\w*")
_STATES: Final = ("FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED")
_ATTRIBUTES: Final[Mapping[str, Sequence[str]]] = {
    "attributes.run_name": (),
    "attributes.run_id": (),
    "attributes.status": [f"'{state}'" for state in _STATES],
    "attributes.start_time": ["ago('1h')", "ago('1d')", "ago('7d')"],
    "attributes.end_time": ["ago('1h')", "ago('1d')", "ago('7d')"],
    "attributes.user_id": (),
    "attributes.duration": ["'1m'", "'10m'", "'1h'"],
}
Word = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSearch:
    """Which runs a browser shows; `experiments` are ids."""

    client: Client
    filter: str = ""
    experiments: tuple[str, ...] | str | None = None
    view: View = "active"

    def frame(self) -> pd.DataFrame:
        """Return the runs."""
        return frames.runs(
            self.filter or None,
            experiments=self.experiments,
            view=self.view,
            client=self.client,
        )

    def experiment_names(self) -> dict[str, str]:
        """Return the names of all active experiments by their id."""
        return {one.experiment_id: one.name for one in self.client.iter_experiments()}

    def settled(self) -> RunSearch:
        """Return the same search with its experiments as ids."""
        empty = frames.runs(
            None, experiments=self.experiments, columns=("run_id",), limit=1, client=self.client
        )
        return replace(self, experiments=tuple(empty.attrs["experiment_ids"]))


def words_of(frame: pd.DataFrame) -> list[Word]:
    """Return the fields that a filter of these runs may name, and values that they have."""
    found: dict[str, Word] = {
        name: {"name": name, "kind": "attribute", "values": list(values)}
        for name, values in _ATTRIBUTES.items()
    }
    for column in frame.columns:
        kind, _, key = str(column).partition(".")
        if kind not in ("metrics", "params", "tags") or len(found) >= MOST_WORDS:
            continue
        name = f"{kind}.{key if _PLAIN.fullmatch(key) else f'`{key}`'}"
        values = [] if kind == "metrics" else _values(frame[column])
        found[name] = {"name": name, "kind": kind[:-1], "values": values}
    return list(found.values())


def _values(column: pd.Series) -> list[str]:
    """Return some values of a column as a filter has them, the most frequent first."""
    try:
        values: Iterable[object] = column.dropna().value_counts().index[:_VALUES].tolist()
    except TypeError:  # lists and the like
        return []
    return [_literal(value) for value in values if len(str(value)) <= _SHORT]


def _literal(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    quote = '"' if "'" in text else "'"
    return f"{quote}{text}{quote}"


def runs_code(search: RunSearch, names: Mapping[str, str], run_ids: Sequence[str] = ()) -> str:
    """Return the line of code that finds the runs of a search, or those of some ids.

    Parameters
    ----------
    search
        What is searched.
    names
        Names of all active experiments by their id.
    run_ids
        Selected runs, or none for all that are found.
    """
    where, comment = search.filter, ""
    if run_ids:
        shown = ", ".join(f"'{run_id}'" for run_id in run_ids[:MOST_IDS])
        where = f"attributes.run_id IN ({shown})"
        if len(run_ids) > MOST_IDS:
            comment = f"  # the first {MOST_IDS} of {len(run_ids):,}"
    parts = [repr(where)] if where else []
    parts.append(f"experiments={_experiments_code(search, names)}")
    if search.view != "active":
        parts.append(f"view={search.view!r}")
    return f"nbtrack.runs({', '.join(parts)}){comment}"


def _experiments_code(search: RunSearch, names: Mapping[str, str]) -> str:
    chosen = search.experiments
    if chosen is None or isinstance(chosen, str):
        return repr(chosen)
    if len(chosen) > 1 and set(chosen) == set(names):
        return "'*'"
    return repr([names.get(one, one) for one in chosen])
