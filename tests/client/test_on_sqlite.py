"""The client on the embedded engine: what is written is read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbtrack import limits
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import (
    ExperimentAccessControlRequest,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    RunStatus,
    SearchLoggedModelsOrderBy,
)
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Client]:
    backend = SqliteBackend(tmp_path / ".nbtrack", limits=limits.DOCUMENTED)
    with Client(backend=backend) as client:
        yield client


@pytest.fixture
def experiment_id(store: Client) -> str:
    return store.create_experiment("vision", tags={"team": "a"})


@pytest.fixture
def run_id(store: Client, experiment_id: str) -> str:
    return store.create_run(experiment_id, run_name="first").info.run_id


def test_tracking_uri_opens_a_store(tmp_path: Path) -> None:
    with Client(str(tmp_path)) as client:
        assert client.tracking_uri == str(tmp_path / ".nbtrack")
        experiment_id = client.create_experiment("vision")
    with Client(str(tmp_path)) as again:
        assert again.get_by_name("vision").experiment_id == experiment_id


def test_without_a_tracking_uri_the_settings_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", str(tmp_path / "mine"))
    with Client() as client:
        assert client.tracking_uri == str(tmp_path / "mine" / ".nbtrack")


def test_experiment_by_name_and_id(store: Client, experiment_id: str) -> None:
    found = store.get_by_name("vision")
    assert found == store.get_experiment(experiment_id)
    assert [(tag.key, tag.value) for tag in found.tags] == [("team", "a")]


def test_experiment_is_renamed_deleted_and_restored(store: Client, experiment_id: str) -> None:
    store.update_experiment(experiment_id, new_name="sight")
    store.delete_experiment(experiment_id)
    assert [e.name for e in store.iter_experiments(view_type="DELETED_ONLY")] == ["sight"]
    store.restore_experiment(experiment_id)
    assert store.get_experiment(experiment_id).lifecycle_stage == "active"


def test_experiment_tags_are_set_and_removed(store: Client, experiment_id: str) -> None:
    store.set_experiment_tag(experiment_id, "stage", "draft")
    store.delete_experiment_tag(experiment_id, "team")
    assert [tag.key for tag in store.get_experiment(experiment_id).tags] == ["stage"]
    with pytest.raises(ResourceDoesNotExist):
        store.delete_experiment_tag(experiment_id, "team")


def test_experiments_over_several_pages(store: Client) -> None:
    made = {store.create_experiment(f"e{n}") for n in range(7)} | {"0"}
    assert {e.experiment_id for e in store.iter_experiments(max_results=3)} == made
    assert {e.experiment_id for e in store.iter_listed_experiments(max_results=3)} == made
    assert len(store.search_experiments(max_results=3).experiments) == 3
    assert len(list(store.iter_experiments(limit=5))) == 5


def test_run_is_ended(store: Client, run_id: str) -> None:
    info = store.update_run(run_id, status="FINISHED", end_time=5)
    assert (info.status, info.end_time, info.run_name) == (RunStatus.FINISHED, 5, "first")
    assert store.get_run(run_id).info == info


def test_run_is_deleted_and_restored(store: Client, experiment_id: str, run_id: str) -> None:
    store.delete_run(run_id)
    assert list(store.iter_runs(experiment_id)) == []
    assert len(store.search_runs(experiment_id, run_view_type="ALL").runs) == 1
    store.restore_run(run_id)
    assert store.get_run(run_id).info.lifecycle_stage == "active"


def test_runs_are_deleted_and_restored_in_bulk(store: Client, experiment_id: str) -> None:
    for time in (1, 2, 3):
        store.create_run(experiment_id, start_time=time)
    assert store.delete_runs(experiment_id, max_timestamp_millis=2) == 2
    assert [run.info.start_time for run in store.iter_runs(experiment_id)] == [3]
    assert store.restore_runs(experiment_id, min_timestamp_millis=0, max_runs=1) == 1


def test_runs_over_several_pages_in_order(store: Client, experiment_id: str) -> None:
    for n in range(7):
        run = store.create_run(experiment_id)
        store.log_metric(run.info.run_id, "loss", n, timestamp=1)
    runs = store.iter_runs(
        experiment_id, filter="metrics.loss < 6", order_by="metrics.loss DESC", max_results=2
    )
    assert [run.data.metrics[0].value for run in runs] == [5, 4, 3, 2, 1, 0]


def test_single_values_are_read_back(store: Client, run_id: str) -> None:
    store.log_param(run_id, "lr", "0.1")
    store.log_metric(run_id, "loss", 0.5, timestamp=7, step=2)
    store.set_tag(run_id, "a", "1")
    store.set_tag(run_id, "b", "2")
    store.delete_tag(run_id, "a")
    data = store.get_run(run_id).data
    assert [(param.key, param.value) for param in data.params] == [("lr", "0.1")]
    assert data.metrics == (Metric(key="loss", value=0.5, timestamp=7, step=2),)
    assert {tag.key for tag in data.tags} == {"b", "mlflow.runName"}


def test_large_history_is_read_back(store: Client, run_id: str) -> None:
    points = (Metric(key="loss", value=n / 2, timestamp=n, step=n) for n in range(26_500))
    store.log_many(run_id, metrics=points)
    found = [point.value for point in store.iter_history(run_id, "loss")]
    assert found == [n / 2 for n in range(26_500)]
    assert len(store.get_history(run_id, "loss", max_results=10).metrics) == 10


def test_many_params_and_tags_are_read_back(store: Client, run_id: str) -> None:
    params = {f"p{n}": str(n) for n in range(250)}
    store.log_many(run_id, params=params, tags={f"t{n}": "x" * 250 for n in range(250)})
    data = store.get_run(run_id).data
    assert {param.key: param.value for param in data.params} == params
    assert len(data.tags) == 251


def test_more_than_a_batch_needs_log_many(store: Client, run_id: str) -> None:
    params = {f"p{n}": "" for n in range(101)}
    with pytest.raises(InvalidParameterValue):
        store.log_batch(run_id, params=params)
    store.log_many(run_id, params=params)
    assert len(store.get_run(run_id).data.params) == 101


def test_histories_of_several_runs(store: Client, experiment_id: str, run_id: str) -> None:
    other = store.create_run(experiment_id).info.run_id
    for n in (1, 2):
        store.log_batch(run_id, metrics=[Metric(key="loss", value=n, timestamp=n, step=n)])
        store.log_batch(other, metrics=[Metric(key="loss", value=-n, timestamp=n, step=n)])
    bulk = store.get_history_bulk([run_id, other], "loss")
    assert {(point.run_id, point.value) for point in bulk} == {
        (run_id, 1),
        (run_id, 2),
        (other, -1),
        (other, -2),
    }
    sample = store.get_history_bulk_interval(run_id, "loss", start_step=2, end_step=9)
    assert [point.value for point in sample] == [2]


def test_artifacts_go_there_and_back(store: Client, run_id: str, tmp_path: Path) -> None:
    local = tmp_path / "local"
    (local / "sub").mkdir(parents=True)
    (local / "sub" / "a b%20ü.txt").write_bytes(b"one")
    store.upload_artifacts(run_id, local, "in")
    store.upload_text(run_id, "note.txt", "two")
    found = [(info.path, info.file_size) for info in store.iter_artifacts(run_id, recursive=True)]
    assert found == [
        ("in", None),
        ("in/sub", None),
        ("in/sub/a b%20ü.txt", 3),
        ("note.txt", 3),
    ]
    copy = store.download_artifact(run_id, "in", tmp_path / "copy")
    assert (copy / "sub" / "a b%20ü.txt").read_bytes() == b"one"
    assert store.read_artifact(run_id, "note.txt") == b"two"


def test_all_artifacts_are_downloaded(store: Client, run_id: str, tmp_path: Path) -> None:
    store.upload_bytes(run_id, "a/b", b"one")
    folder = store.download_artifact(run_id, "", tmp_path)
    assert folder == tmp_path / "artifacts"
    assert (folder / "a" / "b").read_bytes() == b"one"


def test_deleted_artifact_does_not_exist(store: Client, run_id: str, tmp_path: Path) -> None:
    store.upload_bytes(run_id, "in/a", b"one")
    store.delete_artifact(run_id, "in")
    with pytest.raises(ResourceDoesNotExist):
        store.read_artifact(run_id, "in/a")
    with pytest.raises(ResourceDoesNotExist):
        store.download_artifact(run_id, "in", tmp_path)


def test_logged_model_from_creation_to_search(
    store: Client, experiment_id: str, run_id: str
) -> None:
    made = store.create_logged_model(experiment_id, name="net", source_run_id=run_id)
    model_id = made.info.model_id
    store.log_logged_model_params(model_id, params={"depth": "3"})
    store.set_logged_model_tags(model_id, tags={"a": "1", "b": "2"})
    store.delete_logged_model_tag(model_id, "a")
    store.log_outputs(run_id, models=[ModelOutput(model_id=model_id, step=1)])
    store.log_metric(run_id, "accuracy", 0.9, timestamp=1, model_id=model_id)
    ready = store.finalize_logged_model(model_id, status=LoggedModelStatus.LOGGED_MODEL_READY)
    assert ready == store.get_logged_model(model_id)
    assert [tag.key for tag in ready.info.tags] == ["b"]
    assert [point.value for point in ready.data.metrics] == [0.9]
    newest_first = SearchLoggedModelsOrderBy(field_name="creation_timestamp_ms", ascending=False)
    models = store.iter_logged_models(experiment_id, filter="name = 'net'", order_by=[newest_first])
    assert [model.info.model_id for model in models] == [model_id]


def test_files_of_a_logged_model(store: Client, experiment_id: str, tmp_path: Path) -> None:
    model_id = store.create_logged_model(experiment_id).info.model_id
    root = store.logged_model_artifacts(model_id)
    root.write("in/model.pkl", b"net")
    walk = store.iter_logged_model_artifacts(model_id, recursive=True)
    assert [info.path for info in walk] == ["in", "in/model.pkl"]
    assert root.download("in/model.pkl", tmp_path).read_bytes() == b"net"


def test_deleted_logged_model_is_found_on_demand(store: Client, experiment_id: str) -> None:
    model_id = store.create_logged_model(experiment_id).info.model_id
    store.delete_logged_model(model_id)
    with pytest.raises(ResourceDoesNotExist):
        store.get_logged_model(model_id)
    assert store.get_logged_model(model_id, allow_deleted=True).info.model_id == model_id


def test_permissions_are_given(store: Client, experiment_id: str) -> None:
    grant = ExperimentAccessControlRequest(user_name="ana", permission_level="CAN_READ")
    store.update_permissions(experiment_id, access_control_list=[grant])
    names = {entry.user_name for entry in store.get_permissions(experiment_id).access_control_list}
    assert "ana" in names
    levels = store.get_permission_levels(experiment_id)
    assert "CAN_MANAGE" in {level.permission_level for level in levels}
