"""MLflow's own client, unmodified, against a live server."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from pathlib import Path

import matplotlib as mpl
import mlflow
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from mlflow import artifacts
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.limits import MLFLOW
from nbtrack.server import create_app, running

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own
mpl.use("agg")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Start one server with a token for all tests of this file."""
    folder = tmp_path_factory.mktemp("store")
    engine = SqliteBackend(folder, limits=MLFLOW, proxied_artifacts=True)
    with running(create_app(engine, token="s3cret")) as address:
        yield address
    engine.close()


@pytest.fixture(autouse=True)
def _settings(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Generator[None]:
    """Point MLflow at the server, with an experiment named after the test."""
    for name, value in {
        "HOME": str(tmp_path),
        "MLFLOW_TRACKING_URI": url,
        "MLFLOW_TRACKING_TOKEN": "s3cret",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment(request.node.name)
    yield
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def client() -> MlflowClient:
    return MlflowClient()


@pytest.fixture
def experiment_id(request: pytest.FixtureRequest, client: MlflowClient) -> str:
    experiment = client.get_experiment_by_name(request.node.name)
    assert experiment
    return str(experiment.experiment_id)


@pytest.fixture
def run_id(client: MlflowClient, experiment_id: str) -> str:
    return str(client.create_run(experiment_id, run_name="first").info.run_id)


def test_the_fluent_api(client: MlflowClient, experiment_id: str) -> None:
    with mlflow.start_run(run_name="brave", tags={"team": "a"}, description="notes") as run:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({"depth": 3, "text": "x" * 6000})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"acc": 0.5, "f1": 0.25}, step=2)
        mlflow.set_tag("stage", "dev")
        mlflow.set_tags({"a": "1", "b": 2})
    found = client.get_run(run.info.run_id)
    assert (found.info.status, found.info.run_name) == ("FINISHED", "brave")
    assert found.info.experiment_id == experiment_id
    assert found.data.params == {"lr": "0.1", "depth": "3", "text": "x" * 6000}
    assert found.data.metrics == {"loss": pytest.approx(1 / 3), "acc": 0.5, "f1": 0.25}
    assert found.data.tags["mlflow.note.content"] == "notes"
    assert [found.data.tags[key] for key in ("team", "stage", "a", "b")] == ["a", "dev", "1", "2"]
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(0, 1.0), (1, 0.5), (2, 1 / 3)]


def test_a_failing_block_fails_the_run(client: MlflowClient) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        _ = 1 / 0
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_a_run_is_resumed(client: MlflowClient, run_id: str) -> None:
    client.set_terminated(run_id, "KILLED", end_time=5)
    with mlflow.start_run(run_id=run_id):
        assert client.get_run(run_id).info.status == "RUNNING"
        mlflow.log_metric("more", 1)
    found = client.get_run(run_id)
    assert (found.info.status, found.data.metrics) == ("FINISHED", {"more": 1.0})


def test_nested_runs_name_their_parent(client: MlflowClient, experiment_id: str) -> None:
    with mlflow.start_run() as parent:
        for number in range(3):
            with mlflow.start_run(nested=True, run_name=f"child-{number}"):
                mlflow.log_metric("number", number)
    children = client.search_runs(
        [experiment_id],
        f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
        order_by=["metrics.number DESC"],
    )
    assert [child.info.run_name for child in children] == ["child-2", "child-1", "child-0"]
    found = client.get_parent_run(children[0].info.run_id)
    assert found
    assert found.info.run_id == parent.info.run_id


def test_asynchronous_logging_arrives(client: MlflowClient) -> None:
    with mlflow.start_run() as run:
        for step in range(50):
            mlflow.log_metric("loss", step, step=step, synchronous=False)
        mlflow.log_params({"a": 1}, synchronous=False)
        mlflow.set_tags({"b": 2}, synchronous=False)
        mlflow.flush_async_logging()
    found = client.get_run(run.info.run_id)
    assert len(client.get_metric_history(run.info.run_id, "loss")) == 50
    assert (found.data.params["a"], found.data.tags["b"]) == ("1", "2")


def test_a_batch_of_everything(client: MlflowClient, run_id: str) -> None:
    client.log_batch(
        run_id,
        metrics=[Metric("m", step / 7, 1_000 + step, step) for step in range(1_500)],
        params=[Param(f"p{number}", "v") for number in range(150)],
        tags=[RunTag("t", "v")],
    )
    found = client.get_run(run_id)
    assert (len(found.data.params), found.data.tags["t"]) == (150, "v")
    assert found.data.metrics == {"m": pytest.approx(1_499 / 7)}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks(client: MlflowClient, run_id: str, value: float) -> None:
    client.log_metric(run_id, "odd", value)
    (found,) = client.get_run(run_id).data.metrics.values()
    (point,) = client.get_metric_history(run_id, "odd")
    assert str(found) == str(point.value) == str(value)


