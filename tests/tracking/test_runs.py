"""What is logged to a run in progress arrives, and what cannot be logged is told with its key."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import nbtrack
from nbtrack.client.channel import open_channels
from nbtrack.client.refusals import refused
from nbtrack.client.shortening import shortened
from nbtrack.entities import Dataset, LoggedModelStatus, RunStatus
from nbtrack.errors import InvalidParameterValue, InvalidState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbtrack.client import Client
    from nbtrack.client.active_run import ActiveRun


@pytest.fixture
def run(store: str) -> ActiveRun:
    return nbtrack.start_run(run_name="test")


def points(client: Client, run: ActiveRun, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in client.iter_history(run.run_id, key)]


def texts(client: Client, run: ActiveRun) -> tuple[dict[str, str], dict[str, str]]:
    data = client.get_run(run.run_id).data
    return {p.key: p.value for p in data.params}, {t.key: t.value for t in data.tags}


def test_reading_sees_what_was_just_logged(client: Client, run: ActiveRun) -> None:
    for step in range(50):
        run.log(loss=step)
        assert points(client, run, "loss")[-1] == (step, float(step))


def test_steps_count_on_by_themselves(client: Client, run: ActiveRun) -> None:
    run.log(loss=1)
    run.log({"loss": 2, "val/acc": 0.5})
    run.log(loss=3, step=10)
    run.log_metrics({"loss": 4})
    assert points(client, run, "loss") == [(0, 1.0), (1, 2.0), (10, 3.0), (11, 4.0)]
    assert points(client, run, "val/acc") == [(0, 0.5)]


def test_a_value_that_is_no_number_names_its_key_and_spares_the_others(
    client: Client, run: ActiveRun
) -> None:
    with pytest.raises(InvalidParameterValue, match="The metric 'loss' is 'high'"):
        run.log(loss="high", acc=0.5)
    assert points(client, run, "acc") == [(0, 0.5)]
    assert points(client, run, "loss") == []


@pytest.mark.parametrize("key", ["bad\tkey", "", "a//b", "../x", "x" * 300, 5])
def test_a_key_that_nobody_takes_is_told_at_once(client: Client, run: ActiveRun, key: str) -> None:
    with pytest.raises(InvalidParameterValue, match="metric key"):
        run.log_metric(key, 1.0)
    run.log(fine=1)
    assert [metric.key for metric in client.get_run(run.run_id).data.metrics] == ["fine"]


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1, "1", 0.5])
def test_a_bad_step_is_told(client: Client, run: ActiveRun, step: int) -> None:
    with pytest.raises(InvalidParameterValue, match="The step is "):
        run.log(loss=1, step=step)
    run.log(loss=2)
    assert points(client, run, "loss") == [(0, 2.0)]


def test_a_bad_key_among_params_spares_the_others(client: Client, run: ActiveRun) -> None:
    with pytest.raises(InvalidParameterValue, match="param key 'a=b'"):
        run.log_params({"a=b": 1, "fine": 2})
    assert texts(client, run)[0] == {"fine": "2"}


def test_series_and_frames(client: Client, run: ActiveRun) -> None:
    run.log_series("loss", [3, 2, 1], steps=[10, 20, 30])
    run.log_series("acc", np.array([0.5, 0.6]))
    frame = pd.DataFrame({"epoch": [1, 2], "auc": [0.7, 0.8], "note": ["a", "b"]})
    run.log_frame(frame, step="epoch")
    assert points(client, run, "loss") == [(10, 3.0), (20, 2.0), (30, 1.0)]
    assert points(client, run, "acc") == [(0, 0.5), (1, 0.6)]
    assert points(client, run, "auc") == [(1, 0.7), (2, 0.8)]
    with pytest.raises(InvalidParameterValue, match="3 values, 1 steps"):
        run.log_series("loss", [1, 2, 3], steps=[1])


@pytest.mark.parametrize("kind", ["params", "tags"])
def test_a_long_value_becomes_an_artifact_and_a_marked_short_form(
    client: Client, run: ActiveRun, said: list[str], kind: str
) -> None:
    whole = "é" * 70_000
    (run.log_params if kind == "params" else run.set_tags)({"long": whole})
    found = texts(client, run)[0 if kind == "params" else 1]["long"]
    assert found.startswith("é")
    assert found.endswith("... [70000 characters, see artifacts]")
    artifact = client.read_artifact(run.run_id, f"nbtrack/{kind}/long.txt")
    assert artifact.decode() == whole
    (line,) = said
    assert "'long' has 70000 characters" in line
    assert list(refused()) == []


def test_a_shortened_text_is_never_longer_than_the_limit() -> None:
    for most in range(80):
        assert len(shortened("x" * 100, most)) <= most


def test_texts_that_are_no_unicode_are_kept_readable(client: Client, run: ActiveRun) -> None:
    run.log_params({"path": "caf\udce9"})
    assert texts(client, run)[0] == {"path": "caf\\udce9"}


def test_files_of_every_kind(client: Client, run: ActiveRun, tmp_path: Path) -> None:
    (tmp_path / "files" / "inner").mkdir(parents=True)
    (tmp_path / "files" / "a.bin").write_bytes(b"a")
    (tmp_path / "files" / "inner" / "b.bin").write_bytes(b"b")
    run.log_text("hello", "notes/a.txt")
    run.log_dict({"n": np.int64(3), "a": np.array([1, 2])}, "d.json")
    run.log_artifact(tmp_path / "files" / "a.bin", "flat")
    run.log_artifact(str(tmp_path / "files"))
    run.log_artifacts(tmp_path / "files", "all")
    run.log_image(np.zeros((2, 2, 3), dtype="uint8"), "black.png")
    read = {
        entry.path: client.read_artifact(run.run_id, entry.path)
        for entry in client.iter_artifacts(run.run_id, recursive=True)
        if not entry.is_dir
    }
    assert read.pop("black.png").startswith(b"\x89PNG")
    assert json.loads(read.pop("d.json")) == {"n": 3, "a": [1, 2]}
    assert read == {
        "notes/a.txt": b"hello",
        "flat/a.bin": b"a",
        "files/a.bin": b"a",
        "files/inner/b.bin": b"b",
        "all/a.bin": b"a",
        "all/inner/b.bin": b"b",
    }


def test_a_table_grows(client: Client, run: ActiveRun) -> None:
    run.log_table({"q": ["a"], "score": [np.int64(1)]}, "t.json")
    run.log_table(pd.DataFrame({"q": ["b"], "score": [2]}), "t.json")
    found = json.loads(client.read_artifact(run.run_id, "t.json"))
    assert found == {"columns": ["q", "score"], "data": [["a", 1], ["b", 2]]}
    tables = json.loads(texts(client, run)[1]["mlflow.loggedArtifacts"])
    assert tables == [{"path": "t.json", "type": "table"}]
    with pytest.raises(InvalidParameterValue, match="has the columns"):
        run.log_table({"other": [1]}, "t.json")


@pytest.mark.parametrize("path", ["../x.txt", "/etc/x", "a//b", "a\\b"])
def test_an_artifact_path_that_leads_elsewhere_is_refused(run: ActiveRun, path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="not an artifact path"):
        run.log_text("x", path)


def test_inputs(client: Client, run: ActiveRun) -> None:
    frame = pd.DataFrame({"x": [1.5, 2.5], "label": ["a", "b"]})
    run.log_input(frame, context="training", name="train")
    run.log_input(np.zeros((5, 2)), tags={"fold": 1})
    run.log_input(Dataset(name="d", digest="12345678", source_type="s3", source="{}"))
    run.log_input(frame.assign(x=0), name="train")
    inputs = client.get_run(run.run_id).inputs.dataset_inputs
    names = [item.dataset.name for item in inputs]
    assert sorted(names) == ["d", "dataset", "train", "train"]
    first = next(i for i in inputs if i.tags and i.tags[0].key == "mlflow.data.context")
    assert first.tags[0].value == "training"
    assert json.loads(first.dataset.profile or "") == {"num_rows": 2, "num_elements": 4}
    columns = json.loads(first.dataset.schema or "")["mlflow_colspec"]
    assert [column["type"] for column in columns] == ["double", "string"]
    digests = {item.dataset.digest for item in inputs if item.dataset.name == "train"}
    assert len(digests) == 2
    assert {len(item.dataset.digest) for item in inputs} == {8}
    with pytest.raises(InvalidParameterValue, match="A list cannot be logged"):
        run.log_input([1, 2])


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # of MLflow's own call
def test_a_dataset_of_mlflow(client: Client, run: ActiveRun) -> None:
    data = pytest.importorskip("mlflow.data")
    given = data.from_pandas(pd.DataFrame({"x": [1.0]}), name="iris")
    run.log_input(given, context="eval")
    (found,) = client.get_run(run.run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("iris", given.digest)
    assert found.dataset.schema is not None


@pytest.mark.parametrize("form", ["object", "bytes", "file", "folder"])
def test_a_model(client: Client, run: ActiveRun, tmp_path: Path, form: str) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "w.bin").write_bytes(b"weights")
    model: Any = {
        "object": {"a": 1},
        "bytes": b"raw",
        "file": tmp_path / "saved" / "w.bin",
        "folder": str(tmp_path / "saved"),
    }[form]
    made = run.log_model(model, "net", params={"depth": 3}, tags={"kind": "x"}, step=7)
    assert made is not None
    found = client.get_logged_model(made.info.model_id)
    assert found.info.status is LoggedModelStatus.LOGGED_MODEL_READY
    assert (found.info.name, found.info.source_run_id) == ("net", run.run_id)
    assert [(p.key, p.value) for p in found.data.params] == [("depth", "3")]
    root = client.logged_model_artifacts(made.info.model_id)
    names = {entry.path for entry in client.iter_logged_model_artifacts(made.info.model_id)}
    if form == "object":
        assert pickle.loads(root.read("model.pkl")) == {"a": 1}
    assert names == {"model.pkl"} if form in {"object", "bytes"} else {"w.bin"}
    outputs = client.get_run(run.run_id).outputs
    assert outputs is not None
    assert [(o.model_id, o.step) for o in outputs.model_outputs] == [(made.info.model_id, 7)]


def test_a_model_that_cannot_be_pickled_makes_nothing(client: Client, run: ActiveRun) -> None:
    with pytest.raises(InvalidParameterValue, match="A function cannot be pickled"):
        run.log_model(lambda: 0, "net")
    assert list(client.iter_logged_models(["0"])) == []


def test_an_ended_run_takes_nothing_more(run: ActiveRun) -> None:
    run.end("FAILED")
    calls: list[Callable[[], None]] = [
        lambda: run.log(loss=1),
        lambda: run.log_params(a=1),
        lambda: run.note("x"),
    ]
    for call in calls:
        with pytest.raises(InvalidState, match="has ended as FAILED"):
            call()


@pytest.mark.parametrize("status", ["RUNNING", "DONE", ""])
def test_a_status_that_is_no_end_is_refused(run: ActiveRun, status: str) -> None:
    with pytest.raises(InvalidParameterValue, match="A run cannot end as"):
        run.end(status)
    assert run.status == "RUNNING"


def test_an_ended_run_can_be_gone_on_with(client: Client, run: ActiveRun) -> None:
    run.log_series("loss", [3, 2])
    run.end("KILLED")
    again = nbtrack.start_run(run_id=run.run_id)
    assert client.get_run(run.run_id).info.status is RunStatus.RUNNING
    again.log(loss=1)
    again.end()
    assert points(client, run, "loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]
    assert client.get_run(run.run_id).info.status is RunStatus.FINISHED


def test_a_changed_param_is_told_and_kept_in_the_file_of_refused_ones(
    client: Client, run: ActiveRun, said: list[str]
) -> None:
    run.log_params(lr=0.1)
    run.flush()
    run.log_params(lr=0.2, depth=3)
    run.flush()
    assert texts(client, run)[0] == {"lr": "0.1", "depth": "3"}
    assert len(said) == 1
    assert "param 'lr' = '0.2' was refused and set aside" in said[0]
    (kept,) = refused()
    assert (kept.run_id, kept.content["value"]) == (run.run_id, "0.2")


def test_a_record_after_the_end_of_tracking_is_told(run: ActiveRun) -> None:
    from nbtrack.client.channel import close_channels

    assert close_channels(5) == []
    with pytest.raises(InvalidState, match="Tracking has ended"):
        run.log(loss=1)
    assert open_channels() == []
