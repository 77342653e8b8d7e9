"""Exports as an Excel workbook: a sheet of runs, one of points, one that says where they are from.

Excel knows neither NaN and infinities nor integers above 2^53 nor time zones: such numbers are
texts, and times are UTC.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from nbtrack.errors import ExportError
from nbtrack.frames.export_lines import number_text
from nbtrack.frames.export_tables import HISTORY, Tables, history_frames, slices
from nbtrack.frames.export_values import is_time, moments, plain_values

if TYPE_CHECKING:
    from openpyxl import Workbook

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
MOST_CHARACTERS: Final = 32_767
_EXACT: Final = 2**53
_TIME_FORMAT: Final = "yyyy-mm-dd hh:mm:ss.000"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_NOT_PLAIN: Final = ("=", "#")
"""What a text starts with that would be taken for a formula or for an error."""


def write_excel(tables: Tables, target: Path) -> None:
    """Write runs and points into the sheets `runs` and `history`, and their source into `about`.

    Raises
    ------
    ExportError
        If a sheet has no room for all rows or columns, or a cell for a text.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        _write_sheet(book, "runs", [str(name) for name in tables.runs.columns], [tables.runs])
        if tables.history is not None:
            _write_sheet(book, "history", HISTORY, history_frames(tables))
        about = {"name": list(tables.about), "value": list(map(_told, tables.about.values()))}
        _write_sheet(book, "about", list(about), [pd.DataFrame(about, dtype="str")])
        book.save(target)
    except BaseException:
        for sheet in book.worksheets:
            sheet.close()
        raise


def _told(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _write_sheet(
    book: Workbook, title: str, names: Sequence[str], frames: Iterable[pd.DataFrame]
) -> None:
    if len(names) > MOST_COLUMNS:
        raise _no_room(title, len(names), "columns", MOST_COLUMNS)
    sheet: Any = book.create_sheet(title)  # the stubs leave a chart sheet possible
    sheet.freeze_panes = "A2"
    cell = _cell_maker(sheet)
    sheet.append([cell("name of a column", name) for name in names])
    rows = 1
    for frame in frames:
        rows += len(frame)
        if rows > MOST_ROWS:
            raise _no_room(title, rows - 1, "rows", MOST_ROWS - 1)
        for piece in slices([frame]):
            columns = [_values(piece.iloc[:, place]) for place in range(len(names))]
            for values in zip(*columns, strict=True):
                sheet.append([cell(*named) for named in zip(names, values, strict=True)])


def _no_room(title: str, found: int, what: str, most: int) -> ExportError:
    message = f"The table of {title} has {found:,} {what} or more; a sheet of Excel holds {most:,}."
    return ExportError(f"{message} Choose Parquet or CSV, or fewer runs, metrics or columns.")


def _values(column: pd.Series) -> Sequence[object]:
    return moments(column) if is_time(column) else plain_values(column)


def _cell_maker(sheet: Any) -> Callable[[str, object], object]:  # noqa: ANN401 - of a library
    """Return what makes a cell of a column's name and a value."""
    from datetime import datetime

    from openpyxl.cell import WriteOnlyCell

    def cell(name: str, value: object) -> object:
        if isinstance(value, datetime):
            made: Any = WriteOnlyCell(sheet, value)
            made.number_format = _TIME_FORMAT
            return made
        if value is None or isinstance(value, bool) or _is_number(value):
            return value
        text = value if isinstance(value, str) else _number_or_text(value)
        if len(text) > MOST_CHARACTERS:
            raise ExportError(
                f"A text of column {name!r} has {len(text):,} characters; a cell of Excel holds "
                f"{MOST_CHARACTERS:,}. Choose Parquet or CSV, or leave the column out."
            )
        plain = _CONTROL.sub(_escaped, text)
        if not plain.startswith(_NOT_PLAIN):
            return plain
        made = WriteOnlyCell(sheet, plain)
        made.data_type = "s"
        made.quotePrefix = True  # it stays a text when somebody edits the cell
        return made

    return cell


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return isinstance(value, float) and math.isfinite(value)


def _number_or_text(value: object) -> str:
    return number_text(value) if isinstance(value, (int, float)) else str(value)


def _escaped(found: re.Match[str]) -> str:
    """Write a control character as Excel does, and what looks like one so that it stays."""
    text = found[0]
    return f"_x{ord(text):04X}_" if len(text) == 1 else f"_x005F{text}"
