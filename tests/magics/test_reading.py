from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nbtrack.client import Client
from nbtrack.client.fluent import start_run
from nbtrack.display import Table
from nbtrack.entities import Run
from tests.magics.conftest import AnyShell, Refused, RunCell, Track


@pytest.fixture
def three_runs(shell: AnyShell) -> list[str]:
    """Make three finished runs and return their ids; `c` has no loss."""
    made: list[str] = []
    curves: Mapping[str, Mapping[str, list[float]]] = {
        "a": {"loss": [0.9, 0.5], "acc": [0.1, 0.2]},
        "b": {"loss": [0.8, 0.3], "acc": [0.3, 0.4]},
        "c": {"acc": [0.25]},
    }
    for name, metrics in curves.items():
        with start_run(run_name=name, params={"lr": f"0.{len(made)}", "depth": 3}) as run:
            for key, values in metrics.items():
                run.log_series(key, values)
        made.append(run.run_id)
    return made


def test_runs_returns_a_frame(three_runs: list[str], track: Track) -> None:
    frame = track("runs")
    assert list(frame["run_name"]) == ["c", "b", "a"]
    assert list(track('runs "metrics.loss < 0.4"')["run_name"]) == ["b"]


def test_a_frame_can_be_assigned(three_runs: list[str], run_cell: RunCell, shell: AnyShell) -> None:
    assert run_cell("df = %track runs \"metrics.loss < 0.6 and params.lr = '0.0'\"").success
    assert list(shell.user_ns["df"]["run_name"]) == ["a"]


def test_a_filter_needs_no_quotes(three_runs: list[str], track: Track) -> None:
    assert list(track("runs params.lr = '0.1' --limit 5")["run_name"]) == ["b"]


def test_runs_are_ordered_limited_and_cut(three_runs: list[str], track: Track) -> None:
    frame = track("runs --order-by 'metrics.acc DESC' --limit 2 --columns run_name --columns 'p*'")
    assert list(frame["run_name"]) == ["b", "c"]
    assert list(frame.columns) == ["run_name", "params.depth", "params.lr"]


def test_runs_looks_in_experiments_by_name_or_id(three_runs: list[str], track: Track) -> None:
    track("use other")
    start_run(run_name="d").end()
    assert list(track("runs --experiment 0 --limit 1")["run_name"]) == ["c"]
    assert list(track("runs --experiment other")["run_name"]) == ["d"]
    both = track("runs --experiment Default --experiment other")
    assert len(both) == 4


def test_the_experiment_of_the_last_run_is_the_one_to_look_in(
    run_cell: RunCell, track: Track
) -> None:
    run_cell("%%track only --experiment digits\npass")
    assert list(track("runs")["run_name"]) == ["only"]


@pytest.mark.parametrize("text", ["b", "{id}", "{prefix}"])
def test_a_run_is_found_by_name_id_or_prefix(
    three_runs: list[str], track: Track, text: str
) -> None:
    run = track("show " + text.format(id=three_runs[1], prefix=three_runs[1][:12]))
    assert isinstance(run, Run)
    assert run.info.run_id == three_runs[1]


def test_of_runs_of_one_name_the_newest_counts(three_runs: list[str], track: Track) -> None:
    newest = start_run(run_name='it\'s "a" name')
    newest.end()
    assert track("""show 'it\\'s "a" name'""").info.run_id == newest.run_id


def test_show_without_a_run_shows_the_active_or_last_one(
    three_runs: list[str], track: Track
) -> None:
    assert track("show").info.run_name == "c"
    track("start now")
    assert track("show").info.run_name == "now"


def test_history_returns_every_point(three_runs: list[str], track: Track) -> None:
    assert list(track("history loss a b")["value"]) == [0.9, 0.5, 0.8, 0.3]
    assert list(track("history metrics.acc")["value"]) == [0.25]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("best loss", "b"),
        ("best acc", "b"),
        ("best acc --min", "a"),
        ("best loss --max", "a"),
        ("best acc \"params.lr = '0.2'\"", "c"),
        ("best metrics.loss --experiment Default", "b"),
    ],
)
def test_best_goes_by_the_metric(three_runs: list[str], track: Track, line: str, name: str) -> None:
    assert track(line).info.run_name == name


def test_compare_shows_what_differs(three_runs: list[str], track: Track) -> None:
    frame = track("compare a b").frame
    assert list(frame.index) == ["params.lr", "metrics.acc", "metrics.loss"]
    assert list(frame.loc["metrics.loss"]) == [0.5, 0.3]
    assert [name[:3] for name in frame.columns] == ["a (", "b ("]


def test_compare_leaves_open_what_a_run_has_not(three_runs: list[str], track: Track) -> None:
    assert track("compare a c").frame.loc["metrics.loss"].isna().tolist() == [False, True]


def test_diff_tells_params_and_metrics_with_their_direction(
    three_runs: list[str], track: Track
) -> None:
    table = track("diff a b")
    assert isinstance(table, Table)
    assert list(table) == [
        ("param", "lr", "0.0", "0.1", ""),
        ("metric", "acc", "0.2", "0.4", "better"),
        ("metric", "loss", "0.5", "0.3", "better"),
    ]


