"""`Client`'s chapter on logged models: life, params, tags, search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nbtrack.api import logged_models as api
from nbtrack.client.arguments import as_enum, as_pairs, as_texts
from nbtrack.client.paging import page_size, through_pages
from nbtrack.client.resource import Resource
from nbtrack.entities import (
    LoggedModel,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    SearchLoggedModelsDataset,
    SearchLoggedModelsOrderBy,
)


class LoggedModelMethods(Resource):
    """Create, find, change and delete logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        *,
        name: str | None = None,
        model_type: str | None = None,
        source_run_id: str | None = None,
        params: Mapping[str, str] | Iterable[LoggedModelParameter] = (),
        tags: Mapping[str, str] | Iterable[LoggedModelTag] = (),
    ) -> LoggedModel:
        """Create a logged model, which starts as LOGGED_MODEL_PENDING. API: createLoggedModel.

        Parameters
        ----------
        experiment_id
            Where it goes.
        name
            Need not be unique; by default the backend makes one up.
        model_type
            What kind of model it is, in the caller's words.
        source_run_id
            The run that made it.
        params, tags
            Keys with values, or entities.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model = client.create_logged_model("0", name="net", params={"depth": "3"})
        ...     model.info.name, model.info.status.name
        ('net', 'LOGGED_MODEL_PENDING')
        """
        request = api.CreateLoggedModel(
            experiment_id=experiment_id,
            name=name,
            model_type=model_type,
            source_run_id=source_run_id,
            params=as_pairs(LoggedModelParameter, params),
            tags=as_pairs(LoggedModelTag, tags),
        )
        return self._backend.call(api.CREATE_LOGGED_MODEL, request).model

    def get_logged_model(self, model_id: str, *, allow_deleted: bool | None = None) -> LoggedModel:
        """Return a logged model with params, tags and metrics. API: getLoggedModel.

        `allow_deleted` finds deleted ones too; Databricks does not know it.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model_id = client.create_logged_model("0", name="net").info.model_id
        ...     client.get_logged_model(model_id).info.name
        'net'
        """
        request = api.GetLoggedModel(model_id=model_id, allow_deleted=allow_deleted)
        return self._backend.call(api.GET_LOGGED_MODEL, request).model

    def delete_logged_model(self, model_id: str) -> None:
        """Delete a logged model, for good. API: deleteLoggedModel.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     client.delete_logged_model(model_id)
        ...     client.search_logged_models("0").models
        ()
        """
        request = api.DeleteLoggedModel(model_id=model_id)
        self._backend.call(api.DELETE_LOGGED_MODEL, request)

    def finalize_logged_model(
        self, model_id: str, *, status: LoggedModelStatus | str
    ) -> LoggedModel:
        """Say that a logged model is ready, or that its upload failed.

        API: finalizeLoggedModel.

        Parameters
        ----------
        model_id
            The model.
        status
            LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such model.
        InvalidParameterValue
            If the status is another one.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     model = client.finalize_logged_model(model_id, status="LOGGED_MODEL_READY")
        ...     model.info.status.name
        'LOGGED_MODEL_READY'
        """
        request = api.FinalizeLoggedModel(
            model_id=model_id, status=as_enum(LoggedModelStatus, status)
        )
        return self._backend.call(api.FINALIZE_LOGGED_MODEL, request).model

    def log_logged_model_params(
        self, model_id: str, *, params: Mapping[str, str] | Iterable[LoggedModelParameter]
    ) -> None:
        """Write params of a logged model, each once. API: logLoggedModelParams.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such model.
        InvalidParameterValue
            If a param has another value already.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     client.log_logged_model_params(model_id, params={"depth": "3"})
        ...     client.get_logged_model(model_id).data.params
        (LoggedModelParameter(key='depth', value='3'),)
        """
        request = api.LogLoggedModelParams(
            model_id=model_id, params=as_pairs(LoggedModelParameter, params)
        )
        self._backend.call(api.LOG_LOGGED_MODEL_PARAMS, request)

    def set_logged_model_tags(
        self, model_id: str, *, tags: Mapping[str, str] | Iterable[LoggedModelTag]
    ) -> None:
        """Set tags of a logged model, replacing older values. API: setLoggedModelTags.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such model.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model_id = client.create_logged_model("0").info.model_id
        ...     client.set_logged_model_tags(model_id, tags={"stage": "tried"})
        ...     client.get_logged_model(model_id).info.tags
        (LoggedModelTag(key='stage', value='tried'),)
        """
        request = api.SetLoggedModelTags(model_id=model_id, tags=as_pairs(LoggedModelTag, tags))
        self._backend.call(api.SET_LOGGED_MODEL_TAGS, request)

    def delete_logged_model_tag(self, model_id: str, tag_key: str) -> None:
        """Remove a tag of a logged model. API: deleteLoggedModelTag.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such model, or it has no such tag.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     model_id = client.create_logged_model("0", tags={"stage": "tried"}).info.model_id
        ...     client.delete_logged_model_tag(model_id, "stage")
        ...     client.get_logged_model(model_id).info.tags
        ()
        """
        request = api.DeleteLoggedModelTag(model_id=model_id, tag_key=tag_key)
        self._backend.call(api.DELETE_LOGGED_MODEL_TAG, request)

    def search_logged_models(
        self,
        experiment_ids: str | Iterable[str],
        *,
        filter: str | None = None,
        datasets: Iterable[SearchLoggedModelsDataset] = (),
        max_results: int | None = None,
        order_by: Iterable[SearchLoggedModelsOrderBy] = (),
        page_token: str | None = None,
    ) -> api.LoggedModelsPage:
        """Return one page of the logged models that a filter finds. API: searchLoggedModels.

        Parameters
        ----------
        experiment_ids
            Where to look: one id or several.
        filter
            For example `metrics.accuracy > 0.9 AND params.depth = '3'`; None finds all.
        datasets
            Conditions on metrics count only points measured on these.
        max_results
            Size of the page, up to 50.
        order_by
            Sort keys: attributes, or `metrics.<key>` with the dataset it was measured on.
        page_token
            `next_page_token` of the page before.

        Raises
        ------
        FilterError
            If the filter cannot be read by the embedded engine; servers raise what they answer.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     _ = client.create_logged_model("0", name="net", params={"depth": "3"})
        ...     page = client.search_logged_models("0", filter="params.depth = '3'")
        ...     [model.info.name for model in page.models]
        ['net']
        """
        request = api.SearchLoggedModels(
            experiment_ids=as_texts(experiment_ids),
            filter=filter,
            datasets=tuple(datasets),
            max_results=max_results,
            order_by=tuple(order_by),
            page_token=page_token,
        )
        return self._backend.call(api.SEARCH_LOGGED_MODELS, request)

    def iter_logged_models(
        self,
        experiment_ids: str | Iterable[str],
        *,
        filter: str | None = None,
        datasets: Iterable[SearchLoggedModelsDataset] = (),
        order_by: Iterable[SearchLoggedModelsOrderBy] = (),
        max_results: int | None = None,
        limit: int | None = None,
    ) -> Iterator[LoggedModel]:
        """Yield all logged models that a filter finds, fetching pages as they are needed.

        Parameters
        ----------
        experiment_ids, filter, datasets, order_by
            As in `search_logged_models`.
        max_results
            Size of one page; by default the largest that every server allows.
        limit
            Stop after so many models.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     for number in range(3):
        ...         _ = client.create_logged_model("0", name=f"net {number}")
        ...     sum(1 for _ in client.iter_logged_models("0"))
        3
        """
        request = api.SearchLoggedModels(
            experiment_ids=as_texts(experiment_ids),
            filter=filter,
            datasets=tuple(datasets),
            order_by=tuple(order_by),
            max_results=page_size(api.SEARCH_LOGGED_MODELS, max_results, limit),
        )
        return through_pages(
            self._backend, api.SEARCH_LOGGED_MODELS, request, lambda page: page.models, limit
        )
