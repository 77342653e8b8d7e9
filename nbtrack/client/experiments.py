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

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     client.create_experiment("vision", tags={"team": "a"})
        '1'
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

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     experiment_id = client.create_experiment("vision")
        ...     client.get_by_name("vision").experiment_id == experiment_id
        True
        """
        request = api.GetByName(experiment_name=experiment_name)
        return self._backend.call(api.GET_BY_NAME, request).experiment

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones too. API: getExperiment.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     experiment = client.get_experiment("0")  # every store has it
        ...     experiment.name, experiment.lifecycle_stage
        ('Default', 'active')
        """
        request = api.GetExperiment(experiment_id=experiment_id)
        return self._backend.call(api.GET_EXPERIMENT, request).experiment

    def delete_experiment(self, experiment_id: str) -> None:
        """Delete an experiment with its runs; `restore_experiment` undoes it.

        API: deleteExperiment.

        Raises
        ------
        ResourceDoesNotExist
            If there is none, or it is deleted already.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     experiment_id = client.create_experiment("vision")
        ...     client.delete_experiment(experiment_id)
        ...     client.get_experiment(experiment_id).lifecycle_stage
        'deleted'
        """
        request = api.DeleteExperiment(experiment_id=experiment_id)
        self._backend.call(api.DELETE_EXPERIMENT, request)

    def restore_experiment(self, experiment_id: str) -> None:
        """Restore a deleted experiment with all its runs. API: restoreExperiment.

        Runs that were deleted one by one before the experiment come back too.

        Raises
        ------
        ResourceDoesNotExist
            If there is none, or it is not deleted.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     experiment_id = client.create_experiment("vision")
        ...     client.delete_experiment(experiment_id)
        ...     client.restore_experiment(experiment_id)
        ...     client.get_experiment(experiment_id).lifecycle_stage
        'active'
        """
        request = api.RestoreExperiment(experiment_id=experiment_id)
        self._backend.call(api.RESTORE_EXPERIMENT, request)

    def update_experiment(self, experiment_id: str, *, new_name: str | None = None) -> None:
        """Rename an experiment; without a new name nothing changes. API: updateExperiment.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.
        ResourceAlreadyExists
            If another experiment has the name, be it deleted or not.
        InvalidState
            If it is deleted.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     experiment_id = client.create_experiment("vision")
        ...     client.update_experiment(experiment_id, new_name="sight")
        ...     client.get_experiment(experiment_id).name
        'sight'
        """
        request = api.UpdateExperiment(experiment_id=experiment_id, new_name=new_name)
        self._backend.call(api.UPDATE_EXPERIMENT, request)

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a tag of an experiment, replacing an older value. API: setExperimentTag.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.
        InvalidParameterValue
            If it is deleted, or the key or the value is too long.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     client.set_experiment_tag("0", "team", "a")
        ...     client.get_experiment("0").tags
        (ExperimentTag(key='team', value='a'),)
        """
        request = api.SetExperimentTag(experiment_id=experiment_id, key=key, value=value)
        self._backend.call(api.SET_EXPERIMENT_TAG, request)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an experiment. An extension of MLflow.

        Raises
        ------
        ResourceDoesNotExist
            If the experiment has no such tag.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     client.set_experiment_tag("0", "team", "a")
        ...     client.delete_experiment_tag("0", "team")
        ...     client.get_experiment("0").tags
        ()
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

        Parameters
        ----------
        max_results
            Size of the page; by default the backend chooses.
        page_token
            `next_page_token` of the page before.
        view_type
            Active experiments unless it says otherwise.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     page = client.list_experiments(view_type="ALL")
        ...     [experiment.name for experiment in page.experiments], page.next_page_token
        (['Default'], None)
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
        """Yield what all pages of `list_experiments` hold; see `iter_experiments`.

        Parameters
        ----------
        view_type
            As in `list_experiments`.
        max_results
            Size of one page; by default the largest that every server allows.
        limit
            Stop after so many experiments.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     [experiment.name for experiment in client.iter_listed_experiments()]
        ['Default']
        """
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

        Raises
        ------
        FilterError
            If the filter cannot be read by the embedded engine; servers raise what they answer.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     _ = client.create_experiment("vision")
        ...     page = client.search_experiments(filter="name LIKE 'vis%'", order_by="name")
        ...     [experiment.name for experiment in page.experiments]
        ['vision']
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

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     for name in ("vision", "speech"):
        ...         _ = client.create_experiment(name)
        ...     [experiment.name for experiment in client.iter_experiments(order_by="name")]
        ['Default', 'speech', 'vision']
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
        """Return the datasets that runs of some experiments read. An extension of MLflow.

        Parameters
        ----------
        experiment_ids
            Where to look: one id or several; unknown ones have no datasets.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import Dataset, DatasetInput
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     data = Dataset(name="digits", digest="1a", source_type="local", source="a.csv")
        ...     client.log_inputs(run_id, datasets=[DatasetInput(dataset=data)])
        ...     [found.name for found in client.search_datasets("0")]
        ['digits']
        """
        request = api.SearchDatasets(experiment_ids=as_texts(experiment_ids))
        return self._backend.call(api.SEARCH_DATASETS, request).dataset_summaries
