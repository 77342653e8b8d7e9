"""What a type checker sees of every method of `Client`. This file is checked, not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

from nbtrack import entities as e
from nbtrack.api.artifacts import ArtifactsPage
from nbtrack.api.experiments import ExperimentsPage
from nbtrack.api.logged_models import LoggedModelsPage
from nbtrack.api.metrics import HistoryPage
from nbtrack.api.runs import RunsPage
from nbtrack.backends import Backend
from nbtrack.client import ArtifactRoot, Client

client = Client("runs.db")
tags = {"team": "vision"}
point = e.Metric(key="loss", value=0.5, timestamp=7)

assert_type(client.create_experiment("vision", tags=tags), str)
assert_type(client.create_experiment("a", tags=[e.ExperimentTag(key="a", value="1")]), str)
assert_type(client.get_by_name("vision"), e.Experiment)
assert_type(client.get_experiment("3"), e.Experiment)
assert_type(client.list_experiments(view_type="ALL"), ExperimentsPage)
assert_type(client.search_experiments(view_type=e.ViewType.ALL), ExperimentsPage)
assert_type(client.iter_experiments(order_by="name"), Iterator[e.Experiment])
assert_type(client.iter_listed_experiments(limit=3), Iterator[e.Experiment])
assert_type(client.search_datasets(["3"]), tuple[e.DatasetSummary, ...])

assert_type(client.create_run("3", run_name="first", tags=tags), e.Run)
assert_type(client.get_run("a1"), e.Run)
assert_type(client.update_run("a1", status=e.RunStatus.FINISHED), e.RunInfo)
assert_type(client.delete_runs("3", max_timestamp_millis=9), int)
assert_type(client.restore_runs("3", min_timestamp_millis=9), int)
assert_type(client.search_runs("3", filter="metrics.loss < 1"), RunsPage)
assert_type(client.iter_runs(("3", "4"), limit=10), Iterator[e.Run])
client.log_metric("a1", "loss", 0.5, timestamp=7, model_id="m-1")
client.log_batch("a1", metrics=[point], params={"lr": "0.1"}, tags=tags)
client.log_many("a1", metrics=(point for _ in range(5)), params=[e.Param(key="a", value="1")])

assert_type(client.get_history("a1", "loss"), HistoryPage)
assert_type(client.iter_history("a1", "loss"), Iterator[e.Metric])
assert_type(client.get_history_bulk(["a1"], "loss"), tuple[e.MetricWithRunId, ...])
assert_type(client.get_history_bulk_interval(["a1"], "loss"), tuple[e.MetricWithRunId, ...])

assert_type(client.list_artifacts("a1", path="model"), ArtifactsPage)
assert_type(client.iter_artifacts("a1", recursive=True), Iterator[e.FileInfo])
assert_type(client.upload_artifact("a1", Path("a.txt"), "in"), str)
assert_type(client.upload_artifacts("a1", "folder"), tuple[str, ...])
assert_type(client.read_artifact("a1", "a.txt"), bytes)
assert_type(client.download_artifact("a1", "a.txt", "here"), Path)
assert_type(client.logged_model_artifacts("m-1"), ArtifactRoot)

assert_type(client.create_logged_model("3", params={"lr": "0.1"}), e.LoggedModel)
assert_type(client.get_logged_model("m-1"), e.LoggedModel)
assert_type(client.finalize_logged_model("m-1", status="LOGGED_MODEL_READY"), e.LoggedModel)
assert_type(client.search_logged_models("3"), LoggedModelsPage)
assert_type(client.iter_logged_models("3"), Iterator[e.LoggedModel])

assert_type(client.get_permissions("3"), e.ExperimentPermissions)
assert_type(client.set_permissions("3", access_control_list=[]), e.ExperimentPermissions)


def on_backend(backend: Backend) -> None:
    """Open a client on a backend of one's own."""
    with Client(backend=backend) as opened:
        assert_type(opened, Client)


# Refused: without the error, mypy reports the comment as unused.
client.create_run("3", tags=[e.Param(key="a", value="1")])  # type: ignore[list-item]
client.log_metric("a1", "loss", 0.5)  # type: ignore[call-arg]
client.log_metric("a1", "loss", 0.5, timestamp=7, model="m-1")  # type: ignore[call-arg]
client.search_runs(["3"], "metrics.loss < 1")  # type: ignore[call-arg]
client.log_many("a1", metrics={"loss": 0.5})  # type: ignore[dict-item]
client.update_run("a1", status=3)  # type: ignore[arg-type]
