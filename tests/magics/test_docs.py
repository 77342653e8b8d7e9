from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.config import SETTINGS
from nbtrack.magics import CELL, COMMANDS
from nbtrack.magics.syntax import Syntax
from tools.magics_docs import magics_text, settings_text

DOCS = Path(__file__).parents[2] / "docs"


def section(name: str) -> str:
    """Return what the docs say of a subcommand."""
    text = (DOCS / "magics.md").read_text("utf-8")
    return text.partition(f"### `{name}`\n")[2].partition("\n### ")[0]


def parts(syntax: Syntax) -> list[str]:
    """Return the names of everything that a command takes."""
    options = [option.flag for option in syntax.options]
    return [*options, *(positional.name.upper() for positional in syntax.positionals)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_and_option_is_in_the_docs(name: str) -> None:
    text = section(name)
    assert text
    assert [part for part in parts(COMMANDS[name].syntax) if f"`{part}" not in text] == []


def test_every_option_of_the_cell_magic_is_in_the_docs() -> None:
    text = (DOCS / "magics.md").read_text("utf-8").partition("## `%track`: one line")[0]
    assert [part for part in parts(CELL) if f"`{part}" not in text] == []


def test_every_setting_and_variable_is_in_the_docs() -> None:
    text = (DOCS / "settings.md").read_text("utf-8")
    names = [row.name for row in SETTINGS.values()]
    names += [variable for row in SETTINGS.values() for variable in row.variables]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_docs_are_those_that_the_tables_give() -> None:
    assert (DOCS / "magics.md").read_text("utf-8") == magics_text()
    assert (DOCS / "settings.md").read_text("utf-8") == settings_text()