def test_diff_without_a_second_run_takes_the_last(three_runs: list[str], track: Track) -> None:
    assert ("metric", "loss", "0.5", "-", "") in list(track("diff a"))


def test_diff_shows_code_and_packages(run_cell: RunCell, track: Track) -> None:
    run_cell("%%track one --capture full\nx = 1\ny = 2")
    run_cell("%%track two --capture full\nx = 1\ny = 3")
    rows = {(row[0], row[4]): row for row in track("diff one two")}
    code = rows["code", "changed"]
    assert "y = 2" in str(code[2])
    assert "y = 3" in str(code[3])
    assert "x = 1" not in str(code)


def test_plot_draws_a_line_a_run(three_runs: list[str], track: Track) -> None:
    figure: Any = track("plot loss a b")
    *lines, best = figure.data
    assert [(line.name, list(line.y)) for line in lines] == [("a", [0.9, 0.5]), ("b", [0.8, 0.3])]
    assert (best.name, list(best.y)) == ("lowest: 0.3", [0.3])
    assert len(track("plot acc").data) == 3 + 1


def test_status_tells_of_the_active_run(track: Track) -> None:
    run = track("start base")
    rows = dict(track("status"))
    assert rows["run"] == f"base ({run.run_id})"
    assert rows["status"] == "RUNNING, active"
    assert rows["experiment"] == "Default"
    assert rows["delivery"] == "everything is delivered"


def test_status_tells_of_the_last_run_when_none_is_active(track: Track) -> None:
    track("start base")
    track("end")
    assert dict(track("status"))["status"] == "FINISHED, ended"


def test_status_captured_lists_what_is_recorded(run_cell: RunCell, track: Track) -> None:
    run_cell("%%track base --capture full\npass")
    rows = list(track("status --captured"))
    named = {row[1] for row in rows}
    assert {"nbtrack.capture.level", "nbtrack/cell.py", "nbtrack/packages.json"} <= named
    assert "mlflow.source.name" in named


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('runs "metrics.loss <"', "Expected "),
        ("runs --limit many", "--limit is 'many', which is no whole number."),
        ("runs --order-by", "--order-by needs a value: --order-by KEY."),
        ("runs --limt 3", "There is no option of %track runs '--limt'. Did you mean '--limit'?"),
        ("runs --experiment nothing", "No experiment is named 'nothing'"),
        ("show d", "There is no run 'd' in this experiment. List runs with %track runs."),
        ("show a b", "%track show takes one word, and 'b' is one too many."),
        ("history", "METRIC is missing."),
        ("history nothing a", "There is no metric 'nothing' in these runs. Known are acc, loss."),
        ("best", "METRIC is missing."),
        ("best nothing", "There is no metric 'nothing' in these runs. Known are acc, loss."),
        ("best los", "There is no metric 'los' in these runs. Did you mean 'loss'?"),
        ("show aa", "There is no run 'aa' in this experiment. Did you mean 'a'?"),
        ("best acc --min --max", "--min and --max were both given."),
        ("compare a", "%track compare needs two runs at least."),
        ("compare", "RUN is missing."),
        ("diff", "BEFORE is missing."),
        ("diff a nothing", "There is no run 'nothing'"),
        ("plot", "METRIC is missing."),
        ("plot nothing", "There is no metric 'nothing' in these runs."),
        ("attempts nothing", "There is no run 'nothing'"),
        ("status now", "%track status takes no words"),
        ("status captured", "%track status takes no words, and 'captured' is one too many. Did"),
        ("why", "KEY is missing."),
        ("why nothing a", "There is no metric or param of run a 'nothing'."),
        ("why loss a", "It is not known which cell logged 'metrics.loss' of run 'a'."),
        ("restore", "RUN is missing."),
        ("restore a", "Run 'a' has recorded no cell."),
        ("orphans now", "%track orphans takes no words"),
        ("orphans --mend nothing", "There is no run 'nothing'"),
        ("sync now", "%track sync takes no words"),
        ("config capture", "%track config takes no words"),
        ("help stats", "There is no subcommand 'stats'. Did you mean 'status'?"),
        ("stats", "There is no subcommand 'stats'. Did you mean 'status'?"),
        ("zzz", "There is no subcommand 'zzz'. Use one of use, start, log"),
    ],
)
def test_wrong_arguments_are_refused(
    three_runs: list[str], refused: Refused, line: str, message: str
) -> None:
    assert refused(line).startswith(message)


def test_without_any_run_it_is_said(refused: Refused) -> None:
    assert refused("show") == "There is no run yet. Start one with %track start."


def test_orphans_are_listed_and_mended(track: Track, store: Client) -> None:
    lost = store.create_run(run_name="lost", start_time=5).info.run_id
    track("start mine")
    assert [row[0] for row in track("orphans")] == ["lost"]
    assert list(track(f"orphans --mend {lost}")) == []
    assert store.get_run(lost).info.status.value == "KILLED"


def test_sync_says_what_it_did(track: Track) -> None:
    assert list(track("sync")) == [("everything is delivered.",)]
