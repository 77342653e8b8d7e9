"""Frames as Arrow tables and Polars frames."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbtrack.errors import InvalidParameterValue
from nbtrack.frames.arrow import ATTRS_KEY, to_arrow, to_polars
from nbtrack.frames.param_types import masked


@pytest.fixture
def frame() -> pd.DataFrame:
    made = pd.DataFrame(
        {
            "logged": masked(np.array([1.0, np.nan, 0.0]), np.array([False, False, True])),
            "plain": [1.5, np.nan, -np.inf],
            "kind": pd.Categorical(["a", None, "b"]),
            "time": pd.DatetimeIndex(np.array([1, 2, "NaT"], "M8[ms]")).tz_localize("UTC"),
            "text": pd.Series(["é", None, ""], dtype="str"),
        }
    )
    made.attrs = {"source": "here", "left_out": ["deleted runs"]}
    return made


def test_a_missing_value_is_null_and_nan_stays_nan(frame: pd.DataFrame) -> None:
    table = to_arrow(frame)
    assert table["logged"].null_count == 1
    assert table["plain"].null_count == 0
    np.testing.assert_array_equal(table["logged"].to_pylist()[:2], [1.0, np.nan])
    assert table["text"].to_pylist() == ["é", None, ""]


def test_arrow_keeps_types_and_attrs(frame: pd.DataFrame) -> None:
    table = to_arrow(frame)
    assert table.schema.field("time").type == pa.timestamp("ms", "UTC")
    assert pa.types.is_dictionary(table.schema.field("kind").type)
    assert json.loads(table.schema.metadata[ATTRS_KEY]) == frame.attrs
    assert table.to_pandas().dtypes.astype(str).tolist() == frame.dtypes.astype(str).tolist()


def test_polars_has_the_same_values(frame: pd.DataFrame) -> None:
    made = to_polars(frame)
    assert made["logged"].is_null().to_list() == [False, False, True]
    assert made["logged"].is_nan().to_list() == [False, True, None]
    assert made["kind"].to_list() == ["a", None, "b"]
    assert made.schema["time"] == pl.Datetime("ms", "UTC")


def test_the_accessor_gives_both(frame: pd.DataFrame) -> None:
    texts = frame[["kind", "text"]]
    assert texts.nbtrack.to_arrow().equals(to_arrow(texts))
    assert frame.nbtrack.to_polars().equals(to_polars(frame), null_equal=True)


def test_an_index_with_a_name_becomes_a_column() -> None:
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="run_id"))
    assert to_arrow(frame).column_names == ["run_id", "x"]
    assert to_arrow(frame.rename_axis(None)).column_names == ["x"]


def test_columns_without_rows() -> None:
    assert to_arrow(pd.DataFrame({"x": np.array([], dtype="int64")})).shape == (0, 1)
    assert to_arrow(pd.DataFrame()).shape == (0, 0)


def test_what_arrow_cannot_hold_is_named() -> None:
    with pytest.raises(InvalidParameterValue, match="Column 'odd' holds values that Arrow"):
        to_arrow(pd.DataFrame({"odd": [object(), 1]}))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="two columns 'x'"):
        to_arrow(pd.DataFrame([[1, 2]], columns=["x", "x"]))


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="'run' is no DataFrame"):
        to_arrow("run")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("module", "function", "message"),
    [
        ("pyarrow", "to_arrow", "An Arrow table needs pyarrow"),
        ("polars", "to_polars", "A frame of Polars needs Polars"),
    ],
)
def test_without_the_library_the_extra_is_named(module: str, function: str, message: str) -> None:
    program = (
        f"import pandas as pd, sys; sys.modules[{module!r}] = None\n"
        f"from nbtrack.frames import arrow\n"
        f"try: arrow.{function}(pd.DataFrame({{'x': [1]}}))\n"
        "except arrow.MissingDependencyError as exc: print(exc)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert message in done.stdout
    assert "nbtrack[arrow]" in done.stdout


def test_importing_frames_loads_neither_pyarrow_parquet_nor_polars() -> None:
    program = "import sys, nbtrack.frames.export, nbtrack.frames.arrow; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"pyarrow.parquet", "polars", "openpyxl", "tqdm"} & set(done.stdout.split())
