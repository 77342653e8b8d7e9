"""Exports as Parquet, read back by DuckDB, Polars and pandas."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import Metric
from nbtrack.frames import history, runs
from nbtrack.frames.export import export
from nbtrack.frames.export_parquet import NAME_KEY, safe_names
from nbtrack.frames.export_values import plain_values
from tests.frames.messy import FORMULA, INF, NAN, ODD_TEXT, messy_client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with messy_client(tmp_path) as client:
        yield client


@pytest.fixture
def out(client: Client, tmp_path: Path) -> Path:
    return export(tmp_path / "out", client=client).path


def query(text: str, folder: Path) -> list[tuple[object, ...]]:
    """Ask DuckDB; `{}` in the text stands for the files of a folder."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        found: list[tuple[object, ...]] = connection.execute(
            text.format(f"'{folder}/**/*.parquet'")
        ).fetchall()
    return found


def test_duckdb_reads_the_runs_of_all_experiments(out: Path) -> None:
    text = 'select experiment_id, run_name, "params.lr", "params.note" from {} order by run_name'
    assert query(text, out / "runs") == [
        (1, "run 0", 0.0, ODD_TEXT),
        (1, "run 1", 0.5, FORMULA),
        (2, "run 2", 1.0, FORMULA),
    ]


def test_duckdb_joins_runs_and_points(out: Path) -> None:
    text = (
        "select run_name, count(*), max(step) from {} join "
        f"'{out}/history/**/*.parquet' using (run_id) group by all order by all"
    )
    assert query(text, out / "runs") == [("run 0", 3, 2), ("run 1", 6, 2**60), ("run 2", 3, 2)]


def test_polars_reads_both_tables_without_options(out: Path) -> None:
    found = pl.read_parquet(out / "runs").sort("run_name")
    assert found["experiment_id"].to_list() == [1, 1, 2]
    assert found.schema["start_time"] == pl.Datetime("ms", "UTC")
    points = pl.scan_parquet(out / "history").filter(pl.col("key") == "val loss").collect()
    assert len(points) == 9
    assert points["value"].null_count() == 0
    assert points["value"].is_nan().sum() == 3


def test_pandas_reads_the_types_and_attrs_of_the_frame(out: Path, client: Client) -> None:
    found = pd.read_parquet(out / "runs").sort_values("run_name")
    frame = runs(client=client)
    assert found["params.depth"].tolist() == [0, 1, 2]
    kept = ["run_name", "start_time", "params.lr", "params.note", "metrics.VAL_LOSS"]
    assert found[kept].dtypes.tolist() == frame[kept].dtypes.tolist()
    assert found.attrs["source"] == client.tracking_uri


def test_a_logged_nan_differs_from_a_missing_metric(out: Path) -> None:
    column = pl.read_parquet(out / "runs").sort("run_name")["metrics.VAL_LOSS"]
    assert column.is_null().to_list() == [True, False, True]
    assert math.isnan(column[1])


def test_names_that_spark_refuses_are_changed_and_kept_in_the_metadata(out: Path) -> None:
    schema = pq.read_schema(next((out / "runs").rglob("*.parquet")))
    renamed = {
        field.name: field.metadata[NAME_KEY].decode()
        for field in schema
        if NAME_KEY in (field.metadata or {})
    }
    assert renamed == {
        "metrics.val_loss_2": "metrics.val_loss",
        "metrics.val_loss_3": "metrics.val loss",
    }
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["renamed_columns"] == renamed


@given(st.lists(st.text(alphabet="aB ,;{}()\n\t=_2", max_size=4), unique=True, max_size=8))
def test_safe_names_differ_without_case_and_hold_nothing_that_is_refused(names: list[str]) -> None:
    made = safe_names(names)
    assert len({name.casefold() for name in made}) == len(names)
    assert not set("".join(made)) & set(" ,;{}()\n\t=")


def test_all_files_of_a_table_have_one_schema(out: Path) -> None:
    for table in ("runs", "history"):
        first, second = (pq.read_schema(path) for path in (out / table).rglob("*.parquet"))
        assert first.equals(second, check_metadata=True)


def test_the_manifest_says_where_it_is_from(out: Path, client: Client) -> None:
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["source"] == client.tracking_uri
    assert manifest["runs"] == {"1": 2, "2": 1}
    assert manifest["points"] == {"1": 9, "2": 3}
    assert "deleted runs" in manifest["left_out"]
    assert {"nbtrack", "python", "pandas", "pyarrow"} == manifest["versions"].keys()


