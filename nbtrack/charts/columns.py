"""A column of a frame as places on an axis: numbers, logarithms, categories, times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from nbtrack.charts.labels import distinct, literal, moment, number
from nbtrack.charts.reduction import Floats
from nbtrack.charts.series import require_columns, times_of
from nbtrack.charts.theme import LOG_AXIS, Properties, Theme, axis_style
from nbtrack.frames import as_numbers

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["number", "log", "category", "time"]
Flags = npt.NDArray[np.bool_]
_DECADES: Final = 2.0
_MARGIN: Final = 0.08
_MOST_TICKS: Final = 30


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a column, one a row.

    numbers
        Values; of categories their places, of times milliseconds; NaN where there is none.
    missing
        Where nothing was there, unlike a NaN that was.
    words
        The names of categories.
    """

    name: str
    kind: Kind
    numbers: Floats
    missing: Flags
    words: tuple[str, ...] = ()

    @property
    def usable(self) -> Flags:
        """Where a value has a place on the axis."""
        finite = np.isfinite(self.numbers)
        return finite & (self.numbers > 0) if self.kind == "log" else finite

    @property
    def is_continuous(self) -> bool:
        """Whether values between those that are there have a meaning."""
        return self.kind != "category"

    def scaled(self) -> Floats:
        """Return the values as lengths on the axis: logarithms if it is logarithmic."""
        if self.kind != "log":
            return np.where(self.usable, self.numbers, np.nan)
        return np.log10(np.where(self.usable, self.numbers, np.nan))

    def edge(self, place: float) -> float:
        """Return the value at a part of the axis: 0 is the lowest value, -0.1 lies below it."""
        lengths = self.scaled()[self.usable]
        low, high = (float(lengths.min()), float(lengths.max())) if len(lengths) else (0.0, 1.0)
        span = high - low or abs(high) * 0.1 or 1.0
        found = low + place * span
        return float(10**found) if self.kind == "log" else found

    def text(self, value: float) -> str:
        """Write a value of the axis."""
        if not np.isfinite(value):
            return number(value)
        if self.kind == "category":
            return self.words[int(value)]
        return f"{moment(value)} UTC" if self.kind == "time" else number(value)

    def texts(self) -> list[str]:
        """Write every value, and `missing` where there is none."""
        pairs = zip(self.numbers.tolist(), self.missing.tolist(), strict=True)
        return ["missing" if is_missing else self.text(value) for value, is_missing in pairs]

    def range_text(self) -> str:
        """Say from where to where the values go."""
        values = self.numbers[self.usable]
        if not len(values):
            return "without a value"
        if self.kind == "category":
            return f"{len(self.words):,} values"
        return f"from {self.text(float(values.min()))} to {self.text(float(values.max()))}"

    def axis(self, theme: Theme, title: str) -> Properties:
        """Return the axis for the values."""
        axis = axis_style(theme, literal(title))
        if self.kind == "log":
            return {**axis, **LOG_AXIS}
        if self.kind == "time":
            return {**axis, "type": "date"}
        if self.kind == "category":
            return {
                **axis,
                "type": "linear",
                **self.ticks(),
                "range": [-0.6, len(self.words) - 0.4],
            }
        return {**axis, "type": "linear"}

    def ticks(self) -> Properties:
        """Return the ticks of categories, at most thirty of them."""
        step = max(1, -(-len(self.words) // _MOST_TICKS))
        places = list(range(0, len(self.words), step))
        labels = distinct(self.words)
        return {"tickvals": places, "ticktext": [literal(labels[place]) for place in places]}


def read_column(frame: pd.DataFrame, name: str, *, log: bool | None = False) -> Column:
    """Return a column of a frame of runs.

    Parameters
    ----------
    frame
        One row a run.
    name
        The column; text is read as numbers if all of it reads so, else as categories.
    log
        Whether the axis is logarithmic; None takes it where values span two decades or more.

    Raises
    ------
    InvalidParameterValue
        If the column is not there, or there are no rows.
    """
    require_columns(frame, [name], "frame of runs")
    column = frame[name]
    missing: Flags = column.isna().to_numpy(dtype=bool)
    kind = getattr(column.dtype, "kind", "O")
    if isinstance(column.dtype, np.dtype) and kind == "f":
        missing = np.zeros(len(column), dtype=bool)  # a NaN there is a value that was logged
    if kind == "M":
        return Column(name, "time", times_of(column), missing)
    if kind in "iuf" and not hasattr(column, "cat"):
        return _numbers(name, column.to_numpy(np.float64, na_value=np.nan), missing, log=log)
    if kind != "b":
        numbers = as_numbers(column.astype("object"))
        if not missing.all() and not np.isnan(numbers[~missing]).any():
            return _numbers(name, numbers, missing, log=log)
    return _categories(name, column, missing)


def _numbers(name: str, values: Floats, missing: Flags, *, log: bool | None) -> Column:
    is_log = fits_log(values) if log is None else log
    return Column(name, "log" if is_log else "number", values, missing)


def _categories(name: str, column: pd.Series, missing: Flags) -> Column:
    texts = column.astype("object").map(str).to_numpy()
    words, places = np.unique(texts[~missing].astype(str), return_inverse=True)
    values = np.full(len(texts), np.nan)
    values[~missing] = places
    return Column(name, "category", values, missing, tuple(words.tolist()))


def fits_log(values: Floats) -> bool:
    """Tell whether positive values spread better over a logarithmic axis.

    >>> fits_log(np.array([1e-4, 1e-3, 1e-2, 0.1])), fits_log(np.array([0.0, 1.0, 100.0]))
    (True, False)
    """
    finite = values[np.isfinite(values)]
    if len(finite) < 3 or finite.min() <= 0:  # noqa: PLR2004 - two values do not tell
        return False
    lengths = np.log10(finite)
    span = float(np.ptp(lengths))
    if span < _DECADES:
        return False
    straight = (float(np.median(finite)) - float(finite.min())) / float(np.ptp(finite))
    bent = (float(np.median(lengths)) - float(lengths.min())) / span
    return abs(bent - 0.5) < abs(straight - 0.5)
