"""Quantiles of Student's t distribution, without SciPy: they make the intervals of means.

The distribution function comes from the incomplete beta function, evaluated by its continued
fraction (Lentz's method); the quantile from Newton's method. It starts at the normal quantile, left
of the root, where the distribution function is concave: each step stays left and comes nearer.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist
from typing import Final

_TINY: Final = 1e-300
_STEPS: Final = 200
_TERMS: Final = 10_000
_NEAR: Final = 1e-15
_NEAR_ENOUGH: Final = 1e-12


@cache
def t_quantile(probability: float, freedom: int) -> float:
    """Return the value that Student's t stays below with a probability of one half or more.

    >>> round(t_quantile(0.975, 1), 4), round(t_quantile(0.975, 9), 4)
    (12.7062, 2.2622)
    """
    if freedom == 1:
        return math.tan(math.pi * (probability - 0.5))
    if freedom == 2:  # noqa: PLR2004 - closed form, and the heavy tails are slow for Newton
        spread = 2 * probability - 1
        return spread * math.sqrt(2 / (1 - spread * spread))
    value = NormalDist().inv_cdf(probability)
    for _ in range(_STEPS):
        step = (_upper_tail(value, freedom) - (1 - probability)) / _density(value, freedom)
        value += step
        if abs(step) <= _NEAR_ENOUGH * max(value, 1.0):
            break
    return value


def _upper_tail(value: float, freedom: int) -> float:
    """Return the probability of a greater value, for values of 0 and more."""
    share = freedom / (freedom + value * value)
    return 0.5 * _incomplete_beta(freedom / 2, share)


def _density(value: float, freedom: int) -> float:
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    shape = -(freedom + 1) / 2 * math.log1p(value * value / freedom)
    return math.exp(scale + shape) / math.sqrt(freedom * math.pi)


def _incomplete_beta(a: float, x: float) -> float:
    """Return the regularised incomplete beta function with a second parameter of one half."""
    b = 0.5
    if x >= 1:
        return 1.0
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logs + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function."""
    upper, lower = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = lower
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            lower = 1 / _away_from_zero(1 + term * lower)
            upper = _away_from_zero(1 + term / upper)
            change = upper * lower
            value *= change
        if abs(change - 1) < _NEAR:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
