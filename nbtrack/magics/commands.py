"""The subcommands of `%track`: one table of name, syntax and function.

A function takes the session and the arguments and returns something useful; `run_line` reads a
line, finds the row and calls it. Help, completion and the docs read the same table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nbtrack.magics import provenance, reading, running, upkeep
from nbtrack.magics.header import CAPTURE, CELL, EXPERIMENT, PARAM, TAG
from nbtrack.magics.mistakes import unknown
from nbtrack.magics.session import Session
from nbtrack.magics.syntax import HELP_FLAGS, Arguments, Option, Positional, Syntax

Run = Callable[[Session, Arguments], object]
_PROG: Final = "%track"


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: its name, what it takes, and the function behind it."""

    name: str
    syntax: Syntax
    run: Run


def _command(
    name: str,
    run: Run,
    help: str,  # noqa: A002 - as in Syntax
    *parts: Positional | Option,
    examples: tuple[str, ...] = (),
    has_expressions: bool = False,
) -> Command:
    syntax = Syntax(
        f"{_PROG} {name}",
        help,
        tuple(part for part in parts if isinstance(part, Positional)),
        tuple(part for part in parts if isinstance(part, Option)),
        has_expressions=has_expressions,
        examples=examples,
    )
    return Command(name, syntax, run)


def run_line(session: Session, line: str) -> object:
    """Carry out what stands behind `%track`."""
    word, _, rest = line.strip().partition(" ")
    if not word or word in HELP_FLAGS:
        _print(overview())
        return None
    if word not in COMMANDS:
        raise unknown("subcommand", word, COMMANDS)
    command = COMMANDS[word]
    arguments = command.syntax.parse(rest)
    if arguments.wants_help:
        _print(command.syntax.help_text())
        return None
    return command.run(session, arguments)


