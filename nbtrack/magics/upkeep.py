"""The commands of `%track` that tend to what waits and what was left behind."""

from __future__ import annotations

from nbtrack.client import recovery
from nbtrack.display import Table
from nbtrack.magics.session import Session
from nbtrack.magics.settings import settings_table
from nbtrack.magics.syntax import Arguments


def orphans(session: Session, arguments: Arguments) -> Table:
    """List runs that nobody on this machine is at work on, or end some of them."""
    client = session.client
    for text in arguments.all("--mend"):
        recovery.mend(client, session.run(text))
    rows = tuple(
        (run.info.run_name, run.info.run_id, run.info.experiment_id, run.info.user_id)
        for run in recovery.orphans(client)
    )
    title = "runs that are RUNNING, and not on this machine"
    return Table(title, ("name", "run", "experiment", "user"), rows)


def sync(_session: Session, _arguments: Arguments) -> Table:
    """Deliver everything that waits on this machine."""
    from nbtrack.client.sync import sync as deliver_everything  # its imports, when they are needed

    lines = tuple((line,) for line in deliver_everything().lines())
    return Table("sync", ("what",), lines)


def config(_session: Session, _arguments: Arguments) -> Table:
    """Show every setting and where it came from."""
    return settings_table("settings")
