from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from nbtrack.client import Client
from nbtrack.client.fluent import active_run
from tests.magics.conftest import AnyShell, Listed, RunCell, metrics, params, tags


def innermost_line(error: BaseException) -> int:
    """Return the line that raised."""
    trace = error.__traceback__
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_lineno


def test_a_cell_is_a_run_that_finishes(run_cell: RunCell, runs: Listed) -> None:
    done = run_cell("%%track base --tag team=a\nx = 41\nx + 1")
    assert done.result == 42
    (run,) = runs()
    assert (run.info.run_name, run.info.status.value) == ("base", "FINISHED")
    assert tags(run)["team"] == "a"
    assert run.info.end_time is not None


def test_the_last_value_is_out(run_cell: RunCell, shell: AnyShell) -> None:
    number = shell.execution_count
    run_cell("%%track\n6 * 7")
    assert shell.user_ns["Out"][number] == 42


def test_an_error_fails_the_run_and_keeps_its_line(
    run_cell: RunCell, runs: Listed, store: Client
) -> None:
    done = run_cell("%%track bad\ny = 1\nraise ValueError('boom')")
    assert isinstance(done.error_in_exec, ValueError)
    assert innermost_line(done.error_in_exec) == 3
    (run,) = runs()
    assert run.info.status.value == "FAILED"
    text = store.read_artifact(run.info.run_id, "error/traceback.txt").decode()
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ValueError: boom\n")
    assert "line 3" in text
    assert "IPython/core" not in text


def test_an_error_is_shown_once(run_cell: RunCell, capsys: pytest.CaptureFixture[str]) -> None:
    run_cell("%%track bad\nraise ValueError('boom')")
    assert capsys.readouterr().out.count("Traceback (most recent call last)") == 1


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "__import__('asyncio').CancelledError"])
def test_an_interrupt_kills_the_run(run_cell: RunCell, runs: Listed, error: str) -> None:
    done = run_cell(f"%%track\nraise {error}")
    assert not done.success
    assert [run.info.status.value for run in runs()] == ["KILLED"]


def test_a_syntax_error_starts_no_run(run_cell: RunCell, runs: Listed) -> None:
    done = run_cell("%%track\nx = (\n")
    assert isinstance(done.error_before_exec, SyntaxError)
    assert done.error_before_exec.lineno == 2
    assert runs() == []


def test_top_level_await_works(run_cell: RunCell, runs: Listed, shell: AnyShell) -> None:
    done = run_cell("%%track\nimport asyncio\nawait asyncio.sleep(0)\nz = 5")
    assert done.success
    assert shell.user_ns["z"] == 5
    assert [run.info.status.value for run in runs()] == ["FINISHED"]


@pytest.mark.parametrize("above", ["%%capture", "%%time"])
def test_another_magic_above_works(run_cell: RunCell, runs: Listed, above: str) -> None:
    run_cell(f"{above}\n%%track inner\nx = 1")
    assert [(r.info.run_name, r.info.status.value) for r in runs()] == [("inner", "FINISHED")]
    assert active_run() is None


