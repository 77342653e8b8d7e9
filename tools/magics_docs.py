"""The texts of `docs/magics.md` and `docs/settings.md`, read off the tables of nbtrack."""

from __future__ import annotations

from collections.abc import Iterable

from nbtrack.config import SETTINGS
from nbtrack.config_files import DEFAULT_PROFILE
from nbtrack.limits import Limits
from nbtrack.magics import CELL, COMMANDS
from nbtrack.magics.settings import shown_value
from nbtrack.magics.syntax import Syntax

WRITTEN = "<!-- Written by tools/generate_docs.py from {}. Change that, then run the script. -->"

MAGICS = f"""\
# The magics

{WRITTEN.format("nbtrack/magics")}

`%load_ext nbtrack` registers one line magic, `%track`, and one cell magic, `%%track`. Unloading
undoes it. What dead processes on this machine left behind is delivered then, and said in a line.

```
%load_ext nbtrack

%%track base --param lr=0.1 --log loss
loss = train(lr=0.1)

df = %track runs "metrics.loss < 0.1"
```

A mistake in what follows a magic is one line, and still stops Run All. `--help` or `-h` anywhere
only ever shows help. Words that begin with `-` go behind `--`. Quotes hold words together;
`{{name}}` and `$name` stand for variables, as in all magics of IPython. Tab completes subcommands,
options and the names that are in the store: experiments, runs, metrics, params, tags, and the keys
of a filter.

## `%%track`: a cell that is a run

`%%track` stands on the first line of a cell; `%%capture` and other magics may stand above it, none
below. The cell runs as without it: `await`, line numbers, `Out[n]`, errors and Run All are as ever.
A syntax error starts no run.

| the cell | the run |
|---|---|
| ends | FINISHED |
| raises an error | FAILED, with the traceback as artifact `error/traceback.txt` |
| is interrupted | KILLED |
| belongs to a kernel that shuts down | KILLED |
| belongs to a kernel that is killed | KILLED, when nbtrack is next used on this machine |

A failure inside nbtrack never fails the cell: it goes on without a run, and that is said once.
`--param VAR` reads a variable before the cell runs, or at its end if the cell itself sets it.
`--log VAR` logs variables at its end.

`--live loss acc` shows these metrics below the cell while it runs, and leaves a picture of them in
the notebook; with `--total` it tells how far the run is. It takes all words up to the next option,
so the name of the run stands before it. See [views](views.md).

Running the cell again is a new attempt: the tag `nbtrack.attempt` counts, and
`nbtrack.attempt.previous` names the one before. A cell is known by the id that the notebook gives
it, else by its source. With `--rerun replace` the attempt before is hidden once the new one has
finished (`%track attempts` shows them all, and a hidden run can be restored); with
`--rerun resume` the cell goes on in the same run. A run that is still active when another one
starts is ended, and that is said in a line.

The tag `nbtrack.cell.time` holds the milliseconds that a run was at work in cells, which an idle
notebook does not add to.
"""

BETWEEN = """
## `%track`: one line

Each subcommand returns something useful, so that `x = %track ...` works.
"""

SETTINGS_INTRODUCTION = f"""\
# Settings

{WRITTEN.format("nbtrack/config.py")}

A setting is looked for in this order:

1. what was set in this process: in code (`nbtrack.set_tracking_uri(...)`), with `%track use`, with
   `%config Track.<name> = ...`, or in IPython's own config files;
2. environment variables, nbtrack's own before those of MLflow and Databricks; an empty one counts
   as not set;
3. `[tool.nbtrack]` of the nearest pyproject.toml, from the working folder upwards;
4. `[profile.<name>]` of your own file: `~/.config/nbtrack/config.toml` (or below
   `XDG_CONFIG_HOME`), `~/Library/Application Support/nbtrack/config.toml` on a Mac,
   `%APPDATA%\\nbtrack\\config.toml` on Windows. The setting `profile` says which one holds, else
   it is `{DEFAULT_PROFILE}`;
5. the default.

`%track config` shows each value and where it came from. A value that does not fit is an error that
names the place and the value. Secrets are never shown, and a pyproject.toml must not hold them,
for it is shared.

```toml
# pyproject.toml
[tool.nbtrack]
experiment = "digits"
capture = "full"

# config.toml
[profile.default]
quiet = true

[profile.lab]
tracking_uri = "http://tracking.lab:5000"
mlflow_username = "ann"
```
"""


def _block(text: str) -> str:
    return f"\n```\n{text}\n```\n"


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _parts(syntax: Syntax) -> str:
    """Write the table of what a command takes."""
    rows = [[f"`{part.name.upper()}`", part.help] for part in syntax.positionals]
    for option in syntax.options:
        value = " or ".join(f"`{word}`" for word in option.choices)
        repeated = "; may be given several times" if option.repeats else ""
        flag = f"`{option.flag} {option.metavar}`".replace(" `", "`")
        rows.append([flag, f"{option.help}{f': {value}' if value else ''}{repeated}"])
    rows = [[left.replace("|", "\\|"), right.replace("|", "\\|")] for left, right in rows]
    return f"\n{_rows(['argument', ''], rows)}" if rows else ""


def magics_text() -> str:
    """Return the text of `docs/magics.md`."""
    text = f"{MAGICS}{_parts(CELL)}{BETWEEN}"
    for name, command in COMMANDS.items():
        syntax = command.syntax
        usage = "\n".join([syntax.usage, *(f"\n{e}" for e in syntax.examples[:1])])
        text += f"\n### `{name}`\n\n{syntax.help}\n{_block(usage)}{_parts(syntax)}"
    return text


def settings_text() -> str:
    """Return the text of `docs/settings.md`."""
    rows = [
        [
            f"`{row.name}`",
            "<br>".join(f"`{variable}`" for variable in row.variables),
            _default(row.default),
            row.help + (" A secret." if row.secret else ""),
        ]
        for row in SETTINGS.values()
    ]
    return f"{SETTINGS_INTRODUCTION}\n{_rows(['setting', 'environment', 'default', ''], rows)}"


def _default(value: object) -> str:
    shown = value.name if isinstance(value, Limits) else shown_value(value)
    return f"`{shown}`" if shown else ""
