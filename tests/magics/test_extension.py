from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.error import UsageError

from nbtrack.client.channel import channel_to
from nbtrack.client.fluent import start_run
from nbtrack.client.notices import say
from nbtrack.magics import COMMANDS, load_ipython_extension, unload_ipython_extension
from tests.magics.conftest import AnyShell, Listed, RunCell, Track


def footprint(shell: AnyShell) -> dict[str, object]:
    """Return everything that an extension may have left in a shell."""
    rich = shell.display_formatter.formatters["text/html"]
    plain = shell.display_formatter.formatters["text/plain"]
    return {
        "line": set(shell.magics_manager.magics["line"]),
        "cell": set(shell.magics_manager.magics["cell"]),
        "registry": set(shell.magics_manager.registry),
        "transforms": len(shell.input_transformers_cleanup),
        "events": {name: len(found) for name, found in shell.events.callbacks.items()},
        "matchers": len(shell.Completer.custom_matchers),
        "configurables": len(shell.configurables),
        "builtins": set(shell.builtin_trap.auto_builtins),
        "names": {name for name in shell.user_ns if not name.startswith("_")},
        "cards": [set(f.deferred_printers) | set(f.type_printers) for f in (rich, plain)],
    }


def test_loading_registers_one_line_magic_and_one_cell_magic(
    bare_shell: AnyShell,
) -> None:
    before = footprint(bare_shell)
    bare_shell.run_line_magic("load_ext", "nbtrack")
    after = footprint(bare_shell)
    for kind in ("line", "cell"):
        assert set(after[kind]) - set(before[kind]) == {"track"}  # type: ignore[call-overload]
    assert after["names"] == before["names"]
    bare_shell.run_line_magic("unload_ext", "nbtrack")


def test_unloading_undoes_everything(bare_shell: AnyShell) -> None:
    before = footprint(bare_shell)
    bare_shell.run_line_magic("load_ext", "nbtrack")
    bare_shell.run_cell("%%track\nx = 1\ndel x", store_history=False)
    bare_shell.run_cell("%track show", store_history=False)
    bare_shell.run_line_magic("unload_ext", "nbtrack")
    assert footprint(bare_shell) == before


def test_loading_twice_registers_once(shell: AnyShell) -> None:
    before = footprint(shell)
    load_ipython_extension(shell)
    shell.run_line_magic("load_ext", "nbtrack")
    assert footprint(shell) == before


def test_unloading_twice_is_fine(shell: AnyShell) -> None:
    unload_ipython_extension(shell)
    before = footprint(shell)
    unload_ipython_extension(shell)
    assert footprint(shell) == before


def test_it_works_again_after_reloading(shell: AnyShell, run_cell: RunCell, runs: Listed) -> None:
    shell.run_line_magic("reload_ext", "nbtrack")
    assert run_cell("%%track again\nx = 1").success
    assert [run.info.run_name for run in runs()] == ["again"]


def test_after_unloading_notices_go_to_standard_error(
    shell: AnyShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("unload_ext", "nbtrack")
    say("hello")
    assert capsys.readouterr().err == "nbtrack: hello\n"


def test_a_cell_may_unload_while_it_is_tracked(run_cell: RunCell) -> None:
    assert run_cell("%%track\n%unload_ext nbtrack").success


@pytest.mark.parametrize("line", ["", "--help", "-h", "help"])
def test_help_lists_every_subcommand(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert run_cell(f"%track {line}").success
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("form", ["{} --help", "{} -h", "{} word --no-such-flag --help", "help {}"])
def test_help_only_ever_helps(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str], name: str, form: str
) -> None:
    done = run_cell("%track " + form.format(name))
    assert done.success
    assert done.result is None
    out = capsys.readouterr().out
    assert out.startswith(f"usage: %track {name}")
    assert all(option.flag in out for option in COMMANDS[name].syntax.options)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_flag_is_refused_everywhere(run_cell: RunCell, name: str) -> None:
    error = run_cell(f"%track {name} --no-such-flag").error_in_exec
    assert type(error) is UsageError
    assert f"There is no option of %track {name} '--no-such-flag'." in str(error)


def test_an_error_of_the_store_is_one_line(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_cell("%track runs --experiment nothing")
    assert type(done.error_in_exec) is UsageError
    assert "Traceback" not in "".join(capsys.readouterr())


def test_full_tracebacks_by_setting(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_FULL_TRACEBACKS", "true")
    done = run_cell("%track runs --experiment nothing")
    assert type(done.error_in_exec).__name__ == "ResourceDoesNotExist"
    assert "Traceback (most recent call last)" in capsys.readouterr().out


def test_loading_says_what_a_dead_process_left(
    bare_shell: AnyShell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import subprocess
    import sys

    program = (
        "import os, signal\nfrom nbtrack.client.fluent import start_run\n"
        "run = start_run(run_name='lost'); run.log(loss=1); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program], check=False, cwd=tmp_path)
    bare_shell.run_cell("%load_ext nbtrack")
    recovery = bare_shell.magics_manager.registry["Track"].recovery
    if recovery is not None:
        recovery.join(60)
    bare_shell.run_cell("1")
    assert "nbtrack: run lost was cut off" in capsys.readouterr().out
    client = channel_to(str(tmp_path / "store")).client
    (run,) = client.iter_runs("0")
    assert run.info.status.value == "KILLED"
    bare_shell.run_line_magic("unload_ext", "nbtrack")


def test_what_another_thread_says_comes_at_the_end_of_the_cell(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str], shell: AnyShell
) -> None:
    shell.user_ns["say"] = say
    run_cell(
        "import threading\nt = threading.Thread(target=say, args=['late'])\n"
        "t.start(); t.join(); say('now'); print('end of cell')"
    )
    out = capsys.readouterr().out
    assert out == "nbtrack: now\nend of cell\nnbtrack: late\n"


def test_what_is_said_between_cells_waits_for_the_next(
    run_cell: RunCell, capsys: pytest.CaptureFixture[str]
) -> None:
    say("between")
    assert capsys.readouterr().out == ""
    run_cell("pass")
    assert capsys.readouterr().out == "nbtrack: between\n"


def test_the_end_of_a_cell_delivers_what_was_logged(run_cell: RunCell, track: Track) -> None:
    run = track("start")
    run_cell("%track log loss=1")
    assert run.channel.sender.is_done


def test_a_run_and_an_experiment_are_shown_as_cards(shell: AnyShell, track: Track) -> None:
    run = start_run(run_name="<b>bold</b>")
    run.end()
    data, _ = shell.display_formatter.format(track("show"))
    assert "&lt;b&gt;bold&lt;/b&gt;" in data["text/html"]
    assert data["text/plain"].startswith("<b>bold</b>  FINISHED")
    active, _ = shell.display_formatter.format(run)
    assert "&lt;b&gt;bold&lt;/b&gt;" in active["text/html"]
    experiment = run.channel.client.get_experiment("0")
    assert "Default" in shell.display_formatter.format(experiment)[0]["text/html"]
