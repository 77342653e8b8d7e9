"""The embedded engine: the whole API on one SQLite file, in this process.

`HANDLERS` ties every operation to the function that carries it out. `SqliteBackend` checks the
request, opens a transaction and calls the handler: one transaction per operation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from nbtrack.api import artifacts as artifacts_api
from nbtrack.api import experiments as experiments_api
from nbtrack.api import logged_models as models_api
from nbtrack.api import metrics as metrics_api
from nbtrack.api import permissions as permissions_api
from nbtrack.api import runs as runs_api
from nbtrack.api.checking import check_request
from nbtrack.api.operation import Operation, Q, R
from nbtrack.backends.columns import Columns, ColumnsQuery
from nbtrack.backends.sqlite import (
    artifact_lists,
    experiments,
    history,
    loading,
    logged_models,
    logging,
    packs,
    permissions,
    runs,
    searching,
)
from nbtrack.backends.sqlite.artifacts import ArtifactFolder
from nbtrack.backends.sqlite.connection import Connections
from nbtrack.backends.sqlite.migrate import integrity_problems, open_store
from nbtrack.backends.sqlite.session import Known, Session, Settings
from nbtrack.entities import Experiment, Run
from nbtrack.errors import StoreError
from nbtrack.limits import DOCUMENTED, Limits

STORE_FILE: Final = "store.db"
Handler = Callable[[Session, Any], Any]


def bind(op: Operation[Q, R], handler: Callable[[Session, Q], R]) -> tuple[str, Handler]:
    """Tie a handler to an operation; the type checker compares their messages."""
    return op.name, handler


HANDLERS: Final[dict[str, Handler]] = dict(
    (
        bind(experiments_api.CREATE_EXPERIMENT, experiments.create),
        bind(experiments_api.GET_EXPERIMENT, experiments.get),
        bind(experiments_api.GET_BY_NAME, experiments.get_by_name),
        bind(experiments_api.DELETE_EXPERIMENT, experiments.delete),
        bind(experiments_api.RESTORE_EXPERIMENT, experiments.restore),
        bind(experiments_api.UPDATE_EXPERIMENT, experiments.update),
        bind(experiments_api.SET_EXPERIMENT_TAG, experiments.set_tag),
        bind(experiments_api.DELETE_EXPERIMENT_TAG, experiments.delete_tag),
        bind(experiments_api.SEARCH_DATASETS, experiments.search_datasets),
        bind(experiments_api.LIST_EXPERIMENTS, searching.list_experiments),
        bind(experiments_api.SEARCH_EXPERIMENTS, searching.search_experiments),
        bind(runs_api.CREATE_RUN, runs.create),
        bind(runs_api.GET_RUN, runs.get),
        bind(runs_api.UPDATE_RUN, runs.update),
        bind(runs_api.DELETE_RUN, runs.delete),
        bind(runs_api.RESTORE_RUN, runs.restore),
        bind(runs_api.DELETE_RUNS, runs.delete_many),
        bind(runs_api.RESTORE_RUNS, runs.restore_many),
        bind(runs_api.SEARCH_RUNS, searching.search_runs),
        bind(runs_api.LOG_PARAM, logging.log_param),
        bind(runs_api.SET_TAG, logging.set_tag),
        bind(runs_api.DELETE_TAG, logging.delete_tag),
        bind(runs_api.LOG_BATCH, logging.log_batch),
        bind(runs_api.LOG_INPUTS, logging.log_inputs),
        bind(runs_api.LOG_OUTPUTS, logging.log_outputs),
        bind(runs_api.LOG_MODEL, logging.log_model),
        bind(metrics_api.LOG_METRIC, logging.log_metric),
        bind(metrics_api.GET_HISTORY, history.get_history),
        bind(metrics_api.GET_HISTORY_BULK, history.get_history_bulk),
        bind(metrics_api.GET_HISTORY_BULK_INTERVAL, history.get_history_bulk_interval),
        bind(artifacts_api.LIST_ARTIFACTS, artifact_lists.list_run),
        bind(artifacts_api.LIST_LOGGED_MODEL_ARTIFACTS, artifact_lists.list_model),
        bind(models_api.CREATE_LOGGED_MODEL, logged_models.create),
        bind(models_api.GET_LOGGED_MODEL, logged_models.get),
        bind(models_api.DELETE_LOGGED_MODEL, logged_models.delete),
        bind(models_api.FINALIZE_LOGGED_MODEL, logged_models.finalize),
        bind(models_api.LOG_LOGGED_MODEL_PARAMS, logged_models.log_params),
        bind(models_api.SET_LOGGED_MODEL_TAGS, logged_models.set_tags),
        bind(models_api.DELETE_LOGGED_MODEL_TAG, logged_models.delete_tag),
        bind(models_api.SEARCH_LOGGED_MODELS, searching.search_logged_models),
        bind(permissions_api.GET_PERMISSIONS, permissions.get),
        bind(permissions_api.GET_PERMISSION_LEVELS, permissions.levels),
        bind(permissions_api.SET_PERMISSIONS, permissions.replace),
        bind(permissions_api.UPDATE_PERMISSIONS, permissions.update),
    )
)


def milliseconds() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class SqliteBackend:
    """The embedded engine on one folder: `store.db` and `artifacts/` in it.

    Safe with several threads, processes and forks at once. Values above the limits are refused,
    never cut.

    Raises
    ------
    StoreError
        If the file is foreign, damaged, made by a newer nbtrack, or cannot be written.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        limits: Limits = DOCUMENTED,
        proxied_artifacts: bool = False,
        journal_mode: str = "auto",
        clock: Callable[[], int] = milliseconds,
    ) -> None:
        """Open or make the store in a folder; None keeps it in memory, without artifacts."""
        self.folder = None if folder is None else Path(folder).absolute()
        path = None if self.folder is None else _prepared(self.folder)
        root = (self.folder or Path("/nonexistent")) / "artifacts"
        self.artifacts = ArtifactFolder(root, proxied=proxied_artifacts)
        self._pool = Connections(path, journal_mode)
        self._settings = Settings(limits=limits, clock=clock, artifacts=self.artifacts)
        self._known = Known()
        open_store(self._pool)

    @classmethod
    def in_memory(cls, *, limits: Limits = DOCUMENTED) -> SqliteBackend:
        """Make a store that lives as long as this object."""
        return cls(None, limits=limits)

    @property
    def name(self) -> str:
        """Say where the data is."""
        return "memory" if self.folder is None else str(self.folder)

    def call(self, op: Operation[Q, R], request: Q) -> R:
        """Carry out one operation in one transaction."""
        check_request(op, request)
        handler = HANDLERS[op.name]
        lend = self._pool.reading if op.reads else self._pool.writing
        with lend() as db:
            tx = Session(db, self._settings, self._known)
            reply: R = handler(tx, request)
            packs.renew(tx)
        self._known.add(tx.fresh)
        return reply

    def columns(self, query: ColumnsQuery) -> Columns:
        """Return runs or metric histories as typed columns, read in one transaction."""
        with self._pool.reading() as db:
            tx = Session(db, self._settings, self._known)
            return searching.columns(tx, query)

    def can_answer(self, query: ColumnsQuery) -> bool:  # noqa: ARG002 - the protocol's
        """Tell that every query is answered."""
        return True

    def load(
        self, experiments: Iterable[Experiment], runs: Iterable[Run], history: Columns | None
    ) -> None:
        """Take in what another server sent; `history` has metrics of which more is known."""
        points = {} if history is None else loading.points_of(history)
        with self._pool.writing() as db:
            tx = Session(db, self._settings, self._known)
            loading.load(tx, experiments, runs, points)
        self._known.add(tx.fresh)

    def version(self) -> str | None:
        """Return a text that changes with every commit of any process; None for one in memory."""
        return self._pool.version()

    def integrity_problems(self) -> list[str]:
        """Return what SQLite's integrity check finds wrong; an empty list means nothing."""
        return integrity_problems(self._pool)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()


def _prepared(folder: Path) -> Path:
    path = folder / STORE_FILE
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as exc:
        message = (
            f"The folder {folder} for the store cannot be made: {exc.strerror}. "
            "Use another tracking URI."
        )
        raise StoreError(message) from exc
    return path