def test_a_param_is_written_once(client: MlflowClient, run_id: str) -> None:
    client.log_param(run_id, "lr", 1)
    client.log_param(run_id, "lr", 1)
    with pytest.raises(MlflowException, match="lr") as caught:
        client.log_param(run_id, "lr", 2)
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_tags_of_runs_and_experiments_are_removed(
    client: MlflowClient, run_id: str, experiment_id: str
) -> None:
    client.set_tag(run_id, "a/b", "1")
    client.delete_tag(run_id, "a/b")
    client.set_experiment_tag(experiment_id, "team", "x")
    assert client.get_experiment(experiment_id).tags == {"team": "x"}
    client.delete_experiment_tag(experiment_id, "team")
    assert "a/b" not in client.get_run(run_id).data.tags
    assert client.get_experiment(experiment_id).tags == {}
    with pytest.raises(MlflowException) as caught:
        client.delete_tag(run_id, "a/b")
    assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_runs_are_renamed_deleted_and_restored(
    client: MlflowClient, run_id: str, experiment_id: str
) -> None:
    client.update_run(run_id, status="SCHEDULED", name="second")
    client.delete_run(run_id)
    assert client.search_runs([experiment_id]) == []
    (deleted,) = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert (deleted.info.run_name, deleted.info.lifecycle_stage) == ("second", "deleted")
    with pytest.raises(MlflowException):
        client.log_metric(run_id, "m", 1)
    client.restore_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "active"


def test_experiments_live_and_die(client: MlflowClient) -> None:
    one = client.create_experiment("life", tags={"team": "x"})
    with pytest.raises(MlflowException) as caught:
        client.create_experiment("life")
    assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"
    client.rename_experiment(one, "life 2")
    client.delete_experiment(one)
    assert client.get_experiment(one).lifecycle_stage == "deleted"
    client.restore_experiment(one)
    found = client.search_experiments(filter_string="name ILIKE 'LIFE%' AND tags.team = 'x'")
    assert [experiment.name for experiment in found] == ["life 2"]
    assert client.get_experiment_by_name("life") is None


def test_runs_come_in_pages(client: MlflowClient, experiment_id: str) -> None:
    ids = [
        client.create_run(experiment_id, start_time=number + 1, tags={"n": str(number)}).info.run_id
        for number in range(5)
    ]
    page = client.search_runs([experiment_id], max_results=3, order_by=["start_time ASC"])
    rest = client.search_runs(
        [experiment_id], max_results=3, order_by=["start_time ASC"], page_token=page.token
    )
    assert [run.info.run_id for run in [*page, *rest]] == ids
    assert not rest.token


def test_runs_become_a_frame(experiment_id: str) -> None:
    for rate in (0.1, 0.2):
        with mlflow.start_run():
            mlflow.log_param("rate", rate)
            mlflow.log_metric("loss", 1 - rate)
    frame = mlflow.search_runs([experiment_id], "metrics.loss < 0.85 and params.rate = '0.2'")
    assert isinstance(frame, pd.DataFrame)
    assert frame["metrics.loss"].tolist() == [0.8]


def test_files_go_there_and_back(client: MlflowClient, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("hello")
    (folder / "deep" / "größe & co.bin").write_bytes(bytes(range(256)) * 10_000)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(folder / "a.txt"))
        mlflow.log_artifacts(str(folder), "tree")
        uri = mlflow.get_artifact_uri("tree")
    run_id = run.info.run_id
    assert [(f.path, f.is_dir) for f in client.list_artifacts(run_id)] == [
        ("a.txt", False),
        ("tree", True),
    ]
    assert [f.path for f in client.list_artifacts(run_id, "tree/deep")] == [
        "tree/deep/größe & co.bin"
    ]
    back = Path(artifacts.download_artifacts(artifact_uri=uri, dst_path=str(tmp_path / "to")))
    assert (back / "deep" / "größe & co.bin").read_bytes() == bytes(range(256)) * 10_000
    one = client.download_artifacts(run_id, "a.txt", str(tmp_path / "to"))
    assert Path(one).read_text() == "hello"
    assert artifacts.load_text(f"runs:/{run_id}/a.txt") == "hello"


