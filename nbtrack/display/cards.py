"""Cards of runs, experiments and logged models: pure functions from an entity to text and HTML.

What a card shows is gathered once, as `_Line`s; `_as_text` and `_as_html` write the two forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from nbtrack.display import html
from nbtrack.display.changes import changes
from nbtrack.display.shown import Card
from nbtrack.display.wording import duration_text, model_status, number_text, shorten
from nbtrack.entities import Experiment, LoggedModel, Run, RunInfo

MOST_ITEMS: Final = 8
CELL_TIME_TAG: Final = "nbtrack.cell.time"
ATTEMPT_TAG: Final = "nbtrack.attempt"
OUT_OF_ORDER_TAG: Final = "nbtrack.cells.out_of_order"


@dataclass(frozen=True, slots=True)
class _Line:
    """A label and its items; each item has a name, a value and a remark."""

    label: str
    items: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])


def run_card(
    run: Run, *, best: Mapping[str, float] | None = None, before: Run | None = None
) -> Card:
    """Show a run: name, status, time, params, metrics, and what changed.

    Parameters
    ----------
    run
        The run, as it is stored.
    best
        The best value of metrics that have several.
    before
        The attempt before, to compare with.
    """
    lines = [
        _Line("params", [(p.key, shorten(p.value, 40), "") for p in run.data.params]),
        _Line("metrics", list(_metrics(run, best or {}))),
    ]
    if before is not None:
        lines.append(_Line("changed", [(c.key, c.value, c.remark) for c in changes(before, run)]))
    late = _tags(run).get(OUT_OF_ORDER_TAG)
    flags = [] if late is None else [f"cells ran out of order: {shorten(late)}"]
    return _card(_head(run), lines, flags)


def info_card(info: RunInfo, status: str) -> Card:
    """Show a run in progress by what is known without asking the backend."""
    return _card([(info.run_name, "name"), (status, "status"), (info.run_id, "faint")], [], [])


def experiment_card(experiment: Experiment) -> Card:
    """Show an experiment: name, id, tags."""
    head = [
        (experiment.name, "name"),
        (experiment.lifecycle_stage, "faint"),
        (f"experiment {experiment.experiment_id}", "faint"),
    ]
    tags = [(tag.key, shorten(tag.value, 40), "") for tag in experiment.tags]
    return _card(head, [_Line("tags", tags)], [])


def model_card(model: LoggedModel) -> Card:
    """Show a logged model: name, status, the run that made it, params, metrics, tags.

    Examples
    --------
    >>> from nbtrack.entities import LoggedModelInfo, LoggedModelStatus
    >>> ready = LoggedModelStatus.LOGGED_MODEL_READY
    >>> info = LoggedModelInfo(model_id="m-1a2b", experiment_id="0", name="forest", status=ready)
    >>> model_card(LoggedModel(info=info))
    forest  READY  logged model m-1a2b
    """
    info = model.info
    head = [(info.name, "name"), (model_status(info.status.value), "status")]
    head += [(info.model_type, "text")] if info.model_type else []
    head.append((f"logged model {info.model_id}", "faint"))
    head += [(f"made by run {info.source_run_id[:8]}", "faint")] if info.source_run_id else []
    latest = {metric.key: number_text(metric.value) for metric in model.data.metrics}
    lines = [
        _Line("params", [(p.key, shorten(p.value, 40), "") for p in model.data.params]),
        _Line("metrics", [(key, value, "") for key, value in latest.items()]),
        _Line("tags", [(tag.key, shorten(tag.value, 40), "") for tag in info.tags]),
        _Line("versions", [(r.name, shorten(r.version, 20), "") for r in info.registrations]),
    ]
    flags = [shorten(info.status_message)] if info.status_message else []
    return _card(head, lines, flags)


def run_duration(run: Run) -> str | None:
    """Return how long a run took: the time in cells if that is known, else by the clock."""
    spent = _tags(run).get(CELL_TIME_TAG, "")
    info = run.info
    wall = info.end_time - (info.start_time or 0) if info.end_time else None
    if not (spent.isascii() and spent.isdecimal()):
        return None if wall is None else duration_text(wall)
    cells = duration_text(int(spent))
    if wall is None or wall < 2 * int(spent) + 1000:
        return cells
    return f"{cells} in cells, {duration_text(wall)} in all"


def _head(run: Run) -> list[tuple[str, str]]:
    head = [(run.info.run_name, "name"), (run.info.status.value, "status")]
    duration = run_duration(run)
    if duration is not None:
        head.append((duration, "text"))
    attempt = _tags(run).get(ATTEMPT_TAG)
    if attempt is not None and attempt != "1":
        head.append((f"attempt {shorten(attempt, 10)}", "text"))
    head.append((run.info.run_id[:8], "faint"))
    return head


def _metrics(run: Run, best: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    for metric in run.data.metrics:
        top = best.get(metric.key)
        remark = "" if top is None or top == metric.value else f"best {number_text(top)}"
        yield metric.key, number_text(metric.value), remark


def _tags(run: Run) -> dict[str, str]:
    return {tag.key: tag.value for tag in run.data.tags}


Head = list[tuple[str, str]]


def _card(head: Head, lines: list[_Line], flags: list[str]) -> Card:
    shown = [line for line in lines if line.items]
    return Card(_as_text(head, shown, flags), _as_html(head, shown, flags))


def _as_text(head: Head, lines: list[_Line], flags: list[str]) -> str:
    rows = ["  ".join(shorten(word) for word, _ in head)]
    for line in lines:
        items = [
            " ".join(filter(None, [shorten(name, 40), value, f"({remark})" if remark else ""]))
            for name, value, remark in line.items[:MOST_ITEMS]
        ]
        rows.append(f"  {line.label:8} {', '.join(items)}{_rest(line)}")
    return "\n".join([*rows, *(f"  note: {flag}" for flag in flags)])


def _as_html(head: Head, lines: list[_Line], flags: list[str]) -> str:
    parts = [" &nbsp;".join(_head_html(word, kind) for word, kind in head)]
    for line in lines:
        items = [
            f"{html.text(shorten(name, 40))} <b>{html.text(value)}</b>"
            + (f" {html.span(f'({remark})', 'faint')}" if remark else "")
            for name, value, remark in line.items[:MOST_ITEMS]
        ]
        label, rest = html.span(line.label, "faint"), html.span(_rest(line), "faint")
        parts.append(f"{label} &nbsp;{', '.join(items)}{rest}")
    status = next((word for word, kind in head if kind == "status"), "")
    edge = html.STATUS_COLOURS.get(status, "line")
    return html.box([*parts, *(html.span(flag, "warn") for flag in flags)], edge)


def _head_html(word: str, kind: str) -> str:
    if kind == "name":
        return f"<b>{html.text(shorten(word))}</b>"
    return html.status_badge(word) if kind == "status" else html.span(word, kind)


def _rest(line: _Line) -> str:
    left = len(line.items) - MOST_ITEMS
    return f" and {left} more" if left > 0 else ""
