"""The parts of any plotly figure as plain dictionaries, with arrays as arrays."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.charts.theme import Properties

if TYPE_CHECKING:
    import plotly.graph_objects as go


def traces_of(figure: go.Figure) -> list[Properties]:
    """Return the traces of a figure."""
    return [_decoded(trace.to_plotly_json()) for trace in figure.data]


def layout_of(figure: go.Figure) -> Properties:
    """Return the layout of a figure."""
    found: Properties = figure.layout.to_plotly_json()
    return found


def meta_of(figure: go.Figure) -> Properties:
    """Return what a figure knows of itself."""
    meta: object = figure.layout.meta
    return meta if isinstance(meta, dict) else {}


def _decoded(part: Any) -> Any:  # noqa: ANN401 - JSON enters here
    """Read arrays that are written as bytes in base64, as in figures that were stored."""
    match part:
        case {"dtype": str(kind), "bdata": str(data)}:
            array = np.frombuffer(b64decode(data), kind)
            shape = part.get("shape")
            return array if shape is None else array.reshape([int(n) for n in _sizes(shape)])
        case dict():
            return {key: _decoded(value) for key, value in part.items()}
        case [*_] if any(isinstance(value, dict) for value in part):
            return [_decoded(value) for value in part]
        case _:
            return part


def _sizes(shape: object) -> list[str]:
    """Read a shape, which plotly writes as `2, 3`."""
    return str(shape).strip("()[]").split(",")
