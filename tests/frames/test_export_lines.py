"""Exports as CSV and JSON lines, read back."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.client import Client
from nbtrack.frames.export import export
from nbtrack.frames.export_lines import write_csv, write_json_lines
from nbtrack.frames.export_tables import Tables
from nbtrack.frames.param_types import masked
from tests.frames.messy import FORMULA, INF, NAN, ODD_TEXT, messy_client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with messy_client(tmp_path) as client:
        yield client


def tables(frame: pd.DataFrame) -> Tables:
    """Return an export of a frame alone."""
    return Tables(runs=frame, experiment_ids=(), experiments=(), history=None, about={})


def test_csv_tells_missing_from_empty_and_from_nan(client: Client, tmp_path: Path) -> None:
    export(tmp_path / "a.csv", client=client, columns=["metrics.V*", "metrics.val l*", "params.*"])
    lines = (tmp_path / "a.csv").read_text("utf-8").split("\n")
    assert lines[0].startswith("metrics.VAL_LOSS,metrics.val loss,params.depth,params.empty,")
    assert lines[1] == f',inf,2,"",1.0,{FORMULA}'
    assert lines[2] == f'NaN,inf,1,"",0.5,{FORMULA}'
    assert lines[3:] == [',inf,0,"",0.0,"x', 'y,""q"" |"', ""]


def test_csv_is_read_by_pandas_polars_and_duckdb(client: Client, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", client=client).path
    expected = [FORMULA, FORMULA, ODD_TEXT]
    assert pd.read_csv(path)["params.note"].tolist() == expected
    assert pl.read_csv(path)["params.note"].to_list() == expected
    with duckdb.connect() as connection:
        found = connection.execute(f"select \"params.note\" from read_csv('{path}')").fetchall()
    assert [row[0] for row in found] == expected


def test_csv_has_times_that_are_read_as_utc(client: Client, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", client=client).path
    found = pd.read_csv(path, parse_dates=["start_time"])
    assert found["start_time"].max() == pd.Timestamp(1_002, unit="ms", tz="UTC")


def test_the_points_stand_beside_in_full_precision(client: Client, tmp_path: Path) -> None:
    export(tmp_path / "a.csv", client=client)
    found = pd.read_csv(tmp_path / "a.history.csv")
    assert found.columns.tolist() == ["run_id", "key", "step", "timestamp", "value"]
    assert found["step"].max() == 2**60
    np.testing.assert_array_equal(found["value"][:3], [0.1, NAN, INF])


def test_json_lines_has_every_key_in_every_line(client: Client, tmp_path: Path) -> None:
    export(tmp_path / "a.jsonl", client=client)
    text = (tmp_path / "a.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert len({tuple(line) for line in lines}) == 1
    assert [line["metrics.VAL_LOSS"] for line in lines] == [None, "NaN", None]
    assert [line["metrics.val loss"] for line in lines] == ["Infinity"] * 3
    assert [line["tags.größe"] for line in lines] == ["ü", "ü", None]
    assert lines[2]["params.note"] == ODD_TEXT


def test_json_lines_is_read_by_pandas_and_duckdb(client: Client, tmp_path: Path) -> None:
    path = export(tmp_path / "a.jsonl", client=client).path
    assert pd.read_json(path, lines=True)["params.depth"].tolist() == [2, 1, 0]
    points = tmp_path / "a.history.jsonl"
    with duckdb.connect() as connection:
        text = f"select sum(value::double) from '{points}' where key = 'val_loss'"
        found = connection.execute(text).fetchone()
    assert found == (2.0,)


def test_objects_of_any_kind_are_written_as_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [Path("a"), [1, 2], None, True, 0.5]}, dtype=object)
    write_csv(tables(frame), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8") == 'x\na\n"[1, 2]"\n\ntrue\n0.5\n'
    write_json_lines(tables(frame), tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["x"] for line in lines] == ["a", [1, 2], None, True, 0.5]


texts = st.none() | st.text(st.characters(codec="utf-8"), max_size=5)
numbers = st.none() | st.floats() | st.sampled_from([NAN, INF, -INF])
rows = st.lists(st.tuples(texts, numbers, st.booleans()), max_size=6)


def as_frame(made: list[tuple[str | None, float | None, bool]]) -> pd.DataFrame:
    """Return rows as a frame in which missing numbers differ from NaN."""
    values = np.array([0.0 if number is None else number for _, number, _ in made])
    missing = np.array([number is None for _, number, _ in made], dtype=bool)
    return pd.DataFrame(
        {
            "text": pd.Series([text for text, _, _ in made], dtype="str"),
            "number": masked(values, missing),
            "flag": pd.Series([flag for _, _, flag in made], dtype="bool"),
        }
    )


@given(rows)
def test_csv_gives_back_every_value(made: list[tuple[str | None, float | None, bool]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        write_csv(tables(as_frame(made)), path)
        read = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))[1:]
    assert [text for text, _, _ in read] == [text or "" for text, _, _ in made]
    expected = ["" if n is None else "NaN" if math.isnan(n) else repr(n) for _, n, _ in made]
    assert [number for _, number, _ in read] == expected
    assert [flag == "true" for _, _, flag in read] == [flag for _, _, flag in made]


@given(rows)
def test_json_lines_gives_back_every_value(
    made: list[tuple[str | None, float | None, bool]],
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        write_json_lines(tables(as_frame(made)), path)
        read = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    assert [line["text"] for line in read] == [text for text, _, _ in made]
    found = [None if line["number"] is None else float(line["number"]) for line in read]
    assert repr(found) == repr([number for _, number, _ in made])
    assert [line["flag"] for line in read] == [flag for _, _, flag in made]
