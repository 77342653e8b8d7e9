"""The commands of `%track` that read: find runs, show them, set them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from IPython.core.error import UsageError

from nbtrack.backends import shown_place
from nbtrack.client.directions import directions_of, experiment_tags
from nbtrack.client.fluent import active_run
from nbtrack.context.tags import CELL_HASH, CELL_ID
from nbtrack.display import OUT_OF_ORDER_TAG, Table
from nbtrack.entities import Run
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist
from nbtrack.magics.attempts import quoted, tag_of
from nbtrack.magics.differences import differences_table
from nbtrack.magics.session import Session
from nbtrack.magics.settings import without_user
from nbtrack.magics.surroundings import captured_table
from nbtrack.magics.syntax import Arguments
from nbtrack.search.source import suggest

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from nbtrack.frames import Comparison
    from nbtrack.widgets import RunBrowser, RunComparison

MOST_CURVES: Final = 10


def status(session: Session, arguments: Arguments) -> Table:
    """Tell how the active run is doing, or what is captured of its surroundings."""
    run = session.run()
    if arguments.has("--captured"):
        return captured_table(run, session.client)
    active = active_run()
    state = "active" if active is not None and active.run_id == run.info.run_id else "ended"
    channel = None if active is None else active.channel
    problem = None if channel is None or channel.sender is None else channel.sender.problem
    edited = session.surroundings.cells.ledger.edited_since(run.info.run_id)
    rows = (
        ("run", f"{run.info.run_name} ({run.info.run_id})"),
        ("status", f"{run.info.status.value}, {state}"),
        ("experiment", session.client.get_experiment(run.info.experiment_id).name),
        ("tracking to", shown_place(without_user(session.client.tracking_uri))),
        ("delivery", "everything is delivered" if problem is None else f"waits: {problem}"),
        ("params", str(len(run.data.params))),
        ("metrics", str(len(run.data.metrics))),
        ("cells out of order", tag_of(run, OUT_OF_ORDER_TAG) or "none"),
        ("cells edited since", str(len(edited)) if edited else "none"),
    )
    return Table("run", ("", ""), rows)


def runs(session: Session, arguments: Arguments) -> pd.DataFrame | RunBrowser:
    """Find runs."""
    from nbtrack import frames

    if arguments.has("--browse"):
        return _browser(session, arguments)
    return frames.runs(
        arguments.get("filter"),
        client=session.client,
        experiments=session.experiment_ids(arguments.all("--experiment")),
        order_by=arguments.all("--order-by"),
        limit=arguments.number("--limit"),
        columns=arguments.all("--columns") or None,
    )


def _browser(session: Session, arguments: Arguments) -> RunBrowser:
    from nbtrack.widgets import browse

    for flag in ("--order-by", "--limit"):
        if arguments.has(flag):
            raise UsageError(f"{flag} does not go with --browse. Sort by a click on a column.")
    return browse(
        arguments.get("filter"),
        client=session.client,
        experiments=session.experiment_ids(arguments.all("--experiment")),
        columns=arguments.all("--columns") or None,
    )


def show(session: Session, arguments: Arguments) -> Run:
    """Return a run, which is shown as a card."""
    return session.run(arguments.get("run"))


def history(session: Session, arguments: Arguments) -> pd.DataFrame:
    """Return every point of a metric."""
    from nbtrack import frames

    metric = metric_key(arguments.one("metric"))
    found = _runs(session, arguments.all("run"))
    ids = [run.info.run_id for run in found]
    try:
        return frames.history(ids, [metric], client=session.client)
    except InvalidParameterValue as exc:
        raise _without(metric, found) from exc


def best(session: Session, arguments: Arguments) -> Run:
    """Return the run with the best last value of a metric."""
    metric = metric_key(arguments.one("metric"))
    if arguments.has("--min") and arguments.has("--max"):
        raise UsageError("--min and --max were both given. Give one of them.")
    given = next((way for way in ("min", "max") if arguments.has(f"--{way}")), None)
    ids = session.experiment_ids(arguments.all("--experiment"))
    tags = experiment_tags(session.client, ids)
    way = directions_of([metric], given, experiment_tags=tags)[metric].way
    found = session.client.iter_runs(
        ids,
        filter=arguments.get("filter"),
        order_by=f"metrics.`{metric}` {'ASC' if way == 'min' else 'DESC'}",
        limit=1,
    )
    top = next(found, None)
    if top is None or all(point.key != metric for point in top.data.metrics):
        raise _without(metric, _newest(session))
    return top


def attempts(session: Session, arguments: Arguments) -> pd.DataFrame:
    """Return all attempts of the cell that made a run, hidden ones too."""
    from nbtrack.frames import attempts_frame

    run = session.run(arguments.get("run"))
    for key in (CELL_ID, CELL_HASH):
        value = tag_of(run, key)
        if value is not None:
            where = f"tags.`{key}` = {quoted(value)}"
            return attempts_frame(session.client, [run.info.experiment_id], where)
    message = f"Run {run.info.run_name!r} was not made by a tracked cell, so it has no attempts."
    raise ResourceDoesNotExist(f"{message} Use %%track.")


def diff(session: Session, arguments: Arguments) -> Table:
    """Tell what differs between two runs."""
    before, after = session.run(arguments.one("before")), session.run(arguments.get("after"))
    return differences_table(session.client, before, after)


def compare(session: Session, arguments: Arguments) -> Comparison | RunComparison:
    """Set runs side by side: all that differs, or with --view a view of them."""
    from nbtrack import frames

    found = _runs(session, arguments.all("run"))
    if len(found) < 2:  # noqa: PLR2004 - two make a comparison
        raise UsageError("%track compare needs two runs at least. Usage: %track compare RUN RUN...")
    if arguments.has("--view"):
        from nbtrack.widgets import compare_view

        return compare_view(found, client=session.client)
    return frames.compare(found, client=session.client)


def plot(session: Session, arguments: Arguments) -> go.Figure:
    """Draw a metric of some runs, or of the newest ones of the experiment."""
    from nbtrack import frames
    from nbtrack.charts import curves

    metric = metric_key(arguments.one("metric"))
    chosen = arguments.all("run")
    found = _runs(session, chosen) if chosen else _newest(session)
    ids = [run.info.run_id for run in found]
    try:
        frame = frames.history(ids, [metric], client=session.client)
    except InvalidParameterValue as exc:
        raise _without(metric, found) from exc
    return curves(frame, metric, names={run.info.run_id: run.info.run_name for run in found})


def metric_key(text: str) -> str:
    """Take the prefix of filters off a metric's name."""
    return text.removeprefix("metrics.").strip("`")


def _runs(session: Session, texts: Sequence[str]) -> list[Run]:
    return [session.run(text) for text in texts] or [session.run()]


def _newest(session: Session) -> list[Run]:
    return list(
        session.client.iter_runs(
            session.experiment_ids(), order_by="attributes.start_time DESC", limit=MOST_CURVES
        )
    )


def _without(metric: str, runs: Iterable[Run]) -> ResourceDoesNotExist:
    """Make the error for a metric that none of the runs has."""
    known = sorted({point.key for run in runs for point in run.data.metrics})
    advice = f"Known are {', '.join(known[:20])}." if known else "Log one with %track log."
    message = f"There is no metric {metric!r} in these runs. {suggest(metric, known)}{advice}"
    return ResourceDoesNotExist(message)
