from __future__ import annotations

from importlib.util import find_spec
from xml.etree import ElementTree as ET

import numpy as np
import plotly.graph_objects as go
import pytest

from nbtrack.charts import bars, boxes, contour, curves, parallel, scatter
from nbtrack.charts.pictures import MOST_BYTES, png, svg
from nbtrack.errors import MissingDependencyError
from tests.charts.chart_data import NASTY, history_of, runs_frame

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [str(node.text) for node in ET.fromstring(picture).iter(f"{SVG}text")]


def paths(picture: str) -> list[str]:
    return [node.attrib["d"] for node in ET.fromstring(picture).iter(f"{SVG}path")]


def test_picture_has_title_description_and_role() -> None:
    figure = curves(history_of({("a", "loss"): [1.0, 2.0]}), title="My title")
    root = ET.fromstring(svg(figure))
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "My title"
    assert root.findtext(f"{SVG}desc") == figure.alt


def test_picture_has_axes_legend_and_remarks() -> None:
    figure = curves(history_of({("a", "loss"): [0.0, 0.5, 1.0], ("b", "loss"): [1.0, 1.0, 1.0]}))
    found = texts(svg(figure))
    assert {"loss", "step", "a", "b", "lowest: 0", "0", "0.5", "1", "2"} <= set(found)


def test_a_line_goes_through_its_points() -> None:
    d = paths(svg(curves(history_of({("a", "loss"): [0.0, 1.0] * 50}))))[0]
    assert d.startswith("M")
    assert len(d.split("l")[1].replace("-", " ").split()) == 2 * 99


def test_a_gap_breaks_the_line() -> None:
    values = [1.0, 2.0, float("nan"), 3.0, 4.0] * 10
    d = paths(svg(curves(history_of({("a", "loss"): values}))))[0]
    assert d.count("M") == 11  # before the first and after each gap


@pytest.mark.parametrize("name", [NASTY, "a\x00b\ud800c", "名前", "]]>"])
def test_names_are_text(name: str) -> None:
    picture = svg(curves(history_of({("a", "loss"): [1.0]}), names={"a": name}, title=name))
    ET.fromstring(picture.encode())
    assert "<img" not in picture
    assert "<b>" not in picture


def test_literal_names_appear_as_they_are() -> None:
    history = history_of({("a", "loss"): [1.0, 2.0]})
    assert "<b>%{y}</b>" in texts(svg(curves(history, names={"a": "<b>%{y}</b>"})))


def test_the_largest_picture_is_bounded() -> None:
    rng = np.random.default_rng(0)
    history = history_of(
        {(f"{n:03}", key): rng.random(300).tolist() for n in range(300) for key in ("a", "b", "c")}
    )
    assert len(svg(curves(history, smooth=0.9)).encode()) <= MOST_BYTES


def test_bands_are_filled() -> None:
    history = history_of({("a", "loss"): [1.0, 2.0], ("b", "loss"): [3.0, 4.0]})
    picture = svg(curves(history, groups={"a": "g", "b": "g"}))
    assert any(d.endswith("z") for d in paths(picture))
    assert 'fill-opacity="0.18"' in picture


def test_logarithmic_axis_has_powers_of_ten() -> None:
    history = history_of({("a", "loss"): [1e-4, 1e-2, 1.0]})
    assert {"0.0001", "0.01", "1"} <= set(texts(svg(curves(history, log_y=True))))


def test_time_axis_has_moments() -> None:
    history = history_of({("a", "loss"): [1.0] * 11}, second=60_000)
    assert "01-01 00:02" in texts(svg(curves(history, x="time")))


def test_bars_have_their_numbers() -> None:
    root = ET.fromstring(svg(bars(runs_frame(3), "metrics.loss")))
    widths = [float(node.attrib["width"]) for node in root.iter(f"{SVG}rect")][1:]
    assert widths[2] == pytest.approx(3 * widths[0], rel=0.01)
    assert {"run-0", "0.3333", "0.5", "1"} <= {str(n.text) for n in root.iter(f"{SVG}text")}


@pytest.mark.parametrize(
    "figure",
    [
        scatter(
            runs_frame(), "params.lr", "metrics.loss", colour="params.opt", size="params.depth"
        ),
        scatter(runs_frame(20), "params.opt", "metrics.loss", colour="metrics.acc", theme="dark"),
        boxes(runs_frame(20), "metrics.loss", "params.opt"),
        contour(runs_frame(20), "params.lr", "params.depth", "metrics.loss"),
        parallel(runs_frame(20)),
    ],
    ids=["scatter", "scale", "boxes", "contour", "parallel"],
)
def test_other_charts_are_drawn(figure: go.Figure) -> None:
    picture = svg(figure)
    assert len(paths(picture)) > 2
    assert "not in this picture" not in picture


def test_what_is_not_drawn_is_said() -> None:
    picture = svg(go.Figure([go.Pie(values=[1, 2]), go.Scatter(x=["a", "b"], y=[1, 2])]))
    assert "not in this picture: a trace of type pie" in texts(picture)
    assert {"a", "b"} <= set(texts(picture))


def test_very_many_dots_are_thinned_and_said() -> None:
    found = texts(svg(go.Figure([go.Scatter(y=np.arange(9999.0), mode="markers")])))
    assert any(text.startswith("not in this picture:") and "dots" in text for text in found)


def test_figures_of_plotly_without_any_data_are_drawn() -> None:
    ET.fromstring(svg(go.Figure()))


def test_png_says_what_it_needs() -> None:
    if find_spec("kaleido"):
        pytest.skip("kaleido is installed")
    with pytest.raises(MissingDependencyError, match="needs kaleido"):
        png(go.Figure())
