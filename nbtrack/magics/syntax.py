"""What may be typed behind `%track` and `%%track`: tables of words and options, and their parser.

A `Syntax` says what one command takes. `parse` reads a line by it into `Arguments`; `help_text`
and the completion read the same table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from IPython.core.error import UsageError

from nbtrack.magics.mistakes import unknown
from nbtrack.magics.words import Word, split_expressions, split_words

Count = Literal["one", "optional", "any", "some"]
HELP_FLAGS: Final = ("-h", "--help")
_END_OF_OPTIONS: Final = "--"
_BRACKETS: Final[dict[Count, str]] = {
    "one": "{}",
    "optional": "[{}]",
    "any": "[{}]...",
    "some": "{}...",
}


@dataclass(frozen=True, slots=True)
class Positional:
    """Words by their place. `names` says which live names complete them."""

    name: str
    help: str
    count: Count = "one"
    choices: tuple[str, ...] = ()
    names: str = ""

    @property
    def usage(self) -> str:
        """How it stands in the line of usage."""
        return _BRACKETS[self.count].format(self.name.upper())


@dataclass(frozen=True, slots=True)
class Option:
    """An option; without a `metavar` it is a switch, with `takes_all` it takes several words."""

    flag: str
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    repeats: bool = False
    names: str = ""
    takes_all: bool = False

    @property
    def usage(self) -> str:
        """How it stands in the line of usage."""
        value = "|".join(self.choices) or self.metavar
        value += "..." if self.takes_all else ""
        return f"[{f'{self.flag} {value}' if value else self.flag}]{'...' if self.repeats else ''}"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was typed: the values of each option and positional by its name."""

    values: dict[str, list[str]]
    wants_help: bool = False

    def all(self, name: str) -> list[str]:
        """Return every value of an option or positional."""
        return self.values.get(name, [])

    def get(self, name: str) -> str | None:
        """Return the last value of an option, or the value of a positional; None without one."""
        return self.all(name)[-1] if self.all(name) else None

    def one(self, name: str) -> str:
        """Return the value of a positional that must be there."""
        return self.all(name)[0]

    def has(self, name: str) -> bool:
        """Say whether a switch was typed."""
        return name in self.values

    def number(self, name: str) -> int | None:
        """Return the value of an option as a whole number."""
        text = self.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal()):
            raise UsageError(f"{name} is {text!r}, which is no whole number. Use one, such as 10.")
        return int(text)


