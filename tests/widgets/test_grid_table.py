from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbtrack.errors import InvalidParameterValue
from nbtrack.widgets.grid_table import GridTable
from nbtrack.widgets.sparks import spark


def ids(table: GridTable) -> list[str]:
    """Return the ids of the rows in their order."""
    return table.ids_between(0, len(table))


def column(table: GridTable, name: str) -> list[object]:
    """Return the cells of a column."""
    return [row[1] for row in table.rows(0, len(table), [name])]


def test_missing_is_empty_and_nan_is_said(frame: pd.DataFrame) -> None:
    assert column(GridTable(frame, "run_id"), "metrics.loss") == ["0.25", None, "NaN", "0.125"]


def test_duration_of_a_run_that_goes_on_lasts_until_the_frame_was_made(frame: pd.DataFrame) -> None:
    cells = column(GridTable(frame, "run_id"), "duration")
    assert cells == ["1 min 23 s", "1 min 23 s", "1 min 23 s", "20.0 s"]


def test_times_are_milliseconds(frame: pd.DataFrame) -> None:
    table = GridTable(frame, "run_id")
    assert column(table, "start_time") == [0.0, 60_000.0, 120_000.0, 180_000.0]
    assert column(table, "end_time")[3] is None


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        (["metrics.loss", True], ["d", "a", "b", "c"]),
        (["metrics.loss", False], ["a", "d", "b", "c"]),
        (["params.lr", True], ["a", "c", "b", "d"]),
        (["params.lr", False], ["d", "b", "a", "c"]),
        (["run_name", True], ["b", "c", "a", "d"]),
        (["start_time", False], ["d", "c", "b", "a"]),
        (["end_time", False], ["c", "b", "a", "d"]),
        ([], ["a", "b", "c", "d"]),
    ],
    ids=str,
)
def test_sort_is_stable_and_what_is_missing_comes_last(
    frame: pd.DataFrame, sort: list[object], wanted: list[str]
) -> None:
    table = GridTable(frame, "run_id")
    table.arrange(sort, "")
    assert ids(table) == wanted


def test_values_of_several_types_are_sorted_as_texts() -> None:
    mixed = pd.DataFrame({"run_id": ["a", "b", "c"], "x": pd.Series([2, "one", 10], dtype=object)})
    table = GridTable(mixed, "run_id")
    table.arrange(["x", True], "")
    assert ids(table) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("OTTER", ["a"]), ("cnn finished", ["a", "c"]), ("<img", ["b"]), ("otter heron", [])],
)
def test_query_finds_rows_that_hold_every_word(
    frame: pd.DataFrame, query: str, wanted: list[str]
) -> None:
    table = GridTable(frame, "run_id")
    table.arrange([], query)
    assert ids(table) == wanted


def test_query_and_sort_together(frame: pd.DataFrame) -> None:
    table = GridTable(frame, "run_id")
    table.arrange(["params.lr", False], "finished")
    assert ids(table) == ["a", "c"]
    assert table.rows(0, 9, ["params.lr"]) == [["a", "0.1"], ["c", "0.1"]]


def test_default_columns_leave_out_constant_ones(frame: pd.DataFrame) -> None:
    wanted = ["run_name", "status", "start_time", "duration", "metrics.loss", "params.lr"]
    assert GridTable(frame, "run_id").default_columns() == wanted


def test_default_columns_have_room_for_metrics_and_params() -> None:
    data = {f"{kind}.{n}": [n, n + 1] for kind in ("metrics", "params") for n in range(20)}
    table = GridTable(pd.DataFrame({"run_id": ["a", "b"], **data}), "run_id")
    kinds = [name.partition(".")[0] for name in table.default_columns()]
    assert (kinds.count("metrics"), kinds.count("params")) == (6, 6)


def test_empty_frame_has_columns_and_no_rows(frame: pd.DataFrame) -> None:
    table = GridTable(frame.head(0), "run_id")
    table.arrange(["metrics.loss", True], "otter")
    assert table.rows(0, 9, ["run_name"]) == []


def test_frame_without_the_key_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"no column 'run_id'\. Its columns are x\."):
        GridTable(pd.DataFrame({"x": [1]}), "run_id")


def test_frame_with_a_column_twice_is_refused() -> None:
    twice = pd.DataFrame([["a", 1, 2]], columns=["run_id", "x", "x"])
    with pytest.raises(InvalidParameterValue, match="two columns 'x'"):
        GridTable(twice, "run_id")


def test_big_integers_are_exact() -> None:
    big = pd.DataFrame({"run_id": ["a"], "n": [2**62 + 1]})
    assert column(GridTable(big, "run_id"), "n") == [str(2**62 + 1)]


def test_spark_keeps_extremes_and_gaps() -> None:
    values = np.zeros(10_000)
    values[5_000] = 3.0
    found = spark([*values.tolist(), float("nan")])
    assert found is not None
    assert len(found["points"]) <= 40
    assert max(point for point in found["points"] if point is not None) == 100
    assert found["points"][-1] is None


@pytest.mark.parametrize("values", [[], [float("nan")]], ids=["none", "nan"])
def test_spark_of_nothing_is_none(values: list[float]) -> None:
    assert spark(values) is None
