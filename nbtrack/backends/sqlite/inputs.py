"""What runs read and made: datasets, models in, models out."""

from __future__ import annotations

from collections.abc import Iterable

from nbtrack.api import runs as api
from nbtrack.backends.sqlite import checks
from nbtrack.backends.sqlite.session import Session, ids_json
from nbtrack.entities import Dataset, DatasetInput, InputTag, ModelInput, ModelOutput
from nbtrack.errors import InvalidParameterValue


def put_inputs(tx: Session, run: int, experiment: int, request: api.LogInputs) -> None:
    """Note datasets and models that a run read; repeats change nothing."""
    for given in request.datasets:
        _check_dataset(tx, given)
    put_datasets(tx, run, experiment, request.datasets)
    tx.many(
        "insert or ignore into model_input (run, model_id) values (?, ?)",
        [(run, model.model_id) for model in request.models],
    )


def put_datasets(tx: Session, run: int, experiment: int, datasets: Iterable[DatasetInput]) -> None:
    """Note datasets that a run read, as they are given; another server may hold any."""
    for given in datasets:
        _link_dataset(tx, run, experiment, given)


def _check_dataset(tx: Session, given: DatasetInput) -> None:
    dataset, limits = given.dataset, tx.limits
    if not dataset.name or not dataset.digest:
        raise InvalidParameterValue(
            f"A dataset needs a name and a digest; it has name {dataset.name!r} and digest "
            f"{dataset.digest!r}."
        )
    checks.check_length(limits, "The dataset name", dataset.name, limits.dataset_name)
    checks.check_length(limits, "The dataset digest", dataset.digest, limits.dataset_digest)
    checks.check_length(limits, "The dataset source", dataset.source, limits.dataset_source)
    checks.check_length(limits, "The dataset schema", dataset.schema, limits.dataset_schema)
    checks.check_length(limits, "The dataset profile", dataset.profile, limits.dataset_profile)
    checks.check_distinct("dataset tag", given.tags)
    for tag in given.tags:
        checks.check_length(limits, "The dataset tag key", tag.key, limits.dataset_tag_key)
        what = f"The value of dataset tag {tag.key!r}"
        checks.check_length(limits, what, tag.value, limits.dataset_tag_value)


def _link_dataset(tx: Session, run: int, experiment: int, given: DatasetInput) -> None:
    d = given.dataset
    tx.run(
        "insert or ignore into dataset "
        "(experiment, name, digest, source_type, source, schema, profile) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        *(experiment, d.name, d.digest, d.source_type, d.source, d.schema, d.profile),
    )
    cursor = tx.db.execute(
        "insert or ignore into dataset_input (run, dataset) select ?, id from dataset "
        "where experiment = ? and name = ? and digest = ?",
        (run, experiment, d.name, d.digest),
    )
    if cursor.rowcount:
        tx.many(
            "insert into dataset_input_tag values (?, ?, ?)",
            [(cursor.lastrowid, tag.key, tag.value) for tag in given.tags],
        )


def put_outputs(tx: Session, run: int, models: Iterable[ModelOutput]) -> None:
    """Note models that a run made; a repeat overwrites the step."""
    tx.many(
        "insert into model_output (run, model_id, step) values (?, ?, ?) "
        "on conflict (run, model_id) do update set step = excluded.step",
        [(run, model.model_id, model.step) for model in models],
    )


def datasets_of(tx: Session, runs: Iterable[int]) -> dict[int, list[DatasetInput]]:
    """Return the dataset inputs of runs by row id, in the order of their log."""
    ids = ids_json(runs)
    tags: dict[int, list[InputTag]] = {}
    for link, key, value in tx.all(
        "select t.input, t.key, t.value from dataset_input i "
        "join dataset_input_tag t on t.input = i.id "
        "where i.run in (select value from json_each(?)) order by t.input, t.key",
        ids,
    ):
        tags.setdefault(link, []).append(InputTag(key=key, value=value))
    found: dict[int, list[DatasetInput]] = {}
    for run, link, name, digest, kind, source, schema, profile in tx.all(
        "select i.run, i.id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile "
        "from dataset_input i join dataset d on d.id = i.dataset "
        "where i.run in (select value from json_each(?)) order by i.id",
        ids,
    ):
        dataset = Dataset(
            name=name,
            digest=digest,
            source_type=kind,
            source=source,
            schema=schema,
            profile=profile,
        )
        given = DatasetInput(dataset=dataset, tags=tuple(tags.get(link, ())))
        found.setdefault(run, []).append(given)
    return found


def model_inputs_of(tx: Session, runs: Iterable[int]) -> dict[int, list[ModelInput]]:
    """Return the model inputs of runs by row id."""
    found: dict[int, list[ModelInput]] = {}
    for run, model_id in tx.all(
        "select run, model_id from model_input "
        "where run in (select value from json_each(?)) order by id",
        ids_json(runs),
    ):
        found.setdefault(run, []).append(ModelInput(model_id=model_id))
    return found


def model_outputs_of(tx: Session, runs: Iterable[int]) -> dict[int, list[ModelOutput]]:
    """Return the model outputs of runs by row id."""
    found: dict[int, list[ModelOutput]] = {}
    for run, model_id, step in tx.all(
        "select run, model_id, step from model_output "
        "where run in (select value from json_each(?)) order by id",
        ids_json(runs),
    ):
        found.setdefault(run, []).append(ModelOutput(model_id=model_id, step=step))
    return found
