"""A full block of points fits one page of the file, whatever its steps and timestamps are."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.api.runs import CREATE_RUN, LOG_BATCH, CreateRun, LogBatch
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.backends.sqlite.backend import STORE_FILE
from nbtrack.entities import Metric
from nbtrack.limits import INT64_MAX

POINTS = 20_000
MOST_BYTES = 26


def stored_bytes(folder: Path) -> int:
    return (folder / STORE_FILE).stat().st_size


@pytest.mark.parametrize("first", [0, 1 << 16, 1 << 40, INT64_MAX - POINTS])
def test_a_point_takes_little_more_than_its_three_numbers(first: int, tmp_path: Path) -> None:
    SqliteBackend(tmp_path).close()
    empty = stored_bytes(tmp_path)
    backend = SqliteBackend(tmp_path)
    run_id = backend.call(CREATE_RUN, CreateRun()).run.info.run_id
    for start in range(first, first + POINTS, 1000):
        points = [
            Metric(key="loss", value=0.5, timestamp=n, step=n) for n in range(start, start + 1000)
        ]
        backend.call(LOG_BATCH, LogBatch(run_id=run_id, metrics=tuple(points)))
    backend.close()
    assert (stored_bytes(tmp_path) - empty) / POINTS < MOST_BYTES
