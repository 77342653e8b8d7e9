"""Values by run and key: sought or scanned, in small chunks, with many keys."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from nbtrack.backends import RunsQuery
from nbtrack.backends.sqlite import cells
from nbtrack.client import Client
from nbtrack.entities import Metric, Param, RunStatus
from nbtrack.frames.typed import columns_frame

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 18
KEYS = 150
FAR_STEP = 2**60 + 1


@pytest.fixture(params=[(2_000, 2_000), (1, 2_000), (1, 7), (2_000, 1)], ids=str)
def client(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Client:
    few, chunk = request.param
    monkeypatch.setattr(cells, "_FEW", few)
    monkeypatch.setattr(cells, "_CHUNK", chunk)
    return Client(str(tmp_path))


def test_a_sparse_table_of_many_keys(client: Client) -> None:
    chance = random.Random(3)
    others = client.create_experiment("others")
    expected: dict[tuple[str, str], float | str] = {}
    run_ids: list[str] = []
    for number in range(RUNS):
        is_other = number % 3 == 0  # so that a scan passes by runs of another experiment
        run = client.create_run(others if is_other else "0", start_time=number)
        keys = chance.sample(range(KEYS), 20)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key=f"m{k}", value=k / 7, timestamp=1, step=FAR_STEP) for k in keys],
            params=[Param(key=f"p{k}", value=f"{number} ü {k}") for k in keys],
        )
        if number % 2:  # finished runs are read from packs
            client.update_run(run.info.run_id, status=RunStatus.FINISHED)
        if not is_other:
            run_ids.append(run.info.run_id)
            expected |= {(run.info.run_id, f"metrics.m{k}"): k / 7 for k in keys}
            expected |= {(run.info.run_id, f"params.p{k}"): f"{number} ü {k}" for k in keys}
            expected |= {(run.info.run_id, f"min_step(metrics.m{k})"): FAR_STEP for k in keys}
    query = RunsQuery(experiment_ids=("0",), summaries=("min_step",))
    frame = columns_frame(client.columns(query), typed=True).set_index("run_id")
    assert sorted(frame.index) == sorted(run_ids)
    values = frame.filter(regex=r"^(metrics|params|min_step)")
    found = values.stack().dropna().to_dict()
    assert found == expected


def test_a_few_of_many_keys(client: Client) -> None:
    for number in range(5):
        run = client.create_run("0", start_time=number)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key=f"m{k}", value=k + number, timestamp=1) for k in range(KEYS)],
        )
        if number % 2:
            client.update_run(run.info.run_id, status=RunStatus.FINISHED)
    query = RunsQuery(experiment_ids=("0",), select=("metrics.m1", "metrics.m149"), limit=3)
    frame = columns_frame(client.columns(query))
    assert frame.to_dict("list") == {"metrics.m1": [5, 4, 3], "metrics.m149": [153, 152, 151]}


def test_no_run_and_no_key(client: Client) -> None:
    nothing = client.columns(RunsQuery(experiment_ids=("0",)))
    assert nothing.rows == 0
    assert not [column.name for column in nothing.columns if "." in column.name]
    client.create_run("0", start_time=1)
    assert client.columns(RunsQuery(experiment_ids=("0",), select=("metrics.*",))).columns == ()
