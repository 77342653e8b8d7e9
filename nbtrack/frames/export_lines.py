"""Exports as CSV and as JSON lines: a row a line, in UTF-8."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pandas as pd

from nbtrack.frames.export_tables import HISTORY, Tables, history_frames, slices
from nbtrack.frames.export_values import is_text, is_time, plain_values

_QUOTED: Final = re.compile(r'[",\r\n]|^\s|\s$|^$')
_TRUTH: Final = {True: "true", False: "false"}


def history_name(name: str) -> str:
    """Return the name of the file of points beside the file of runs.

    >>> history_name("runs.csv")
    'runs.history.csv'
    """
    path = Path(name)
    return path.with_name(f"{path.stem}.history{path.suffix}").name


def write_csv(tables: Tables, target: Path) -> None:
    """Write the runs into `target`, their points into a file beside it.

    What is missing is empty, an empty text is `""`, numbers that are none are `NaN`, `inf` and
    `-inf`. Texts stay as they are: one that starts with `=` is a formula to a spreadsheet.
    """
    names = [str(name) for name in tables.runs.columns]
    _write_csv(target, names, [tables.runs])
    if tables.history is not None:
        beside = target.with_name(history_name(target.name))
        _write_csv(beside, HISTORY, history_frames(tables))


def write_json_lines(tables: Tables, target: Path) -> None:
    """Write the runs into `target`, their points into a file beside it.

    What is missing is null; JSON has no NaN, so it is the text "NaN", as in the API, and
    infinities are "Infinity" and "-Infinity".
    """
    _write_json_lines(target, [tables.runs])
    if tables.history is not None:
        _write_json_lines(target.with_name(history_name(target.name)), history_frames(tables))


def _write_csv(path: Path, names: Sequence[str], frames: Iterable[pd.DataFrame]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(map(_quoted, names)) + "\n")
        for piece in slices(frames):
            columns = [_csv_cells(piece.iloc[:, place]) for place in range(len(names))]
            file.writelines(",".join(cells) + "\n" for cells in zip(*columns, strict=True))


def _csv_cells(column: pd.Series) -> list[str]:
    values = plain_values(column)
    if is_text(column):
        return ["" if value is None else _quoted(_text(value)) for value in values]
    if is_time(column):
        return ["" if value is None else str(value) for value in values]
    return ["" if value is None else number_text(value) for value in values]


def number_text(value: object) -> str:
    """Write a number exactly, or a truth value.

    >>> number_text(0.1), number_text(float("nan")), number_text(True)
    ('0.1', 'NaN', 'true')
    """
    if isinstance(value, bool):
        return _TRUTH[value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    return repr(value)


def _text(value: object) -> str:
    """Return the text in a column of texts, or of objects of any kind."""
    if isinstance(value, str):
        return value
    return number_text(value) if isinstance(value, (bool, int, float)) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _write_json_lines(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    encoder = msgspec.json.Encoder(enc_hook=str)
    with path.open("wb") as file:
        for piece in slices(frames):
            file.write(encoder.encode_lines(list(_objects(piece))))


def _objects(frame: pd.DataFrame) -> Iterator[dict[str, object]]:
    names = [str(name) for name in frame.columns]
    columns = [
        [_json_value(value) for value in plain_values(frame.iloc[:, place])]
        for place in range(len(names))
    ]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))


def _json_value(value: object) -> object:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
