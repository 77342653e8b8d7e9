"""The command line: what it prints, and with which exit code it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbtrack import __version__
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.cli import COMMANDS, DAMAGED, MISTAKE, SUCCESS, main


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line of stderr; nothing may stand on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / ".nbtrack"
    SqliteBackend(folder).close()
    return folder


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == SUCCESS
    assert capsys.readouterr().out == f"nbtrack {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_names_its_options(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    out = capsys.readouterr().out
    assert all(option.flag in out for option in COMMANDS[name].options)


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_in_the_help_use_options_that_exist(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    out = capsys.readouterr().out
    assert COMMANDS[name].usage in out
    lines = [line for line in out.split("examples:")[-1].splitlines() if "nbtrack " in line]
    flags = [word for line in lines for word in line.split() if word.startswith("--")]
    assert {*flags} <= {option.flag for option in COMMANDS[name].options}


def test_no_refusal_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refused"]) == SUCCESS
    assert capsys.readouterr().out == "nothing was refused.\n"


def test_nothing_to_do_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == MISTAKE
    assert "commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve"], "There is no command 'serve'. Did you mean 'server'?"),
        (["--versoin"], "There is no command '--versoin'. Did you mean '--version'?"),
        (
            ["xyz"],
            (
                "There is no command 'xyz'. "
                "Use one of server, export, doctor, check, cache, sync, refused, --version, --help."
            ),
        ),
        (["server", "--prot", "1"], "There is no option '--prot'. Did you mean '--port'?"),
        (["check", "--dat=x"], "There is no option '--dat'. Did you mean '--data'?"),
        (["server", "--limits", "mflow"], "no profile of limits 'mflow'. Did you mean 'mlflow'?"),
        (["server", "--port", "http"], "Port 'http' is no number."),
        (["server", "--port"], "expected one argument. See 'nbtrack server --help'."),
    ],
)
def test_an_unknown_word_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == MISTAKE
    assert message in one_line(capsys)


def test_a_port_that_does_not_exist(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    assert main(["server", "--data", str(store), "--port", "1234567"]) == MISTAKE
    assert "0 to 65535" in one_line(capsys)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_a_host_that_others_reach_needs_a_token(
    capsys: pytest.CaptureFixture[str], store: Path, host: str
) -> None:
    assert main(["server", "--host", host, "--data", str(store)]) == MISTAKE
    assert "NBTRACK_SERVER_TOKEN" in one_line(capsys)


def test_a_token_may_come_from_the_environment(
    capsys: pytest.CaptureFixture[str], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_SERVER_TOKEN", "s3cret")
    arguments = ["server", "--host", "192.0.2.1", "--data", str(store)]
    assert main(arguments) == MISTAKE
    line = one_line(capsys)
    assert "192.0.2.1" in line
    assert "s3cret" not in line


def test_a_sound_store_is_sound(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    assert main(["check", "--data", str(store)]) == SUCCESS
    assert main(["check", "--data", str(store.parent)]) == SUCCESS
    assert capsys.readouterr().out == f"The store {store} is sound.\n" * 2


def test_the_store_is_found_from_the_working_folder(
    capsys: pytest.CaptureFixture[str], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store.parent)
    assert main(["check"]) == SUCCESS
    assert str(store) in capsys.readouterr().out


def test_a_damaged_store_is_named(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    path = store / "store.db"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 3 + 2048] = b"\xff" * 2048
    path.write_bytes(content)
    code = main(["check", "--data", str(store)])
    out, err = capsys.readouterr()
    assert code in {DAMAGED, MISTAKE}
    assert str(store) in out + err
    assert "sound" not in out


def test_a_missing_store_is_not_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "--data", str(tmp_path)]) == MISTAKE
    assert "There is no store" in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['waitress'] = None\n"
        "from nbtrack.cli import main; sys.exit(main(['server', '--port', '0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == MISTAKE
    assert done.stderr == (
        "nbtrack: The server needs waitress, which is not installed. "
        "Install it with: pip install 'nbtrack[server]'.\n"
    )


def test_a_reader_that_has_read_enough_is_no_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbtrack.cli", "doctor"]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run(
            command, cwd=tmp_path, stdout=pipe, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (SUCCESS, b"")
