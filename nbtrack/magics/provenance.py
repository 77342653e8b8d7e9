"""The commands of `%track` that lead from a run back to its code."""

from __future__ import annotations

from nbtrack.client.artifact_text import text_reader
from nbtrack.context.recording import RecordedCell, Recording, recorded_cells, recorded_source
from nbtrack.display import Card
from nbtrack.display.html import code, span
from nbtrack.entities import Run
from nbtrack.errors import ResourceDoesNotExist
from nbtrack.magics.mistakes import unknown
from nbtrack.magics.session import Session
from nbtrack.magics.syntax import Arguments

_KINDS = ("metrics.", "params.")


def why(session: Session, arguments: Arguments) -> Card:
    """Show the cell that logged a metric or a param."""
    run = session.run(arguments.get("run"))
    key = _full_key(arguments.one("key"), run)
    recording = _recording(session, run)
    cell = None if recording is None else recording.cell_of(key)
    if recording is None or cell is None:
        message = f"It is not known which cell logged {key!r} of run {run.info.run_name!r}."
        raise ResourceDoesNotExist(f"{message} See %track restore and %track status --captured.")
    remarks = _remarks(session, run, recording, cell)
    head = f"{key} of run {run.info.run_name} was logged by cell {cell.label}"
    text = "\n".join([head, *(f"  note: {remark}" for remark in remarks), "", cell.source])
    lines = "".join(f"<div>{span(remark, 'warn')}</div>" for remark in remarks)
    return Card(text, f"<div>{span(head, 'text', is_bold=True)}</div>{lines}{code(cell.source)}")


def _recording(session: Session, run: Run) -> Recording | None:
    """Return what this notebook knows of a run's cells, else what the run has recorded."""
    here = session.surroundings.cells.recording(run.info.run_id)
    if here.logged:
        return here
    return recorded_cells(text_reader(session.client, run.info.run_id))


def _full_key(text: str, run: Run) -> str:
    """Return `metrics.<key>` or `params.<key>` of a run, whose prefix may be left out."""
    metrics = [f"metrics.{metric.key}" for metric in run.data.metrics]
    known = [*metrics, *(f"params.{param.key}" for param in run.data.params)]
    plain = text.replace("`", "")
    for key in (plain, *(kind + plain for kind in _KINDS)):
        if key in known:
            return key
    raise unknown(f"metric or param of run {run.info.run_name}", text, known)


def _remarks(session: Session, run: Run, recording: Recording, cell: RecordedCell) -> list[str]:
    found: list[str] = []
    if recording.out_of_order:
        labels = [c.label for c in recording.cells if c.number in recording.out_of_order]
        found.append(f"cells ran out of order: {', '.join(labels) or 'before this run'}")
    edited = session.surroundings.cells.ledger.edited_since(run.info.run_id)
    if cell.cell in {execution.cell for execution in edited}:
        found.append("the cell was edited since")
    return found


def restore(session: Session, arguments: Arguments) -> str:
    """Put the recorded code of a run into a new cell, which is not run; return it."""
    run = session.run(arguments.one("run"))
    source = recorded_source(text_reader(session.client, run.info.run_id))
    if not source:
        message = f"Run {run.info.run_name!r} has recorded no cell."
        raise ResourceDoesNotExist(f"{message} See %track status --captured.")
    session.shell.set_next_input(source, replace=False)
    return source
