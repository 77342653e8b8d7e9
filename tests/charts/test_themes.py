from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from nbtrack.charts import THEMES, Theme, curves
from nbtrack.charts.theme import DASHES, LIGHT, SCALE, line_style
from tests.charts.chart_data import history_of, traces

# Machado, Oliveira and Fernandes (2009), severity 1.
VISIONS = {
    "usual": np.eye(3),
    "protan": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deutan": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritan": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
OKLAB = (
    np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]),
    np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]),
)
themes = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))


def linear(colour: str) -> np.ndarray:
    shares = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def seen(colour: str, vision: str) -> np.ndarray:
    cones = OKLAB[0] @ np.clip(VISIONS[vision] @ linear(colour), 0, 1)
    return np.asarray(OKLAB[1] @ np.cbrt(np.clip(cones, 0, 1)))


@themes
def test_texts_are_readable(theme: Theme) -> None:
    assert contrast(theme.ink, theme.ground) >= 7
    assert contrast(theme.faint, theme.ground) >= 4.5


@themes
def test_lines_stand_out_from_the_ground(theme: Theme) -> None:
    assert min(contrast(colour, theme.ground) for colour in theme.palette) >= 3


@themes
@pytest.mark.parametrize("vision", VISIONS)
def test_colours_differ_for_every_eye(theme: Theme, vision: str) -> None:
    pairs = combinations(theme.palette, 2)
    nearest = min(np.linalg.norm(seen(a, vision) - seen(b, vision)) for a, b in pairs)
    assert nearest > 0.07  # the best known palette of this size has 0.076


@pytest.mark.parametrize("vision", VISIONS)
def test_scale_gets_lighter_for_every_eye(vision: str) -> None:
    lightness = [seen(colour, vision)[0] for colour in SCALE]
    assert lightness == sorted(lightness)


def test_line_styles_differ_for_as_many_lines_as_there_are_colours_and_dashes() -> None:
    count = len(LIGHT.palette) * len(DASHES)
    assert len({tuple(line_style(number).items()) for number in range(count)}) == count


def test_a_figure_changes_its_theme_and_keeps_the_rest() -> None:
    history = history_of({("a", "loss"): list(range(2000))})
    light = curves(history, names={"a": "#FFFFFF"}, smooth=5)
    dark, wanted = (
        light.in_theme("dark"),
        curves(history, names={"a": "#FFFFFF"}, smooth=5, theme="dark"),
    )
    assert dark.to_json() == wanted.to_json()
    assert traces(dark)[1]["name"] == "#FFFFFF"
    assert len(dark.lines) == len(light.lines)
    assert dark.table().equals(light.table())


@themes
def test_figures_carry_no_template(theme: Theme) -> None:
    figure = curves(history_of({("a", "loss"): [1.0]}), theme=theme.name)
    assert len(figure.to_json()) < 3500
    assert figure.layout.paper_bgcolor == theme.ground
