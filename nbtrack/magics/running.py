"""The commands of `%track` that write: begin runs, log to the active one, end it."""

from __future__ import annotations

from pathlib import Path

from IPython.core.error import UsageError

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.activity import activity
from nbtrack.client.channel import channel_to
from nbtrack.client.fluent import start_run
from nbtrack.client.numbers import as_step
from nbtrack.config import EXPERIMENT, PROFILE, TRACKING_URI, set_setting
from nbtrack.config_files import user_values
from nbtrack.display import Card, Table
from nbtrack.magics.cell_card import end_card
from nbtrack.magics.header import capture_of, checked_name, pairs, params_and_names, tags_of
from nbtrack.magics.session import Session
from nbtrack.magics.settings import settings_table
from nbtrack.magics.syntax import Arguments


def use(session: Session, arguments: Arguments) -> Table:
    """Choose where the next runs go."""
    uri, profile = arguments.get("--uri"), arguments.get("--profile")
    if uri is not None:
        channel_to(uri)  # raises now if it is no place
    if profile is not None:
        user_values(profile)
    experiment = arguments.get("experiment")
    chosen = {EXPERIMENT.name: experiment, TRACKING_URI.name: uri, PROFILE.name: profile}
    for name, value in chosen.items():
        if value is not None:
            set_setting(name, value)
            session.last = None
    return settings_table("the next runs go to", chosen)


def start(session: Session, arguments: Arguments) -> ActiveRun:
    """Start a run that lasts until it is ended."""
    tags = tags_of(arguments)
    params = _params(session, arguments.all("--param"), "--param")
    with session.surroundings.at_level(capture_of(arguments)):
        session.last = start_run(
            run_name=arguments.get("name"),
            experiment_name=arguments.get("--experiment"),
            tags=tags,
            params=params,
            nested=arguments.has("--nested"),
        )
    return session.last


def resume(session: Session, arguments: Arguments) -> ActiveRun:
    """Go on with a run."""
    session.last = start_run(run_id=session.run(arguments.one("run")).info.run_id)
    return session.last


def log(session: Session, arguments: Arguments) -> dict[str, object]:
    """Log metrics: variables by name, or expressions."""
    values: dict[str, object] = {}
    for text in arguments.all("metric"):
        key, equals, expression = text.partition("=")
        if equals:
            values[key] = session.value(expression)
        else:
            values[key] = session.variable(checked_name(key, "%track log"))
    step = as_step(values.pop("step")) if "step" in values else None
    if not values:
        raise UsageError("%track log has a step and no metric. Write %track log loss=0.1 step=1.")
    session.active().log(values, step=step)
    return values


def param(session: Session, arguments: Arguments) -> dict[str, object]:
    """Log params: texts, or variables by name."""
    params = _params(session, arguments.all("param"), "%track param")
    session.active().log_params(params)
    return params


def _params(session: Session, texts: list[str], where: str) -> dict[str, object]:
    written, names = params_and_names(texts, where)
    return {**written, **{name: session.variable(name) for name in names}}


def tag(session: Session, arguments: Arguments) -> dict[str, str]:
    """Set tags."""
    tags = pairs(arguments.all("tag"), "%track tag")
    session.active().set_tags(tags)
    return tags


def note(session: Session, arguments: Arguments) -> str:
    """Describe the run."""
    text = arguments.one("text")
    session.active().note(text)
    return text


def artifact(session: Session, arguments: Arguments) -> str:
    """Log a file or a folder; return its path in the run."""
    local = Path(arguments.one("path")).expanduser()
    folder = arguments.get("--folder")
    files = session.active().files
    if local.is_dir():
        files.folder(local, folder)
        return folder or ""
    files.file(local, folder)
    return f"{folder.strip('/')}/{local.name}" if folder else local.name


def end(session: Session, arguments: Arguments) -> Card:
    """End the active run."""
    run = session.active()
    session.cell_time.count(run)
    session.cell_time.forget(run)
    activity.leave(run, arguments.get("--status") or "FINISHED")
    return end_card(run)
