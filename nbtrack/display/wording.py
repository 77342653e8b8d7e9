"""Numbers, durations and long texts as a person reads them."""

from __future__ import annotations

from typing import Final

_MOST: Final = 60
_SHORT: Final = 0.1
_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0


def number_text(value: float) -> str:
    """Write a number with five digits.

    >>> number_text(0.123456789), number_text(3.0), number_text(float("nan"))
    ('0.12346', '3', 'nan')
    """
    return f"{value:.5g}"


def duration_text(milliseconds: int) -> str:
    """Write a duration.

    >>> duration_text(42), duration_text(950), duration_text(83_000), duration_text(7_384_000)
    ('42 ms', '0.9 s', '1 min 23 s', '2 h 03 min')
    """
    seconds = max(milliseconds, 0) / 1000
    if seconds < _SHORT:
        return f"{max(milliseconds, 0)} ms"
    if seconds < _MINUTE:
        return f"{int(seconds * 10) / 10:.1f} s"
    if seconds < _HOUR:
        return f"{int(seconds // 60)} min {int(seconds % 60):02} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02} min"


def shorten(text: str, most: int = _MOST) -> str:
    r"""Cut a text to one line of a length, with an ellipsis where something is left out.

    >>> shorten("one\ntwo"), shorten("a" * 99, 5)
    ('one two', 'aaaa…')
    """
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def model_status(status: str) -> str:
    """Write the status of a logged model without what all of them begin with.

    >>> model_status("LOGGED_MODEL_READY")
    'READY'
    """
    return status.removeprefix("LOGGED_MODEL_")
