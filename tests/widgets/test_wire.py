from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from nbtrack.errors import InvalidParameterValue
from nbtrack.widgets.wire import is_packed, packed_array, plain_figure, unpacked_array, wire_figure


def trace(figure: object) -> dict[str, object]:
    """Return the first trace of a figure as it is sent."""
    found: dict[str, object] = wire_figure(figure)["data"][0]  # type: ignore[arg-type]
    return found


def test_numbers_are_sent_as_bytes() -> None:
    figure = go.Figure([go.Scatter(x=np.arange(1000), y=np.linspace(0, 1, 1000))])
    sent = trace(figure)
    assert is_packed(sent["x"])
    np.testing.assert_array_equal(unpacked_array(sent["x"]), np.arange(1000))  # type: ignore[arg-type]
    np.testing.assert_array_equal(unpacked_array(sent["y"]), np.linspace(0, 1, 1000))  # type: ignore[arg-type]


def test_arrays_of_a_figure_do_not_pass_through_base64() -> None:
    class Figure(go.Figure):
        def to_dict(self) -> dict[str, object]:
            raise AssertionError

    sent = trace(Figure([go.Scatter(y=np.linspace(0, 1, 1000))]))
    assert unpacked_array(sent["y"])[-1] == 1.0  # type: ignore[arg-type]


def test_what_is_sent_is_a_copy_of_the_figure() -> None:
    figure = go.Figure([go.Scatter(y=[1, 2], line={"color": "red"})])
    wire_figure(figure)["data"][0]["line"]["color"] = "blue"
    assert figure.to_dict()["data"][0]["line"]["color"] == "red"


def test_nan_arrives_as_nan_and_json_has_none_of_it() -> None:
    wire = wire_figure({"data": [{"y": np.array([1.0, np.nan])}], "layout": {"width": math.nan}})
    assert np.isnan(unpacked_array(wire["data"][0]["y"])[1])
    json.dumps(wire["layout"], allow_nan=False)
    assert plain_figure(wire)["data"][0]["y"] == [1.0, None]


def test_matrices_keep_their_shape() -> None:
    sent = trace(go.Figure([go.Heatmap(z=np.arange(6.0).reshape(2, 3))]))
    assert unpacked_array(sent["z"]).shape == (2, 3)  # type: ignore[arg-type]


def test_times_are_milliseconds_on_a_date_axis() -> None:
    times = np.array(["2026-01-01", "NaT"], dtype="M8[s]")
    wire = wire_figure(go.Figure([go.Scatter(x=times, y=[1, 2], xaxis="x2")]))
    assert wire["layout"]["xaxis2"]["type"] == "date"
    assert unpacked_array(wire["data"][0]["x"])[0] == pd.Timestamp("2026-01-01").value / 1e6


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([1, 2]), "i4"),
        (np.array([1, 2**40]), "f8"),
        (np.array([1.5], np.float32), "f4"),
        (np.array([True, False]), "f8"),
        (np.array([], np.int64), "i4"),
    ],
    ids=["small", "large", "float32", "bool", "empty"],
)
def test_array_is_packed_in_a_type_that_pages_know(values: np.ndarray, kind: str) -> None:
    packed = packed_array(values)
    assert packed["dtype"] == kind
    np.testing.assert_array_equal(unpacked_array(packed), values)


def test_texts_and_short_lists_stay_json() -> None:
    sent = trace({"data": [{"ids": ["a", "b"], "range": (0, 1)}]})
    assert sent == {"ids": ["a", "b"], "range": [0, 1]}


def test_template_is_left_out() -> None:
    assert "template" not in wire_figure(go.Figure(layout={"template": "plotly_dark"}))["layout"]


def test_what_is_no_figure_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"The figure is a int\. Give a plotly figure"):
        wire_figure(3)  # type: ignore[arg-type]


def test_hundred_curves_take_little_room() -> None:
    curves = [
        go.Scatter(x=np.arange(1000), y=np.random.default_rng(n).normal(size=1000))
        for n in range(100)
    ]
    wire = wire_figure(go.Figure(curves))
    size = sum(len(t[axis]["buffer"]) for t in wire["data"] for axis in ("x", "y"))
    assert size < 1_300_000