@dataclass(frozen=True, slots=True)
class Syntax:
    """What a command takes: words by place, then options in any order."""

    prog: str
    help: str
    positionals: tuple[Positional, ...] = ()
    options: tuple[Option, ...] = ()
    has_expressions: bool = False
    examples: tuple[str, ...] = field(default=())

    @property
    def usage(self) -> str:
        """The line of usage."""
        words = [positional.usage for positional in self.positionals]
        return " ".join([self.prog, *words, *(option.usage for option in self.options)])

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag, help included."""
        return (*(option.flag for option in self.options), *HELP_FLAGS)

    def option(self, flag: str) -> Option | None:
        """Find an option by its flag."""
        return next((option for option in self.options if option.flag == flag), None)

    def parse(self, line: str) -> Arguments:
        """Read a line. Raises UsageError, in one line, for what does not fit."""
        words = split_expressions(line) if self.has_expressions else split_words(line)
        return _Reading(self, words).arguments()

    def help_text(self) -> str:
        """Explain the command in plain text."""
        lines = [f"usage: {self.usage}", "", self.help]
        rows = [(part.name.upper(), part.help) for part in self.positionals]
        rows += [
            (f"{option.flag} {option.metavar}".strip(), _with_choices(option))
            for option in self.options
        ]
        rows.append((", ".join(HELP_FLAGS), "show this help and do nothing else"))
        width = max(len(left) for left, _ in rows)
        lines += ["", *(f"  {left:{width}}  {right}" for left, right in rows)]
        if self.examples:
            lines += ["", "examples:", *(f"  {example}" for example in self.examples)]
        return "\n".join(lines)


def _with_choices(option: Option) -> str:
    return f"{option.help}: {', '.join(option.choices)}" if option.choices else option.help


class _Reading:
    """One reading of words by a syntax."""

    def __init__(self, syntax: Syntax, words: Sequence[Word]) -> None:
        self._syntax = syntax
        self._words = list(words)
        self._loose: list[Word] = []
        self._values: dict[str, list[str]] = {}

    def arguments(self) -> Arguments:
        """Read all words; help is given whatever else stands there."""
        if any(word.raw in HELP_FLAGS for word in self._before_the_end_of_options()):
            return Arguments({}, wants_help=True)
        while self._words:
            word = self._words.pop(0)
            if word.raw == _END_OF_OPTIONS:
                self._loose += self._words
                break
            if _is_option(word):
                self._read_option(word)
            else:
                self._loose.append(word)
        for positional in self._syntax.positionals:
            self._read_positional(positional)
        if self._loose:
            self._refuse(self._loose[0].text)
        return Arguments(self._values)

    def _before_the_end_of_options(self) -> list[Word]:
        raws = [word.raw for word in self._words]
        end = raws.index(_END_OF_OPTIONS) if _END_OF_OPTIONS in raws else len(raws)
        return self._words[:end]

    def _read_option(self, word: Word) -> None:
        flag, equals, value = word.text.partition("=")
        option = self._syntax.option(flag)
        if option is None:
            raise unknown(f"option of {self._syntax.prog}", flag, self._syntax.flags)
        if not option.metavar:
            if equals:
                raise UsageError(f"{flag} takes no value, but {value!r} was given. Leave it out.")
            self._values[flag] = []
            return
        if not equals:
            value = self._value_behind(option)
        _check_choice(flag, value, option.choices)
        if flag in self._values and not option.repeats:
            raise UsageError(f"{flag} was given twice. Give it once.")
        self._values.setdefault(flag, []).append(value)
        while option.takes_all and self._words and not _is_option(self._words[0]):
            self._values[flag].append(self._words.pop(0).text)

    def _value_behind(self, option: Option) -> str:
        following = self._words[0] if self._words else None
        if following is None or following.raw.partition("=")[0] in self._syntax.flags:
            raise UsageError(f"{option.flag} needs a value: {option.flag} {option.metavar}.")
        return self._words.pop(0).text

    def _read_positional(self, positional: Positional) -> None:
        many = positional.count in ("any", "some")
        taken, self._loose = (self._loose, []) if many else (self._loose[:1], self._loose[1:])
        if not taken and positional.count in ("one", "some"):
            raise UsageError(f"{positional.name.upper()} is missing. Usage: {self._syntax.usage}")
        for word in taken:
            _check_choice(positional.name.upper(), word.text, positional.choices)
        self._values[positional.name] = [word.text for word in taken]
        if len(taken) > 1 and positional.name in ("filter", "text"):
            self._values[positional.name] = [" ".join(word.raw for word in taken)]

    def _refuse(self, word: str) -> None:
        close = f"-{word}" if f"--{word}" not in self._syntax.flags else f"--{word}"
        hint = f" Did you mean {close!r}?" if close in self._syntax.flags else ""
        most = len(self._syntax.positionals)
        takes = "no words" if most == 0 else "one word" if most == 1 else f"{most} words"
        raise UsageError(
            f"{self._syntax.prog} takes {takes}, and {word!r} is one too many.{hint} "
            f"Usage: {self._syntax.usage}"
        )


def _is_option(word: Word) -> bool:
    return word.raw.startswith("-") and len(word.raw) > 1 and not word.is_quoted


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if choices and value not in choices:
        raise unknown(f"choice for {name}", value, choices)
