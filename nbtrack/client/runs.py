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
        """
        request = api.UpdateRun(
            run_id=run_id,
            status=as_enum(RunStatus, status),
            end_time=end_time,
            run_name=run_name,
        )
        return self._backend.call(api.UPDATE_RUN, request).run_info

    def delete_run(self, run_id: str) -> None:
        """Delete a run; `restore_run` undoes it. API: deleteRun."""
        self._backend.call(api.DELETE_RUN, api.DeleteRun(run_id=run_id))

    def restore_run(self, run_id: str) -> None:
        """Restore a deleted run. API: restoreRun."""
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
        """
        request = api.SearchRuns(
            experiment_ids=as_texts(experiment_ids),
            filter=filter,
            run_view_type=as_enum(ViewType, run_view_type),
            order_by=as_texts(order_by),
            max_results=page_size(api.SEARCH_RUNS, max_results, limit),
        )
        return through_pages(self._backend, api.SEARCH_RUNS, request, lambda page: page.runs, limit)
