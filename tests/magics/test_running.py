from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.client import Client
from nbtrack.client.fluent import active_run
from nbtrack.display import Card, Table
from tests.magics.conftest import AnyShell, Listed, Refused, RunCell, Track, metrics, params, tags


def test_start_begins_a_run_that_lasts_over_cells(
    run_cell: RunCell, track: Track, runs: Listed
) -> None:
    run_cell("depth = 3")
    run = track("start base --param lr=0.1 --param depth --tag team=a --experiment digits")
    assert active_run() is run
    run_cell("x = 1")
    assert active_run() is run
    track("end")
    (stored,) = runs()
    assert params(stored) == {"lr": "0.1", "depth": "3"}
    assert tags(stored)["team"] == "a"


def test_start_nested_makes_a_child(track: Track, runs: Listed) -> None:
    outer = track("start outer")
    inner = track("start inner --nested")
    assert active_run() is inner
    track("end")
    assert active_run() is outer
    assert tags(runs()[1])["mlflow.parentRunId"] == runs()[0].info.run_id


def test_start_ends_the_run_before(
    track: Track, runs: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    track("start one")
    track("start two")
    assert [run.info.status.value for run in runs()] == ["FINISHED", "RUNNING"]
    assert "nbtrack: run one was still active" in capsys.readouterr().out


def test_log_reads_variables_by_name(run_cell: RunCell, track: Track, runs: Listed) -> None:
    run_cell("loss, acc = 0.5, 0.75")
    track("start")
    assert track("log loss acc") == {"loss": 0.5, "acc": 0.75}
    track("end")
    assert metrics(runs()[0]) == {"loss": 0.5, "acc": 0.75}


def test_log_evaluates_expressions(run_cell: RunCell, track: Track, runs: Listed) -> None:
    run_cell("d = {'a b': [1.0, 2.0]}; i = 4")
    track("start")
    track('log val/loss=d["a b"][-1] top=max(1, 3) step=i+1')
    track("end")
    (run,) = runs()
    assert metrics(run) == {"val/loss": 2.0, "top": 3.0}
    assert {metric.step for metric in run.data.metrics} == {5}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("log", "METRIC is missing. Usage: %track log METRIC..."),
        ("log los", "There is no variable 'los'. Did you mean 'loss'?"),
        ("log loss[0]", "%track log has 'loss[0]', which is no variable's name."),
        ("log a=missing", "'missing' has no value: NameError: name 'missing' is not defined"),
        ("log a=1/0", "'1/0' has no value: ZeroDivisionError: division by zero. Correct it."),
        ("log a=(", "'(' has no value: SyntaxError"),
        ("log word", "The metric 'word' is 'high' (str)"),
        ("log step=1", "%track log has a step and no metric."),
        ("log loss step=0.5", "The step is 0.5 (float). Give a 64-bit integer."),
        ("log loss --stp 1", "There is no option of %track log '--stp'."),
    ],
)
def test_log_refuses(
    run_cell: RunCell, track: Track, refused: Refused, line: str, message: str
) -> None:
    run_cell("loss, word = 0.5, 'high'")
    track("start")
    assert refused(line).startswith(message)


@pytest.mark.parametrize(
    "line", ["log a=1", "param a=1", "tag a=1", "note text", "artifact here", "end"]
)
def test_logging_needs_a_run(refused: Refused, line: str) -> None:
    assert refused(line) == "No run is active. Start one with %track start, or use %%track."


def test_param_takes_texts_and_variables(run_cell: RunCell, track: Track, runs: Listed) -> None:
    run_cell("epochs = 3")
    track("start")
    assert track("param lr=0.1 epochs 'note=a b'") == {"lr": "0.1", "note": "a b", "epochs": 3}
    track("end")
    assert params(runs()[0]) == {"lr": "0.1", "note": "a b", "epochs": "3"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("param", "PARAM is missing."),
        ("param nothing", "There is no variable 'nothing'."),
        ("param =3", "%track param has '=3'. Write KEY=VALUE."),
        ("param a.b", "%track param has 'a.b', which is no variable's name."),
        ("tag", "TAG is missing."),
        ("tag team", "%track tag has 'team'. Write KEY=VALUE."),
        ("note", "TEXT is missing."),
        ("artifact", "PATH is missing."),
        ("artifact no-such-file", "'no-such-file' is no file"),
        ("artifact a b", "%track artifact takes one word, and 'b' is one too many."),
        ("end now", "%track end takes no words, and 'now' is one too many."),
        ("end --status DONE", "There is no choice for --status 'DONE'."),
        ("start a b", "%track start takes one word, and 'b' is one too many."),
        ("start --param nothing", "There is no variable 'nothing'."),
        ("start --capture some", "There is no choice for --capture 'some'."),
        ("resume", "RUN is missing."),
        ("resume no-such-run", "There is no run 'no-such-run' in this experiment."),
        ("use a b", "%track use takes one word, and 'b' is one too many."),
        ("use --uri ftp://host", "A tracking URI of the kind 'ftp' is not supported."),
        ("use --profile lab", "There is no profile 'lab' in "),
    ],
)
def test_wrong_arguments_are_refused(
    track: Track, refused: Refused, line: str, message: str
) -> None:
    track("start")
    assert refused(line).startswith(message)


def test_tag_and_note(track: Track, runs: Listed) -> None:
    track("start")
    assert track("tag team=a kind='b c'") == {"team": "a", "kind": "b c"}
    assert track("note it's better - much") == "it's better - much"
    track("end")
    found = tags(runs()[0])
    assert (found["team"], found["kind"]) == ("a", "b c")
    assert found["mlflow.note.content"] == "it's better - much"


def test_artifact_logs_files_and_folders(track: Track, store: Client, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.txt").write_text("one")
    run = track("start")
    assert track("artifact data/x.txt") == "x.txt"
    assert track("artifact data/x.txt --folder sub") == "sub/x.txt"
    assert track("artifact data --folder all") == "all"
    paths = [f.path for f in store.iter_artifacts(run.run_id, recursive=True) if not f.is_dir]
    assert {"x.txt", "sub/x.txt", "all/x.txt"} <= set(paths)


def test_end_shows_the_card(track: Track, runs: Listed) -> None:
    track("start base")
    card = track("end --status KILLED")
    assert isinstance(card, Card)
    assert repr(card).startswith("base  KILLED")
    assert runs()[0].info.status.value == "KILLED"


def test_use_chooses_experiment_and_place(track: Track, tmp_path: Path, shell: AnyShell) -> None:
    place = track(f"use digits --uri {tmp_path / 'other'}")
    assert isinstance(place, Table)
    assert [row[1] for row in place][:2] == ["digits", str(tmp_path / "other")]
    run = track("start")
    track("end")
    with Client(str(tmp_path / "other")) as client:
        assert client.get_run(run.run_id).info.run_id == run.run_id
        assert client.get_by_name("digits").experiment_id == run.experiment_id


def test_use_that_fails_changes_nothing(track: Track, refused: Refused) -> None:
    track("use digits")
    refused("use other --uri ftp://host")
    assert next(row[1] for row in track("use")) == "digits"


def test_use_profile_reads_the_users_file(
    track: Track, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NBTRACK_TRACKING_URI")
    file = tmp_path / ".config" / "nbtrack" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f"[profile.lab]\ntracking_uri = '{tmp_path / 'lab'}'\n")
    rows = list(track("use --profile lab"))
    assert rows[1] == ("tracking_uri", str(tmp_path / "lab"), f"{file} [profile.lab]")
