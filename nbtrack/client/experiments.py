"""`Client`'s chapter on experiments: life, tags, search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nbtrack.api import experiments as api
from nbtrack.client.arguments import as_enum, as_pairs, as_texts
from nbtrack.client.paging import page_size, through_pages
from nbtrack.client.resource import Resource
from nbtrack.entities import DatasetSummary, Experiment, ExperimentTag, ViewType


class ExperimentMethods(Resource):
    """Create, find, change and delete experiments."""

    def create_experiment(
        self,
        name: str,
        *,
        artifact_location: str | None = None,
        tags: Mapping[str, str] | Iterable[ExperimentTag] = (),
    ) -> str:
        """Create an experiment and return its id. API: createExperiment.

        Parameters
        ----------
        name
            Unique among all experiments; deleted ones keep their name.
        artifact_location
            Root of the artifacts of its runs; by default the backend chooses one.
        tags
            Keys with values, or tags.

        Raises
        ------
        ResourceAlreadyExists
            If an experiment has that name, be it deleted or not.
        """
        request = api.CreateExperiment(
            name=name, artifact_location=artifact_location, tags=as_pairs(ExperimentTag, tags)
        )
        return self._backend.call(api.CREATE_EXPERIMENT, request).experiment_id

    def get_by_name(self, experiment_name: str) -> Experiment:
        """Return the experiment of exactly that name, deleted ones too. API: getByName.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.
        """
        request = api.GetByName(experiment_name=experiment_name)
        return self._backend.call(api.GET_BY_NAME, request).experiment

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones too. API: getExperiment.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.
        """
        request = api.GetExperiment(experiment_id=experiment_id)
        return self._backend.call(api.GET_EXPERIMENT, request).experiment

    def delete_experiment(self, experiment_id: str) -> None:
        """Delete an experiment with its runs; `restore_experiment` undoes it.

        API: deleteExperiment.
        """
        request = api.DeleteExperiment(experiment_id=experiment_id)
        self._backend.call(api.DELETE_EXPERIMENT, request)

    def restore_experiment(self, experiment_id: str) -> None:
        """Restore a deleted experiment with all its runs. API: restoreExperiment.

        Runs that were deleted one by one before the experiment come back too.
        """
        request = api.RestoreExperiment(experiment_id=experiment_id)
        self._backend.call(api.RESTORE_EXPERIMENT, request)

    def update_experiment(self, experiment_id: str, *, new_name: str | None = None) -> None:
        """Rename an experiment; without a new name nothing changes. API: updateExperiment."""
        request = api.UpdateExperiment(experiment_id=experiment_id, new_name=new_name)
        self._backend.call(api.UPDATE_EXPERIMENT, request)

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a tag of an experiment, replacing an older value. API: setExperimentTag."""
        request = api.SetExperimentTag(experiment_id=experiment_id, key=key, value=value)
        self._backend.call(api.SET_EXPERIMENT_TAG, request)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an experiment. An extension of MLflow.

        Raises
        ------
        ResourceDoesNotExist
            If the experiment has no such tag.
        """
        request = api.DeleteExperimentTag(experiment_id=experiment_id, key=key)
        self._backend.call(api.DELETE_EXPERIMENT_TAG, request)

    def list_experiments(
        self,
        *,
        max_results: int | None = None,
        page_token: str | None = None,
        view_type: ViewType | str | None = None,
    ) -> api.ExperimentsPage:
        """Return one page of experiments, unfiltered. API: listExperiments.

        `search_experiments` does the same on every server, with a filter and an order.
        """
        request = api.ListExperiments(
            max_results=max_results, page_token=page_token, view_type=as_enum(ViewType, view_type)
        )
        return self._backend.call(api.LIST_EXPERIMENTS, request)

    def iter_listed_experiments(
        self,
        *,
        view_type: ViewType | str | None = None,
        max_results: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Experiment]:
        """Yield what all pages of `list_experiments` hold; see `iter_experiments`."""
        request = api.ListExperiments(
            max_results=page_size(api.LIST_EXPERIMENTS, max_results, limit),
            view_type=as_enum(ViewType, view_type),
        )
        return through_pages(
            self._backend, api.LIST_EXPERIMENTS, request, lambda page: page.experiments, limit
        )

    def search_experiments(
        self,
        *,
        filter: str | None = None,
        max_results: int | None = None,
        order_by: str | Iterable[str] = (),
        page_token: str | None = None,
        view_type: ViewType | str | None = None,
    ) -> api.ExperimentsPage:
        """Return one page of the experiments that a filter finds. API: searchExperiments.

        Parameters
        ----------
        filter
            For example `name LIKE 'vision%' AND tags.team = 'a'`; None finds all.
        max_results
            Size of the page; by default the backend chooses.
        order_by
            For example `name` or `last_update_time DESC`; by default the newest first.
        page_token
            `next_page_token` of the page before.
        view_type
            Active experiments unless it says otherwise.
        """
        request = api.SearchExperiments(
            filter=filter,
            max_results=max_results,
            order_by=as_texts(order_by),
            page_token=page_token,
            view_type=as_enum(ViewType, view_type),
        )
        return self._backend.call(api.SEARCH_EXPERIMENTS, request)

    def iter_experiments(
        self,
        *,
        filter: str | None = None,
        order_by: str | Iterable[str] = (),
        view_type: ViewType | str | None = None,
        max_results: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Experiment]:
        """Yield all experiments that a filter finds, fetching pages as they are needed.

        Parameters
        ----------
        filter, order_by, view_type
            As in `search_experiments`.
        max_results
            Size of one page; by default the largest that every server allows.
        limit
            Stop after so many experiments.
        """
        request = api.SearchExperiments(
            filter=filter,
            order_by=as_texts(order_by),
            view_type=as_enum(ViewType, view_type),
            max_results=page_size(api.SEARCH_EXPERIMENTS, max_results, limit),
        )
        return through_pages(
            self._backend, api.SEARCH_EXPERIMENTS, request, lambda page: page.experiments, limit
        )

    def search_datasets(self, experiment_ids: str | Iterable[str]) -> tuple[DatasetSummary, ...]:
        """Return the datasets that runs of some experiments read. An extension of MLflow."""
        request = api.SearchDatasets(experiment_ids=as_texts(experiment_ids))
        return self._backend.call(api.SEARCH_DATASETS, request).dataset_summaries