def test_the_cell_id_is_that_of_the_outermost_cell(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%capture\n%%track inner\nx = 1", "cell-1")
    assert tags(runs()[0])["nbtrack.cell.id"] == "cell-1"


def test_an_inner_cell_does_not_end_the_run(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track outer\nget_ipython().run_cell('1+1')\nraise ValueError")
    assert [run.info.status.value for run in runs()] == ["FAILED"]


def test_the_magic_called_as_a_function_tracks_too(
    run_cell: RunCell, runs: Listed, shell: AnyShell
) -> None:
    done = run_cell("get_ipython().run_cell_magic('track', 'called', 'x = 1\\nx + 1')")
    assert done.result == 2
    failed = run_cell("get_ipython().run_cell_magic('track', 'called', '1 / 0')")
    assert isinstance(failed.error_in_exec, ZeroDivisionError)
    assert [run.info.status.value for run in runs()] == ["FINISHED", "FAILED"]


def test_params_are_texts_or_variables(run_cell: RunCell, runs: Listed) -> None:
    run_cell("depth = 3")
    run_cell("%%track --param lr=0.1 --param depth --param 'note=two words'\npass")
    assert params(runs()[0]) == {"lr": "0.1", "depth": "3", "note": "two words"}


def test_a_param_that_the_cell_sets_is_read_at_its_end(run_cell: RunCell, runs: Listed) -> None:
    run_cell("lr = 'old'")
    run_cell("%%track --param lr --param seed\nlr = 0.5\nseed = 7")
    assert params(runs()[0]) == {"lr": "0.5", "seed": "7"}


def test_a_param_that_nobody_sets_is_a_wrong_argument(run_cell: RunCell, runs: Listed) -> None:
    run_cell("rate = 3")
    done = run_cell("%%track --param rat\nx = 1")
    assert type(done.error_in_exec) is UsageError
    assert str(done.error_in_exec) == "There is no variable 'rat'. Did you mean 'rate'?"
    assert runs() == []


def test_names_expand_as_in_other_magics(run_cell: RunCell, runs: Listed) -> None:
    run_cell("n = 7")
    run_cell("%%track try-{n} --param n={n}\npass")
    assert runs()[0].info.run_name == "try-7"
    assert params(runs()[0]) == {"n": "7"}


def test_variables_are_logged_at_the_end(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track --log loss --log acc\nloss, acc = 0.25, 1")
    assert metrics(runs()[0]) == {"loss": 0.25, "acc": 1.0}


def test_what_cannot_be_logged_is_said_and_fails_nothing(
    run_cell: RunCell, runs: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_cell("%%track --log loss --log gone\nloss = 'high'")
    assert done.success
    out = capsys.readouterr().out
    assert "--log loss: The metric 'loss' is 'high'" in out
    assert "the cell has set no gone" in out
    assert runs()[0].info.status.value == "FINISHED"


def test_the_run_goes_into_the_experiment(run_cell: RunCell, runs: Listed, store: Client) -> None:
    run_cell("%%track --experiment digits\npass")
    assert runs()[0].info.experiment_id == store.get_by_name("digits").experiment_id


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("--prm x=1", "There is no option of %%track '--prm'. Did you mean '--param'?"),
        ("a b", "%%track takes one word, and 'b' is one too many. Usage: %%track [NAME]"),
        ("--rerun now", "There is no choice for --rerun 'now'. Did you mean 'new'?"),
        ("--capture all", "There is no choice for --capture 'all'. Use one of none, source, full."),
        ("--tag team", "--tag has 'team'. Write KEY=VALUE."),
        ("--log a.b", "--log has 'a.b', which is no variable's name. Name a variable."),
        ("--param", "--param needs a value: --param KEY=VALUE|VAR."),
        ("'open", "The quote ' has no end in \"'open\". Close it."),
        ("--experiment a --experiment b", "--experiment was given twice. Give it once."),
    ],
)
def test_wrong_arguments_fail_the_cell_in_one_line(
    run_cell: RunCell, runs: Listed, header: str, message: str
) -> None:
    done = run_cell(f"%%track {header}\nran = True")
    assert type(done.error_in_exec) is UsageError
    assert str(done.error_in_exec).startswith(message)
    assert "\n" not in str(done.error_in_exec)
    assert runs() == []


@pytest.mark.parametrize("header", ["--help", "-h", "name --prm --help"])
def test_help_shows_help_and_runs_nothing(
    run_cell: RunCell,
    shell: AnyShell,
    capsys: pytest.CaptureFixture[str],
    header: str,
) -> None:
    done = run_cell(f"%%track {header}\nran = True")
    assert done.success
    assert "ran" not in shell.user_ns
    assert capsys.readouterr().out.startswith("usage: %%track [NAME]")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n%%track\ny = 2", "%%track stands on line 2. Put it on the first line"),
        ("# about\n%%track\ny = 2", "%%track stands on line 2. Put it on the first line"),
        ("%%track\nx = 1\n%%track\ny = 2", "%%track stands on line 3. Put it on the first line"),
        ("%%track\n%%time\ny = 2", "%%time stands below %%track. Put %%track below %%time."),
    ],
)
def test_a_magic_in_the_wrong_place_is_said(
    run_cell: RunCell, runs: Listed, shell: AnyShell, source: str, message: str
) -> None:
    done = run_cell(source)
    assert type(done.error_in_exec) is UsageError
    assert str(done.error_in_exec).startswith(message)
    assert runs() == []
    assert "y" not in shell.user_ns


def test_the_magic_in_a_string_is_left_alone(run_cell: RunCell, shell: AnyShell) -> None:
    assert run_cell("text = '''\n%%track here\n'''").success
    assert shell.user_ns["text"] == "\n%%track here\n"


def test_the_magic_in_another_magics_body_is_left_alone(run_cell: RunCell) -> None:
    assert run_cell("%%writefile cell.py\nx = 1\n%%track here\n").success


def test_a_broken_store_only_warns(
    run_cell: RunCell,
    shell: AnyShell,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "sqlite:///missing.db")
    assert run_cell("%%track\nx = 1\nx").result == 1
    assert run_cell("%%track\nx = 2\nx").result == 2
    assert capsys.readouterr().out.count("this cell is not tracked: 'sqlite:///missing.db'") == 1
    assert shell.user_ns["x"] == 2


def test_a_wrong_setting_only_warns(
    run_cell: RunCell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBTRACK_RERUN", "again")
    assert run_cell("%%track\nx = 1").success
    assert "this cell is not tracked: NBTRACK_RERUN is 'again'" in capsys.readouterr().out


def test_a_cell_may_end_its_run_itself(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track\n%track end --status FAILED")
    assert [run.info.status.value for run in runs()] == ["FAILED"]


def test_runs_left_open_inside_end_with_the_cell(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track outer\n%track start inner --nested\n1 / 0")
    assert [run.info.status.value for run in runs()] == ["FAILED", "FAILED"]
    assert tags(runs()[1])["mlflow.parentRunId"] == runs()[0].info.run_id


def test_a_tracked_cell_ends_the_run_before_and_says_so(
    run_cell: RunCell, runs: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cell("%track start long")
    run_cell("%%track next\npass")
    assert [run.info.status.value for run in runs()] == ["FINISHED", "FINISHED"]
    assert "run long was still active and has been ended as FINISHED." in capsys.readouterr().out


def test_resetting_the_namespace_keeps_the_magic_working(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%reset -f")
    assert run_cell("%%track after\nx = 1").success
    assert [run.info.run_name for run in runs()] == ["after"]


def test_the_namespace_gets_no_names_of_ours(run_cell: RunCell, shell: AnyShell) -> None:
    before = set(shell.user_ns)
    run_cell("%%track\nx = 1")
    new = {name for name in set(shell.user_ns) - before if not name.startswith("_i")}
    assert new == {"x"}
