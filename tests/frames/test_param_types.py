"""Types that a column of params gets, or does not get because something would be lost."""

from __future__ import annotations

import pandas as pd
import pytest

from nbtrack.frames.param_types import typed_series

LOST = ["123456789012345678901", "+9007199254740993", "9" * 400, "9" * 5000]


@pytest.mark.parametrize("text", LOST, ids=lambda text: f"{len(text)} digits")
@pytest.mark.parametrize("others", [[], ["0.5"], ["7", None]], ids=str)
def test_whole_numbers_that_a_double_does_not_hold_stay_text(
    text: str, others: list[str | None]
) -> None:
    assert typed_series([text, *others]) is None


def test_large_whole_numbers_that_a_double_holds_are_numbers() -> None:
    found = typed_series(["9223372036854775808", "1" + "0" * 20])
    assert found is not None
    pd.testing.assert_series_equal(found, pd.Series([2.0**63, 1e20]))
