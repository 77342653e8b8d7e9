"""Completion of `%track` and `%%track`: subcommands, options, and names that live in the store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from nbtrack.magics.commands import COMMANDS
from nbtrack.magics.header import CELL
from nbtrack.magics.names import LiveNames
from nbtrack.magics.syntax import HELP_FLAGS, Option, Positional, Syntax

_MAGIC: Final = re.compile(r"\s*(?:[\w.,\s]+=\s*)?(?P<magic>%%?)track\s+(?P<rest>.*)", re.DOTALL)
_LAST_WORD: Final = re.compile(r"[^\s\"']*$")
_KEY_START: Final = re.compile(r"[^\s\"'()]*$")


class Completer:
    """Finds what may stand at the cursor."""

    def __init__(self, names: LiveNames) -> None:
        """Complete with live names."""
        self._names = names

    @context_matcher()  # type: ignore[untyped-decorator]
    def match(self, context: CompletionContext) -> SimpleMatcherResult:
        """Answer IPython; other lines than ours have no completions here."""
        found = _MAGIC.match(context.text_until_cursor)
        if found is None or (found["magic"] == "%%" and context.cursor_line > 0):
            return {"completions": []}
        known = self.candidates(found["rest"], is_cell=found["magic"] == "%%")
        typed = _LAST_WORD.search(found["rest"])
        word = typed[0] if typed else ""
        value = word.partition("=")[2] if word.startswith("--") and "=" in word else word
        return {
            "completions": [
                SimpleCompletion(text=_from_token(text, value, context.token), type="track")
                for text in sorted(set(known))
                if text.startswith(value)
            ],
            "suppress": True,
        }

    def candidates(self, rest: str, *, is_cell: bool) -> Iterable[str]:
        """Return everything that may stand where the text behind the magic ends."""
        if is_cell:
            return self._arguments(CELL, rest)
        name, space, arguments = rest.partition(" ")
        if not space:
            return [*COMMANDS, *HELP_FLAGS]
        command = COMMANDS.get(name)
        return [] if command is None else self._arguments(command.syntax, arguments)

    def _arguments(self, syntax: Syntax, text: str) -> list[str]:
        words = text.split()
        current = words.pop() if words and not text[-1].isspace() else ""
        if current.startswith("--") and "=" in current:
            return self._values(syntax.option(current.partition("=")[0]))
        if current.startswith("-"):
            return list(syntax.flags)
        option = syntax.option(words[-1]) if words else None
        if option is not None and option.metavar:
            return self._values(option)
        return self._values(_positional(syntax, words))

    def _values(self, part: Option | Positional | None) -> list[str]:
        if part is None:
            return []
        if part.names == "subcommand":
            return list(COMMANDS)
        return [*part.choices, *self._names.of(part.names)]


def _positional(syntax: Syntax, words: list[str]) -> Positional | None:
    """Return the positional whose turn it is after these words."""
    taken = 0
    takes_value = False
    for word in words:
        option = syntax.option(word.partition("=")[0])
        if takes_value or option is not None:
            takes_value = option is not None and bool(option.metavar) and "=" not in word
        else:
            taken += 1
    for positional in syntax.positionals:
        if taken == 0 or positional.count in ("any", "some"):
            return positional
        taken -= 1
    return None


def _from_token(text: str, typed: str, token: str) -> str:
    """Return what replaces IPython's token, which may be only the end of the typed word."""
    return text[len(typed) - len(token) :] if typed.endswith(token) else text
