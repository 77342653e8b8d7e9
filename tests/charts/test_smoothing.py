from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.charts.smoothing import checked_strength, smoothed
from nbtrack.errors import InvalidParameterValue

curves = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


@given(curves, st.floats(0, 0.999))
def test_exponential_mean_is_that_of_pandas_without_bias(
    numbers: list[float], weight: float
) -> None:
    y = np.array(numbers)
    wanted = pd.Series(y).ewm(alpha=1 - weight, adjust=True).mean()
    np.testing.assert_allclose(smoothed(y, weight), wanted, rtol=1e-6, atol=1e-3)


@given(curves, st.integers(2, 50))
def test_window_is_that_of_pandas(numbers: list[float], size: int) -> None:
    y = np.array(numbers)
    wanted = pd.Series(y).rolling(size, min_periods=1).mean()
    np.testing.assert_allclose(smoothed(y, size), wanted, rtol=1e-6, atol=1e-3)


def test_values_that_are_not_finite_stay_and_have_no_weight() -> None:
    y = np.array([1.0, np.nan, 3.0, np.inf, 5.0])
    np.testing.assert_array_equal(smoothed(y, 3), [1.0, np.nan, 2.0, np.inf, 3.0])


def test_a_constant_stays_constant_from_its_first_point() -> None:
    np.testing.assert_allclose(smoothed(np.full(1000, 7.0), 0.99), 7.0)


@pytest.mark.parametrize("strength", [-0.1, 1, 1.5, 2.5, float("nan")])
def test_other_strengths_are_refused(strength: float) -> None:
    with pytest.raises(InvalidParameterValue, match="Give a weight"):
        checked_strength(strength)
