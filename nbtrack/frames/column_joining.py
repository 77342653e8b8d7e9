"""Answers to parts of a question, put together as one table of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nbtrack.backends import Column, Columns
from nbtrack.backends.column_builders import NumberKind

_FAMILIES: Final = ("metrics.", "params.", "tags.")
_NAN: Final = np.array([np.nan], "<f8").tobytes()


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the rows of several tables below each other; what a table lacks is missing there.

    Keys are sorted within metrics, params and tags, as a backend answers.

    >>> one = Columns(rows=1, columns=(Column(name="params.b", kind="text", texts=("1",)),))
    >>> two = Columns(rows=1, columns=(Column(name="params.a", kind="text", texts=("2",)),))
    >>> [(column.name, column.texts) for column in joined([one, two]).columns]
    [('params.a', (None, '2')), ('params.b', ('1', None))]
    """
    tables = [{column.name: column for column in part.columns} for part in parts]
    names = sorted(dict.fromkeys(name for table in tables for name in table), key=_place)
    rows = [part.rows for part in parts]
    columns = [_joined_column(name, [table.get(name) for table in tables], rows) for name in names]
    return Columns(rows=sum(rows), columns=tuple(columns))


def _place(name: str) -> tuple[int, str]:
    for number, prefix in enumerate(_FAMILIES, start=1):
        if name.startswith(prefix):
            return number, name
    return 0, ""  # sorting keeps their order


def _joined_column(name: str, found: Sequence[Column | None], rows: Sequence[int]) -> Column:
    kinds = {column.kind for column in found if column is not None}
    if not kinds <= {"int64", "float64"}:
        texts = [t for column, n in zip(found, rows, strict=True) for t in _texts(column, n)]
        return Column(name=name, kind="text", texts=tuple(texts))
    kind: NumberKind = "float64" if "float64" in kinds else "int64"
    pairs = list(zip(found, rows, strict=True))
    missing = b"".join(_missing(column, n) for column, n in pairs)
    blank = _NAN if kind == "float64" else bytes(8)
    data = b"".join(blank * n if column is None else column.data for column, n in pairs)
    return Column(name=name, kind=kind, data=data, missing=missing if any(missing) else b"")


def _texts(column: Column | None, rows: int) -> Sequence[str | None]:
    if column is None:
        return [None] * rows
    if column.kind == "text":
        return column.texts
    words = [*column.texts, None]  # the code of a missing text is -1
    return [words[code] for code in np.frombuffer(column.data, "<i4").tolist()]


def _missing(column: Column | None, rows: int) -> bytes:
    if column is None:
        return b"\1" * rows
    return column.missing or bytes(rows)
