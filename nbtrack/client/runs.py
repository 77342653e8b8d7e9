"""`Client`'s chapter on runs: life and search. What is written into a run is in `run_data`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nbtrack.api import runs as api
from nbtrack.client.arguments import as_enum, as_pairs, as_texts
from nbtrack.client.paging import page_size, through_pages
from nbtrack.client.resource import Resource
from nbtrack.entities import Run, RunInfo, RunStatus, RunTag, ViewType


class RunMethods(Resource):
    """Create, find, change and delete runs."""

    def create_run(
        self,
        experiment_id: str | None = None,
        *,
        user_id: str | None = None,
        run_name: str | None = None,
        start_time: int | None = None,
        tags: Mapping[str, str] | Iterable[RunTag] = (),
    ) -> Run:
        """Create a run, which starts as RUNNING. API: createRun.

        Parameters
        ----------
        experiment_id
            Where it goes; None is the default experiment.
        user_id
            Deprecated by the API in favour of the tag `mlflow.user`.
        run_name
            Also kept as the tag `mlflow.runName`; by default the backend makes one up.
        start_time
            Milliseconds since 1970. The API does not fill it in.
        tags
            Keys with values, or tags.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.
        InvalidParameterValue
            If the experiment is deleted, or a tag is too long.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run = client.create_run("0", run_name="first", start_time=1_700_000_000_000)
        ...     run.info.run_name, run.info.status.name
        ('first', 'RUNNING')
        """
        request = api.CreateRun(
            experiment_id=experiment_id,
            user_id=user_id,
            run_name=run_name,
            start_time=start_time,
            tags=as_pairs(RunTag, tags),
        )
        return self._backend.call(api.CREATE_RUN, request).run

    def get_run(self, run_id: str) -> Run:
        """Return a run with its params, tags and latest metrics, deleted ones too. API: getRun.

        Raises
        ------
        ResourceDoesNotExist
            If there is none.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.log_param(run_id, "lr", "0.1")
        ...     client.get_run(run_id).data.params
        (Param(key='lr', value='0.1'),)
        """
        return self._backend.call(api.GET_RUN, api.GetRun(run_id=run_id)).run

    def update_run(
        self,
        run_id: str,
        *,
        status: RunStatus | str | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        """Change status, end time or name of a run; None leaves one as it is. API: updateRun.

        A final status does not set the end time: send both to end a run.

        Parameters
        ----------
        run_id
            The run.
        status
            RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.
        end_time
            Milliseconds since 1970.
        run_name
            Also changes the tag `mlflow.runName`.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.
        InvalidParameterValue
            If the status is unknown, or the run is deleted.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     info = client.update_run(run_id, status="FINISHED", end_time=1_700_000_060_000)
        ...     info.status.name, info.end_time
        ('FINISHED', 1700000060000)
        """
        request = api.UpdateRun(
            run_id=run_id,
            status=as_enum(RunStatus, status),
            end_time=end_time,
            run_name=run_name,
        )
        return self._backend.call(api.UPDATE_RUN, request).run_info

    def delete_run(self, run_id: str) -> None:
        """Delete a run; `restore_run` undoes it. API: deleteRun.

        A run that is deleted already stays so.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.delete_run(run_id)
        ...     client.search_runs("0").runs
        ()
        """
        self._backend.call(api.DELETE_RUN, api.DeleteRun(run_id=run_id))

    def restore_run(self, run_id: str) -> None:
        """Restore a deleted run. API: restoreRun.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such run.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     run_id = client.create_run().info.run_id
        ...     client.delete_run(run_id)
        ...     client.restore_run(run_id)
        ...     client.get_run(run_id).info.lifecycle_stage
        'active'
        """
        self._backend.call(api.RESTORE_RUN, api.RestoreRun(run_id=run_id))

    def delete_runs(
        self, experiment_id: str, *, max_timestamp_millis: int, max_runs: int | None = None
    ) -> int:
        """Delete the oldest runs of an experiment and return how many. API: deleteRuns.

        Parameters
        ----------
        experiment_id
            The experiment.
        max_timestamp_millis
            Runs that started at this time or before, oldest first.
        max_runs
            At most so many, up to 10,000 a call; call again until fewer come back.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     for start in (1000, 2000, 3000):
        ...         _ = client.create_run("0", start_time=start)
        ...     client.delete_runs("0", max_timestamp_millis=2000)
        2
        """
        request = api.DeleteRuns(
            experiment_id=experiment_id,
            max_timestamp_millis=max_timestamp_millis,
            max_runs=max_runs,
        )
        return self._backend.call(api.DELETE_RUNS, request).runs_deleted

    def restore_runs(
        self, experiment_id: str, *, min_timestamp_millis: int, max_runs: int | None = None
    ) -> int:
        """Restore the runs of an experiment and return how many. API: restoreRuns.

        Parameters
        ----------
        experiment_id
            The experiment.
        min_timestamp_millis
            Runs that were deleted at this time or after, latest first.
        max_runs
            At most so many, up to 10,000 a call; call again until fewer come back.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     client.delete_run(client.create_run("0").info.run_id)
        ...     client.restore_runs("0", min_timestamp_millis=0)
        1
        """
        request = api.RestoreRuns(
            experiment_id=experiment_id,
            min_timestamp_millis=min_timestamp_millis,
            max_runs=max_runs,
        )
        return self._backend.call(api.RESTORE_RUNS, request).runs_restored

    def search_runs(
        self,
        experiment_ids: str | Iterable[str],
        *,
        filter: str | None = None,
        run_view_type: ViewType | str | None = None,
        max_results: int | None = None,
        order_by: str | Iterable[str] = (),
        page_token: str | None = None,
    ) -> api.RunsPage:
        """Return one page of the runs that a filter finds. API: searchRuns.

        Parameters
        ----------
        experiment_ids
            Where to look: one id or several.
        filter
            For example `metrics.loss < 0.2 AND params.lr = '0.1'`; None finds all.
        run_view_type
            Active runs unless it says otherwise.
        max_results
            Size of the page, up to 50,000; by default 1,000.
        order_by
            For example `metrics.loss` or `attributes.start_time DESC`.
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
        ...     run_id = client.create_run("0", run_name="first").info.run_id
        ...     client.log_metric(run_id, "loss", 0.1, timestamp=1)
        ...     page = client.search_runs("0", filter="metrics.loss < 0.2")
        ...     [run.info.run_name for run in page.runs], page.next_page_token
        (['first'], None)
        """
        request = api.SearchRuns(
            experiment_ids=as_texts(experiment_ids),
            filter=filter,
            run_view_type=as_enum(ViewType, run_view_type),
            max_results=max_results,
            order_by=as_texts(order_by),
            page_token=page_token,
        )
        return self._backend.call(api.SEARCH_RUNS, request)

    def iter_runs(
        self,
        experiment_ids: str | Iterable[str],
        *,
        filter: str | None = None,
        run_view_type: ViewType | str | None = None,
        order_by: str | Iterable[str] = (),
        max_results: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Run]:
        """Yield all runs that a filter finds, fetching pages as they are needed.

        Parameters
        ----------
        experiment_ids, filter, run_view_type, order_by
            As in `search_runs`.
        max_results
            Size of one page; by default the largest that the API allows.
        limit
            Stop after so many runs.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     for start in (1000, 2000, 3000):
        ...         _ = client.create_run("0", run_name=f"from {start}", start_time=start)
        ...     [run.info.run_name for run in client.iter_runs("0", limit=2)]
        ['from 3000', 'from 2000']
        """
        request = api.SearchRuns(
            experiment_ids=as_texts(experiment_ids),
            filter=filter,
            run_view_type=as_enum(ViewType, run_view_type),
            order_by=as_texts(order_by),
            max_results=page_size(api.SEARCH_RUNS, max_results, limit),
        )
        return through_pages(self._backend, api.SEARCH_RUNS, request, lambda page: page.runs, limit)
