"""What an export takes and gives, whatever the format."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from nbtrack.cli import MISTAKE, SUCCESS, main
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.errors import (
    ExportError,
    FilterError,
    InvalidParameterValue,
    ResourceDoesNotExist,
)
from nbtrack.frames import runs
from nbtrack.frames.export import export
from nbtrack.frames.export_formats import FORMATS, Format
from nbtrack.frames.export_tables import history_parts
from tests.conformance.service import unique
from tests.frames.messy import messy_client
from tests.frames.places import PLACES, open_place, place_folder


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with messy_client(tmp_path) as client:
        yield client


def names(path: Path) -> list[str]:
    """Return the names of the runs in an export as CSV."""
    return sorted(pd.read_csv(path)["run_name"])


def test_without_runs_all_are_exported(client: Client, tmp_path: Path) -> None:
    done = export(tmp_path / "a.csv", client=client)
    assert (done.format, done.runs, done.points, done.files) == ("csv", 3, 12, 2)
    assert done.size == sum((tmp_path / n).stat().st_size for n in ("a.csv", "a.history.csv"))
    place = str(tmp_path / "a.csv")
    assert str(done).startswith(f"Exported 3 runs and 12 points to {place!r}: CSV, 2 files, ")


def test_a_filter_and_experiments_choose_runs(client: Client, tmp_path: Path) -> None:
    export(tmp_path / "a.csv", "params.lr = '0.5'", client=client)
    export(tmp_path / "b.csv", experiments="speech", client=client)
    assert (names(tmp_path / "a.csv"), names(tmp_path / "b.csv")) == (["run 1"], ["run 2"])


def test_ids_choose_runs_in_their_order_even_deleted_ones(client: Client, tmp_path: Path) -> None:
    ids = runs(client=client, order_by="start_time")["run_id"].tolist()
    client.delete_run(ids[0])
    export(tmp_path / "a.csv", [ids[2], ids[0]], client=client)
    export(tmp_path / "b.csv", ids[1], client=client)
    assert pd.read_csv(tmp_path / "a.csv")["run_name"].tolist() == ["run 2", "run 0"]
    assert names(tmp_path / "b.csv") == ["run 1"]


def test_thousands_of_ids_are_typed_as_one_search(client: Client, tmp_path: Path) -> None:
    experiment = client.create_experiment("thousands")
    ids = [client.create_run(experiment, start_time=n).info.run_id for n in range(1_002)]
    client.log_batch(ids[0], params={"x": "1"}, metrics=[Metric(key="m", value=1, timestamp=1)])
    client.log_batch(ids[-1], params={"x": "2", "a": "b"})
    export(tmp_path / "out", ids, client=client, history=False)
    found = pd.read_parquet(tmp_path / "out" / "runs")
    frame = runs(client=client, experiments="thousands", order_by="start_time")
    assert found["run_id"].tolist() == ids
    assert found.columns.tolist() == [c for c in frame.columns if c != "experiment_id"] + [
        "experiment_id"
    ]
    for name in ("params.x", "params.a", "metrics.m", "start_time", "end_time", "status"):
        pd.testing.assert_series_equal(found[name].astype(str), frame[name].astype(str))


def test_a_frame_is_exported_as_it_is(client: Client, tmp_path: Path) -> None:
    frame = runs(client=client).assign(score=[1, 2, 3]).set_index("run_id").head(2)
    done = export(tmp_path / "a.csv", frame, client=client, history="val loss")
    assert pd.read_csv(tmp_path / "a.csv")["score"].tolist() == [1, 2]
    assert (done.runs, done.points) == (2, 6)


def test_columns_are_chosen_by_pattern(client: Client, tmp_path: Path) -> None:
    export(tmp_path / "a.csv", columns=["run_name", "params.*"], client=client)
    found = pd.read_csv(tmp_path / "a.csv")
    assert found.columns.tolist() == [
        *("run_name", "params.depth", "params.empty", "params.lr", "params.note")
    ]


def test_the_metrics_of_the_history_are_chosen(client: Client, tmp_path: Path) -> None:
    done = export(tmp_path / "a.csv", history=["val_loss", "VAL_LOSS"], client=client)
    assert done.points == 2
    assert set(pd.read_csv(tmp_path / "a.history.csv")["key"]) == {"val_loss", "VAL_LOSS"}


def test_without_history_there_is_no_such_file(client: Client, tmp_path: Path) -> None:
    done = export(tmp_path / "a.csv", history=False, client=client)
    assert (done.points, done.files) == (None, 1)
    assert not (tmp_path / "a.history.csv").exists()


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_an_experiment_without_runs_gives_tables_without_rows(
    client: Client, tmp_path: Path, form: Format
) -> None:
    client.create_experiment("empty")
    place = tmp_path / "out"
    done = export(place, experiments="empty", format=form.name, history=True, client=client)
    assert (done.runs, done.points) == (0, 0)
    assert place.exists()


@pytest.mark.parametrize("suffix", [s for form in FORMATS.values() for s in form.suffixes])
def test_the_ending_tells_the_format(client: Client, tmp_path: Path, suffix: str) -> None:
    done = export(tmp_path / f"out{suffix}", client=client)
    assert suffix in FORMATS[done.format].suffixes


def test_history_is_read_in_parts_that_grow(client: Client) -> None:
    experiment = client.create_experiment("many")
    ids = [client.create_run(experiment).info.run_id for _ in range(50)]
    for run_id in ids:
        client.log_batch(run_id, metrics=[Metric(key="m", value=1, timestamp=1)])
    done: list[int] = []
    parts = list(history_parts(client, {experiment: ids}, None, done.append))
    assert done == [8, 32, 10]
    assert [len(part.frame) for part in parts] == done


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dest": "a.doc"}, "'a.doc' ends in '.doc', which means no format; .parquet, .pq, .csv"),
        ({"dest": "a", "format": "word"}, "format is 'word'. Use one of parquet, csv"),
        ({"dest": "a.csv", "columns": ["lr"]}, "The runs have no column 'lr'"),
        ({"dest": "a.csv", "view": "some"}, "view is 'some'"),
        ({"dest": "a.md", "digits": 0}, "digits is 0"),
        ({"dest": "a.csv", "runs": ["a b"]}, "'a b' is no run id"),
        ({"dest": "a.csv", "runs": pd.DataFrame({"x": [1]})}, "no column 'run_id'"),
        ({"dest": "a", "runs": pd.DataFrame({"run_id": ["1"]})}, "no column 'experiment_id'"),
        (
            {"dest": "a", "runs": pd.DataFrame({"run_id": ["1"], "experiment_id": [None]})},
            "A row of the frame has no 'experiment_id'",
        ),
        ({"dest": "a.csv", "runs": [3]}, "3 is no run"),
    ],
)
def test_a_mistake_is_named_and_leaves_nothing(
    client: Client, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    before = sorted(tmp_path.iterdir())
    given = {**options, "dest": tmp_path / str(options["dest"])}
    with pytest.raises(InvalidParameterValue) as caught:
        export(client=client, **given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert message in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_wrong_filter_and_a_run_that_is_not_there(client: Client, tmp_path: Path) -> None:
    with pytest.raises(FilterError):
        export(tmp_path / "a.csv", "metrics.loss <", client=client)
    with pytest.raises(ResourceDoesNotExist, match="Run 'abc' does not exist"):
        export(tmp_path / "a.csv", "abc", client=client)
    assert [path.name for path in tmp_path.iterdir()] == [".nbtrack"]


def test_an_unknown_keyword_is_a_type_error(client: Client, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no keyword 'folder'"):
        export(tmp_path / "a.csv", client=client, folder="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize(("module", "name"), [("pyarrow", "a"), ("openpyxl", "a.xlsx")])
def test_without_the_library_the_extra_is_named(tmp_path: Path, module: str, name: str) -> None:
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from nbtrack.frames.export import export\n"
        "from nbtrack.errors import MissingDependencyError\n"
        f"try: export({name!r})\n"
        "except MissingDependencyError as exc: print(exc)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"needs {module}, which is not installed" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", PLACES)
def test_every_place_can_be_exported(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> None:
    with open_place(kind, place_folder(kind, tmp_path_factory, worker_id)) as service:
        client = service.client
        experiment = client.create_experiment(unique("exported"))
        run_id = client.create_run(experiment, start_time=1).info.run_id
        points = [Metric(key="m", value=v, timestamp=1, step=v) for v in range(3)]
        client.log_batch(run_id, metrics=points, params={"lr": "0.1"})
        done = export(tmp_path / "out", [run_id], client=client)
        assert (done.runs, done.points) == (1, 3)
        found = pd.read_parquet(tmp_path / "out" / "runs")
        assert found[["run_id", "params.lr"]].to_numpy().tolist() == [[run_id, 0.1]]
        points_read = pd.read_parquet(tmp_path / "out" / "history")
        assert points_read["value"].tolist() == [0.0, 1.0, 2.0]


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def store(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", client.tracking_uri)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_says_in_one_line_what_it_wrote(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--experiment", "speech", "--experiment", "vis*", "--filter", "params.lr = '0.5'"]
    assert main(["export", "out", *arguments]) == SUCCESS
    out, err = capsys.readouterr()
    assert out.startswith(f"Exported 1 run and 6 points to '{store / 'out'}': Parquet, 3 files, ")
    assert err == ""
    manifest = json.loads((store / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["filter"] == "params.lr = '0.5'"


def test_the_command_takes_format_overwrite_and_no_history(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export", "out", "--format", "csv", "--no-history"]
    assert main(arguments) == SUCCESS
    assert main(arguments) == MISTAKE
    assert "exists already" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == SUCCESS
    assert names(store / "out") == ["run 0", "run 1", "run 2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: DEST"),
        (["out", "--experiment", "none"], "no active experiment 'none'"),
        (["out", "--format", "word"], "format is 'word'"),
        (["out", "--filter", "lr >"], "lr"),
        (["nowhere/out"], "There is no folder"),
        (["out", "--overwrit"], "Did you mean '--overwrite'?"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(
    store: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["export", *arguments]) == MISTAKE
    assert message in capsys.readouterr().err
    assert not (store / "out").exists()


def test_an_export_error_is_one_of_nbtrack(tmp_path: Path, client: Client) -> None:
    with pytest.raises(ExportError, match="There is no folder"):
        export(tmp_path / "deep" / "a.csv", client=client)
