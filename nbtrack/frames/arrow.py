"""Frames as Arrow tables and as Polars frames; needs the extra `arrow`.

What is missing becomes null, and a NaN stays NaN. `df.nbtrack` gives both as methods.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from nbtrack.errors import InvalidParameterValue, MissingDependencyError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

ATTRS_KEY: Final = b"PANDAS_ATTRS"
"""Where pandas itself keeps `attrs` in the metadata of a schema, as JSON."""


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table, with its `attrs` in the metadata of the schema.

    Parameters
    ----------
    frame
        Of `nbtrack.runs()` or any other. An index with a name becomes a column, another is left
        out.

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    InvalidParameterValue
        If a column holds what Arrow has no type for, or two columns have one name.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, float("nan")]})
    >>> frame.attrs["source"] = "here"
    >>> to_arrow(frame)["x"].to_pylist(), to_arrow(frame).schema.metadata[ATTRS_KEY]
    ([1.0, nan], b'{"source": "here"}')
    """
    try:
        import pyarrow as pa
    except ImportError as exc:
        raise MissingDependencyError("An Arrow table", "pyarrow", "arrow") from exc
    whole = flat_frame(frame)
    columns = [_arrow_column(column) for _, column in whole.items()]
    names = list(whole.columns)
    told = {**_described(whole), ATTRS_KEY: json.dumps(frame.attrs, default=str).encode()}
    return pa.table(columns, names=names).replace_schema_metadata(told)


def to_polars(frame: pd.DataFrame) -> pl.DataFrame:
    """Return a frame as one of Polars, which has no place for `attrs`.

    Parameters
    ----------
    frame
        As in `to_arrow`.

    Raises
    ------
    MissingDependencyError
        If pyarrow or Polars is not installed.

    Examples
    --------
    >>> to_polars(pd.DataFrame({"x": pd.array([1, None], dtype="Int64")}))["x"].to_list()
    [1, None]
    """
    try:
        import polars as pl
    except ImportError as exc:
        raise MissingDependencyError("A frame of Polars", "Polars", "arrow") from exc
    made = pl.from_arrow(to_arrow(frame))
    return made if isinstance(made, pl.DataFrame) else made.to_frame()


def flat_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns are texts, and whose index stands among them if it has a name.

    Raises
    ------
    InvalidParameterValue
        If it is no DataFrame, or two columns have one name.
    """
    if not isinstance(frame, pd.DataFrame):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidParameterValue(f"{frame!r:.80} is no DataFrame. Give that of nbtrack.runs().")
    named = any(name is not None for name in frame.index.names)
    flat = frame.reset_index() if named else frame.reset_index(drop=True)
    flat.columns = pd.Index([str(name) for name in flat.columns], dtype="str")
    if not flat.columns.is_unique:
        twice = flat.columns[flat.columns.duplicated()][0]
        raise InvalidParameterValue(f"The frame has two columns {twice!r}. Rename one of them.")
    return flat


def _described(frame: pd.DataFrame) -> dict[bytes, bytes]:
    """Say which types pandas has, for when the table becomes a frame again."""
    import pyarrow as pa

    # Of no row, for it is about types; times with a zone have the same type in both.
    plain = [not isinstance(dtype, pd.DatetimeTZDtype) for dtype in frame.dtypes]
    found = pa.Schema.from_pandas(frame.iloc[:0].loc[:, plain], preserve_index=False).metadata
    return dict(found or {})


def _arrow_column(column: pd.Series) -> pa.Array:
    import pyarrow as pa

    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        stamps = column.dt.tz_convert(None).to_numpy()
        return pa.array(stamps, type=pa.timestamp(dtype.unit, str(dtype.tz)))
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return pa.array(column.to_numpy())  # from pandas, NaN would become null
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as exc:
        message = f"Column {column.name!r} holds values that Arrow has no type for: {exc}"
        raise InvalidParameterValue(f"{message.rstrip('.')}. Convert it or leave it out.") from exc


class Conversions:
    """`df.nbtrack`: a frame in the form of other libraries.

    Examples
    --------
    >>> pd.DataFrame({"x": [1]}).nbtrack.to_arrow().num_rows
    1
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        """Take the frame that the accessor is called on."""
        self._frame = frame

    def to_arrow(self) -> pa.Table:
        """Return the frame as an Arrow table; see `nbtrack.to_arrow`."""
        return to_arrow(self._frame)

    def to_polars(self) -> pl.DataFrame:
        """Return the frame as one of Polars; see `nbtrack.to_polars`."""
        return to_polars(self._frame)


if not hasattr(pd.DataFrame, "nbtrack"):
    pd.api.extensions.register_dataframe_accessor("nbtrack")(Conversions)
