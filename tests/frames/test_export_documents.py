"""Exports for people: Excel, Markdown, LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from nbtrack.client import Client
from nbtrack.errors import ExportError
from nbtrack.frames.export import export
from nbtrack.frames.export_excel import MOST_ROWS, write_excel
from nbtrack.frames.export_prose import latex_text, markdown_text
from nbtrack.frames.export_tables import Tables
from tests.frames.messy import FORMULA, messy_client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with messy_client(tmp_path) as client:
        yield client


def column(sheet: Any, name: str) -> list[Any]:  # noqa: ANN401 - of a library
    """Return the cells below a heading."""
    place = [cell.value for cell in sheet[1]].index(name)
    return [row[place] for row in sheet.iter_rows(min_row=2)]


def tables(frame: pd.DataFrame) -> Tables:
    """Return an export of a frame alone."""
    return Tables(runs=frame, experiment_ids=(), experiments=(), history=None, about={})


def test_excel_has_a_sheet_of_runs_of_points_and_of_their_source(
    client: Client, tmp_path: Path
) -> None:
    path = export(tmp_path / "a.xlsx", "params.lr = '0.5'", client=client).path
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["runs", "history", "about"]
    assert [cell.value for cell in column(book["runs"], "run_name")] == ["run 1"]
    assert book["history"].max_row == 7
    about = {name.value: value.value for name, value in book["about"].iter_rows(min_row=2)}
    assert about["source"] == client.tracking_uri
    assert about["filter"] == "params.lr = '0.5'"


def test_excel_takes_no_text_for_a_formula(client: Client, tmp_path: Path) -> None:
    path = export(tmp_path / "a.xlsx", client=client).path
    (cell, *_) = column(openpyxl.load_workbook(path)["runs"], "params.note")
    assert (cell.value, cell.data_type, cell.quotePrefix) == (FORMULA, "s", True)


def test_excel_writes_as_text_what_it_has_no_number_for(client: Client, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(export(tmp_path / "a.xlsx", client=client).path)
    assert [c.value for c in column(book["runs"], "metrics.VAL_LOSS")] == [None, "NaN", None]
    assert [c.value for c in column(book["runs"], "metrics.val loss")] == ["inf"] * 3
    assert str(2**60) in [c.value for c in column(book["history"], "step")]
    assert [c.value for c in column(book["runs"], "params.lr")] == [1, 0.5, 0]


def test_excel_has_times_as_times_of_utc(client: Client, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(export(tmp_path / "a.xlsx", client=client).path)
    (cell, *_) = column(book["runs"], "start_time")
    assert cell.value == datetime(1970, 1, 1, 0, 0, 1, 2_000)  # noqa: DTZ001 - Excel has no zones
    assert cell.number_format == "yyyy-mm-dd hh:mm:ss.000"


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\x07b", "a_x0007_b"), ("_x0041_", "_x005F_x0041_"), ("#N/A", "#N/A"), ("é\n", "é\n")],
    ids=["control", "escape", "error", "unicode"],
)
def test_excel_keeps_odd_texts(tmp_path: Path, text: str, stored: str) -> None:
    write_excel(tables(pd.DataFrame({"x": [text]})), tmp_path / "a.xlsx")
    (cell,) = column(openpyxl.load_workbook(tmp_path / "a.xlsx")["runs"], "x")
    assert (cell.value, cell.data_type) == (stored, "s")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"x": np.zeros(MOST_ROWS)}), "has 1,048,576 rows or more; a sheet of Excel"),
        (pd.DataFrame([range(16_385)]), "has 16,385 columns or more; a sheet of Excel"),
        (pd.DataFrame({"x": ["a" * 32_768]}), "A text of column 'x' has 32,768 characters"),
    ],
    ids=["rows", "columns", "characters"],
)
def test_excel_names_the_limit_that_does_not_hold_it(
    tmp_path: Path, frame: pd.DataFrame, message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        write_excel(tables(frame), tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_markdown_is_one_table_of_the_runs(client: Client, tmp_path: Path) -> None:
    columns = ["run_name", "params.note", "metrics.val l*", "params.lr"]
    path = export(tmp_path / "a.md", client=client, columns=columns).path
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "| run_name | metrics.val loss | params.lr | params.note |"
    assert lines[1] == "| --- | ---: | ---: | --- |"
    assert lines[4] == r'| run 0 | inf | 0.0 | x<br>y,"q" \| |'
    assert len(lines) == 5


def test_markdown_takes_the_points_on_demand(client: Client, tmp_path: Path) -> None:
    path = export(tmp_path / "a.md", client=client, history=["val_loss"], columns="run_id").path
    text = path.read_text("utf-8")
    assert "\n\n## History\n\n| run_id | key | step | timestamp | value |\n" in text
    assert text.endswith("| val_loss | 0 | 1970-01-01T00:00:00.001Z | 2.0 |\n")


def test_digits_are_those_of_readers(client: Client, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.1 + 0.2, 12345.678], "n": [1234567, 1]})
    path = export(tmp_path / "a.md", frame, client=client, digits=3).path
    assert path.read_text("utf-8").splitlines()[2:] == ["| 0.3 | 1234567 |", "| 12300.0 | 1 |"]


def test_latex_is_a_tabular(client: Client, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a_b": ["50% & more", None], "x": [0.5, 1]})
    text = export(tmp_path / "a.tex", frame, client=client).path.read_text("utf-8")
    assert text.splitlines() == [
        r"\begin{tabular}{lr}",
        r"\hline",
        r"a\_b & x \\",
        r"\hline",
        r"50\% \& more & 0.5 \\",
        r" & 1.0 \\",
        r"\hline",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (r"\cmd{x}", r"\textbackslash{}cmd\{x\}"),
        ("#$%&_~^", r"\#\$\%\&\_\textasciitilde{}\textasciicircum{}"),
        ("<a|b>", r"\textless{}a\textbar{}b\textgreater{}"),
        ("[x]", "{}[x]"),
        ("*", "{}*"),
        ("--lr", "-{}-lr"),
        ("a\nb", "a b"),
    ],
)
def test_latex_prints_texts_as_they_are(text: str, written: str) -> None:
    assert latex_text(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", r"a\|b"),
        ("val_loss", "val_loss"),
        ("__init__", r"\_\_init\_\_"),
        ("*x* `y` [z](u)", r"\*x\* \`y\` \[z\](u)"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("a\r\nb", "a<br>b"),
    ],
)
def test_markdown_shows_texts_as_they_are(text: str, written: str) -> None:
    assert markdown_text(text) == written
