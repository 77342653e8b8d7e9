"""Begin a run: find its experiment, make it or go on with it, and fall back when a server is away.

A run begun without its server is made in the offline store of this machine, with a tag that says
where it belongs; `sync` carries it over.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.channel import Channel, channel_to
from nbtrack.client.client import Client
from nbtrack.client.notices import say
from nbtrack.client.run_texts import NOTE_TAG
from nbtrack.client.sending import is_passing
from nbtrack.client.shortening import artifact_path, longest_tag, shortened
from nbtrack.client.state_folder import offline_folder, waiting_offline
from nbtrack.entities import Run
from nbtrack.errors import (
    NbtrackError,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    StoreError,
    Unauthenticated,
)
from nbtrack.limits import DOCUMENTED, MLFLOW

PARENT_TAG: Final = "mlflow.parentRunId"
TARGET_TAG: Final = "nbtrack.sync.target"
EXPERIMENT_TAG: Final = "nbtrack.sync.experiment_id"
DEFAULT_EXPERIMENT: Final = "0"
AWAY_SECONDS: Final = 30.0
"""For how long a server that did not answer is not asked again when a run begins."""


class RunOptions(Struct, kw_only=True):
    """What a run is to be."""

    run_id: str | None = None
    run_name: str | None = None
    experiment_id: str | None = None
    experiment_name: str | None = None
    default_experiment: str | None = None
    parent_run_id: str | None = None
    tags: Mapping[str, object] | None = None
    description: str | None = None
    start_time: int | None = None
    is_offline: bool = False


def begin(channel: Channel, options: RunOptions) -> ActiveRun:
    """Make the run, or go on with the one that has the id."""
    if channel.is_local or options.run_id is not None:
        return _begin(channel, options)
    if options.is_offline or time.monotonic() < channel.away_until:
        return _begin_offline(channel, options)
    try:
        return _begin(channel, options)
    except NbtrackError as exc:
        if not is_passing(exc) or isinstance(exc, (PermissionDenied, StoreError, Unauthenticated)):
            raise
        say(
            f"{channel.place} does not answer ({exc}) The run is made on this machine; "
            "'nbtrack sync' carries it over.",
            once=f"away {channel.place}",
        )
    channel.away_until = time.monotonic() + AWAY_SECONDS
    return _begin_offline(channel, options)


def is_offline(run: ActiveRun) -> bool:
    """Tell whether a run is in the offline store, where its children have to be too."""
    return Path(run.channel.tracking_uri) in waiting_offline()


def offline_channel() -> Channel:
    """Return the channel to the store for runs that were begun without their server."""
    channel = channel_to(str(offline_folder()))
    # What is logged there has to fit every server.
    channel.limits = replace(DOCUMENTED, tag_value=MLFLOW.tag_value)
    return channel


def _begin_offline(channel: Channel, options: RunOptions) -> ActiveRun:
    tags = {**(options.tags or {}), TARGET_TAG: channel.place}
    if options.is_offline:  # the experiment is the parent's, of the same store
        return _begin(offline_channel(), replace(options, tags=tags))
    if options.experiment_id is not None:
        tags[EXPERIMENT_TAG] = options.experiment_id
    return _begin(offline_channel(), replace(options, tags=tags, experiment_id=None))


def _begin(channel: Channel, options: RunOptions) -> ActiveRun:
    if options.run_id is not None:
        return _resumed(channel, options.run_id)
    tags = {key: str(value) for key, value in (options.tags or {}).items()}
    if options.parent_run_id is not None:
        tags[PARENT_TAG] = options.parent_run_id
    if options.description is not None:
        tags[NOTE_TAG] = options.description
    most = longest_tag(channel.limits)
    start = time.time_ns() // 1_000_000 if options.start_time is None else options.start_time
    made = channel.client.create_run(
        _experiment_of(channel.client, options),
        run_name=options.run_name,
        start_time=start,
        tags={key: shortened(value, most) for key, value in tags.items()},
    )
    run = ActiveRun(channel, made.info, steps={})
    for key, value in tags.items():
        if len(value) > most:
            run.log_text(value, artifact_path("tag", key))
    return run


def _resumed(channel: Channel, run_id: str) -> ActiveRun:
    channel.flush(AWAY_SECONDS)  # its end may still be on its way
    run = channel.client.get_run(run_id)
    channel.client.update_run(run_id, status="RUNNING")
    resumed = ActiveRun(channel, run.info, steps=next_steps(run))
    resumed.tags_before = {tag.key: tag.value for tag in run.data.tags}
    return resumed


def next_steps(run: Run) -> dict[str, int]:
    """Return at which step each metric of a run goes on."""
    return {metric.key: metric.step + 1 for metric in run.data.metrics}


def _experiment_of(client: Client, options: RunOptions) -> str:
    if options.experiment_id is not None:
        return options.experiment_id
    name = options.experiment_name or options.default_experiment
    return DEFAULT_EXPERIMENT if name is None else experiment_named(client, name)


def experiment_named(client: Client, name: str) -> str:
    """Return the id of the experiment of that name, which is made if it is new."""
    try:
        return client.get_by_name(name).experiment_id
    except ResourceDoesNotExist:
        pass
    try:
        return client.create_experiment(name)
    except ResourceAlreadyExists:  # another process was faster
        return client.get_by_name(name).experiment_id
