"""What stands behind `%%track`: its syntax, and the values of one header."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from IPython.core.error import UsageError

from nbtrack.config import Capture
from nbtrack.magics.syntax import Arguments, Option, Positional, Syntax

EXPERIMENT: Final = Option(
    "--experiment", "put the run into this experiment", "NAME", names="experiment"
)
TAG: Final = Option("--tag", "set a tag of the run", "KEY=VALUE", repeats=True, names="tag")
PARAM: Final = Option(
    "--param",
    "log a param: a value, or a variable by its name",
    "KEY=VALUE|VAR",
    repeats=True,
    names="param",
)
RERUN: Final = Option(
    "--rerun",
    "what running this cell again makes",
    "MODE",
    choices=("new", "replace", "resume"),
)
CAPTURE: Final = Option(
    "--capture",
    "what the run records of its surroundings",
    "LEVEL",
    choices=("none", "source", "full"),
)
CELL: Final = Syntax(
    "%%track",
    "Run this cell as a run. It ends FINISHED, FAILED with its traceback, or KILLED on interrupt.",
    (Positional("name", "name of the run", "optional", names="run"),),
    (
        PARAM,
        Option(
            "--log",
            "log a variable as a metric when the cell ends",
            "VAR",
            repeats=True,
            names="variable",
        ),
        Option(
            "--live",
            "show these metrics in a chart while the cell runs",
            "METRIC",
            repeats=True,
            names="metric",
            takes_all=True,
        ),
        Option("--total", "how many steps there will be, for the chart's progress", "N"),
        RERUN,
        EXPERIMENT,
        TAG,
        CAPTURE,
    ),
    examples=(
        "%%track base --param lr=0.1 --log loss",
        "%%track base --live loss acc --total 1000",
        "%%track 'try {n}' --rerun replace",
    ),
)


@dataclass(frozen=True, slots=True)
class Header:
    """The values of one `%%track`; `param_names` are variables that are yet to be read."""

    name: str | None
    params: dict[str, str]
    param_names: list[str]
    logs: list[str]
    tags: dict[str, str]
    rerun: str | None
    experiment: str | None
    capture: Capture | None
    live: tuple[str, ...] = ()
    total: int | None = None


def read_header(line: str) -> Header:
    """Read what stands behind `%%track`. Raises UsageError for what does not fit."""
    arguments = CELL.parse(line)
    params, names = params_and_names(arguments.all("--param"), "--param")
    return Header(
        name=arguments.get("name"),
        params=params,
        param_names=names,
        logs=[checked_name(name, "--log") for name in arguments.all("--log")],
        tags=pairs(arguments.all("--tag"), "--tag"),
        rerun=arguments.get("--rerun"),
        experiment=arguments.get("--experiment"),
        capture=capture_of(arguments),
        live=tuple(arguments.all("--live")),
        total=_total(arguments),
    )


def _total(arguments: Arguments) -> int | None:
    total = arguments.number("--total")
    if total is not None and not arguments.all("--live"):
        raise UsageError("--total is for the live chart. Name its metrics: --live loss.")
    if total == 0:
        raise UsageError("--total is '0'. Give the number of steps that there will be.")
    return total


def pairs(texts: Iterable[str], where: str) -> dict[str, str]:
    """Read `key=value` texts."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UsageError(f"{where} has {text!r}. Write KEY=VALUE.")
        found[key] = value
    return found


def params_and_names(texts: Iterable[str], where: str) -> tuple[dict[str, str], list[str]]:
    """Read texts that are each `key=value` or the name of a variable."""
    texts = list(texts)
    written = pairs([text for text in texts if "=" in text], where)
    return written, [checked_name(text, where) for text in texts if "=" not in text]


def checked_name(text: str, where: str) -> str:
    """Return the text if it can be the name of a variable."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise UsageError(f"{where} has {text!r}, which is no variable's name. Name a variable.")
    return text


def capture_of(arguments: Arguments) -> Capture | None:
    """Read the level of capture that a command was given."""
    words: dict[str, Capture] = {"none": "none", "source": "source", "full": "full"}
    return words.get(arguments.get("--capture") or "")


def tags_of(arguments: Arguments) -> dict[str, str]:
    """Read the tags that a command was given."""
    return pairs(arguments.all("--tag"), "--tag")