def test_an_empty_export_is_read_as_no_rows(client: Client, tmp_path: Path) -> None:
    experiment = client.create_experiment("empty")
    out = export(tmp_path / "none", experiments="empty", client=client).path
    assert query("select * from {}", out / "runs") == []
    assert query("select run_id, value from {}", out / "history") == []
    assert (out / "runs" / f"experiment_id={experiment}").is_dir()
    assert "run_id" in pl.read_parquet(out / "runs").columns


def test_a_run_without_metrics_is_among_the_runs_only(client: Client, tmp_path: Path) -> None:
    experiment = client.create_experiment("bare")
    client.create_run(experiment)
    out = export(tmp_path / "bare-out", experiments="bare", client=client).path
    assert query("select count(*) from {}", out / "runs") == [(1,)]
    assert query("select count(*) from {}", out / "history") == [(0,)]


def test_the_id_of_an_experiment_may_hold_any_character(client: Client, tmp_path: Path) -> None:
    frame = pd.DataFrame({"run_id": ["r"], "experiment_id": ["a/b=c d"]})
    out = export(tmp_path / "odd", frame, history=False, client=client).path
    assert query("select experiment_id from {}", out / "runs") == [("a/b=c d",)]
    assert pd.read_parquet(out / "runs")["experiment_id"].tolist() == ["a/b=c d"]


def test_a_run_with_ten_thousand_keys(client: Client, tmp_path: Path) -> None:
    run_id = client.create_run(client.create_experiment("wide")).info.run_id
    points = (Metric(key=f"m{number}", value=number, timestamp=1) for number in range(10_000))
    client.log_many(run_id, metrics=points)
    out = export(tmp_path / "wide-out", experiments="wide", client=client).path
    assert query('select "metrics.m9999" from {}', out / "runs") == [(9999.0,)]
    assert query("select count(*), sum(value) from {}", out / "history") == [(10_000, 49_995_000)]


def test_times_of_nanoseconds_become_those_of_microseconds(client: Client, tmp_path: Path) -> None:
    times = pd.Series(np.array([1_234_567_891], "M8[ns]"))
    frame = pd.DataFrame({"run_id": ["r"], "experiment_id": ["1"], "seen": times, "none": [None]})
    out = export(tmp_path / "times", frame, history=False, client=client).path
    found = pl.read_parquet(out / "runs")
    assert found.schema["seen"] == pl.Datetime("us")
    assert found.schema["none"] == pl.String


keys = st.text(alphabet="aA_ -:é1", min_size=1, max_size=5).filter(lambda key: key == key.strip())
floats = st.floats(width=64) | st.sampled_from([NAN, INF, -INF, -0.0])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
made_runs = st.lists(
    st.tuples(st.dictionaries(keys, floats, max_size=4), st.dictionaries(keys, texts, max_size=4)),
    max_size=4,
)


@settings(max_examples=25)
@given(made_runs)
def test_what_is_read_back_is_what_the_frames_have(
    made: list[tuple[dict[str, float], dict[str, str]]],
) -> None:
    with TemporaryDirectory() as name, Client(backend=SqliteBackend(Path(name, "s"))) as client:
        for metrics, params in made:
            run = client.create_run("0")
            points = [Metric(key=key, value=value, timestamp=1) for key, value in metrics.items()]
            client.log_batch(run.info.run_id, metrics=points, params=params)
        out = export(Path(name, "out"), client=client).path
        frame = runs(client=client)
        found = pl.read_parquet(out / "runs")
        renamed = json.loads((out / "manifest.json").read_text("utf-8"))["renamed_columns"]
        for column in set(found.columns) - {"experiment_id"}:
            expected = plain_values(frame[renamed.get(column, column)])
            assert repr(polars_values(found[column])) == repr(expected)
        points_read = pd.read_parquet(out / "history")
        logged = history(frame["run_id"].tolist(), client=client)
        np.testing.assert_array_equal(points_read["value"], logged["value"])
        assert points_read["key"].tolist() == logged["key"].tolist()


def polars_values(column: pl.Series) -> list[object]:
    """Return values with times as texts."""
    if isinstance(column.dtype, pl.Datetime):
        column = column.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    return column.to_list()
