"""The command `nbtrack`: run a server, check a store, deliver what waits.

`COMMANDS` is the table of subcommands with their options. A mistake is one line on stderr and exit
code 2.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn, cast

from nbtrack import __version__
from nbtrack.errors import ConfigError, NbtrackError
from nbtrack.limits import MLFLOW, PROFILES
from nbtrack.loading import lacking

if TYPE_CHECKING:
    from nbtrack.backends import Backend
    from nbtrack.frames.export_formats import FormatName
    from nbtrack.limits import Limits

SUCCESS: Final = 0
DAMAGED: Final = 1
WAITING: Final = 1
UNWELL: Final = 1
MISTAKE: Final = 2
INTERRUPTED: Final = 130
_SEPARATOR: Final = "\0"  # no argument holds one


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a subcommand, or an argument if its flag has no dashes.

    All values are read as text: of one that may come `several` times they are joined by NUL, and a
    `switch` that is there is `yes`.
    """

    flag: str
    metavar: str
    help: str
    default: str = ""
    kind: Literal["value", "several", "switch"] = "value"


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: what it is for, its options, the function that runs it, and how it is used."""

    name: str
    help: str
    options: tuple[Option, ...]
    run: Callable[[dict[str, str]], int]
    usage: str
    """Examples, and what its exit code says; shown below its options."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises its errors."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message[:1].upper()}{message[1:]}. See '{self.prog} --help'.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        return _run(arguments)
    except NbtrackError as exc:
        print(f"nbtrack: {exc}", *getattr(exc, "__notes__", ()), sep="\n", file=sys.stderr)
        return MISTAKE
    except ModuleNotFoundError as exc:  # only the core is installed
        print(f"nbtrack: {lacking(exc)}", file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:  # whoever reads, `head` say, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SUCCESS


def _run(arguments: list[str]) -> int:
    parser = _main_parser()
    options, rest = parser.parse_known_args(arguments[:1])
    if options.command in COMMANDS:
        command = COMMANDS[options.command]
        return command.run(_read_options(command, arguments[1:]))
    word = options.command or (rest[0] if rest else "")
    if not word:
        parser.print_help(sys.stderr)
        return MISTAKE
    raise _unknown("command", word, [*COMMANDS, "--version", "--help"])


def _main_parser() -> _Parser:
    width = max(map(len, COMMANDS))
    rows = [f"  {command.name:{width}}  {command.help}" for command in COMMANDS.values()]
    parser = _Parser(
        prog="nbtrack",
        description="Experiment tracking for notebooks.",
        epilog="\n".join(["commands:", *rows, "", "See 'nbtrack COMMAND --help'."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"nbtrack {__version__}")
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="what to do")
    return parser


def _read_options(command: Command, arguments: list[str]) -> dict[str, str]:
    parser = _Parser(
        prog=f"nbtrack {command.name}",
        description=command.help,
        epilog=command.usage,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for option in command.options:
        _add_option(parser, option)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        flag = unknown[0].partition("=")[0]
        raise _unknown("option", flag, [option.flag for option in command.options])
    found: dict[str, str | list[str]] = vars(options)
    return {
        name: value if isinstance(value, str) else _SEPARATOR.join(value)
        for name, value in found.items()
    }


def _add_option(parser: argparse.ArgumentParser, option: Option) -> None:
    flag, metavar, text = option.flag, option.metavar, option.help
    if option.kind == "switch":
        parser.add_argument(flag, help=text, action="store_const", const="yes", default="")
    elif option.kind == "several":
        parser.add_argument(flag, metavar=metavar, help=text, action="append", default=[])
    else:
        parser.add_argument(flag, metavar=metavar, help=text, default=option.default)


def _unknown(kind: str, word: str, known: Iterable[str]) -> ConfigError:
    names = list(known)
    close = get_close_matches(word, names, n=1)
    advice = f"Did you mean {close[0]!r}?" if close else f"Use one of {', '.join(names)}."
    return ConfigError(f"There is no {kind} {word!r}. {advice}")


def _server(options: dict[str, str]) -> int:
    from nbtrack.config import SERVER_TOKEN, Secret, setting
    from nbtrack.server import create_app, serve

    port, host = _port(options["port"]), options["host"]
    limits = PROFILES.get(options["limits"])
    if limits is None:
        raise _unknown("profile of limits", options["limits"], PROFILES)
    token = Secret(options["token"]) if options["token"] else setting(SERVER_TOKEN)
    backend = _open(options["data"], limits)
    try:
        app = create_app(
            backend,
            token=token.reveal() if token else None,
            bound=host,
            hosts=[name for name in options["allowed_hosts"].split(",") if name],
            limits=limits,
        )
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # calls wait, that is all
        serve(app, host=host, port=port, announce=_announce)
    finally:
        backend.close()
    return SUCCESS


def _announce(url: str) -> None:
    print(f"nbtrack server listens on {url}", flush=True)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(f"Port {text!r} is no number. Choose one from 0 to 65535.")
    return int(text[:6])


def _check(options: dict[str, str]) -> int:
    from nbtrack.backends.sqlite import SqliteBackend

    store = SqliteBackend(_existing_store(options["data"]))
    try:
        problems = store.integrity_problems()
    finally:
        store.close()
    for problem in problems:
        print(f"{store.name}: {problem}")
    if problems:
        return DAMAGED
    print(f"The store {store.name} is sound.")
    return SUCCESS


def _sync(_options: dict[str, str]) -> int:
    from nbtrack.client.sync import sync

    done = sync()
    for line in done.lines():
        print(line)
    return SUCCESS if done.is_complete else WAITING


def _doctor(_options: dict[str, str]) -> int:
    from nbtrack.doctor import findings

    problems = 0
    for finding in findings():
        print(finding.line(), flush=True)
        problems += finding.is_problem
    return UNWELL if problems else SUCCESS


def _refused(_options: dict[str, str]) -> int:
    from nbtrack.client.refusals import refused

    found = list(refused())
    if not found:
        print("nothing was refused.")
    for refusal in found:
        moment = datetime.fromtimestamp(refusal.time / 1000, UTC).astimezone()
        print(f"{moment:%Y-%m-%d %H:%M:%S}  {refusal.tracking_uri}  {refusal.line()}")
    return SUCCESS


def _cache(options: dict[str, str]) -> int:
    from nbtrack.frames import history_cache

    found = history_cache.clear() if options["clear"] else history_cache.cache_size()
    said = "Deleted" if options["clear"] else "There are"
    print(f"{said} {found.files:,} histories of {found.size / 2**20:.1f} MiB in {found.folder}.")
    return SUCCESS


def _export(options: dict[str, str]) -> int:
    from nbtrack.frames.export import export

    names = options["experiment"]
    form = cast("FormatName | None", options["format"] or None)  # `export` checks it
    try:
        done = export(
            options["DEST"],
            options["filter"] or None,
            experiments=names.split(_SEPARATOR) if names else None,
            history=False if options["no_history"] else None,
            format=form,
            overwrite=bool(options["overwrite"]),
            progress=sys.stderr.isatty(),
        )
    except KeyboardInterrupt:
        print("nbtrack: The export was interrupted. Nothing was left there.", file=sys.stderr)
        return INTERRUPTED
    print(done)
    return SUCCESS


def _open(data: str, limits: Limits) -> Backend:
    from nbtrack.backends import open_backend

    uri = f"nbtrack:{Path(data).expanduser().absolute()}" if data else ""
    return open_backend(uri, limits=limits, proxied_artifacts=True)


def _existing_store(data: str) -> Path:
    from nbtrack.backends.resolve import STORE_FILE, STORE_FOLDER, default_folder

    folder = Path(data).expanduser() if data else default_folder(Path.cwd())
    for place in (folder, folder / STORE_FOLDER):
        if (place / STORE_FILE).is_file():
            return place
    raise ConfigError(f"There is no store in {str(folder)!r}. Name its folder with --data.")


_DATA: Final = Option(
    "--data", "DIR", "folder of the store (default: the one found from here upwards)"
)

COMMANDS: Final[dict[str, Command]] = {
    command.name: command
    for command in (
        Command(
            "server",
            "Answer the Experiments API from a store, for nbtrack, MLflow and Databricks clients.",
            (
                Option("--host", "HOST", "address to listen on (default: 127.0.0.1)", "127.0.0.1"),
                Option("--port", "PORT", "port, or 0 for a free one (default: 5000)", "5000"),
                _DATA,
                Option(
                    "--token",
                    "TOKEN",
                    "what callers must send; NBTRACK_SERVER_TOKEN keeps it out of process lists",
                ),
                Option(
                    "--limits",
                    "PROFILE",
                    "how long keys and values may be: mlflow (default) or documented",
                    MLFLOW.name,
                ),
                Option(
                    "--allowed-hosts",
                    "HOSTS",
                    "further names of this server, with commas between; * stands for any text",
                ),
            ),
            _server,
            "examples:\n"
            "  nbtrack server\n"
            "  nbtrack server --data .nbtrack --port 5001\n"
            "  NBTRACK_SERVER_TOKEN=... nbtrack server --host 0.0.0.0\n\n"
            "Clients find it with NBTRACK_TRACKING_URI or MLFLOW_TRACKING_URI=http://127.0.0.1:5000.\n"
            "Ctrl+C ends it.",
        ),
        Command(
            "export",
            "Write runs and the points of their metrics to files.",
            (
                Option(
                    "DEST",
                    "DEST",
                    "where to; .csv, .jsonl, .xlsx, .md or .tex tells the format, and a name "
                    "without an ending is a folder of Parquet files",
                ),
                Option("--filter", "FILTER", "which runs (default: all)"),
                Option(
                    "--experiment",
                    "EXPERIMENT",
                    "name, id or pattern, as often as wanted (default: the one in use, or all)",
                    kind="several",
                ),
                Option("--no-history", "", "leave the points of metrics out", kind="switch"),
                Option("--format", "FORMAT", "parquet, csv, jsonl, excel, markdown or latex"),
                Option("--overwrite", "", "replace an export that is there", kind="switch"),
            ),
            _export,
            "examples:\n"
            "  nbtrack export runs\n"
            '  nbtrack export best.csv --filter "min(metrics.loss) < 0.1" --no-history\n'
            "  nbtrack export digits.xlsx --experiment digits --overwrite",
        ),
        Command(
            "doctor",
            "Tell versions, where runs go, if that can be reached and written, and what waits.",
            (),
            _doctor,
            "It changes nothing. The exit code is 1 if something needs a look.",
        ),
        Command(
            "check",
            "Look for damage in a store.",
            (_DATA,),
            _check,
            "The exit code is 1 if there is damage.",
        ),
        Command(
            "cache",
            "Tell what is kept of the histories that other servers sent.",
            (Option("--clear", "", "delete it", kind="switch"),),
            _cache,
            "Runs of other servers that have ended do not change, so their points are read once.\n"
            "NBTRACK_STATE_FOLDER says where they are kept.",
        ),
        Command(
            "sync",
            "Deliver what waits on this machine for its server or store.",
            (),
            _sync,
            "Nothing is sent twice. The exit code is 1 if something still waits.",
        ),
        Command(
            "refused",
            "List what servers refused and was set aside.",
            (),
            _refused,
            "The rest of such a run was delivered.",
        ),
    )
}
"""The subcommands by name."""

if __name__ == "__main__":
    sys.exit(main())
