"""Packs of finished runs: as true as the tables they repeat, whatever happens to a run."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest

from nbtrack.backends import Columns, RunsQuery
from nbtrack.backends.sqlite import packs
from nbtrack.client import Client
from nbtrack.entities import Metric, Param, RunStatus, RunTag, ViewType
from nbtrack.errors import NbtrackError

if TYPE_CHECKING:
    from pathlib import Path

VALUES = ("run_id", "metrics.*", "params.*", "tags.*")
EVERYTHING = RunsQuery(experiment_ids=("0",), view_type=ViewType.ALL, select=VALUES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbtrack"


@pytest.fixture
def client(folder: Path) -> Generator[Client]:
    with closing(Client(str(folder.parent))) as client:
        yield client


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "store.db")) as db:
        return db.execute(sql).fetchall()


def packed_runs(folder: Path) -> dict[str, set[int]]:
    return {t: {row[0] for row in rows(folder, f"select run from {t}_pack")} for t in packs.TABLES}


def only(*runs: int) -> dict[str, set[int]]:
    return {table: set(runs) for table in packs.TABLES}


def without_packs(folder: Path) -> Columns:
    """Read the runs from the tables that the packs repeat, in a copy of the store."""
    copy = folder.parent / "copy" / folder.name
    copy.mkdir(parents=True, exist_ok=True)
    (copy / "store.db").unlink(missing_ok=True)
    rows(folder, f"vacuum into '{copy / 'store.db'}'")
    with closing(sqlite3.connect(copy / "store.db")) as db:
        for table in packs.TABLES:
            db.execute(f"delete from {table}_pack")
        db.commit()
    with closing(Client(str(copy.parent))) as client:
        return client.columns(EVERYTHING)


def change(client: Client, run: str, turn: int, chance: random.Random) -> None:
    """Do one of the things that can be done to a run."""
    key = f"k{chance.randrange(8)}"
    value = chance.choice([chance.random(), nan, inf, -0.0])
    point = Metric(key=key, value=value, timestamp=turn)
    texts = ["", "1", '"ü"\n', "[], x", "x" * 500]
    actions: list[Callable[[], object]] = [
        lambda: client.log_metric(run, key, value, timestamp=turn, step=chance.randrange(9)),
        lambda: client.log_param(run, key, chance.choice(texts)),
        lambda: client.set_tag(run, key, chance.choice(texts)),
        lambda: client.delete_tag(run, key),
        lambda: client.log_batch(
            run,
            metrics=[point],
            params=[Param(key=f"b{turn}", value="b")],
            tags=[RunTag(key=key, value=str(turn))],
        ),
        lambda: client.update_run(run, status=chance.choice(list(RunStatus))),
        lambda: client.update_run(run, run_name=f"name {turn}"),
        lambda: client.delete_run(run),
        lambda: client.restore_run(run),
    ]
    try:
        chance.choice(actions)()
    except NbtrackError:  # of a deleted run, a changed param, a tag that is not there
        client.restore_run(run)


def test_packs_stay_true_under_random_changes(client: Client, folder: Path) -> None:
    chance = random.Random(7)
    runs = [client.create_run("0", start_time=n).info.run_id for n in range(6)]
    for turn in range(300):
        change(client, chance.choice(runs), turn, chance)
        if turn % 20 == 0 or turn > 290:
            assert client.columns(EVERYTHING).columns == without_packs(folder).columns
    found = rows(folder, f"select id from run where status in {packs.FINISHED}")
    assert 0 < len(found) < len(runs)
    assert packed_runs(folder) == only(*(row[0] for row in found))


def test_a_run_has_packs_from_its_end_until_it_goes_on(client: Client, folder: Path) -> None:
    run = client.create_run("0").info.run_id
    client.log_metric(run, "loss", 0.5, timestamp=1)
    assert packed_runs(folder) == only()
    client.update_run(run, status=RunStatus.KILLED)
    assert packed_runs(folder) == only(1)
    client.update_run(run, status=RunStatus.RUNNING)
    assert packed_runs(folder) == only()


def test_only_what_was_written_is_packed_again(client: Client, folder: Path) -> None:
    run = client.create_run("0").info.run_id
    client.update_run(run, status=RunStatus.FINISHED)
    with closing(sqlite3.connect(folder / "store.db")) as db:
        for table in packs.TABLES:  # what is not packed again keeps these
            db.execute(f"update {table}_pack set body = cast('kept' as blob)")
        db.commit()
    client.set_tag(run, "t", "x")
    bodies = [rows(folder, f"select body from {table}_pack") for table in ("metric", "param")]
    assert bodies == [[(b"kept",)]] * 2
    assert rows(folder, "select body from tag_pack") != [(b"kept",)]


def test_runs_of_the_same_keys_share_a_layout(client: Client, folder: Path) -> None:
    for number in range(5):
        run = client.create_run("0").info.run_id
        client.log_batch(run, metrics=[Metric(key="loss", value=number, timestamp=1)])
        client.update_run(run, status=RunStatus.FINISHED)
    assert len(rows(folder, "select distinct layout from metric_pack")) == 1


def test_a_writer_that_knows_no_packs_leaves_none_untrue(client: Client, folder: Path) -> None:
    run = client.create_run("0").info.run_id
    client.log_batch(
        run,
        metrics=[Metric(key="loss", value=1.0, timestamp=1)],
        params=[Param(key="p", value="x")],
        tags=[RunTag(key="t", value="x")],
    )
    client.update_run(run, status=RunStatus.FINISHED)
    with closing(sqlite3.connect(folder / "store.db")) as db:
        for table, change in (
            ("metric", "insert or replace into metric select * from metric"),
            ("metric", "update metric set last_value = 2"),
            ("metric", "delete from metric"),
            ("param", "insert into param values (1, 999, 9, 'y')"),
            ("param", "update param set value = 'y'"),
            ("param", "delete from param"),
            ("tag", "insert or replace into tag select run, key, 'y' from tag"),
            ("tag", "update tag set value = 'y'"),
            ("tag", "delete from tag"),
        ):
            assert packed_runs(folder)[table] == {1}
            db.execute(change)
            db.commit()
            assert packed_runs(folder)[table] == set()
            client.set_tag(run, "t", "z")
            assert packed_runs(folder) == only(1)


def test_very_many_values_are_not_packed(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "MOST_VALUES", 3)
    run = client.create_run("0").info.run_id
    client.update_run(run, status=RunStatus.FINISHED)
    for number in range(5):
        client.log_param(run, f"p{number}", str(number))
        assert packed_runs(folder)["param"] == ({1} if number < 3 else set())
    found = client.columns(EVERYTHING)
    assert [found.column(f"params.p{n}").texts for n in range(5)] == [(str(n),) for n in range(5)]


def test_a_store_of_the_first_version_gets_packs(folder: Path) -> None:
    with closing(Client(str(folder.parent))) as client:
        for status in (RunStatus.FINISHED, RunStatus.RUNNING):
            run = client.create_run("0").info.run_id
            client.log_batch(
                run,
                metrics=[Metric(key="loss", value=nan, timestamp=1)],
                params=[Param(key="p", value="ü")],
            )
            client.update_run(run, status=status)
        before = client.columns(EVERYTHING)
    with closing(sqlite3.connect(folder / "store.db")) as db:
        for table in (*(f"{table}_pack" for table in packs.TABLES), "layout"):
            db.execute(f"drop table {table}")
        for (trigger,) in db.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            db.execute(f"drop trigger {trigger}")
        db.execute("pragma user_version = 1")
    with closing(Client(str(folder.parent))) as client:
        assert packed_runs(folder) == only(1)
        assert client.columns(EVERYTHING).columns == before.columns
    assert (folder / "store.db.v1.backup").exists()
