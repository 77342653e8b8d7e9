from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from nbtrack.errors import InvalidParameterValue
from nbtrack.widgets import Grid
from nbtrack.widgets.grid import MOST_SELECTED
from tests.widgets.conftest import Listen, tell

if TYPE_CHECKING:
    from collections.abc import Sequence


def many(rows: int = 50_000, columns: int = 50) -> pd.DataFrame:
    """Return a frame of runs as big as the grid has to bear."""
    numbers = {f"metrics.m{n}": np.arange(rows) * (n + 1.5) for n in range(columns - 2)}
    run_ids = [f"{row:032x}" for row in range(rows)]
    return pd.DataFrame(
        {"run_id": run_ids, "run_name": [f"run {r}" for r in range(rows)]} | numbers
    )


def names(grid: Grid) -> list[Any]:
    """Return the first cells of the rows that a page is given at first."""
    return [row[0] for row in grid.get_state()["_first"]]


def test_first_rows_are_part_of_the_state(frame: pd.DataFrame) -> None:
    grid = Grid(frame, ["run_name", "metrics.loss"])
    assert grid.get_state()["_first"][0] == ["a", "otter", "0.25"]
    assert (grid.n_rows, grid.n_all) == (4, 4)


def test_state_of_a_big_frame_is_small() -> None:
    state = Grid(many()).get_state()
    code = len(state.pop("_esm")) + len(state.pop("_css"))
    assert code < 40_000
    assert len(json.dumps(state, default=str)) < 60_000


def test_window_is_answered_with_its_generation(frame: pd.DataFrame, listen: Listen) -> None:
    grid = Grid(frame, ["run_name"])
    sent = listen(grid)
    tell(grid, type="window", id=7, start=2, stop=9)
    rows = [["c", "Heron"], ["d", "vole"]]
    gen = grid.get_state()["_gen"]
    assert sent == [
        ({"type": "window", "id": 7, "gen": gen, "start": 2, "rows": rows}, []),
    ]


def test_sort_of_the_page_reorders_the_first_rows(frame: pd.DataFrame) -> None:
    grid = Grid(frame)
    before = grid.get_state()["_gen"]
    grid.set_state({"sort": ["metrics.loss", True]})
    assert names(grid) == ["d", "a", "b", "c"]
    assert grid.get_state()["_gen"] > before


def test_query_counts_what_is_left(frame: pd.DataFrame) -> None:
    grid = Grid(frame)
    grid.query = "finished"
    assert (grid.n_rows, grid.n_all, names(grid)) == (2, 4, ["a", "c"])


def test_pinned_columns_come_first(frame: pd.DataFrame) -> None:
    grid = Grid(frame, ["run_name", "status", "params.lr"])
    grid.pinned = ["params.lr"]
    assert grid.shown == ["params.lr", "run_name", "status"]
    assert grid.get_state()["_first"][0] == ["a", "0.1", "otter", "FINISHED"]


def test_constant_columns_are_hidden_on_demand(frame: pd.DataFrame) -> None:
    grid = Grid(frame, ["run_name", "params.model"])
    grid.hide_constant = True
    assert grid.shown == ["run_name"]
    grid.hide_constant = False
    assert grid.shown == ["run_name", "params.model"]


def test_range_selects_rows_that_the_page_does_not_have(listen: Listen) -> None:
    grid = Grid(many(1_000, 3))
    grid.sort = ["metrics.m0", False]
    sent = listen(grid)
    tell(grid, type="range", id=1, start=400, stop=398, add=False)
    assert grid.selected == [f"{row:032x}" for row in (601, 600, 599)]
    assert sent[-1][0]["left_out"] == 0


def test_selection_has_an_end_that_is_said(listen: Listen) -> None:
    grid = Grid(many(MOST_SELECTED + 5, 3))
    sent = listen(grid)
    tell(grid, type="range", id=1, start=0, stop=MOST_SELECTED + 4, add=False)
    assert len(grid.selected) == MOST_SELECTED
    assert sent[-1][0]["left_out"] == 5


def test_selected_frame_is_in_the_order_of_the_frame(frame: pd.DataFrame) -> None:
    grid = Grid(frame)
    grid.set_state({"selected": ["c", "a"]})
    assert grid.selected_frame["run_id"].tolist() == ["a", "c"]


