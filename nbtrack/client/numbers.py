"""Numbers of any library as the doubles and integers of the API."""

from __future__ import annotations

from typing import SupportsFloat, SupportsInt

from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import INT64_MAX, INT64_MIN


def as_number(key: str, value: object) -> float:
    """Return a metric's value as a double: Python, NumPy, Decimal, flags, 0-d tensors.

    Raises
    ------
    InvalidParameterValue
        If it is no number; the message names the key.
    """
    item = getattr(value, "item", None)
    if callable(item):
        try:
            value = item()
        except (TypeError, ValueError, RuntimeError) as exc:  # an array of several
            message = f"The metric {key!r} is {_shown(value)}, which is not one number."
            raise InvalidParameterValue(message) from exc
    if isinstance(value, (str, bytes)) or not isinstance(value, SupportsFloat):
        raise InvalidParameterValue(
            f"The metric {key!r} is {_shown(value)}, not a number. "
            "Log a number, or use log_params or set_tags for text."
        )
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as exc:
        message = f"The metric {key!r} is {_shown(value)}, which is not one double: {exc}."
        raise InvalidParameterValue(message) from exc


def as_step(step: object) -> int:
    """Return a step as an integer; floats that are whole are fine."""
    if isinstance(step, bool) or not isinstance(step, SupportsInt):
        raise InvalidParameterValue(f"The step is {_shown(step)}. Give an integer.")
    try:
        number = int(step)
    except (TypeError, ValueError, OverflowError):  # nan, inf, an array of several
        number = None
    if number is None or number != step or not INT64_MIN <= number <= INT64_MAX:
        raise InvalidParameterValue(f"The step is {_shown(step)}. Give a 64-bit integer.")
    return number


def as_timestamp(timestamp: object) -> int:
    """Return a time in milliseconds since 1970 as an integer."""
    try:
        number = int(timestamp)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        number = -1
    if isinstance(timestamp, (bool, str)) or not 0 <= number <= INT64_MAX:
        message = f"The timestamp is {_shown(timestamp)}. Give milliseconds since 1970."
        raise InvalidParameterValue(message)
    return int(number)


def _shown(value: object) -> str:
    text = repr(value)
    kind = type(value).__name__
    return f"{text[:60]}{'...' if len(text) > 60 else ''} ({kind})"  # noqa: PLR2004 - one line