def overview() -> str:
    """List all subcommands, a line each."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:{width}}  {command.syntax.help}" for name, command in COMMANDS.items()]
    usage = ["usage: %track SUBCOMMAND ...", f"       {CELL.usage}", ""]
    return "\n".join([*usage, *rows, "", "See %track SUBCOMMAND --help, and %%track --help."])


def _help(_session: Session, arguments: Arguments) -> None:
    name = arguments.get("subcommand")
    if name is None:
        _print(overview())
    elif name in COMMANDS:
        _print(COMMANDS[name].syntax.help_text())
    else:
        raise unknown("subcommand", name, COMMANDS)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


_RUN: Final = Positional("run", "name of a run, or its id or the beginning of it", names="run")
_MAYBE_RUN: Final = Positional(
    "run", "name or id of a run; else the active run, or the last one", "optional", names="run"
)
_RUNS: Final = Positional("run", "runs by name or id", "any", names="run")
_METRIC: Final = Positional("metric", "name of a metric", names="metric")
_FILTER: Final = Positional(
    "filter",
    "which runs, as in \"metrics.loss < 0.1 AND params.lr = '0.1'\"",
    "any",
    names="filter",
)
_EXPERIMENTS: Final = Option(
    "--experiment",
    "look in this experiment, by name or id",
    "NAME",
    repeats=True,
    names="experiment",
)

_COMMANDS: Final = (
    _command(
        "use",
        running.use,
        "Choose where the next runs go, and show where they go.",
        Positional("experiment", "name of the experiment", "optional", names="experiment"),
        Option("--uri", "tracking URI: an address, databricks, or a folder", "URI"),
        Option("--profile", "profile of the user's file", "NAME"),
        examples=("%track use digits", "%track use --uri http://localhost:5000"),
    ),
    _command(
        "start",
        running.start,
        "Start a run that lasts over cells until it is ended.",
        Positional("name", "name of the run", "optional"),
        PARAM,
        TAG,
        EXPERIMENT,
        CAPTURE,
        Option("--nested", "make it a child of the active run"),
    ),
    _command(
        "log",
        running.log,
        "Log metrics to the active run: variables by name, or expressions.",
        Positional(
            "metric",
            "a variable, or KEY=EXPRESSION; step=EXPRESSION is the step",
            "some",
            names="variable",
        ),
        has_expressions=True,
        examples=("%track log loss acc", "%track log val/loss=losses[-1] step=epoch"),
    ),
    _command(
        "param",
        running.param,
        "Log params to the active run: values, or variables by name.",
        Positional("param", "KEY=VALUE, or a variable", "some", names="param"),
        examples=("%track param lr=0.1 epochs",),
    ),
    _command(
        "tag",
        running.tag,
        "Set tags of the active run.",
        Positional("tag", "KEY=VALUE", "some", names="tag"),
    ),
    _command(
        "note",
        running.note,
        "Describe the active run; the text is Markdown.",
        Positional("text", "the description", "some"),
    ),
    _command(
        "artifact",
        running.artifact,
        "Log a file or a folder to the active run.",
        Positional("path", "file or folder of this machine", names="path"),
        Option("--folder", "folder of the run that it goes into", "NAME"),
    ),
    _command(
        "end",
        running.end,
        "End the active run and show its card.",
        Option("--status", "how it ended", "STATUS", choices=("FINISHED", "FAILED", "KILLED")),
    ),
    _command(
        "status",
        reading.status,
        "Tell how the active run is doing, else the last one.",
        Option("--captured", "list what is recorded of its surroundings"),
    ),
    _command(
        "runs",
        reading.runs,
        "Find runs; returns a data frame.",
        _FILTER,
        _EXPERIMENTS,
        Option(
            "--order-by", "sort key, as in 'metrics.loss ASC'", "KEY", repeats=True, names="filter"
        ),
        Option("--limit", "at most so many rows", "N"),
        Option("--columns", "columns or patterns such as 'metrics.*'", "NAME", repeats=True),
        Option("--browse", "show them to look through: sort, select, details, rename, delete"),
        examples=('df = %track runs "metrics.loss < 0.1" --limit 20',),
    ),
    _command("show", reading.show, "Show the card of a run.", _MAYBE_RUN),
    _command(
        "history",
        reading.history,
        "Return every point of a metric; returns a data frame.",
        _METRIC,
        _RUNS,
    ),
    _command(
        "best",
        reading.best,
        "Return the run with the best last value of a metric, by the metric's direction.",
        _METRIC,
        _FILTER,
        Option("--min", "the lowest is best"),
        Option("--max", "the highest is best"),
        _EXPERIMENTS,
    ),
    _command(
        "attempts",
        reading.attempts,
        "Show all attempts of the cell that made a run, hidden ones too; returns a data frame.",
        _MAYBE_RUN,
    ),
    _command(
        "diff",
        reading.diff,
        "Tell what differs between two runs: params, metrics, tags, code, environment.",
        Positional("before", "the first run", names="run"),
        Positional("after", "the second run; else the active or last one", "optional", names="run"),
    ),
    _command(
        "compare",
        reading.compare,
        "Set runs side by side: all that differs; returns a comparison with data frames.",
        Positional("run", "two runs or more", "some", names="run"),
        Option("--view", "show them side by side: curves, scatter, parallel axes, groups, images"),
    ),
    _command(
        "plot",
        reading.plot,
        "Draw a metric of some runs, else of the ten newest; returns a figure.",
        _METRIC,
        _RUNS,
    ),
    _command(
        "why",
        provenance.why,
        "Show the cell that logged a metric or a param.",
        Positional("key", "such as metrics.acc or params.lr", names="key"),
        _MAYBE_RUN,
        examples=("%track why metrics.acc",),
    ),
    _command(
        "restore",
        provenance.restore,
        "Put the recorded cell of a run into a new cell, which is not run.",
        _RUN,
    ),
    _command("resume", running.resume, "Go on with a run that has ended.", _RUN),
    _command(
        "orphans",
        upkeep.orphans,
        "List runs that nobody on this machine is at work on, though they are RUNNING.",
        Option(
            "--mend",
            "end this one as KILLED, at the time of its last record",
            "RUN",
            repeats=True,
            names="run",
        ),
    ),
    _command("sync", upkeep.sync, "Deliver everything that waits on this machine."),
    _command("config", upkeep.config, "Show every setting and where it came from."),
    _command(
        "help",
        _help,
        "Explain a subcommand, or list them all.",
        Positional("subcommand", "its name", "optional", names="subcommand"),
    ),
)
COMMANDS: Final[dict[str, Command]] = {command.name: command for command in _COMMANDS}
"""The subcommands by name."""
