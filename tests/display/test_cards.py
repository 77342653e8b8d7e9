from __future__ import annotations

import re

import pytest

from nbtrack.directions import best_of, direction, is_better
from nbtrack.display import (
    Table,
    changes,
    duration_text,
    experiment_card,
    info_card,
    number_text,
    run_card,
)
from nbtrack.display.cards import run_duration
from nbtrack.entities import (
    Experiment,
    ExperimentTag,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
)

EVIL = "<img onerror=alert(1) src=x>\"'&"


def make_run(
    name: str = "base",
    *,
    params: dict[str, str] | None = None,
    metrics: dict[str, float] | None = None,
    tags: dict[str, str] | None = None,
    status: RunStatus = RunStatus.FINISHED,
    end_time: int | None = 13_300,
) -> Run:
    """Make a run that took 12.3 seconds."""
    info = RunInfo(
        run_id="a1b2c3d4e5f6",
        run_name=name,
        experiment_id="0",
        status=status,
        start_time=1_000,
        end_time=end_time,
    )
    points = [Metric(key=k, value=v, timestamp=1, step=1) for k, v in (metrics or {}).items()]
    data = RunData(
        params=tuple(Param(key=k, value=v) for k, v in (params or {}).items()),
        metrics=tuple(points),
        tags=tuple(RunTag(key=k, value=v) for k, v in (tags or {}).items()),
    )
    return Run(info=info, data=data)


def test_a_card_shows_name_status_time_params_and_metrics() -> None:
    run = make_run(params={"lr": "0.1"}, metrics={"loss": 0.25, "acc": 0.5})
    card = run_card(run, best={"loss": 0.125, "acc": 0.5})
    assert card.text.splitlines() == [
        "base  FINISHED  12.3 s  a1b2c3d4",
        "  params   lr 0.1",
        "  metrics  loss 0.25 (best 0.125), acc 0.5",
    ]
    for part in ("base", "FINISHED", "12.3 s", "lr <b>0.1</b>", "best 0.125"):
        assert part in card.html


def test_a_card_tells_what_changed_since_the_attempt_before() -> None:
    before = make_run(
        params={"lr": "0.1", "n": "1"}, metrics={"loss": 0.5}, tags={"nbtrack.cell.hash": "aa"}
    )
    run = make_run(
        params={"lr": "0.2", "n": "1"},
        metrics={"loss": 0.25},
        tags={"nbtrack.cell.hash": "bb", "nbtrack.attempt": "2"},
    )
    text = run_card(run, before=before).text
    assert "attempt 2" in text
    assert "changed  lr 0.1 → 0.2, loss 0.5 → 0.25 (better), code (edited)" in text


def test_everything_in_a_card_is_escaped() -> None:
    run = make_run(
        EVIL,
        params={EVIL: EVIL},
        metrics={EVIL: 1.0},
        tags={"nbtrack.attempt": EVIL, "nbtrack.cells.out_of_order": EVIL},
    )
    experiment = Experiment(
        experiment_id=EVIL, name=EVIL, tags=(ExperimentTag(key=EVIL, value=EVIL),)
    )
    table = Table(EVIL, (EVIL,), ((EVIL,),))
    cards = [
        run_card(run, best={EVIL: 2.0}, before=make_run(metrics={EVIL: 3.0})),
        info_card(run.info, EVIL),
        experiment_card(experiment),
    ]
    for html in [*(card.html for card in cards), table.html]:
        assert "&lt;img" in html
        assert "<img" not in html
        assert "<script" not in html
        assert not re.search(r"\son\w+=", re.sub(r"&lt;.*?&gt;", "", html))


def test_a_card_has_no_script_and_takes_the_colours_of_the_theme() -> None:
    html = run_card(make_run(status=RunStatus.FAILED)).html
    assert "<script" not in html
    assert "var(--jp-error-color1, #cf222e)" in html


def test_a_card_stays_small_and_says_what_it_leaves_out() -> None:
    run = make_run(params={f"p{n}": "x" * 500 for n in range(100)})
    card = run_card(run)
    assert "and 92 more" in card.text
    assert "and 92 more" in card.html
    assert len(card.html) < 10_000
    assert max(map(len, card.text.splitlines())) < 600


def test_cell_time_beats_the_clock() -> None:
    hours = make_run(tags={"nbtrack.cell.time": "2500"}, end_time=7_384_000 + 1_000)
    assert run_duration(hours) == "2.5 s in cells, 2 h 03 min in all"
    assert run_duration(make_run(tags={"nbtrack.cell.time": "12200"})) == "12.2 s"
    assert run_duration(make_run(tags={"nbtrack.cell.time": "soon"})) == "12.3 s"
    assert run_duration(make_run(end_time=None)) is None


def test_changes_name_what_is_only_on_one_side() -> None:
    before = make_run(params={"old": "1"}, metrics={"nan": float("nan"), "loss": 1.0})
    after = make_run(params={"new": "2"}, metrics={"nan": float("nan"), "acc": 1.0})
    found = [(c.key, c.old, c.new, c.remark) for c in changes(before, after)]
    assert found == [
        ("new", "-", "2", ""),
        ("old", "1", "-", ""),
        ("acc", "-", "1", ""),
        ("loss", "1", "-", ""),
    ]


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("loss", "min"),
        ("val/log_loss", "min"),
        ("valLoss", "min"),
        ("test.rmse", "min"),
        ("error_rate", "min"),
        ("acc", "max"),
        ("f1", "max"),
        ("glossiness", "max"),
        ("lossless_ratio", "max"),
    ],
)
def test_the_direction_is_told_by_the_name(name: str, way: str) -> None:
    assert direction(name) == way


def test_the_best_value_leaves_nan_aside() -> None:
    nan = float("nan")
    assert best_of("loss", [nan, 2.0, 1.0]) == 1.0
    assert best_of("acc", [nan, 2.0, 1.0]) == 2.0
    assert best_of("acc", [nan]) is None
    assert is_better("loss", 1.0, 2.0)
    assert not is_better("acc", 1.0, 2.0)


def test_numbers_and_durations_are_short() -> None:
    assert [number_text(v) for v in (1.0, 0.000012345678, 1e300)] == ["1", "1.2346e-05", "1e+300"]
    assert [duration_text(v) for v in (0, 99, 59_999, 60_000, 3_600_000)] == [
        "0 ms",
        "99 ms",
        "59.9 s",
        "1 min 00 s",
        "1 h 00 min",
    ]


def test_a_table_is_data_and_text() -> None:
    table = Table("settings", ("name", "value"), (("a", 1), ("long", "x\ny")))
    assert list(table) == [("a", 1), ("long", "x\ny")]
    assert len(table) == 2
    assert repr(table).splitlines() == [
        "settings",
        "  name  value",
        "  a     1",
        "  long  x",
        "        y",
    ]
    assert repr(Table("none", ("a",), ())) == "none: nothing"
    assert "nothing" in Table("none", ("a",), ()).html
