"""Lists of what a client returns, as a table: the first rows, and how many are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbtrack.display.cards import run_duration
from nbtrack.display.shown import Card, Table
from nbtrack.display.wording import model_status, number_text, shorten
from nbtrack.entities import DatasetSummary, Experiment, FileInfo, LoggedModel, Metric, Run

MOST_ROWS: Final = 20
_MOST_PAIRS: Final = 3
_LONGEST: Final = 24


@dataclass(frozen=True, slots=True)
class _Kind:
    """How things of a kind are called, and the columns of their table."""

    nouns: tuple[str, str]
    columns: tuple[str, ...]
    row: Callable[[Any], tuple[object, ...]]


def list_card(values: Sequence[object], kind: type, *, has_more: bool = False) -> Card:
    """Show runs, experiments, logged models, datasets, artifacts or points as a table.

    Parameters
    ----------
    values
        All of one kind; any number, for only the first 20 are looked at.
    kind
        Their class.
    has_more
        Whether there are further pages of them.

    Examples
    --------
    >>> from nbtrack.entities import Experiment
    >>> found = [Experiment(experiment_id=str(n), name=f"sweep {n}") for n in range(50_000)]
    >>> print(list_card(found, Experiment).text.splitlines()[0])
    50,000 experiments, the first 20 shown
    """
    known = _KINDS[kind]
    title = f"{len(values):,} {known.nouns[len(values) != 1]}"
    if len(values) > MOST_ROWS:
        title += f", the first {MOST_ROWS} shown"
    if has_more:
        title += "; there are more pages"
    table = Table(title, known.columns, tuple(known.row(value) for value in values[:MOST_ROWS]))
    return Card(repr(table), table.html)


def kind_of(values: Sequence[object]) -> type | None:
    """Return the class of all values if it is one that has a table.

    >>> kind_of([1, 2]), kind_of([])
    (None, None)
    """
    kind = type(values[0]) if values else None
    if kind in _KINDS and all(type(value) is kind for value in values):
        return kind
    return None


def _run_row(run: Run) -> tuple[object, ...]:
    info, data = run.info, run.data
    return (
        shorten(info.run_name, 40),
        info.status.value,
        run_duration(run) or "",
        _pairs((metric.key, number_text(metric.value)) for metric in data.metrics),
        _pairs((param.key, param.value) for param in data.params),
        info.run_id,
    )


def _experiment_row(experiment: Experiment) -> tuple[object, ...]:
    return (
        shorten(experiment.name),
        experiment.lifecycle_stage,
        _pairs((tag.key, tag.value) for tag in experiment.tags),
        experiment.experiment_id,
    )


def _model_row(model: LoggedModel) -> tuple[object, ...]:
    info, data = model.info, model.data
    latest = {metric.key: number_text(metric.value) for metric in data.metrics}
    return (
        shorten(info.name, 40),
        model_status(info.status.value),
        shorten(info.model_type, 20),
        _pairs(latest.items()),
        _pairs((param.key, param.value) for param in data.params),
        info.source_run_id[:8],
        info.model_id,
    )


def _dataset_row(found: DatasetSummary) -> tuple[object, ...]:
    return shorten(found.name), shorten(found.digest), found.context or "", found.experiment_id


def _file_row(file: FileInfo) -> tuple[object, ...]:
    path = shorten(file.path, 80)
    return f"{path}/" if file.is_dir else path, "" if file.is_dir else f"{file.file_size or 0:,}"


def _point_row(point: Metric) -> tuple[object, ...]:
    return shorten(point.key, 40), point.step, number_text(point.value), point.timestamp


def _pairs(items: Iterable[tuple[str, str]]) -> str:
    pairs = [f"{shorten(key, _LONGEST)} {shorten(value, _LONGEST)}" for key, value in items]
    rest = len(pairs) - _MOST_PAIRS
    return ", ".join(pairs[:_MOST_PAIRS]) + (f" and {rest} more" if rest > 0 else "")


_KINDS: Final[dict[type, _Kind]] = {
    Run: _Kind(("run", "runs"), ("run", "status", "took", "metrics", "params", "run id"), _run_row),
    Experiment: _Kind(
        ("experiment", "experiments"), ("experiment", "stage", "tags", "id"), _experiment_row
    ),
    LoggedModel: _Kind(
        ("logged model", "logged models"),
        ("model", "status", "type", "metrics", "params", "made by run", "model id"),
        _model_row,
    ),
    DatasetSummary: _Kind(
        ("dataset", "datasets"), ("dataset", "digest", "context", "experiment"), _dataset_row
    ),
    FileInfo: _Kind(("artifact", "artifacts"), ("path", "bytes"), _file_row),
    Metric: _Kind(("point", "points"), ("metric", "step", "value", "timestamp"), _point_row),
}
"""The table of each kind of things."""