def test_new_frame_keeps_order_selection_and_columns(frame: pd.DataFrame) -> None:
    grid = Grid(frame, ["run_name", "params.lr"])
    grid.sort, grid.selected = ["run_name", True], ["a"]
    grid.show(
        pd.concat([frame, frame.assign(run_id="e", run_name="Aye")]).drop_duplicates("run_id")
    )
    assert names(grid) == ["b", "e", "c", "a", "d"]
    assert grid.selected == ["a"]
    assert grid.shown == ["run_name", "params.lr"]


def test_selected_rows_that_are_gone_are_named_until_they_are_back(frame: pd.DataFrame) -> None:
    grid = Grid(frame)
    grid.selected = ["a", "b"]
    grid.show(frame[frame["run_id"] != "b"])
    assert (grid.selected, grid.get_state()["_gone"]) == (["a", "b"], ["b"])
    assert grid.selected_frame["run_id"].tolist() == ["a"]
    grid.show(frame)
    assert grid.get_state()["_gone"] == []


def test_new_frame_without_the_sorted_column_is_in_its_own_order(frame: pd.DataFrame) -> None:
    grid = Grid(frame, ["run_name", "params.lr"])
    grid.sort, grid.pinned = ["params.lr", False], ["params.lr"]
    grid.show(frame.drop(columns="params.lr"))
    assert (grid.sort, grid.pinned, grid.shown) == ([], [], ["run_name"])
    assert names(grid) == ["a", "b", "c", "d"]


def test_small_curves_come_when_they_are_asked_for(frame: pd.DataFrame, listen: Listen) -> None:
    asked: list[Sequence[str]] = []

    def curves(run_ids: Sequence[str]) -> dict[str, list[float]]:
        asked.append(run_ids)
        return {"a": [1.0, 0.5, 0.0]}

    grid = Grid(frame, ["run_name", "loss curve"], sparklines={"loss curve": curves})
    assert (asked, grid.get_state()["_first"][0]) == ([], ["a", "otter", None])
    sent = listen(grid)
    tell(grid, type="sparks", id=1, column="loss curve", runs=["a", "b"])
    assert asked == [["a", "b"]]
    assert sent[0][0]["values"] == {
        "a": {"points": [100, 50, 0], "text": "from 1 to 0"},
        "b": None,
    }


def test_opened_row_is_told(frame: pd.DataFrame) -> None:
    opened: list[str] = []
    grid = Grid(frame)
    grid.on_open(opened.append)
    tell(grid, type="open", id=1, run="c")
    assert opened == ["c"]


def test_what_a_callback_raises_is_shown_in_the_grid(frame: pd.DataFrame) -> None:
    grid = Grid(frame)
    known: dict[str, str] = {}
    grid.on_open(lambda run_id: known[run_id])
    tell(grid, type="open", id=1, run="c")
    assert grid.error == "KeyError: 'c'"


@pytest.mark.parametrize("name", ["sort", "visible", "pinned"])
def test_unknown_column_is_refused(frame: pd.DataFrame, name: str) -> None:
    grid = Grid(frame)
    with pytest.raises(InvalidParameterValue, match="There is no column 'nope'"):
        setattr(grid, name, ["nope"])


def test_without_a_kernel_the_grid_is_a_table(frame: pd.DataFrame) -> None:
    data, _ = Grid(frame, ["run_name", "metrics.loss"]).bundle()
    assert "&lt;img src=x onerror=alert(1)&gt;" in data["text/html"]
    assert "<img" not in data["text/html"]
    assert data["text/plain"].splitlines()[0] == "Runs: 4"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_table_says_what_it_leaves_out() -> None:
    assert "Runs: 1,000, showing 20 of them" in Grid(many(1_000, 3)).still().text


def test_threads_leave_the_grid_consistent() -> None:
    grid = Grid(many(2_000, 4), ["run_name", "metrics.m0"])

    def sort() -> None:
        for turn in range(50):
            grid.set_state({"sort": ["metrics.m0", turn % 2 == 0]})

    thread = threading.Thread(target=sort)
    thread.start()
    for turn in range(50):
        grid.show(many(1_000 + turn, 4))
    thread.join()
    assert (grid.n_rows, grid.n_all) == (1_049, 1_049)
    assert grid.sort == ["metrics.m0", False]
    assert names(grid)[0] == f"{1_048:032x}"
