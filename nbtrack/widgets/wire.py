"""Figures on their way to the front end: numbers as packed arrays beside the JSON, not in it.

An array is `{"dtype": "f8", "buffer": bytes, "shape": [...]}`; ipywidgets sends bytes outside of
the JSON. So points take a third of the room, NaN arrives as NaN, and nothing is parsed.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any, Final, Protocol

import numpy as np

from nbtrack.errors import InvalidParameterValue

Json = dict[str, Any]
_FEW: Final = 16
"""Shorter lists stay lists."""
_INT32: Final = 2**31
_KINDS: Final = frozenset({"f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4"})


class PlotlyPart(Protocol):
    """A trace or a layout of plotly, as far as it matters here."""

    def to_plotly_json(self) -> Json:
        """Return a copy as dictionaries, lists and arrays."""
        ...


class PlotlyFigure(Protocol):
    """A figure of plotly."""

    @property
    def data(self) -> Sequence[PlotlyPart]:
        """The traces."""
        ...

    @property
    def layout(self) -> PlotlyPart:
        """The layout."""
        ...


Figure = PlotlyFigure | Mapping[str, Any]


def wire_figure(figure: Figure | None) -> Json:
    """Return data and layout of a figure as they are sent.

    Raises
    ------
    InvalidParameterValue
        If it is neither a plotly figure nor a dictionary with `data` and `layout`.
    """
    whole = _parts(figure)
    layout = {name: part for name, part in whole.get("layout", {}).items() if name != "template"}
    traces = [dict(trace) for trace in whole.get("data", ())]
    for trace in traces:
        _date_axes(trace, layout)
    found: Json = _packed({"data": traces, "layout": layout})
    return found


def _parts(figure: object) -> Mapping[str, Any]:
    if figure is None:
        return {}
    parts = _plotly_parts(figure) if hasattr(figure, "layout") else figure
    if not isinstance(parts, Mapping) or not isinstance(parts.get("data", ()), Sequence):
        raise InvalidParameterValue(
            f"The figure is a {type(figure).__name__}. Give a plotly figure, or a dictionary with "
            "'data' and 'layout'."
        )
    return parts


def _plotly_parts(figure: Any) -> Json:  # noqa: ANN401 - plotly's
    # The figure's own to_dict writes arrays in base64, which would be read back here.
    return {
        "data": [trace.to_plotly_json() for trace in figure.data],
        "layout": figure.layout.to_plotly_json(),
    }


def _date_axes(trace: Json, layout: Json) -> None:
    """Turn the times of a trace into milliseconds, and say so on its axes."""
    for axis in ("x", "y"):
        values = trace.get(axis)
        if isinstance(values, np.ndarray) and values.dtype.kind == "M":
            trace[axis] = _milliseconds(values)
            name = f"{axis}axis{str(trace.get(f'{axis}axis', axis))[1:]}"
            layout[name] = {"type": "date", **layout.get(name, {})}


def _milliseconds(times: np.ndarray) -> np.ndarray:
    stamps = times.astype("M8[ms]").astype(np.float64)
    stamps[np.isnat(times)] = np.nan
    return stamps


def packed_array(values: np.ndarray | Iterable[float]) -> Json:
    """Pack numbers as they are sent."""
    array = np.asarray(values)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:  # noqa: PLR2004 - bytes
        fits = array.size == 0 or max(abs(int(array.min())), abs(int(array.max()))) < _INT32
        array = array.astype(np.int32 if fits else np.float64)
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    if kind not in _KINDS:
        array, kind = array.astype(np.float64), "f8"
    little = np.ascontiguousarray(array, dtype=f"<{kind}")
    found: Json = {"dtype": kind, "buffer": little.tobytes()}
    return found if array.ndim == 1 else {**found, "shape": list(array.shape)}


def unpacked_array(part: Mapping[str, Any]) -> np.ndarray:
    """Return the numbers of a packed array."""
    array = np.frombuffer(part["buffer"], f"<{part['dtype']}")
    return array.reshape(part["shape"]) if "shape" in part else array


def is_packed(part: object) -> bool:
    """Tell whether a part of a figure is a packed array."""
    return isinstance(part, Mapping) and "buffer" in part and "dtype" in part


def _packed(part: Any) -> Any:  # noqa: ANN401 - JSON enters here
    match part:
        case np.ndarray():
            return _packed_numpy(part)
        case Mapping():
            if "bdata" in part:
                return _from_base64(part)
            return {str(key): _packed(value) for key, value in part.items()}
        case list() | tuple():
            return packed_array(part) if _is_numeric(part) else [_packed(value) for value in part]
        case _:
            return _scalar(part)


def _packed_numpy(array: np.ndarray) -> Any:  # noqa: ANN401 - JSON leaves here
    if array.dtype.kind in "iuf":
        return packed_array(array)
    if array.dtype.kind == "M":
        return [None if value is None else str(value) for value in array.tolist()]
    return [_packed(value) for value in array.tolist()]


def _from_base64(part: Mapping[str, Any]) -> Json:
    array = np.frombuffer(b64decode(part["bdata"]), f"<{part['dtype']}")
    shape = part.get("shape")
    if shape is None:
        return packed_array(array)
    sizes = shape.split(",") if isinstance(shape, str) else shape
    return packed_array(array.reshape([int(size) for size in sizes]))


def _is_numeric(values: Sequence[object]) -> bool:
    return len(values) > _FEW and all(type(value) in (float, int) for value in values)


def _scalar(value: Any) -> Any:  # noqa: ANN401 - JSON enters here
    if isinstance(value, np.generic):
        return _scalar(value.item())
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has no such number
    return value.isoformat() if isinstance(value, date) else value


def plain_figure(wire: Mapping[str, Any]) -> Json:
    """Return a figure that was packed as JSON; numbers that JSON does not have become None."""
    found: Json = _plain(wire)
    return found


def _plain(part: Any) -> Any:  # noqa: ANN401 - JSON leaves here
    if is_packed(part):
        return _plain(unpacked_array(part).tolist())
    match part:
        case Mapping():
            return {key: _plain(value) for key, value in part.items()}
        case list():
            return [_plain(value) for value in part]
        case _:
            return _scalar(part)
