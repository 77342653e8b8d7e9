"""What belongs to runs and experiments: artifacts, datasets, permissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import pandas as pd

from nbtrack.client import Client
from nbtrack.client.active_run import ActiveRun
from nbtrack.client.current import current_client
from nbtrack.client.datasets import CONTEXT_TAG
from nbtrack.entities import (
    DatasetInput,
    DatasetSummary,
    ExperimentAccessControlResponse,
    Run,
    ViewType,
)
from nbtrack.errors import EndpointNotFound, InvalidParameterValue, NotImplementedByServer
from nbtrack.frames.listing_columns import stamp
from nbtrack.frames.scope import Experiments, Runs, experiment_ids, run_ids
from nbtrack.limits import SEARCH_DATASETS_EXPERIMENTS, SEARCH_DATASETS_ROWS

_DATASETS: Final = ("experiment_id", "name", "digest", "context")
_INPUTS: Final = ("run_id", *_DATASETS, "source_type", "source", "schema", "profile")
_PRINCIPALS: Final = {
    "user": "user_name",
    "group": "group_name",
    "service_principal": "service_principal_name",
}


def artifacts(
    run: str | Run | ActiveRun,
    path: str | None = None,
    *,
    recursive: bool = True,
    client: Client | None = None,
) -> pd.DataFrame:
    """Return the files of a run. API: listArtifacts.

    Parameters
    ----------
    run
        A run or its id.
    path
        A folder among them; without it all.
    recursive
        Whether to list what is in the folders below too.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    pandas.DataFrame
        `path`, `is_dir` and `file_size` in bytes: NA for a folder, and where a server does not tell
        it (MLflow of an empty file). A folder that is not there has
        no rows.

    Raises
    ------
    ResourceDoesNotExist
        If there is no such run.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> with nbtrack.run() as run:
    ...     run.log_text("hello", "notes/first.txt")
    >>> artifacts(run).values.tolist()
    [['notes', True, <NA>], ['notes/first.txt', False, 5]]
    """
    asked = client or current_client()
    run_id = _only(run_ids(run), "run")
    found = list(asked.iter_artifacts(run_id, path=path, recursive=recursive))
    columns = {
        "path": pd.Series([info.path for info in found], dtype="str"),
        "is_dir": pd.Series([info.is_dir for info in found], dtype="bool"),
        "file_size": pd.Series(
            [None if info.is_dir else info.file_size for info in found], dtype="Int64"
        ),
    }
    left_out = [] if recursive else ["what is in the folders"]
    return stamp(pd.DataFrame(columns), asked, left_out=left_out, run_id=run_id, path=path)


def datasets(
    experiments: Experiments = None, *, runs: Runs | None = None, client: Client | None = None
) -> pd.DataFrame:
    """Return the datasets that the runs of experiments read, or that some runs read.

    Parameters
    ----------
    experiments
        Names, ids or patterns; without them the experiment in use, or all if none is.
    runs
        Runs, ids or a frame of `nbtrack.runs()` instead: each is asked for its inputs, which costs
        a call a run.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    pandas.DataFrame
        `experiment_id`, `name`, `digest` and `context`: what the data was used for. With `runs` a
        row for each use, with `run_id`, `source_type`, `source`, `schema` and `profile` too.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> import pandas as pd
    >>> with nbtrack.run() as run:
    ...     run.log_input(pd.DataFrame({"x": [1]}), name="digits", context="train")
    >>> datasets()[["name", "context"]].values.tolist()
    [['digits', 'train']]
    >>> datasets(runs=run)["source_type"].tolist()
    ['code']
    """
    asked = client or current_client()
    if runs is not None:
        if experiments is not None:
            raise InvalidParameterValue("datasets was given experiments and runs. Give one.")
        found = [asked.get_run(run_id) for run_id in run_ids(runs)]
        rows = [row for run in found for row in _input_rows(run)]
        return stamp(pd.DataFrame(rows, columns=list(_INPUTS), dtype="str"), asked)
    ids = experiment_ids(asked, experiments)
    summaries = dict.fromkeys(_summaries(asked, ids))
    rows = [tuple(getattr(summary, name) for name in _DATASETS) for summary in summaries]
    frame = pd.DataFrame(rows, columns=list(_DATASETS), dtype="str")
    return stamp(frame, asked, experiment_ids=list(ids))


def _summaries(client: Client, ids: Sequence[str]) -> Iterator[DatasetSummary]:
    for start in range(0, len(ids), SEARCH_DATASETS_EXPERIMENTS):
        some = ids[start : start + SEARCH_DATASETS_EXPERIMENTS]
        found = _searched(client, some)
        yield from _of_runs(client, some) if found is None else found


def _searched(client: Client, ids: Sequence[str]) -> tuple[DatasetSummary, ...] | None:
    """Ask the server; None if it does not know the call, or may have left some out."""
    try:
        found = client.search_datasets(ids)
    except (EndpointNotFound, NotImplementedByServer):
        return None
    return found if len(found) < SEARCH_DATASETS_ROWS else None


def _of_runs(client: Client, ids: Sequence[str]) -> Iterator[DatasetSummary]:
    for run in client.iter_runs(ids, run_view_type=ViewType.ALL):
        for used in run.inputs.dataset_inputs:
            yield DatasetSummary(
                experiment_id=run.info.experiment_id,
                name=used.dataset.name,
                digest=used.dataset.digest,
                context=_context(used),
            )


def _context(used: DatasetInput) -> str | None:
    return next((tag.value for tag in used.tags if tag.key == CONTEXT_TAG), None)


def _input_rows(run: Run) -> Iterator[tuple[str | None, ...]]:
    for used in run.inputs.dataset_inputs:
        data = used.dataset
        identity = (run.info.run_id, run.info.experiment_id, data.name, data.digest)
        described = (data.source_type, data.source, data.schema, data.profile)
        yield (*identity, _context(used), *described)


def permissions(experiment: str | None = None, *, client: Client | None = None) -> pd.DataFrame:
    """Return who may do what with an experiment. API: getPermissions.

    Parameters
    ----------
    experiment
        Its name or id; without one that in use.
    client
        Where to look, if not where runs go to now.

    Returns
    -------
    pandas.DataFrame
        `principal`, `kind` (`user`, `group` or `service_principal`), `level`, `inherited`, and
        `inherited_from` with commas between several. A row for each level that a principal has.

    Raises
    ------
    EndpointNotFound
        If the server has no permissions, as MLflow's has none.

    Examples
    --------
    >>> import nbtrack
    >>> with nbtrack.Client("nbtrack::memory:") as client:
    ...     frame = permissions("Default", client=client)
    >>> frame[frame["kind"] == "group"].values.tolist()
    [['admins', 'group', 'CAN_MANAGE', True, '/directories/']]
    """
    asked = client or current_client()
    experiment_id = _only(experiment_ids(asked, experiment), "experiment")
    granted = asked.get_permissions(experiment_id).access_control_list
    rows = [row for grant in granted for row in _grant_rows(grant)]
    names = ["principal", "kind", "level", "inherited", "inherited_from"]
    frame = pd.DataFrame(rows, columns=names).astype(
        {
            "principal": "str",
            "kind": "category",
            "level": "category",
            "inherited": "bool",
            "inherited_from": "str",
        }
    )
    return stamp(frame, asked, experiment_id=experiment_id)


def _grant_rows(grant: ExperimentAccessControlResponse) -> Iterator[tuple[object, ...]]:
    named = {kind: getattr(grant, field) for kind, field in _PRINCIPALS.items()}
    kind = next((kind for kind, name in named.items() if name), None)
    principal = named[kind] if kind else grant.display_name
    for held in grant.all_permissions:
        origin = ", ".join(held.inherited_from_object) or None
        yield principal, kind, held.permission_level, bool(held.inherited), origin


def _only(ids: Iterable[str], what: str) -> str:
    found = list(ids)
    if len(found) != 1:
        shown = ", ".join(map(repr, found[:5])) or "none"
        raise InvalidParameterValue(f"{len(found)} {what}s are meant: {shown}. Name one {what}.")
    return found[0]
