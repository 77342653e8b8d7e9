"""`Client`'s chapter on what is written into a run: params, tags, batches, inputs, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbtrack.api import runs as api
from nbtrack.client.arguments import as_entities, as_pairs
from nbtrack.client.batching import batches
from nbtrack.client.resource import Resource
from nbtrack.entities import DatasetInput, Metric, ModelInput, ModelOutput, Param, RunTag


class RunDataMethods(Resource):
    """Write params, tags, metrics, inputs and outputs of runs."""

    def log_param(self, run_id: str, key: str, value: str) -> None:
        """Write a param, once; the same value again is fine. API: logParam.

        Raises
        ------
        InvalidParameterValue
            If the param has another value.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.log_param(run_id, "lr", "0.1")
        ...     client.get_run(run_id).data.params
        (Param(key='lr', value='0.1'),)
        """
        self._backend.call(api.LOG_PARAM, api.LogParam(run_id=run_id, key=key, value=value))

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Set a tag of a run, replacing an older value. API: setTag.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If the run is deleted, or the key or the value is too long.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import RunTag
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.set_tag(run_id, "stage", "tuning")
        ...     RunTag(key="stage", value="tuning") in client.get_run(run_id).data.tags
        True
        """
        self._backend.call(api.SET_TAG, api.SetTag(run_id=run_id, key=key, value=value))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag of a run. API: deleteTag.

        Raises
        ------
        ResourceDoesNotExist
            If the run has no such tag.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run(tags={"stage": "tuning"}).info.run_id
        ...     client.delete_tag(run_id, "stage")
        ...     "stage" in {tag.key for tag in client.get_run(run_id).data.tags}
        False
        """
        self._backend.call(api.DELETE_TAG, api.DeleteTag(run_id=run_id, key=key))

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Iterable[Metric] = (),
        params: Mapping[str, str] | Iterable[Param] = (),
        tags: Mapping[str, str] | Iterable[RunTag] = (),
    ) -> None:
        """Write metrics, params and tags of a run in one call. API: logBatch.

        The API takes up to 1,000 metrics, 100 params, 100 tags, 1,000 of all together and 1 MB.
        `log_many` has no such limits.

        Parameters
        ----------
        run_id
            The run.
        metrics
            Points: finite or not, with a timestamp in milliseconds since 1970 and a step.
        params, tags
            Keys with values, or entities.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If the batch is above a limit, or a param has another value already.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import Metric
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     points = [Metric(key="loss", value=1 / n, timestamp=n, step=n) for n in (1, 2)]
        ...     client.log_batch(run_id, metrics=points, params={"lr": "0.1"})
        ...     [point.value for point in client.get_history(run_id, "loss").metrics]
        [1.0, 0.5]
        """
        request = api.LogBatch(
            run_id=run_id,
            metrics=tuple(as_entities(Metric, metrics)),
            params=as_pairs(Param, params),
            tags=as_pairs(RunTag, tags),
        )
        self._backend.call(api.LOG_BATCH, request)

    def log_many(
        self,
        run_id: str,
        *,
        metrics: Iterable[Metric] = (),
        params: Mapping[str, str] | Iterable[Param] = (),
        tags: Mapping[str, str] | Iterable[RunTag] = (),
    ) -> None:
        """Write any number of metrics, params and tags of a run, in as few calls as it takes.

        Params and tags go first, each kind in its order. Metrics are read as they are sent, so a
        generator of millions is fine. If a call fails, the ones before it have been written.

        Raises
        ------
        InvalidParameterValue
            If a param has two values, or an item alone is larger than a call may be. Params and
            tags are looked at before anything is sent.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import Metric
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     points = (Metric(key="loss", value=1 / n, timestamp=n) for n in range(1, 5000))
        ...     client.log_many(run_id, metrics=points)
        ...     sum(1 for _ in client.iter_history(run_id, "loss"))
        4999
        """
        requests = batches(
            run_id,
            metrics=as_entities(Metric, metrics),
            params=as_pairs(Param, params),
            tags=as_pairs(RunTag, tags),
        )
        for request in requests:
            self._backend.call(api.LOG_BATCH, request)

    def log_inputs(
        self,
        run_id: str,
        *,
        datasets: Iterable[DatasetInput] = (),
        models: Iterable[ModelInput] = (),
    ) -> None:
        """Note which datasets and models a run read; repeats are harmless. API: logInputs.

        Parameters
        ----------
        run_id
            The run.
        datasets
            Each a dataset with tags, such as `mlflow.data.context` for what it was used for.
        models
            Ids of the logged models.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import Dataset, DatasetInput
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     data = Dataset(name="digits", digest="1a", source_type="local", source="a.csv")
        ...     client.log_inputs(run_id, datasets=[DatasetInput(dataset=data)])
        ...     [read.dataset.name for read in client.get_run(run_id).inputs.dataset_inputs]
        ['digits']
        """
        request = api.LogInputs(run_id=run_id, datasets=tuple(datasets), models=tuple(models))
        self._backend.call(api.LOG_INPUTS, request)

    def log_outputs(self, run_id: str, *, models: Iterable[ModelOutput] = ()) -> None:
        """Note which logged models a run made, and at which steps. API: logOutputs.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import ModelOutput
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     client.log_outputs(run_id, models=[ModelOutput(model_id=model_id, step=3)])
        ...     [made.step for made in client.get_run(run_id).outputs.model_outputs]
        [3]
        """
        request = api.LogOutputs(run_id=run_id, models=tuple(models))
        self._backend.call(api.LOG_OUTPUTS, request)

    def log_model(self, run_id: str, *, model_json: str) -> None:
        """Note a model of the old kind: the content of its MLmodel file as JSON. API: logModel.

        Each call adds to the tag `mlflow.log-model.history`. `create_logged_model` is the new way.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If `model_json` is no JSON object, or lacks one of the keys of the example.

        Examples
        --------
        >>> import json
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     model = {"artifact_path": "net", "flavors": {}, "utc_time_created": "2026-01-01"}
        ...     client.log_model(run_id, model_json=json.dumps(model | {"run_id": run_id}))
        ...     "mlflow.log-model.history" in {tag.key for tag in client.get_run(run_id).data.tags}
        True
        """
        self._backend.call(api.LOG_MODEL, api.LogModel(run_id=run_id, model_json=model_json))
