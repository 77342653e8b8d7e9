"""The logged models of runs: what they are, which runs made, used and measured them, on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.entities import LoggedModel, Metric, Run
from nbtrack.errors import ResourceDoesNotExist
from nbtrack.frames.listing_columns import stamp
from nbtrack.frames.listing_models import models_frame
from nbtrack.frames.scope import Runs, run_ids

Role = Literal["made", "used", "measured"]
_LINKS: Final = ("model_id", "run_id", "role", "step")
_METRICS: Final = ("model_id", "key", "value", "step", "timestamp", "dataset", "digest", "run_id")
_PORTION: Final = 50
Link = tuple[str, str, Role, int | None]


@dataclass(frozen=True, slots=True)
class ModelLineage:
    """Logged models, and what runs have to do with them.

    Attributes
    ----------
    models
        A row a model, as of `nbtrack.logged_models`.
    links
        A row for each model and run: `model_id`, `run_id`, `role` (`made`, `used` or `measured`),
        and the `step` at which it was made.
    metrics
        The last point of each model, metric, dataset and run: `model_id`, `key`, `value`, `step`,
        `timestamp`, `dataset`, `digest` and `run_id`.
    missing
        Ids of models that runs name and the store does not have (any more).
    """

    models: pd.DataFrame
    links: pd.DataFrame
    metrics: pd.DataFrame
    missing: tuple[str, ...]


def model_lineage(runs: Runs, *, client: Client | None = None) -> ModelLineage:
    """Return the logged models that runs made or used. APIs: getRun, searchLoggedModels.

    Parameters
    ----------
    runs
        Runs, ids or a frame of `nbtrack.runs()`; each is asked for its models, a call a run.
    client
        Where to look, if not where runs go to now.

    Raises
    ------
    EndpointNotFound
        If the server has no logged models.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     model = run.log_model({"weights": [1]}, "cnn")
    >>> found = model_lineage(run)
    >>> found.models["name"].tolist(), found.links["role"].tolist()
    (['cnn'], ['made'])
    """
    asked = client or current_client()
    read = [asked.get_run(run_id) for run_id in run_ids(runs)]
    links = [link for run in read for link in _links_of(run)]
    models = _made_by(asked, read)
    wanted = dict.fromkeys(model_id for model_id, *_ in links if model_id not in models)
    models |= {model_id: found for model_id in wanted if (found := _model(asked, model_id))}
    links += _links_of_models(models.values())
    points = [point for model in models.values() for point in _last_points(model)]
    return ModelLineage(
        models=stamp(models_frame(list(models.values())), asked),
        links=stamp(_links_frame(links), asked),
        metrics=stamp(_metrics_frame(points), asked),
        missing=tuple(model_id for model_id in wanted if model_id not in models),
    )


def _made_by(client: Client, runs: Sequence[Run]) -> dict[str, LoggedModel]:
    """Find the models that say they were made by one of the runs, the oldest first."""
    homes = list(dict.fromkeys(run.info.experiment_id for run in runs))
    found: list[LoggedModel] = []
    for start in range(0, len(runs), _PORTION):
        listed = ", ".join(f"'{run.info.run_id}'" for run in runs[start : start + _PORTION])
        found += client.iter_logged_models(homes, filter=f"source_run_id IN ({listed})")
    found.sort(key=lambda model: model.info.creation_timestamp_ms)
    return {model.info.model_id: model for model in found}


def _model(client: Client, model_id: str) -> LoggedModel | None:
    try:
        return client.get_logged_model(model_id)
    except ResourceDoesNotExist:  # ids are not checked when they are logged, and models deleted
        return None


def _links_of(run: Run) -> Iterator[Link]:
    run_id = run.info.run_id
    for made in run.outputs.model_outputs if run.outputs else ():
        yield made.model_id, run_id, "made", made.step
    for used in run.inputs.model_inputs:
        yield used.model_id, run_id, "used", None


def _links_of_models(models: Iterable[LoggedModel]) -> Iterator[Link]:
    for model in models:
        model_id = model.info.model_id
        if model.info.source_run_id:
            yield model_id, model.info.source_run_id, "made", None
        for point in model.data.metrics:
            if point.run_id and point.run_id != model.info.source_run_id:
                yield model_id, point.run_id, "measured", None


def _links_frame(links: Iterable[Link]) -> pd.DataFrame:
    frame = pd.DataFrame(links, columns=list(_LINKS))
    once = frame.drop_duplicates(["model_id", "run_id", "role"], ignore_index=True)
    return once.astype({"model_id": "str", "run_id": "str", "role": "str", "step": "Int64"})


def _metrics_frame(points: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(points, columns=list(_METRICS))
    texts = ("model_id", "key", "dataset", "digest", "run_id")
    numbers = {"value": "float64", "step": "int64", "timestamp": "int64"}
    return frame.astype({**dict.fromkeys(texts, "str"), **numbers})


def _last_points(model: LoggedModel) -> Iterator[tuple[object, ...]]:
    last: dict[tuple[str | None, ...], Metric] = {}
    for point in model.data.metrics:
        place = (point.key, point.dataset_name, point.dataset_digest, point.run_id)
        known = last.get(place)
        if known is None or (known.timestamp, known.step) <= (point.timestamp, point.step):
            last[place] = point
    for key, dataset, digest, run_id in sorted(last, key=lambda place: tuple(map(str, place))):
        point = last[key, dataset, digest, run_id]
        measured = (point.value, point.step, point.timestamp)
        yield model.info.model_id, key, *measured, dataset, digest, run_id
