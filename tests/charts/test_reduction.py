from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.charts import Line, envelope, refined
from nbtrack.charts.reduction import drawn, limit_for

values = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=300)


@given(values, st.integers(4, 60))
def test_envelope_keeps_ends_lowest_and_highest_within_its_limit(
    numbers: list[float], limit: int
) -> None:
    y = np.array(numbers)
    places = envelope(y, limit)
    assert len(places) <= max(limit, 4)
    assert np.all(np.diff(places) > 0)
    assert {0, len(y) - 1} <= set(places.tolist())
    finite = y[np.isfinite(y)]
    if len(finite):
        kept = y[places]
        kept = kept[np.isfinite(kept)]
        assert kept.min() == finite.min()
        assert kept.max() == finite.max()


def test_envelope_leaves_short_curves_alone() -> None:
    assert envelope(np.zeros(1000), 1000).tolist() == list(range(1000))


def test_a_gap_stays_a_gap() -> None:
    y = np.ones(100_000)
    y[20_000:60_000] = np.nan
    _, shown = drawn(Line(0, np.arange(100_000), y, 100))
    assert 15 <= np.isnan(shown).sum() <= 25


@pytest.mark.parametrize(("lines", "most"), [(1, 1000), (100, 1000), (500, 250), (100_000, 16)])
def test_points_of_a_line_shrink_with_their_number(lines: int, most: int) -> None:
    assert limit_for(lines, 12) <= most
    assert limit_for(lines, 12) >= 16


def test_zoom_shows_every_point_when_they_are_few() -> None:
    x, y = np.arange(1_000_000), np.sin(np.arange(1_000_000))
    fine = refined([Line(3, x, y)], (500.5, 600.0))
    assert fine.traces[0]["trace"] == 3
    np.testing.assert_array_equal(fine.traces[0]["x"], np.arange(500, 602))
    assert (fine.shown, fine.total, fine.note) == (100, 100, "")


def test_zoom_into_much_is_reduced_and_says_so() -> None:
    x, y = np.arange(1_000_000), np.sin(np.arange(1_000_000))
    fine = refined([Line(0, x, y)], (0, 500_000))
    assert len(fine.traces[0]["x"]) <= 1000
    assert fine.note.endswith("of 500,001 points")
    assert fine.note.startswith("showing ")


def test_zoom_without_a_range_gives_the_first_view() -> None:
    line = Line(0, np.arange(5000), np.sin(np.arange(5000)))
    x, y = drawn(line)
    whole = refined([line])
    np.testing.assert_array_equal(whole.traces[0]["x"], x)
    np.testing.assert_array_equal(whole.traces[0]["y"], y)


def test_zoom_reads_times_as_plotly_writes_them() -> None:
    times = np.arange(10) * 86_400_000.0
    fine = refined([Line(0, times, np.ones(10))], ("1970-01-03", "1970-01-05 12:00:00.5"))
    np.testing.assert_array_equal(fine.traces[0]["x"], times[1:6])


def test_zoom_beside_the_data_is_empty_or_an_end() -> None:
    fine = refined([Line(0, np.arange(10), np.ones(10))], (100, 200))
    assert fine.total == 0
    assert len(fine.traces[0]["x"]) <= 1
