"""What counts as a number, and what is told of the rest."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from nbtrack.client.numbers import as_number, as_step, as_timestamp
from nbtrack.errors import InvalidParameterValue


class Tensor:
    """Like a tensor of PyTorch: a scalar gives itself by `item`, others refuse."""

    def __init__(self, *values: float) -> None:
        self.values = values
        self.ndim = 0 if len(values) == 1 else 1

    def item(self) -> float:
        if len(self.values) != 1:
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
        return self.values[0]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (True, 1.0),
        (2.5, 2.5),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.int64(-7), -7.0),
        (np.uint8(200), 200.0),
        (np.bool_(1), 1.0),
        (np.array(1.5), 1.5),
        (np.array([1.5]), 1.5),
        (Tensor(0.25), 0.25),
        (10**300, 1e300),
        (math.inf, math.inf),
    ],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_any_kind(value: object, number: float) -> None:
    assert as_number("loss", value) == number


@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        b"1",
        None,
        [1],
        {"a": 1},
        1j,
        np.complex128(1j),
        np.array([1.0, 2.0]),
        np.array(["x"]),
        np.datetime64("2026-01-01"),
        Tensor(1, 2),
        10**400,
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_number_is_refused_with_its_key(value: object) -> None:
    with pytest.raises(InvalidParameterValue, match="The metric 'loss' is "):
        as_number("loss", value)


@pytest.mark.parametrize("step", [3, 3.0, np.int32(3), np.array(3), Decimal(3)], ids=repr)
def test_whole_steps(step: object) -> None:
    assert as_step(step) == 3


@pytest.mark.parametrize(
    "step", [0.5, "1", None, True, math.nan, math.inf, 2**63, [1], np.array([1, 2])], ids=repr
)
def test_other_steps_are_refused(step: object) -> None:
    with pytest.raises(InvalidParameterValue, match="The step is "):
        as_step(step)


def test_timestamps() -> None:
    assert as_timestamp(np.int64(5)) == 5
    assert as_timestamp(5.7) == 5
    for wrong in (-1, "5", None, math.nan, 2**63, True):
        with pytest.raises(InvalidParameterValue, match="The timestamp is "):
            as_timestamp(wrong)
