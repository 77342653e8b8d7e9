from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from nbtrack.charts import metric_curves, run_scatter
from nbtrack.charts.theme import DASHES, PALETTE, line_style


def traces(figure: go.Figure) -> list[Any]:
    return list(figure.data)


@pytest.fixture
def history() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run_id": pd.Categorical(["a", "a", "b", "b"]),
            "key": pd.Categorical(["loss", "loss", "loss", "acc"]),
            "step": [0, 1, 0, 0],
            "value": [1.0, 0.5, 2.0, 9.0],
        }
    )


@pytest.fixture
def runs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run_name": ["one", "two", "three"],
            "params.lr": ["0.1", "0.01", "fast"],
            "params.opt": ["sgd", "adam", "sgd"],
            "metrics.loss": [0.5, 0.25, 0.75],
        }
    )


def test_metric_curves_draw_one_line_a_run(history: pd.DataFrame) -> None:
    figure = metric_curves(history, "loss", {"a": "Alpha"})
    assert [trace["name"] for trace in traces(figure)] == ["Alpha", "b"]
    assert list(traces(figure)[0]["y"]) == [1.0, 0.5]


def test_metric_curves_leave_out_other_metrics(history: pd.DataFrame) -> None:
    figure = metric_curves(history, "acc")
    assert [list(trace["y"]) for trace in traces(figure)] == [[9.0]]


def test_line_styles_differ_for_as_many_lines_as_there_are_colours_and_dashes() -> None:
    styles = {tuple(line_style(number).items()) for number in range(len(PALETTE) * len(DASHES))}
    assert len(styles) == len(PALETTE) * len(DASHES)


def test_run_scatter_groups_by_colour(runs: pd.DataFrame) -> None:
    figure = run_scatter(runs, "params.lr", "metrics.loss", colour="params.opt")
    assert [trace["name"] for trace in traces(figure)] == ["adam", "sgd"]
    assert figure.layout.xaxis.type == "linear"


def test_run_scatter_reads_numbers_from_params(runs: pd.DataFrame) -> None:
    figure = run_scatter(runs, "params.lr", "metrics.loss", log_x=True)
    np.testing.assert_array_equal(traces(figure)[0]["x"], [0.1, 0.01, np.nan])
    assert figure.layout.xaxis.type == "log"
