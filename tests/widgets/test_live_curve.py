from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.widgets.live_curve import LiveCurve

VALUES = st.lists(
    st.one_of(st.floats(-100, 100), st.just(math.nan), st.just(math.inf)), min_size=1, max_size=400
)


def filled(values: list[float], most: int = 40) -> LiveCurve:
    """Return a curve of these values."""
    curve = LiveCurve(most)
    for step, value in enumerate(values):
        curve.add(step, value)
    return curve


@given(VALUES)
def test_curve_keeps_extremes_and_ends_in_bounded_room(values: list[float]) -> None:
    x, y = filled(values).points()
    finite = [value for value in values if math.isfinite(value)]
    kept = [value for value in y if not math.isnan(value)]
    assert len(x) <= 44
    assert x == sorted(x)
    assert (min(kept, default=None), max(kept, default=None)) == (
        min(finite, default=None),
        max(finite, default=None),
    )
    assert all(math.isnan(v) or values[step] == v for step, v in zip(x, y, strict=True))


@given(st.lists(VALUES, max_size=8))
def test_growths_put_together_are_the_curve(parts: list[list[float]]) -> None:
    curve = LiveCurve(40)
    shown: list[tuple[int, str]] = []
    step = 0
    for part in parts:
        for value in part:
            curve.add(step, value)
            step += 1
        growth = curve.growth()
        new = [(x, repr(y)) for x, y in zip(growth.x, growth.y, strict=True)]
        shown = shown[: growth.keep] + new
    x, y = curve.points()
    assert shown == [(a, repr(b)) for a, b in zip(x, y, strict=True)]


def test_last_point_is_always_there() -> None:
    curve = filled([float(n % 7) for n in range(1_003)])
    assert curve.points()[0][-1] == 1_002


def test_detail_is_the_same_everywhere() -> None:
    x, _ = filled([math.sin(n) for n in range(100_000)], 100).points()
    gaps = [after - before for before, after in pairwise(x)]
    assert max(gaps) < 100_000 / len(x) * 6


def test_first_bad_point_is_remembered() -> None:
    curve = filled([1.0, math.inf, 2.0, math.nan])
    assert curve.first_bad is not None
    assert (curve.first_bad.x, curve.bad) == (1, 2)
