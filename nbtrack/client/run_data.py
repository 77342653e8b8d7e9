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
        """
        self._backend.call(api.LOG_PARAM, api.LogParam(run_id=run_id, key=key, value=value))

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Set a tag of a run, replacing an older value. API: setTag."""
        self._backend.call(api.SET_TAG, api.SetTag(run_id=run_id, key=key, value=value))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag of a run. API: deleteTag.

        Raises
        ------
        ResourceDoesNotExist
            If the run has no such tag.
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
        """Note which datasets and models a run read; repeats are harmless. API: logInputs."""
        request = api.LogInputs(run_id=run_id, datasets=tuple(datasets), models=tuple(models))
        self._backend.call(api.LOG_INPUTS, request)

    def log_outputs(self, run_id: str, *, models: Iterable[ModelOutput] = ()) -> None:
        """Note which logged models a run made, and at which steps. API: logOutputs."""
        request = api.LogOutputs(run_id=run_id, models=tuple(models))
        self._backend.call(api.LOG_OUTPUTS, request)

    def log_model(self, run_id: str, *, model_json: str) -> None:
        """Note a model of the old kind: the content of its MLmodel file as JSON. API: logModel.

        Each call adds to the tag `mlflow.log-model.history`. `create_logged_model` is the new way.
        """
        self._backend.call(api.LOG_MODEL, api.LogModel(run_id=run_id, model_json=model_json))
