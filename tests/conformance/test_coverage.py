"""Every operation on every service, once: the cells of the table in docs/api.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbtrack.api import METHODS, OPERATIONS
from nbtrack.client import Client
from nbtrack.errors import EndpointNotFound
from tests.conformance.calls import CALLS, prepare
from tests.conformance.coverage import CELLS, COLUMNS, NO, rows
from tests.conformance.service import ALL, Service

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_works_where_the_table_says(shared_service: Service, name: str) -> None:
    stage = prepare(shared_service)
    if CELLS[name, shared_service.kind] == NO:
        with pytest.raises(EndpointNotFound, match=name):
            CALLS[name](stage)
    else:
        CALLS[name](stage)


def test_every_operation_has_a_good_use() -> None:
    assert set(CALLS) == set(OPERATIONS)


def test_every_cell_of_the_table_is_a_test() -> None:
    tested = {(name, kind) for name in OPERATIONS for kind in ALL}
    assert set(CELLS) == tested
    assert {kind for kinds in COLUMNS.values() for kind in kinds} == set(ALL)


def test_table_has_the_39_methods() -> None:
    assert len(METHODS) == len(rows()) == 39


def test_table_counts_what_is_known_of_mlflow() -> None:
    words = [cells[-1] for _, cells in rows()]
    assert {word: words.count(word) for word in set(words)} == {
        "yes": 32,
        "by other calls": 2,
        "no": 5,
    }


def test_documented_table_is_the_tested_one() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    documented = {
        cells[1].strip("`"): tuple(cells[3:6])
        for line in text.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 8
    }
    assert documented.items() >= {op.name: cells for op, cells in rows()}.items()


def test_generated_docs_are_up_to_date() -> None:
    command = [sys.executable, "tools/generate_docs.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("name", OPERATIONS)
def test_client_has_a_method_of_each_name(name: str) -> None:
    assert callable(getattr(Client, name))