def test_a_missing_file_is_an_error(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    assert client.list_artifacts(run_id, "nothing") == []
    with pytest.raises((MlflowException, OSError)):
        client.download_artifacts(run_id, "nothing.txt", str(tmp_path))


def test_texts_dicts_figures_images_and_tables(client: MlflowClient) -> None:
    figure = Figure()
    figure.subplots().plot([1, 2])
    with mlflow.start_run() as run:
        mlflow.log_text("words", "notes/a.md")
        mlflow.log_dict({"a": [1, 2]}, "a.json")
        mlflow.log_figure(figure, "plot.png")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "black.png")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), key="steps", step=1)
        mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
        mlflow.log_table({"x": [3], "y": ["c"]}, "table.json")
    root = f"runs:/{run.info.run_id}"
    assert artifacts.load_dict(f"{root}/a.json") == {"a": [1, 2]}
    assert artifacts.load_image(f"{root}/black.png").size == (4, 4)
    table = mlflow.load_table("table.json", run_ids=[run.info.run_id])
    assert table["x"].tolist() == [1, 2, 3]
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert names == {"notes", "a.json", "plot.png", "black.png", "images", "table.json"}
    logged = json.loads(client.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert logged == [{"path": "table.json", "type": "table"}]


def only_input(client: MlflowClient, run_id: str) -> DatasetInput:
    inputs = client.get_run(run_id).inputs
    assert inputs
    (entry,) = inputs.dataset_inputs
    return entry


def test_datasets_are_inputs(client: MlflowClient, experiment_id: str) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    data = from_pandas(frame, source="https://example.org/x.csv", name="wine")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training", tags={"split": "a"})
        mlflow.log_input(data, context="training")
    entry = only_input(client, run.info.run_id)
    assert (entry.dataset.name, entry.dataset.digest) == ("wine", data.digest)
    assert {t.key: t.value for t in entry.tags} == {"split": "a", "mlflow.data.context": "training"}
    found = client.search_runs([experiment_id], "dataset.name = 'wine'")
    assert [run.info.run_id for run in found] == [run.info.run_id]


def test_inputs_by_the_client(client: MlflowClient, run_id: str) -> None:
    dataset = Dataset(name="d", digest="1a2b", source_type="local", source="{}")
    client.log_inputs(run_id, datasets=[DatasetInput(dataset, [InputTag("k", "v")])])
    entry = only_input(client, run_id)
    assert (entry.dataset.digest, entry.tags[0].value) == ("1a2b", "v")


def test_a_model_is_logged_and_loaded(client: MlflowClient, experiment_id: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("before", 1)
        info = mlflow.pyfunc.log_model(
            name="doubler",
            python_model=lambda model_input: [2 * value for value in model_input],
            params={"a": 1},
            pip_requirements=[],
        )
        mlflow.log_metric("acc", 0.75, model_id=info.model_id)
    model = client.get_logged_model(info.model_id)
    assert (model.name, str(model.status), model.params) == ("doubler", "READY", {"a": "1"})
    assert {metric.key: metric.value for metric in model.metrics or []}["acc"] == 0.75
    outputs = client.get_run(run.info.run_id).outputs
    assert outputs
    assert [output.model_id for output in outputs.model_outputs] == [info.model_id]
    loaded = mlflow.pyfunc.load_model(info.model_uri)
    assert loaded.predict([1.0, 2.0]) == [2.0, 4.0]
    found = client.search_logged_models([experiment_id], filter_string="metrics.acc > 0.5")
    assert [found_model.model_id for found_model in found] == [info.model_id]


def test_logged_models_live_and_die(client: MlflowClient, experiment_id: str) -> None:
    model = client.create_logged_model(
        experiment_id, name="m", tags={"a": "1"}, params={f"p{n}": "v" for n in range(250)}
    )
    model_id = model.model_id
    client.set_logged_model_tags(model_id, {"b/c": "2"})
    client.delete_logged_model_tag(model_id, "b/c")
    client.finalize_logged_model(model_id, "FAILED")
    found = client.get_logged_model(model_id)
    assert (found.tags, str(found.status), len(found.params)) == ({"a": "1"}, "FAILED", 250)
    client.delete_logged_model(model_id)
    assert client.search_logged_models([experiment_id]) == []
    with pytest.raises(MlflowException):
        client.get_logged_model(model_id)


def test_models_become_a_frame_in_order(experiment_id: str) -> None:
    for score in (0.1, 0.3, 0.2):
        with mlflow.start_run():
            model = mlflow.initialize_logged_model(name=f"m{score:.0%}"[:-1])
            mlflow.log_metric("score", score, model_id=model.model_id)
            mlflow.finalize_logged_model(model.model_id, "READY")
    frame = mlflow.search_logged_models(
        [experiment_id], order_by=[{"field_name": "metrics.score", "ascending": False}]
    )
    assert frame["name"].tolist() == ["m30", "m20", "m10"]


def test_traces_do_not_disturb(client: MlflowClient) -> None:
    with mlflow.start_run() as run:

        @mlflow.trace
        def work(value: int) -> int:
            return value + 1

        assert work(1) == 2
        mlflow.log_metric("m", 1)
    assert client.get_run(run.info.run_id).data.metrics == {"m": 1.0}


def test_a_wrong_token_is_refused(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "wrong")
    with pytest.raises(MlflowException) as caught:
        client.get_experiment("0")
    assert caught.value.error_code == "UNAUTHENTICATED"


def test_a_name_and_password_log_in_too(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ana")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    assert client.get_experiment("0").name == "Default"
