"""Which way metrics get better, from everything that may say so; and how to say it for all runs.

What comes first holds: an argument, the tag `nbtrack.direction.<metric>` of a run, that of its
experiment, MLflow's primary metric of the experiment, the setting `directions`, the metric's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.activity import activity
from nbtrack.client.client import Client
from nbtrack.client.current import current_client
from nbtrack.client.start import DEFAULT_EXPERIMENT, experiment_named
from nbtrack.config import DIRECTIONS, EXPERIMENT, EXPERIMENT_ID, Found, look_up, setting
from nbtrack.directions import Direction, direction, matching_direction, read_direction
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist

DIRECTION_TAG: Final = "nbtrack.direction."
"""What the tag of a direction begins with; the metric's name follows."""
_PRIMARY: Final = "mlflow.experiment.primaryMetric.name"
_GREATER_IS_BETTER: Final = "mlflow.experiment.primaryMetric.greaterIsBetter"
_GREATER: Final[Mapping[str, Direction]] = {"true": "max", "false": "min"}
_TELLING: Final = (DIRECTION_TAG, "mlflow.experiment.primaryMetric.")

Tags = Mapping[str, str]
Given = str | Mapping[str, str] | None
"""A direction for all metrics, or directions by name or pattern."""


@dataclass(frozen=True, slots=True)
class KnownDirection:
    """Which way a metric gets better, and what says so."""

    way: Direction
    source: str


def directions_of(
    metrics: Iterable[str],
    given: Given = None,
    *,
    run_tags: Sequence[Tags] = (),
    experiment_tags: Sequence[Tags] = (),
) -> dict[str, KnownDirection]:
    """Return which way each metric gets better.

    Parameters
    ----------
    metrics
        Their names, without `metrics.`.
    given
        What the caller says: `min` or `max` for all of them, or a table of names or patterns.
    run_tags, experiment_tags
        Tags of the runs in question and of their experiments. Where runs contradict each other,
        their tags do not count, and `source` says so; so it is with experiments.

    Raises
    ------
    InvalidParameterValue
        If what is given is neither `min` nor `max`.

    Examples
    --------
    >>> directions_of(["score"], run_tags=[{"nbtrack.direction.score": "min"}])["score"]
    KnownDirection(way='min', source="tag nbtrack.direction.score = 'min' of the run")
    """
    tags = (_telling(run_tags), _telling(experiment_tags))
    said = Said(_checked(given), *tags, look_up(DIRECTIONS))
    return {name: _known(name, said) for name in metrics}


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that may say which way metrics get better."""

    given: Mapping[str, str]
    run_tags: Sequence[Tags]
    experiment_tags: Sequence[Tags]
    settings: Found


def _telling(owners: Iterable[Tags]) -> list[Tags]:
    """Keep the tags that tell of directions, each set of them once."""
    told = [{k: v for k, v in tags.items() if k.startswith(_TELLING)} for tags in owners]
    return list({tuple(sorted(tags.items())): tags for tags in told if tags}.values())


def _checked(given: Given) -> Mapping[str, str]:
    said = {"*": given} if isinstance(given, str) else dict(given or {})
    for name, word in said.items():
        if read_direction(word) is None:
            raise InvalidParameterValue(
                f"The direction of {name!r} is {word!r}. Use 'min' or 'max'."
            )
    return said


def _known(metric: str, said: Said) -> KnownDirection:
    way = matching_direction(metric, said.given)
    if way is not None:
        return KnownDirection(way, "argument")
    remarks: list[str] = []
    for tags, kind in ((said.run_tags, "run"), (said.experiment_tags, "experiment")):
        found = _tagged(metric, tags, kind, remarks)
        if found is not None:
            return found
    way = matching_direction(metric, said.settings.value)
    source = "name" if way is None else f"setting directions, {said.settings.where}"
    return KnownDirection(way or direction(metric), "; ".join([source, *remarks]))


def _tagged(
    metric: str, owners: Sequence[Tags], kind: str, remarks: list[str]
) -> KnownDirection | None:
    """Return what the tags say, if they agree; else leave a remark."""
    ways: dict[Direction, str] = {}
    for shown, way in dict(_said_by(metric, owners)).items():
        if way is None:
            remarks.append(f"{shown} of the {kind} is no direction")
        else:
            ways.setdefault(way, shown)
    if len(ways) > 1:
        remarks.append(f"tags of {kind}s contradict each other")
    elif ways:
        way, shown = next(iter(ways.items()))
        return KnownDirection(way, f"{shown} of the {kind}")
    return None


def _said_by(metric: str, owners: Sequence[Tags]) -> Iterator[tuple[str, Direction | None]]:
    key = DIRECTION_TAG + metric
    for tags in owners:
        if key in tags:
            yield f"tag {key} = {tags[key]!r}", read_direction(tags[key])
        elif tags.get(_PRIMARY) == metric and _GREATER_IS_BETTER in tags:
            text = tags[_GREATER_IS_BETTER]
            yield f"tag {_GREATER_IS_BETTER} = {text!r}", _GREATER.get(text.lower())


def experiment_tags(client: Client, experiment_ids: Iterable[str]) -> list[dict[str, str]]:
    """Return the tags of experiments that there are, each asked for once."""
    found: list[dict[str, str]] = []
    for experiment_id in dict.fromkeys(experiment_ids):
        try:
            experiment = client.get_experiment(experiment_id)
        except ResourceDoesNotExist:
            continue
        found.append({tag.key: tag.value for tag in experiment.tags})
    return found


def set_direction(metric: str, way: Direction, experiment: str | None = None) -> None:
    """Say which way a metric gets better in an experiment, as a tag that everybody reads.

    Parameters
    ----------
    metric
        Its name, as it is logged.
    way
        `min` or `max`.
    experiment
        Name or id; without one the experiment that runs go into now, made if it is new.

    Raises
    ------
    InvalidParameterValue
        If the direction is neither.
    ResourceDoesNotExist
        If there is no such experiment.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> set_direction("score", "min")
    >>> current_client().get_experiment("0").tags[0].value
    'min'
    """
    read = read_direction(way)
    if read is None:
        raise InvalidParameterValue(f"The direction of {metric!r} is {way!r}. Use 'min' or 'max'.")
    client = current_client()
    client.set_experiment_tag(_experiment(client, experiment), DIRECTION_TAG + metric, read)


def _experiment(client: Client, experiment: str | None) -> str:
    if experiment is not None:
        try:
            return client.get_by_name(experiment).experiment_id
        except ResourceDoesNotExist:
            if not experiment.isdecimal():  # no id either
                raise
            return client.get_experiment(experiment).experiment_id
    active = next((r for r in reversed(activity.stack()) if isinstance(r, ActiveRun)), None)
    if active is not None and active.channel.client.tracking_uri == client.tracking_uri:
        return active.experiment_id
    name = setting(EXPERIMENT)
    return experiment_named(client, name) if name else setting(EXPERIMENT_ID) or DEFAULT_EXPERIMENT
